//! epoll_create1(2), epoll_ctl(2), epoll_pwait2(2).
#![allow(unsafe_code)]

use std::io;
use std::os::fd::{AsRawFd, BorrowedFd, FromRawFd, OwnedFd};
use std::time::Duration;

use super::checked;

/// Event bits of epoll(7), to watch for and to be told.
pub(crate) const READABLE: u32 = libc::EPOLLIN as u32;
pub(crate) const WRITABLE: u32 = libc::EPOLLOUT as u32;
/// All changes of a stream's socket, each told once, when it happens (edge-triggered).
pub(crate) const CHANGES: u32 = READABLE | WRITABLE | HUNG_UP | libc::EPOLLET as u32;
/// The [`CHANGES`] that matter to a reader alone.
pub(crate) const READ_CHANGES: u32 = READABLE | HUNG_UP | libc::EPOLLET as u32;
/// The other side has ended its half.
pub(crate) const HUNG_UP: u32 = (libc::EPOLLRDHUP | libc::EPOLLHUP) as u32;
/// The kernel tells of these bits whether they are watched for or not.
pub(crate) const FAILED: u32 = (libc::EPOLLERR | libc::EPOLLHUP) as u32;

/// An event of a watched descriptor, with its token.
pub(crate) type Event = libc::epoll_event;

pub(crate) const NO_EVENT: Event = Event { events: 0, u64: 0 };

pub(crate) fn create() -> io::Result<OwnedFd> {
    // SAFETY: the call takes only a number.
    let fd = checked(unsafe { libc::epoll_create1(libc::EPOLL_CLOEXEC) })?;
    // SAFETY: the kernel has just given us this descriptor, and nothing else owns it.
    Ok(unsafe { OwnedFd::from_raw_fd(fd) })
}

/// Watches a descriptor for as long as it is open.
pub(crate) fn add(epoll: BorrowedFd<'_>, watched: BorrowedFd<'_>, token: u64, events: u32) -> io::Result<()> {
    control(epoll, libc::EPOLL_CTL_ADD, watched, token, events)
}

pub(crate) fn modify(epoll: BorrowedFd<'_>, watched: BorrowedFd<'_>, token: u64, events: u32) -> io::Result<()> {
    control(epoll, libc::EPOLL_CTL_MOD, watched, token, events)
}

/// Watches a descriptor no more.
pub(crate) fn remove(epoll: BorrowedFd<'_>, watched: BorrowedFd<'_>) -> io::Result<()> {
    control(epoll, libc::EPOLL_CTL_DEL, watched, 0, 0)
}

fn control(
    epoll: BorrowedFd<'_>,
    what: libc::c_int,
    watched: BorrowedFd<'_>,
    token: u64,
    events: u32,
) -> io::Result<()> {
    let mut event = Event { events, u64: token };
    // SAFETY: the kernel reads the event, and keeps a copy.
    checked(unsafe { libc::epoll_ctl(epoll.as_raw_fd(), what, watched.as_raw_fd(), &raw mut event) })?;
    Ok(())
}

/// Waits until a descriptor is ready, at most for `timeout` (none: for ever). Returns how many of `events` were filled.
///
/// Fails with ENOSYS or EPERM where the kernel (before 5.11) or a filter of system calls does not have the call.
pub(crate) fn wait_precisely(
    epoll: BorrowedFd<'_>,
    events: &mut [Event],
    timeout: Option<Duration>,
) -> io::Result<usize> {
    let timeout = timeout.map(|timeout| libc::timespec {
        tv_sec: timeout.as_secs().try_into().unwrap_or(libc::time_t::MAX),
        tv_nsec: timeout.subsec_nanos().into(),
    });
    let timeout = timeout.as_ref().map_or(std::ptr::null(), std::ptr::from_ref);
    // SAFETY: the kernel fills at most `events.len()` events, reads at most one timespec, and reads no signal mask.
    let count = unsafe {
        libc::syscall(
            libc::SYS_epoll_pwait2,
            epoll.as_raw_fd(),
            events.as_mut_ptr(),
            events.len() as libc::c_int,
            timeout,
            std::ptr::null::<libc::sigset_t>(),
            0_usize,
        )
    };
    counted(count as libc::c_int)
}

/// Waits in whole milliseconds, rounded up, so that no wait ends before its time and has to be repeated.
pub(crate) fn wait_coarsely(
    epoll: BorrowedFd<'_>,
    events: &mut [Event],
    timeout: Option<Duration>,
) -> io::Result<usize> {
    let ms = timeout.map_or(-1, |timeout| {
        libc::c_int::try_from(timeout.as_nanos().div_ceil(1_000_000)).unwrap_or(libc::c_int::MAX)
    });
    // SAFETY: the kernel fills at most `events.len()` events.
    counted(unsafe { libc::epoll_wait(epoll.as_raw_fd(), events.as_mut_ptr(), events.len() as libc::c_int, ms) })
}

/// Treats an interrupted wait, as by a debugger's signal, as one without events.
fn counted(count: libc::c_int) -> io::Result<usize> {
    match checked(count) {
        Err(error) if error.kind() == io::ErrorKind::Interrupted => Ok(0),
        other => other.map(|count| count as usize),
    }
}
