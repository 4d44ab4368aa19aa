//! The data thread of link-flor: a thread that carries the links whose sessions are up. It decides nothing that is not about the next packet;
//! its owner brings sessions up, hands them over, and is told what they say.
//!
//! ```text
//!   owner ── orders ──▶ ┌──────────────────────────────┐ ◀── FlorIO ──▶ cluster vertex
//!         ◀─ events ─── │ Carrier, a Handler of io     │
//!         ◀─ figures ── └──────────────────────────────┘ ◀─── UDP ────▶ neighbours
//! ```

#![forbid(unsafe_code)]

mod batch;
mod carrier;
mod cluster;
mod command;
mod crossing;
mod demux;
mod event;
mod figures;
mod lane;
pub mod limits;
mod order;
mod order_faults;
mod orders;
mod own_datagrams;
mod session;
mod transit;
mod transmission;

pub use event::Event;
pub use figures::{Counts, Drops, Figures, LiveCounts, SessionFigures, TransitFigures, UdpFigures};
pub use florenetes_wire::queue::ClassCounts;
pub use lane::{Lane, start};
pub use order::{Adoption, Order};
