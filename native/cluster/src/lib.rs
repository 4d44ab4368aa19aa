//! The lane of cluster-flor: a thread that carries end-to-end connections which are up, between workloads' sockets and FlorIO. It decides
//! nothing that is not about the next packet or the next stream; its owner brings connections up, hands them over, and is told what they
//! say. docs/develop/rooms.md has its rooms.

#![forbid(unsafe_code)]

mod codes;
mod connection;
mod datagrams;
mod deadlines;
mod event;
mod figures;
mod lane;
pub mod limits;
mod links;
mod message;
mod order;
mod order_faults;
mod relay;
mod site;
mod streams;
mod trunks;
mod vertex;
mod workloads;

pub use datagrams::{FlowDrops, FlowFigures};
pub use event::{Account, Event, StreamOver};
pub use figures::{AccountFigures, ConnectionFigures, Drops, EntryFigures, Figures, LinkFigures, PortalFigures};
pub use lane::{Lane, start};
pub use limits::Limits;
pub use message::Pressure;
pub use order::{Address, Adoption, Forgotten, Order, Role, Settings, Target, Way};
