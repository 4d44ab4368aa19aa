//! All that touches the kernel: sockets, and the loop that waits for them. `unsafe` stands in one small module per system call.

mod batch;
mod control;
mod ecn;
mod inbox;
pub mod limits;
mod name;
mod sys;
pub mod udp;

pub use batch::datagrams_of;
pub use ecn::Ecn;
pub use inbox::Inbox;
