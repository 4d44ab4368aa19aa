//! Bounds of the lane, and times that TypeScript has as well (apps/link-flor/src/quic-link/limits.ts).

use std::time::Duration;

/// Datagrams of the owner that wait for a socket without room.
pub const OWN_DATAGRAMS_MAX: usize = 1_024;
/// Probes of one session that wait for the owner: more than both ends ever have under way.
pub const PROBES_WAITING_MAX: usize = 8;
/// News of one session about where its peer is, that wait for the owner.
pub const NEWEST_WAITING_MAX: usize = 16;
/// Silence after which a peer may be dead: less would have the thread do nothing but look.
pub const DEAD_AFTER_MIN: Duration = Duration::from_millis(1);
/// See [`DEAD_AFTER_MIN`].
pub const DEAD_AFTER_MAX: Duration = Duration::from_secs(86_400);
/// Bytes of stream 0 that are told at once; there are no more before the owner has taken them.
pub const STREAM_CHUNK: usize = 4_096;
/// The first number of packets in pieces: those that the session has sent before it was handed over are fewer, and of its peer's
/// incomplete ones all that are so much older are given up ([`JOIN_NUMBERS_MAX`](florenetes_wire::limits::JOIN_NUMBERS_MAX)).
pub const FIRST_PIECES: u16 = 1_024;

/// The first time that ECN is tried on a path: by then the peer's end is with its lane, too, mostly.
pub const MARKS_PAUSE_MIN: Duration = Duration::from_secs(1);
/// The longest time between two trials. Each may cost ten packets, where marked ones are dropped.
pub const MARKS_PAUSE_MAX: Duration = Duration::from_secs(600);

/// Entries of label tables that are gone which one turn gives back: some 0.1 ms.
pub const SWEPT_PER_TURN: usize = 4_096;

// ── As in TypeScript ────────────────────────────────────────────────────────────────────────────────────────────────────

/// Bytes of a QUIC packet with one datagram in addition to the datagram.
pub const PACKET_OVERHEAD: usize = 32;
/// Those of them that each further datagram costs.
pub const FRAME_OVERHEAD: usize = 3;
/// UDP payload that every path of QUIC carries.
pub const PAYLOAD_MIN: u16 = 1_200;
/// Datagrams inside the engine, where nothing can be timed or dropped: enough to fill a QUIC packet, no more.
pub const ENGINE_QUEUE_MAX: usize = 64;
/// Signs of life that must be missed in a row before a peer is dead: the silence is cut into one part more.
pub const MISSED_SIGNS_MIN: u32 = 3;
/// How long a session that has ended still takes what is under way.
pub const DRAIN: Duration = Duration::from_secs(1);
/// Bytes per second that a session may be held to: 1 Tbit/s.
pub const RATE_MAX: u64 = 125_000_000_000;
/// Datagrams of one session before another one has its turn.
pub const TRANSMIT_BURST_MAX: usize = 64;
/// Datagrams that are written in one turn before sockets are read again.
pub const TRANSMITS_PER_TURN: usize = 256;
/// Sessions to one address that are asked whether an unknown packet is their stateless reset.
pub const RESET_CANDIDATES_MAX: usize = 16;
/// No stateless reset is shorter (RFC 9000, 10.3).
pub const STATELESS_RESET_MIN: usize = 21;
