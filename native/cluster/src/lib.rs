//! The lane of cluster-flor: a thread that carries end-to-end connections which are up, between workloads' sockets and FlorIO. It decides
//! nothing that is not about the next packet or the next stream; its owner brings connections up, hands them over, and is told what they
//! say.

#![forbid(unsafe_code)]

mod event;
mod figures;
pub mod limits;
mod order;

pub use event::{Account, Event};
pub use figures::{AccountFigures, ConnectionFigures, Drops, EntryFigures, Figures, LinkFigures, PortFigures};
pub use limits::Limits;
pub use order::{Address, Adoption, Order, Role, Settings, Target, Way};
