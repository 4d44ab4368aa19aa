//! Bounds on what a peer can make an engine keep, and what the protocol fixes.

/// UDP payload that every path carries (RFC 9000, 14), and the largest that is sent before the handshake is complete.
pub(crate) const PAYLOAD_MIN: u16 = 1_200;
/// Largest UDP payload that we announce to take, and ever send: the longest length of two bytes (RFC 9000, 16).
pub(crate) const PAYLOAD_MAX: u16 = 16_383;
/// The guess of a round trip before there is a sample (RFC 9002, 6.2.2), in milliseconds.
pub(crate) const INITIAL_RTT_MS: u64 = 333;
/// And the longest that a connection begins with, whatever was measured before.
pub(crate) const INITIAL_RTT_MS_MAX: u64 = 10_000;
/// Room without which nothing is written, in bytes: header, connection ID, number, tag and the head of a frame have less.
pub(crate) const ROOM_MIN: usize = 128;
/// CRYPTO data beyond what TLS has read, in bytes: a certificate chain has at most 16 KB, and comes with its extensions.
pub(crate) const CRYPTO_BUFFER_MAX: usize = 32_768;
/// Bytes of streams that a connection holds until they are acknowledged, as long as none are: some first flights.
pub(crate) const SEND_WINDOW_MIN: u64 = 65_536;
/// And how much more for each byte that the peer has acknowledged.
pub(crate) const SEND_PER_ACKNOWLEDGED: u64 = 2;
/// And at most.
pub(crate) const SEND_WINDOW_MAX: u64 = 8_388_608;
/// Bytes of one turn's received datagrams inside of quinn, from where they go into our own queue of `receive_queue_max`.
pub(crate) const DATAGRAM_BUFFER: usize = 131_072;
/// Datagrams that wait are counted by us; inside of quinn they may have as many bytes as they like.
pub(crate) const DATAGRAM_SEND_BUFFER: usize = usize::MAX / 2;
/// Milliseconds that a datagram waits in the engine at most, or two round trips where these are longer: who has sent it counts on less.
pub(crate) const DATAGRAM_AGE_MAX_MS: f64 = 250.0;
/// A round trip that is more times as long as the shortest one counts as so long there: an outage makes it so.
pub(crate) const ROUND_TRIP_SPREAD_MAX: u32 = 4;
/// Milliseconds for which a CONNECTION_CLOSE waits for somebody who takes it.
pub(crate) const CLOSE_HELD_MS: f64 = 10_000.0;
/// Deadlines that one call may find due one after the other: each probe timeout is twice as long as the last.
pub(crate) const TIMEOUTS_AT_ONCE: usize = 32;
/// Lines of secrets that their owner has not taken yet, in bytes: a handshake writes five, of at most 200.
pub(crate) const SECRETS_KEPT_MAX: usize = 65_536;
/// Largest value of a variable-length integer (RFC 9000, 16).
pub(crate) const VARINT_MAX: u64 = (1 << 62) - 1;
/// Cost of a stream that the peer has passed over, in bytes: it is open, and both tables of streams have a place for it.
pub(crate) const PASSED_STREAM_COST: u64 = 192;
/// Streams for which a table keeps room once it is empty.
pub(crate) const STREAMS_KEPT: usize = 64;

// These stand in packages/quic/src/limits.ts as well, with the reasons; a test below compares the two.

