//! Bounds on what a peer can make an engine keep, and what the protocol fixes.

// Limits that TypeScript has as well: native/declaration/limits says what they are.
include!(concat!(env!("CARGO_MANIFEST_DIR"), "/../made/declared/engine/limits.rs"));

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
