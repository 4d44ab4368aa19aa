//! Bounds of every lane.

use std::time::Duration;

/// Packets of strangers to one cluster that wait for the owner, and their bytes together: as much as a turn of the owner's may leave
/// unread. What is more is dropped, so that links and connections never wait for strangers, nor one cluster for those of another. Of
/// those that come over links one link alone gets half, and what it sends to one label a third ([`crate::Share`]).
pub const STRANGERS_WAITING_MAX: usize = 1_024;
/// See [`STRANGERS_WAITING_MAX`].
pub const STRANGERS_BYTES_MAX: usize = 2 * 1024 * 1024;
/// Portal API messages, and news of ports, of one cluster that wait for the owner, and their bytes together: their senders repeat them.
pub const MESSAGES_WAITING_MAX: usize = 256;
/// See [`MESSAGES_WAITING_MAX`].
pub const MESSAGES_BYTES_MAX: usize = 2 * 1024 * 1024;
/// Orders that wait for a thread without room, when one that may be lost is given up: some turns of the thread take as many.
pub const LOSSY_ORDERS_MAX: usize = 4_096;
/// And the bytes of those that may be lost.
pub const LOSSY_ORDERS_BYTES_MAX: usize = 8 * 1024 * 1024;
/// And when the thread has failed: the orders that must not be lost change links and sockets, some at a time for each.
pub const ORDERS_MAX: usize = 65_536;
/// How long somebody who asks for figures waits for the thread, which answers in its next turn.
pub const FIGURES_PATIENCE: Duration = Duration::from_secs(1);
/// How often the thread shows that it goes on.
pub const BEAT: Duration = Duration::from_secs(2);
/// Beats that the owner misses before it ends the process.
pub const MISSED_BEATS_MAX: u32 = 5;
