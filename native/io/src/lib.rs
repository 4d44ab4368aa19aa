//! All that touches the kernel: sockets, and the loop that waits for them. `unsafe` stands in one small module per system call.

mod batch;

pub use batch::datagrams_of;
