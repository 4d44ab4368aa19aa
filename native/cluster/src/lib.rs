//! The data thread of cluster-flor: a thread that carries established end-to-end connections between workloads' sockets and FlorIO. The data thread decides only
//! about the next packet or the next stream. Its owner establishes connections, hands them over, and hears of events. docs/develop/rooms.md describes
//! its modules.

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
mod sessions;
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
