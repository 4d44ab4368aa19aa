use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::sync::Arc;

use crate::sys::epoll;

/// Marks the tokens of a handler's own descriptors.
pub(super) const KEY_BIT: u64 = 1 << 63;

/// Watches descriptors of the handler's own, as many as there are, until they are closed.
#[derive(Clone)]
pub struct Watcher {
    epoll: Arc<OwnedFd>,
}

/// How a watched descriptor has changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Readiness {
    /// Something is there to be read: bytes, connections, an end or an error.
    pub is_readable: bool,
    /// The socket has room to write, or connecting is over.
    pub is_writable: bool,
    /// The other side has ended its half, or more: after what is to be read comes no more.
    pub is_hung_up: bool,
    /// An error has befallen it, or both of its halves have ended.
    pub is_failed: bool,
}

impl Watcher {
    pub(super) fn new(epoll: Arc<OwnedFd>) -> Self {
        Self { epoll }
    }

    /// Tells of changes only (edge-triggered): of what is there now, and then of what comes after a call has found nothing.
    ///
    /// `key` is below 2^63, and is never used again: news of what was closed may still come within the same turn.
    ///
    /// # Errors
    ///
    /// The system's: too many are watched.
    pub fn watch(&self, descriptor: BorrowedFd<'_>, key: u64) -> io::Result<()> {
        epoll::add(self.epoll.as_fd(), descriptor, KEY_BIT | key, epoll::CHANGES)
    }
}
