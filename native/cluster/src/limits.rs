//! Limits of the data thread.

use std::time::Duration;

// Limits that TypeScript has as well are declared in native/declaration/limits.
include!(concat!(env!("CARGO_MANIFEST_DIR"), "/../made/declared/cluster/limits.rs"));

/// Links, tunnels, trunks and services are numbered below this. The numbers of a config's links consist of a slot and its generation (`slot_of`).
pub const NUMBERS_MAX: u32 = 1 << 31;
/// The shortest time that an owner may set, and the longest.
pub const TIME_MIN: Duration = Duration::from_millis(1);
/// See [`TIME_MIN`].
pub const TIME_MAX: Duration = Duration::from_secs(86_400);
/// The largest bound that an owner may set: memory would not hold more of anything.
pub const AMOUNT_MAX: u64 = 1 << 32;
/// Bytes of the prefix that a target gets before the bytes of a stream.
pub const PREFIX_SIZE_MAX: usize = 1_024;
/// Kept frames whose handles no link has yet: the first frames of a link that the owner is about to announce.
pub const EARLY_FRAMES_MAX: usize = 64;
/// Bytes of all frames that [`EARLY_FRAMES_MAX`] bounds.
pub const EARLY_BYTES_MAX: usize = 256 * 1024;
/// How long frames without a link are kept. Even a busy owner has announced their link by then.
pub const EARLY_AGE_MAX: Duration = Duration::from_secs(1);
/// Streams and flows that the owner may have open. Each costs the owner some of the orders that may wait for the thread. Its sessions share fewer
/// (`OPENED_MAX`), since the end of a stream may take longer than its place there.
pub const OWN_OPENED_MAX: usize = 10_240;
/// Streams and flows that peers may have asked the owner for. A single peer gets at most half.
pub const OWN_ASKED_MAX: usize = 8_192;
/// Streams and flows that the owner is asked for within one batch of events. A single peer gets at most half. When one of them is over, a chunk of it may
/// still wait in the queue, and is not charged any more.
pub const OWN_ASKS_WAITING_MAX: usize = 2_048;
/// Datagrams of one flow that may wait for the owner, as many as may wait to be sent. Further ones are lost, as at a full socket buffer.
pub const OWN_DATAGRAMS_WAITING_MAX: usize = 1_024;
/// Bytes of datagrams of all flows together that may wait for the owner.
pub const OWN_DATAGRAM_BYTES_WAITING_MAX: usize = 4 * 1024 * 1024;
/// Refusals that may wait for the owner's log.
pub const REFUSALS_WAITING_MAX: usize = 64;
/// Ended streams and flows that may wait for the owner's access log.
pub const STREAMS_OVER_WAITING_MAX: usize = 8_192;
/// The least time between two new paths of an acceptor, on each of which a first window may leave.
pub const FOLLOW_INTERVAL: Duration = Duration::from_secs(1);
/// The least time between two events that a trunk is used.
pub const USED_INTERVAL: Duration = Duration::from_secs(1);
/// How soon a listener is asked again after the system had no descriptor for a connection.
pub const ACCEPT_PAUSE: Duration = Duration::from_millis(100);
/// Connections that one listener takes in a turn.
pub const ACCEPTS_PER_TURN: usize = 64;
/// The QUIC stream of the control messages.
pub const CONTROL_STREAM: u64 = 0;
/// The least that a stream may send in its turn, in bytes: packets would not be full otherwise.
pub const QUANTUM_MIN: usize = 4_096;
/// Payloads with fewer bytes may be mere acknowledgements, which the peer does not answer.
pub const LIKELY_DATA_MIN: usize = 100;
/// A buffer for a kept payload is freed while nothing is unanswered, if it has more bytes than this.
pub const KEPT_SIZE_MIN: usize = 1_500;

/// Bytes of a QUIC packet that every path carries; an originator asks for no smaller ones.
pub const PAYLOAD_MIN: u16 = 1_200;

/// Datagrams that QUIC is given at most for one packet.
pub const FILLED_AT_ONCE_MAX: usize = 64;
/// Bytes that a flow may send in its turn.
pub const TURN_BYTES: isize = 1_500;
/// Reads of one datagram socket in a turn; each may bring several datagrams.
pub const DATAGRAM_READS_PER_TURN: usize = 8;
/// So much may the owner of a data session have been told, and not have taken, in bytes with [`SESSION_EVENT_SIZE`] for each event: beyond, its socket is not read.
pub const SESSION_UNTAKEN_MAX: usize = 128 * 1024;
/// Reads of all data sessions together in a turn, of [`CHUNK_SIZE`] at most each: links and connections wait for them.
pub const SESSION_READS_PER_TURN: usize = 16;
/// Datagrams of all data sessions together after which a turn reads no more of them. The last read may bring 5,461 empty ones.
pub const SESSION_DATAGRAMS_PER_TURN: usize = 1_024;
/// How often the owner hears that a session's workload is there while only datagrams come.
pub const SESSION_HEARD_INTERVAL: Duration = Duration::from_secs(5);
/// The most bytes of a principal's name.
pub const PRINCIPAL_SIZE_MAX: usize = 1_024;
