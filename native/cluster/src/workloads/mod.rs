//! The workloads at the ends of streams: a process behind a socket, or the owner of the data thread.

mod client;
mod holders;
mod offer;
mod own_streams;
mod own_workload;
mod taken_bytes;
mod workload;

pub(crate) use self::client::Client;
pub(crate) use self::holders::{Holder, Workloads};
pub(crate) use self::offer::{Offer, Unknown};
pub(crate) use self::own_streams::{Ask, OwnPlace, OwnStreams};
pub(crate) use self::own_workload::{Act, OwnWorkload};
pub(crate) use self::taken_bytes::{HalfSent, Taken, TakenBytes};
pub(crate) use self::workload::Workload;
