//! The thread that carries packets. It alone has the sockets, and waits for them with epoll.
//!
//! ```text
//!   wait ─▶ commands ─▶ all sockets are read ─▶ timeouts ─▶ handler ─▶ FlorIO out ─▶ UDP out ─┐
//!     ▲                                                                                      │
//!     └──────────────────────────────── one deadline ◀───────────────────────────────────────┘
//! ```

mod handler;
mod sockets;
mod thread;
mod turn;
mod watcher;

pub use handler::Handler;
pub use sockets::{PortId, Ports, Sockets, UdpId, UdpSockets};
pub use thread::{DataThread, end_process};
pub use watcher::{Readiness, Watcher};
