//! Both programs' data threads share this: how the owner gives orders and hears of events, and the time that both count by.
//!
//! ```text
//!   owner ── orders ──▶ ┌──────────────────────┐
//!         ◀─ events ─── │ a Handler of io      │
//!         ◀─ figures ── └──────────────────────┘
//! ```

#![forbid(unsafe_code)]

mod allowance;
mod clock;
mod event_queue;
pub mod faults;
mod handle;
pub mod limits;
mod report_bytes;
mod roster;
mod share;
pub mod to_bytes;
mod waiting_orders;
mod watch;

pub use allowance::Allowance;
pub use clock::{LaneClock, Now};
pub use event_queue::{EventReader, EventWriter, event_queue};
pub use handle::{Beats, Command, Lane, Thread};
pub use roster::{Member, Roster};
pub use share::{Origin, Share};
pub use waiting_orders::{LaneOrder, Taken, WaitingOrders};
