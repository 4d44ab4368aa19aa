//! The lane of cluster-flor: a thread that carries end-to-end connections which are up, between workloads' sockets and FlorIO. It decides
//! nothing that is not about the next packet or the next stream; its owner brings connections up, hands them over, and is told what they
//! say.

#![forbid(unsafe_code)]

mod accounts;
mod arrivals;
mod clients;
mod codes;
mod connection;
mod dial;
mod event;
mod figures;
mod lane;
pub mod limits;
mod links;
mod message;
mod order;
mod orders;
mod outbound;
mod relay;
mod services;
mod site;
mod trunks;
mod vertex;
mod workloads;

pub use event::{Account, Event};
pub use figures::{AccountFigures, ConnectionFigures, Drops, EntryFigures, Figures, LinkFigures, PortFigures};
pub use lane::{Lane, start};
pub use limits::Limits;
pub use order::{Address, Adoption, Order, Role, Settings, Target, Way};