/// Cost of each piece of a stream beside its bytes, until it is read: an entry of a heap, and an allocation of its own.
pub(crate) const PIECE_COST: u64 = 200;
/// A frame that brings less than this counts with `PIECE_COST`.
pub(crate) const SMALL_PIECE: u64 = 512;
/// Cost of small pieces in order up to which a connection's do not count as hidden.
pub(crate) const UNREAD_PIECES_MAX: u64 = 32 * 1024 * 1024;
/// Cost of a stream that the peer has begun in a way that the application cannot see: without its first byte.
pub(crate) const HIDDEN_STREAM_COST: u64 = 3_072;
/// Bytes that a connection may hide from its application before it has delivered anything.
pub(crate) const HIDDEN_MIN: u64 = 8 * 1024 * 1024;
/// And how much more for each byte that it delivered.
pub(crate) const HIDDEN_PER_DELIVERED: u64 = 4;
/// And at most.
pub(crate) const HIDDEN_MAX: u64 = 96 * 1024 * 1024;
/// Gaps in one stream at a time.
pub(crate) const GAPS_MAX: usize = 4_096;
/// Bytes that all connections of the process may hide together.
pub(crate) const HIDDEN_OF_PROCESS_MAX: u64 = 256 * 1024 * 1024;
/// CRYPTO after the handshake, in the life of a connection: bytes, and frames.
pub(crate) const TICKET_BYTES_MAX: u64 = 64 * 1024;
/// See `TICKET_BYTES_MAX`.
pub(crate) const TICKET_FRAMES_MAX: u32 = 128;
/// NEW_CONNECTION_ID frames in the life of a connection.
pub(crate) const CONNECTION_IDS_MAX: u32 = 128;
/// PATH_CHALLENGE frames at once, and in a second.
pub(crate) const PATH_CHALLENGES_MAX: u32 = 256;
/// See `PATH_CHALLENGES_MAX`.
pub(crate) const PATH_CHALLENGES_PER_SECOND: u32 = 4;
/// Ranges in an ACK frame.
pub(crate) const ACK_RANGES_MAX: usize = 1_024;
/// Packets of ours that are not yet acknowledged.
pub(crate) const UNACKNOWLEDGED_MAX: u64 = 512 * 1024;
/// How many packets leave between two numbers that are left out: at least, and at most.
pub(crate) const PACKETS_PER_CANARY_MIN: u64 = 512;
/// See `PACKETS_PER_CANARY_MIN`.
pub(crate) const PACKETS_PER_CANARY_MAX: u64 = 1_536;
/// So many canaries are remembered: who lies about one, does so within a round trip.
pub(crate) const CANARIES_MAX: usize = 16;

#[cfg(test)]
#[path = "../../testing/typescript_limits.rs"]
mod typescript_limits;

// ── Logs of packets, where an operator asks for them ─────────────────────────────────────────────────────────────────────

/// Bytes of the file of one connection: a gigabyte on a link, in packets of 1,452 bytes, makes some 300 MB.
pub(crate) const QLOG_FILE_MAX: usize = 67_108_864;
/// Room in it for the record that says that it is full.
pub(crate) const QLOG_LAST_LINE_MAX: usize = 256;
/// Bytes that wait until there is a peer: a handshake needs some 10 KB.
pub(crate) const QLOG_HELD_MAX: usize = 65_536;
/// Bytes, and milliseconds, after which what waits is written.
pub(crate) const QLOG_CHUNK: usize = 16_384;
/// See [`QLOG_CHUNK`].
pub(crate) const QLOG_FLUSH_MS: f64 = 1_000.0;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_engines_have_the_same_law() {
        typescript_limits::check(
            "packages/quic/src/limits.ts",
            &[
                ("PIECE_COST", PIECE_COST),
                ("SMALL_PIECE", SMALL_PIECE),
                ("UNREAD_PIECES_MAX", UNREAD_PIECES_MAX),
                ("HIDDEN_STREAM_COST", HIDDEN_STREAM_COST),
                ("HIDDEN_MIN", HIDDEN_MIN),
                ("HIDDEN_PER_DELIVERED", HIDDEN_PER_DELIVERED),
                ("HIDDEN_MAX", HIDDEN_MAX),
                ("GAPS_MAX", GAPS_MAX as u64),
                ("HIDDEN_OF_PROCESS_MAX", HIDDEN_OF_PROCESS_MAX),
                ("TICKET_BYTES_MAX", TICKET_BYTES_MAX),
                ("TICKET_FRAMES_MAX", TICKET_FRAMES_MAX.into()),
                ("CONNECTION_IDS_MAX", CONNECTION_IDS_MAX.into()),
                ("PATH_CHALLENGES_MAX", PATH_CHALLENGES_MAX.into()),
                ("PATH_CHALLENGES_PER_SECOND", PATH_CHALLENGES_PER_SECOND.into()),
                ("ACK_RANGES_MAX", ACK_RANGES_MAX as u64),
                ("UNACKNOWLEDGED_MAX", UNACKNOWLEDGED_MAX),
                ("PACKETS_PER_CANARY_MIN", PACKETS_PER_CANARY_MIN),
                ("PACKETS_PER_CANARY_MAX", PACKETS_PER_CANARY_MAX),
                ("CANARIES_MAX", CANARIES_MAX as u64),
            ],
        );
    }
}
