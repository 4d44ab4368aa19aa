//! Bounds on the memory that a peer can make an engine use, and constants of the protocol.

// Limits that TypeScript has as well are declared in native/declaration/limits.
include!(concat!(env!("CARGO_MANIFEST_DIR"), "/../made/declared/engine/limits.rs"));

/// The UDP payload that every path carries (RFC 9000, 14), and the largest one sent before the handshake is complete.
pub(crate) const PAYLOAD_MIN: u16 = 1_200;
/// The largest UDP payload that we announce and send: the largest length in a varint of two bytes (RFC 9000, 16).
pub(crate) const PAYLOAD_MAX: u16 = 16_383;
/// The assumed round trip before the first sample (RFC 9002, 6.2.2), in milliseconds.
pub(crate) const INITIAL_RTT_MS: u64 = 333;
/// The longest round trip that a connection begins with, whatever was measured before, in milliseconds.
pub(crate) const INITIAL_RTT_MS_MAX: u64 = 10_000;
/// With less room than this, in bytes, no packet is written. Header, connection ID, packet number, tag and a frame's head need less.
pub(crate) const ROOM_MIN: usize = 128;
/// Bytes of CRYPTO data that TLS has not read yet. A certificate chain has at most 16 KB, and comes with extensions.
pub(crate) const CRYPTO_BUFFER_MAX: usize = 32_768;
/// Unacknowledged bytes of streams that a connection holds before any are acknowledged: some first flights.
pub(crate) const SEND_WINDOW_MIN: u64 = 65_536;
/// Further unacknowledged bytes that it holds for each acknowledged byte.
pub(crate) const SEND_PER_ACKNOWLEDGED: u64 = 2;
/// The most unacknowledged bytes that a connection holds.
pub(crate) const SEND_WINDOW_MAX: u64 = 8_388_608;
/// Bytes of one turn's received datagrams inside quinn, before they go into our own queue of `receive_queue_max`.
pub(crate) const DATAGRAM_BUFFER: usize = 131_072;
/// Our own queues bound the waiting datagrams, so quinn does not have to.
pub(crate) const DATAGRAM_SEND_BUFFER: usize = usize::MAX / 2;
/// Milliseconds that a datagram may wait in the engine, or two round trips where these are longer. A sender of datagrams expects them to be sent
/// sooner.
pub(crate) const DATAGRAM_AGE_MAX_MS: f64 = 250.0;
/// The bound of the smoothed round trip as a multiple of the shortest one, since an outage makes it seem longer.
pub(crate) const ROUND_TRIP_SPREAD_MAX: u32 = 4;
/// Milliseconds for which a CONNECTION_CLOSE waits to be sent.
pub(crate) const CLOSE_HELD_MS: f64 = 10_000.0;
/// Deadlines that one call handles one after the other. Each probe timeout is twice as long as the one before.
pub(crate) const TIMEOUTS_AT_ONCE: usize = 32;
/// Bytes of secrets that the owner has not taken yet. A handshake writes five lines of at most 200 bytes.
pub(crate) const SECRETS_KEPT_MAX: usize = 65_536;
/// The largest value of a variable-length integer (RFC 9000, 16).
pub(crate) const VARINT_MAX: u64 = (1 << 62) - 1;
/// The cost in bytes of a stream that the peer has passed over: such a stream is open, and has a place in both tables of streams.
pub(crate) const PASSED_STREAM_COST: u64 = 192;
/// Streams for which an empty table keeps room.
pub(crate) const STREAMS_KEPT: usize = 64;

// ── Logs of packets, where an operator asks for them ─────────────────────────────────────────────────────────────────────

/// The most bytes of a connection's log file. A gigabyte on a link, in packets of 1,452 bytes, would make some 300 MB.
pub(crate) const QLOG_FILE_MAX: usize = 67_108_864;
/// Bytes kept free in the file for the record that says that it is full.
pub(crate) const QLOG_LAST_LINE_MAX: usize = 256;
/// Bytes that may wait until the peer is known. A handshake needs some 10 KB.
pub(crate) const QLOG_HELD_MAX: usize = 65_536;
/// The number of waiting bytes of the log at which they are written, if `QLOG_FLUSH_MS` has not passed before.
pub(crate) const QLOG_CHUNK: usize = 16_384;
/// Milliseconds after which waiting bytes of the log are written.
pub(crate) const QLOG_FLUSH_MS: f64 = 1_000.0;
