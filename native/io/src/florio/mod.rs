//! FlorIO's sockets (docs/protocol/florio.md). `florenetes-florio` decides what is done with them.

mod files;
mod partner;
mod socket;

use std::path::PathBuf;
use std::time::Instant;

use florenetes_florio::{FlorioError, Port, check_paths};

pub use socket::UnixSocket;

/// A side of FlorIO over kernel sockets.
pub type FlorioPort = Port<UnixSocket>;

/// Binds our path. The first `handle_timeout` begins to connect to the partner's path.
///
/// # Errors
///
/// Our own path cannot be bound. A partner that is away is no error.
pub fn open_port(bind: PathBuf, connect: PathBuf, now: Instant) -> Result<FlorioPort, FlorioError> {
    check_paths(&bind, &connect)?;
    Port::open(UnixSocket::new(bind, connect), now)
}
