//! socket(2), bind(2), getsockname(2), setsockopt(2).
#![allow(unsafe_code)]

use std::io;
use std::os::fd::{AsRawFd, BorrowedFd, FromRawFd, OwnedFd};

use libc::{c_int, socklen_t};

use super::checked;
use crate::name::SocketName;

/// A datagram socket that never blocks and that child processes do not inherit.
pub(crate) fn open_datagram(family: c_int) -> io::Result<OwnedFd> {
    // SAFETY: the call takes only numbers.
    let fd = checked(unsafe { libc::socket(family, libc::SOCK_DGRAM | libc::SOCK_NONBLOCK | libc::SOCK_CLOEXEC, 0) })?;
    // SAFETY: the kernel has just given us this descriptor, and nothing else owns it.
    Ok(unsafe { OwnedFd::from_raw_fd(fd) })
}

pub(crate) fn bind(socket: BorrowedFd<'_>, name: &SocketName) -> io::Result<()> {
    let bytes = name.as_bytes();
    // SAFETY: pointer and length are of a slice; the kernel reads the name's family first and checks its length.
    checked(unsafe { libc::bind(socket.as_raw_fd(), bytes.as_ptr().cast(), bytes.len() as socklen_t) })?;
    Ok(())
}

/// The name that the socket is bound to.
pub(crate) fn local_name(socket: BorrowedFd<'_>) -> io::Result<SocketName> {
    let mut name = SocketName::default();
    let mut length = SocketName::CAPACITY as socklen_t;
    // SAFETY: the kernel writes at most `length` bytes, which is the size of the name's buffer.
    checked(unsafe { libc::getsockname(socket.as_raw_fd(), name.buffer().as_mut_ptr().cast(), &mut length) })?;
    name.set_length(length as usize);
    Ok(name)
}

/// Sets an option whose value is a number.
pub(crate) fn set_option(socket: BorrowedFd<'_>, level: c_int, option: c_int, value: c_int) -> io::Result<()> {
    let size = size_of::<c_int>() as socklen_t;
    // SAFETY: the kernel reads `size` bytes, which is the size of the number.
    checked(unsafe { libc::setsockopt(socket.as_raw_fd(), level, option, (&raw const value).cast(), size) })?;
    Ok(())
}

/// Has the system tell of each received datagram which local address it was sent to.
pub(crate) fn tell_local_addresses(socket: BorrowedFd<'_>, is_ipv6: bool) -> io::Result<()> {
    match is_ipv6 {
        true => set_option(socket, libc::IPPROTO_IPV6, libc::IPV6_RECVPKTINFO, 1),
        false => set_option(socket, libc::IPPROTO_IP, libc::IP_PKTINFO, 1),
    }
}
