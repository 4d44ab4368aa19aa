//! Sockets of streams, TCP and unix, to the workloads of this machine.

mod listener;
mod socket;

pub use listener::{SocketFile, StreamListener};
pub use socket::{StreamAddress, StreamSocket};
