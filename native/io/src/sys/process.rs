//! pidfd_open(2).
#![allow(unsafe_code)]

use std::io;
use std::os::fd::{FromRawFd, OwnedFd};

use super::checked;

/// A descriptor that becomes readable when the process has ended and its descriptors are closed.
///
/// # Errors
///
/// The process has ended already, or the system does not have the call (before Linux 5.3, or behind a filter).
pub(crate) fn watch_end(process: libc::pid_t) -> io::Result<OwnedFd> {
    // SAFETY: the call takes only numbers.
    let fd = unsafe { libc::syscall(libc::SYS_pidfd_open, process, 0) };
    let fd = checked(fd as libc::c_int)?;
    // SAFETY: the kernel has just given us this descriptor, and nothing else owns it. A pidfd is always closed at exec.
    Ok(unsafe { OwnedFd::from_raw_fd(fd) })
}
