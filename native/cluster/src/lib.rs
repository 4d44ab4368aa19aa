//! The lane of cluster-flor: a thread that carries end-to-end connections which are up, between workloads' sockets and FlorIO. It decides
//! nothing that is not about the next packet or the next stream; its owner brings connections up, hands them over, and is told what they
//! say.

#![forbid(unsafe_code)]

mod access;
mod accounts;
mod adoption;
mod arrivals;
mod clients;
mod codes;
mod command;
mod connect_waits;
mod connection;
mod datagrams;
mod deadlines;
mod dial;
mod early;
mod event;
mod event_bytes;
mod figures;
mod flow_clients;
mod lane;
mod leading;
mod ledger_watch;
pub mod limits;
mod links;
mod message;
mod offer;
mod order;
mod order_faults;
mod orders;
mod outbound;
mod own_clients;
mod own_streams;
mod own_workload;
mod relay;
mod services;
mod site;
mod taken_bytes;
mod trunks;
mod vertex;
mod waiting;
mod workload;
mod workloads;

pub use datagrams::{FlowDrops, FlowFigures};
pub use event::{Account, Event, StreamOver};
pub use event_bytes::write_events;
pub use figures::{AccountFigures, ConnectionFigures, Drops, EntryFigures, Figures, LinkFigures, PortalFigures};
pub use lane::{Lane, start};
pub use limits::Limits;
pub use message::Pressure;
pub use order::{Address, Adoption, Forgotten, Order, Role, Settings, Target, Way};
