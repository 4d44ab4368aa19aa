use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::sync::Arc;
use std::time::Duration;

use crate::limits::EVENTS_PER_TURN;
use crate::sys::epoll::{self, Event};

/// Waits for descriptors, level-triggered: the next wait tells again of whatever a turn has left unread, so that the bounds of a turn lose nothing.
pub(crate) struct Poller {
    epoll: Arc<OwnedFd>,
    events: [Event; EVENTS_PER_TURN],
    /// Whether the kernel takes a timeout in nanoseconds.
    is_precise: bool,
}

/// A ready descriptor, by its token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Ready {
    pub(crate) token: u64,
    /// True for errors as well, which are read off the socket.
    pub(crate) is_readable: bool,
    pub(crate) is_writable: bool,
    pub(crate) is_hung_up: bool,
    pub(crate) is_failed: bool,
}

impl Poller {
    pub(crate) fn new() -> io::Result<Self> {
        Ok(Self { epoll: Arc::new(epoll::create()?), events: [epoll::NO_EVENT; EVENTS_PER_TURN], is_precise: true })
    }

    /// The epoll set, for a handler that watches descriptors by itself.
    pub(crate) fn descriptors(&self) -> Arc<OwnedFd> {
        Arc::clone(&self.epoll)
    }

    /// Watches a descriptor for reading until it is closed.
    pub(crate) fn add(&self, watched: BorrowedFd<'_>, token: u64) -> io::Result<()> {
        epoll::add(self.epoll.as_fd(), watched, token, epoll::READABLE)
    }

    /// Sets whether a watched descriptor is watched for room to write as well.
    pub(crate) fn set_writing(&self, watched: BorrowedFd<'_>, token: u64, is_writing: bool) -> io::Result<()> {
        let events = if is_writing { epoll::READABLE | epoll::WRITABLE } else { epoll::READABLE };
        epoll::modify(self.epoll.as_fd(), watched, token, events)
    }

    /// Waits until a descriptor is ready or the timeout is over, never for less; without a timeout for ever. Returns how many descriptors are ready.
    pub(crate) fn wait(&mut self, timeout: Option<Duration>) -> io::Result<usize> {
        if self.is_precise {
            match epoll::wait_precisely(self.epoll.as_fd(), &mut self.events, timeout) {
                // The call is missing before Linux 5.11, or a filter of system calls does not know it.
                Err(error) if matches!(error.raw_os_error(), Some(libc::ENOSYS | libc::EPERM)) => {
                    self.is_precise = false
                }
                other => return other,
            }
        }
        epoll::wait_coarsely(self.epoll.as_fd(), &mut self.events, timeout)
    }

    /// A descriptor that the last `wait` found, by its place.
    pub(crate) fn ready(&self, index: usize) -> Ready {
        let Event { events, u64: token } = self.events[index];
        Ready {
            token,
            is_readable: events & (epoll::READABLE | epoll::FAILED) != 0,
            is_writable: events & (epoll::WRITABLE | epoll::FAILED) != 0,
            is_hung_up: events & epoll::HUNG_UP != 0,
            is_failed: events & epoll::FAILED != 0,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Instant;

    use super::*;

    #[test]
    fn a_wait_is_never_shorter_than_it_was_asked_for() {
        let mut poller = Poller::new().unwrap();
        for is_precise in [true, false] {
            poller.is_precise = is_precise;
            for time in [Duration::ZERO, Duration::from_micros(700), Duration::from_micros(2_300)] {
                let begin = Instant::now();
                assert_eq!(poller.wait(Some(time)).unwrap(), 0);
                assert!(begin.elapsed() >= time, "{is_precise} {time:?}");
            }
        }
    }
}
