//! UDP sockets of links, in batches (udp(7): UDP_SEGMENT, UDP_GRO), and of workloads.

mod client;
mod socket;
mod workload;

pub(crate) use client::LocalAddress;
pub use client::UdpClient;
pub use socket::{Datagrams, UdpCounters, UdpSocket};
pub use workload::WorkloadSocket;
