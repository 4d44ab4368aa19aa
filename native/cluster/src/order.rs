use std::net::SocketAddr;
use std::os::fd::OwnedFd;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use florenetes_engine::Guarded;
use florenetes_florio::Heard;
use florenetes_wire::limits::SHARE_MAX;
use florenetes_wire::mesh::{Change, Destination, LinkState, Seeds, TrafficClass, TransitLimits};

use crate::limits::Limits;

// Orders are declared in native/declaration/cluster-orders.mjs.
include!(concat!(env!("CARGO_MANIFEST_DIR"), "/../made/declared/cluster/orders.rs"));

/// The way of a connection's packets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Way {
    /// The link that the packets leave by. None: they are for this vertex itself.
    pub out_link: Option<u32>,
    /// The label words of the packets' header.
    pub words: Vec<u32>,
}

impl Way {
    /// Whether both lead over the same links. Their words may have other shares.
    pub(crate) fn is_same(&self, other: &Self) -> bool {
        let mut words = self.words.iter().zip(&other.words);
        self.out_link == other.out_link
            && self.words.len() == other.words.len()
            && words.all(|(own, other)| (own ^ other) & !SHARE_MAX == 0)
    }
}

/// The role of this end of a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// The connection's streams come from tunnels.
    Originator {
        /// The trunk that the tunnels lead to.
        trunk: u32,
    },
    /// The connection's streams go to a service.
    Acceptor {
        /// The number of the service.
        service: u32,
    },
}

/// A thing that the data thread is to forget.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Forgotten {
    /// A service, which has stopped.
    Service(u32),
    /// A tunnel that does not listen any more, or the account of streams of the owner. Open streams may still be counted by it.
    Account(u32),
    /// A trunk that no workload waits for, and whose last connection has ended, or is closing.
    Trunk(u32),
}

/// The address at which a tunnel listens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Address {
    /// A TCP address. Port 0: the system chooses a free one.
    Tcp(SocketAddr),
    /// A UDP address, for datagrams. Port 0: the system chooses a free one.
    Udp(SocketAddr),
    /// The path of a Unix socket, which does not exist yet.
    Unix {
        /// The path of the socket's file.
        path: PathBuf,
        /// The file's mode, such as 0o600.
        mode: u32,
        /// The file's user and group, where they are not this process's.
        owner: Option<(u32, u32)>,
    },
}

/// The way to a service's workload.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Target {
    /// Addresses, tried in their order until one answers.
    Addresses(Vec<SocketAddr>),
    /// The path of a Unix socket.
    Unix(PathBuf),
    /// A name, whose addresses the owner is asked for each time.
    Name,
    /// The owner itself, which gets `StreamAsked` and the events that follow it.
    Owner,
}
