//! The lane of link-flor: a thread that carries the links whose sessions are up. It decides nothing that is not about the next packet;
//! its owner brings sessions up, hands them over, and is told what they say.
//!
//! ```text
//!   owner ── orders ──▶ ┌──────────────────────────────┐ ◀── FlorIO ──▶ cluster vertex
//!         ◀─ events ─── │ Carrier, a Handler of io     │
//!         ◀─ figures ── └──────────────────────────────┘ ◀─── UDP ────▶ neighbours
//! ```

#![forbid(unsafe_code)]
// Sessions are what this is for; their part comes next.
#![allow(dead_code)]

mod carrier;
mod cluster;
mod event;
mod event_queue;
mod figures;
mod lane;
pub mod limits;
mod order;
mod time;

pub use event::Event;
pub use figures::{Drops, Figures, PortFigures, SessionFigures, UdpFigures};
pub use lane::Lane;
pub use order::{Adoption, ID_LENGTH, Order, PROBE_KEY_LENGTH};
