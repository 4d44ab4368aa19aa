//! socket(2), connect(2), listen(2), accept4(2), fcntl(2) and SO_LINGER for sockets of streams.
#![allow(unsafe_code)]

use std::io;
use std::os::fd::{AsRawFd, BorrowedFd, FromRawFd, OwnedFd};

use libc::{c_int, socklen_t};

use super::checked;
use crate::name::SocketName;

/// A stream socket that never blocks and that child processes do not inherit.
pub(crate) fn open_stream(family: c_int) -> io::Result<OwnedFd> {
    // SAFETY: the call takes only numbers.
    let fd = checked(unsafe { libc::socket(family, libc::SOCK_STREAM | libc::SOCK_NONBLOCK | libc::SOCK_CLOEXEC, 0) })?;
    // SAFETY: the kernel has just given us this descriptor, and nothing else owns it.
    Ok(unsafe { OwnedFd::from_raw_fd(fd) })
}

/// Begins to connect. Ok: connecting has begun, and may be complete.
pub(crate) fn connect(socket: BorrowedFd<'_>, name: &SocketName) -> io::Result<()> {
    let bytes = name.as_bytes();
    // SAFETY: pointer and length are of a slice; the kernel reads the name's family first and checks its length.
    let result = checked(unsafe { libc::connect(socket.as_raw_fd(), bytes.as_ptr().cast(), bytes.len() as socklen_t) });
    match result {
        Err(error) if error.raw_os_error() == Some(libc::EINPROGRESS) => Ok(()),
        other => other.map(drop),
    }
}

pub(crate) fn listen(socket: BorrowedFd<'_>, backlog: c_int) -> io::Result<()> {
    // SAFETY: the call takes only numbers.
    checked(unsafe { libc::listen(socket.as_raw_fd(), backlog) })?;
    Ok(())
}

/// Accepts the next waiting connection, as a socket that never blocks.
pub(crate) fn accept(listener: BorrowedFd<'_>) -> io::Result<OwnedFd> {
    let flags = libc::SOCK_NONBLOCK | libc::SOCK_CLOEXEC;
    // SAFETY: the pointers are null, so the kernel writes no name.
    let accepted = unsafe { libc::accept4(listener.as_raw_fd(), std::ptr::null_mut(), std::ptr::null_mut(), flags) };
    let fd = checked(accepted)?;
    // SAFETY: the kernel has just given us this descriptor, and nothing else owns it.
    Ok(unsafe { OwnedFd::from_raw_fd(fd) })
}

/// Another descriptor of the same socket, which child processes do not inherit.
pub(crate) fn duplicate(descriptor: c_int) -> io::Result<OwnedFd> {
    // SAFETY: the call takes only numbers.
    let fd = checked(unsafe { libc::fcntl(descriptor, libc::F_DUPFD_CLOEXEC, 0) })?;
    // SAFETY: the kernel has just given us this descriptor, and nothing else owns it.
    Ok(unsafe { OwnedFd::from_raw_fd(fd) })
}

/// Sets whether closing the socket resets the connection and loses unsent bytes, or ends it after all written bytes.
pub(crate) fn reset_when_closed(socket: BorrowedFd<'_>, is_reset: bool) -> io::Result<()> {
    let linger = libc::linger { l_onoff: is_reset.into(), l_linger: 0 };
    let size = size_of::<libc::linger>() as socklen_t;
    // SAFETY: the kernel reads `size` bytes, which is the size of the value.
    checked(unsafe {
        libc::setsockopt(socket.as_raw_fd(), libc::SOL_SOCKET, libc::SO_LINGER, (&raw const linger).cast(), size)
    })?;
    Ok(())
}
