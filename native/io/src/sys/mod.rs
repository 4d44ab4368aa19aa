//! System calls that the standard library does not have, as safe functions over bytes and descriptors, in a small module each.
//!
//! All `unsafe` code of this crate is here. No function keeps a pointer after it has returned.

pub(crate) mod access_list;
pub(crate) mod clock;
pub(crate) mod epoll;
pub(crate) mod eventfd;
pub(crate) mod exit;
pub(crate) mod process;
pub(crate) mod receive_many;
pub(crate) mod send;
pub(crate) mod signals;
pub(crate) mod socket;
pub(crate) mod stream;
pub(crate) mod user;

use std::io;

/// The result of a system call, which is negative when it has failed.
fn checked(result: libc::c_int) -> io::Result<libc::c_int> {
    if result < 0 { Err(io::Error::last_os_error()) } else { Ok(result) }
}
