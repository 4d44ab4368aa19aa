//! A QUIC connection without I/O: bytes and the time go in; bytes, events and a deadline come out.

#![forbid(unsafe_code)]

mod channels;
mod clock;
mod closing;
mod connection;
mod control;
mod credentials;
mod datagrams;
mod event;
mod guard;
mod guarded;
mod hiding;
mod limits;
mod path;
mod qlog;
mod retry;
mod secrets;
mod send_window;
mod settings;
mod stats;
mod streams;
mod verifier;
mod window;

pub use connection::{Beginning, Connection};
pub use control::CongestionControl;
pub use credentials::{Credentials, CredentialsError};
pub use event::{CloseCause, Closed, Event};
pub use guard::{ProcessLedger, Violation};
pub use guarded::Guarded;
pub use qlog::{Qlog, QlogSink};
pub use quinn_proto::EcnCodepoint;
pub use retry::write_retry;
pub use secrets::Secrets;
pub use settings::{DatagramQueues, Settings};
pub use stats::Stats;
pub use streams::{Received, StreamError};
