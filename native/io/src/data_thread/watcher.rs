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

    /// Watches a descriptor that the handler only reads: it is not told that there is room to write, which would wake the thread for whoever writes.
    ///
    /// # Errors
    ///
    /// See [`Self::watch`].
    pub fn watch_reads(&self, descriptor: BorrowedFd<'_>, key: u64) -> io::Result<()> {
        epoll::add(self.epoll.as_fd(), descriptor, KEY_BIT | key, epoll::READ_CHANGES)
    }

    /// Watches a descriptor no more: to be called before one is closed whose socket another descriptor keeps open, as the system would go on to tell
    /// of that.
    pub fn unwatch(&self, descriptor: BorrowedFd<'_>) {
        // The call fails only for a descriptor that is not watched.
        let _ = epoll::remove(self.epoll.as_fd(), descriptor);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::{Read, Write};
    use std::os::unix::net::UnixStream;

    /// The keys of the changes at present.
    fn changes(watcher: &Watcher) -> Vec<u64> {
        let mut events = [epoll::NO_EVENT; 4];
        let count = epoll::wait_coarsely(watcher.epoll.as_fd(), &mut events, Some(std::time::Duration::ZERO)).unwrap();
        events[..count].iter().map(|event| event.u64 & !KEY_BIT).collect()
    }

    #[test]
    fn who_only_reads_is_told_of_bytes_and_the_end_and_of_no_room_to_write() {
        let watcher = Watcher::new(Arc::new(epoll::create().unwrap()));
        let (mut workload, mut socket) = UnixStream::pair().unwrap();
        socket.set_nonblocking(true).unwrap();
        watcher.watch_reads(socket.as_fd(), 1).unwrap();
        assert_eq!(changes(&watcher), []);
        let mut written = 0;
        while let Ok(length) = socket.write(&[0; 10_000]) {
            written += length;
        }
        workload.read_exact(&mut vec![0; written]).unwrap();
        assert_eq!(changes(&watcher), []);
        workload.write_all(b"bytes").unwrap();
        assert_eq!(changes(&watcher), [1]);
        drop(workload);
        assert_eq!(changes(&watcher), [1]);
        watcher.unwatch(socket.as_fd());
        assert_eq!(changes(&watcher), []);
    }
}
