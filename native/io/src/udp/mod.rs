//! UDP in batches (udp(7): UDP_SEGMENT, UDP_GRO).

mod receive;
mod send;
mod socket;

pub use receive::Datagrams;
pub use socket::{UdpCounters, UdpSocket};
