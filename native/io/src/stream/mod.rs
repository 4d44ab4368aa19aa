//! Stream sockets, TCP and Unix, to the workloads of this machine.

mod error_name;
mod listener;
mod socket;

pub use error_name::error_name;
pub use listener::{SocketFile, StreamListener};
pub use socket::{StreamAddress, StreamSocket};
