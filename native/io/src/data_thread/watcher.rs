use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::sync::Arc;

use crate::sys::epoll;

/// Marks the tokens of a handler's own descriptors.
pub(super) const KEY_BIT: u64 = 1 << 63;

/// Watches any number of the handler's own descriptors until they are closed.
#[derive(Clone)]
pub struct Watcher {
    epoll: Arc<OwnedFd>,
}

/// How a watched descriptor has changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Readiness {
    /// A read or accept will find bytes, a connection, an end or an error.
    pub is_readable: bool,
    /// The socket has room to write, or connecting is over.
    pub is_writable: bool,
    /// The other side has ended its half, or both halves have ended: no bytes follow the ones that can be read now.
    pub is_hung_up: bool,
    /// The socket has an error, or both its halves have ended.
    pub is_failed: bool,
}

impl Watcher {
    pub(super) fn new(epoll: Arc<OwnedFd>) -> Self {
        Self { epoll }
    }

    /// Watches a descriptor for changes (edge-triggered). The handler is told of the present state, and then of changes after a call has found
    /// nothing.
    ///
    /// `key` is below 2^63. It must never be used again, since changes of a closed descriptor may still be told within the same turn.
    ///
    /// # Errors
    ///
    /// The system's: too many are watched.
    pub fn watch(&self, descriptor: BorrowedFd<'_>, key: u64) -> io::Result<()> {
        epoll::add(self.epoll.as_fd(), descriptor, KEY_BIT | key, epoll::CHANGES)
    }

    /// Watches a descriptor no more: to be called before one is closed whose socket another descriptor keeps open, as the system would go on to tell
    /// of that.
    pub fn unwatch(&self, descriptor: BorrowedFd<'_>) {
        // The call fails only for a descriptor that is not watched.
        let _ = epoll::remove(self.epoll.as_fd(), descriptor);
    }
}
