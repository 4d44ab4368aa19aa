//! Everything that touches the kernel: sockets, and the loop that waits for them. `unsafe` code is in a small module for each system call.

mod batch;
mod boot_clock;
mod control;
pub mod data_thread;
mod doorbell;
mod ecn;
pub mod florio;
mod inbox;
pub mod limits;
mod log_folder;
mod name;
mod poller;
pub mod stream;
mod sys;
pub mod udp;

pub use batch::datagrams_of;
pub use boot_clock::since_boot;
pub use doorbell::{CommandRefused, CommandSender};
pub use ecn::Ecn;
pub use inbox::Inbox;
pub use log_folder::{LogCounts, LogFile, LogFolder};
