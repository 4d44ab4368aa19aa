//! Bounds and times of the data thread.

use std::time::Duration;

// Limits that TypeScript has as well: native/declaration/limits says what they are.
include!(concat!(env!("CARGO_MANIFEST_DIR"), "/../made/declared/link/limits.rs"));

/// Datagrams of the owner that wait for a socket without room.
pub const OWN_DATAGRAMS_MAX: usize = 1_024;
/// Probes of one session that wait for the owner: more than both ends ever have under way.
pub const PROBES_WAITING_MAX: usize = 8;
/// News of one session about its peer's address that wait for the owner.
pub const NEWEST_WAITING_MAX: usize = 16;
/// Silence after which a peer may be dead: with less, the thread would do nothing but look.
pub const DEAD_AFTER_MIN: Duration = Duration::from_millis(1);
/// See [`DEAD_AFTER_MIN`].
pub const DEAD_AFTER_MAX: Duration = Duration::from_secs(86_400);
/// The longest pause between two signs of life of a quiet link; 0 is none.
pub const QUIET_MAX: Duration = DEAD_AFTER_MAX;
/// Bytes of stream 0 that are told at once; the owner is told no more before it has taken them.
pub const STREAM_CHUNK: usize = 4_096;
/// The first number of packets in pieces: those that the session has sent before it was handed over are fewer, and of its peer's
/// incomplete ones all that are so much older are given up ([`JOIN_NUMBERS_MAX`](florenetes_wire::limits::JOIN_NUMBERS_MAX)).
pub const FIRST_PIECES: u16 = 1_024;

/// The first time that ECN is tried on a path: by then the peer's end is with its data thread, too, mostly.
pub const MARKS_PAUSE_MIN: Duration = Duration::from_secs(1);
/// The longest time between two trials. Each may cost ten packets, where marked ones are dropped.
pub const MARKS_PAUSE_MAX: Duration = Duration::from_secs(600);

/// Entries of removed label tables that one turn gives back: some 0.1 ms.
pub const SWEPT_PER_TURN: usize = 4_096;

/// Bytes per second that a session may be held to: 1 Tbit/s.
pub const RATE_MAX: u64 = 125_000_000_000;
