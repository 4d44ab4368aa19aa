//! FlorIO (docs/protocol/florio.md) without its sockets: frames, what waits to leave, and whether the partner is there. No I/O and no clock.

#![forbid(unsafe_code)]

mod counters;
mod error;
mod figures;
pub mod frame;
mod heard;
mod heartbeat;
pub mod limits;
mod outbox;
mod paths;
mod port;

pub use counters::FlorioCounters;
pub use error::{FlorioError, FlorioErrorCode};
pub use figures::PortFigures;
pub use heard::Heard;
pub use outbox::SendFate;
pub use paths::check_paths;
pub use port::{Inbound, Port, PortEvent, PortSocket, Refusal};
