//! UDP: of links in batches (udp(7): UDP_SEGMENT, UDP_GRO), and of workloads.

mod receive;
mod send;
mod socket;
mod workload;

pub use receive::Datagrams;
pub use socket::{UdpCounters, UdpSocket};
pub use workload::WorkloadSocket;
