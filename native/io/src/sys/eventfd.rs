//! eventfd(2): a descriptor that one thread makes readable, and another waits for.
#![allow(unsafe_code)]

use std::fs::File;
use std::io;
use std::os::fd::FromRawFd;

use super::checked;

/// Creates an eventfd. Reading and writing its 8 bytes never blocks.
pub(crate) fn create() -> io::Result<File> {
    // SAFETY: the call takes only numbers.
    let fd = checked(unsafe { libc::eventfd(0, libc::EFD_NONBLOCK | libc::EFD_CLOEXEC) })?;
    // SAFETY: the kernel has just given us this descriptor, and nothing else owns it.
    Ok(unsafe { File::from_raw_fd(fd) })
}
