//! UDP sockets of links, in batches (udp(7): UDP_SEGMENT, UDP_GRO), and of workloads.

mod peer;
mod socket;
mod workload;

pub use peer::{LocalAddress, UdpPeer};
pub use socket::{Datagrams, UdpCounters, UdpSocket};
pub use workload::WorkloadSocket;
