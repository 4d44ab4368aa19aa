//! Bounds and times of the lane.

use std::time::Duration;

// Limits that TypeScript has as well: native/declaration/limits says what they are.
include!(concat!(env!("CARGO_MANIFEST_DIR"), "/../made/declared/cluster/limits.rs"));

/// Links, tunnels, trunks and services are numbered below this. Those of a config have a slot and its generation in that (`slot_of`).
pub const NUMBERS_MAX: u32 = 1 << 31;
/// The shortest time that an owner may set, and the longest.
pub const TIME_MIN: Duration = Duration::from_millis(1);
/// See [`TIME_MIN`].
pub const TIME_MAX: Duration = Duration::from_secs(86_400);
/// The largest bound that an owner may set: more of nothing fits into memory.
pub const AMOUNT_MAX: u64 = 1 << 32;
/// Bytes that a target gets before all others of a stream.
pub const PREFIX_SIZE_MAX: usize = 1_024;
/// Frames under handles that no link has yet, and their bytes together: the first of a link that the owner is about to tell of.
pub const EARLY_FRAMES_MAX: usize = 64;
/// See [`EARLY_FRAMES_MAX`].
pub const EARLY_BYTES_MAX: usize = 256 * 1024;
/// How long they are kept: an owner that is busy has told of their link by then.
pub const EARLY_AGE_MAX: Duration = Duration::from_secs(1);
/// Streams and flows that the owner has opened: those of some sessions with all that each may have. One costs it some orders in a turn, of
/// those that may wait for the thread. Sessions share fewer among them (`OPENED_MAX`), as the last of a stream may outlast its place.
pub const OWN_OPENED_MAX: usize = 10_240;
/// Streams and flows that peers have asked the owner for. One peer alone gets half.
pub const OWN_ASKED_MAX: usize = 8_192;
/// Streams and flows that the owner is asked for until it has taken events. A chunk of each may wait in the queue when it is over and not charged any more.
pub const OWN_ASKS_WAITING_MAX: usize = 1_024;
/// Datagrams of one flow that wait for the owner, as many as may wait to be sent, and the bytes of all flows' together. More are lost, as at a socket's buffer.
pub const OWN_DATAGRAMS_WAITING_MAX: usize = 256;
/// See [`OWN_DATAGRAMS_WAITING_MAX`].
pub const OWN_DATAGRAM_BYTES_WAITING_MAX: usize = 4 * 1024 * 1024;
/// Refusals that wait for the owner's log.
pub const REFUSALS_WAITING_MAX: usize = 64;
/// Streams and flows that are over, which wait for the owner's access log.
pub const STREAMS_OVER_WAITING_MAX: usize = 8_192;
/// How often the owner hears that a trunk is used.
pub const USED_INTERVAL: Duration = Duration::from_secs(1);
/// How soon a listener is asked again after the system had no descriptor for a connection.
pub const ACCEPT_PAUSE: Duration = Duration::from_millis(100);
/// Connections that one listener takes in a turn.
pub const ACCEPTS_PER_TURN: usize = 64;
/// The stream of control messages.
pub const CONTROL_STREAM: u64 = 0;
/// No stream is given less in its turn: packets would not be full.
pub const QUANTUM_MIN: usize = 4_096;
/// Smaller payloads may be mere acknowledgements, which nobody answers.
pub const LIKELY_DATA_MIN: usize = 100;
/// A buffer for payloads that are kept is let go of while nothing is unanswered, if it has more bytes.
pub const KEPT_SIZE_MIN: usize = 1_500;

/// QUIC packets that every path carries; an originator asks for no smaller ones.
pub const PAYLOAD_MIN: u16 = 1_200;

/// Datagrams that QUIC is given for a packet.
pub const FILLED_AT_ONCE_MAX: usize = 64;
/// Bytes that a flow may send in its turn.
pub const TURN_BYTES: isize = 1_500;
/// Times that a turn reads a socket of datagrams, several at once.
pub const DATAGRAM_READS_PER_TURN: usize = 8;
/// Bytes of a principal's name.
pub const PRINCIPAL_SIZE_MAX: usize = 1_024;
