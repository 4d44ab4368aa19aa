//! recvmmsg(2).
#![allow(unsafe_code)]

use std::io;
use std::os::fd::{AsRawFd, BorrowedFd};

use crate::control::ControlBuffer;
use crate::limits::{RECEIVE_SLOT_SIZE, RECEIVE_SLOTS};
use crate::name::SocketName;

/// The facts about a slot's datagram, whose bytes are elsewhere.
#[derive(Clone, Default)]
pub(crate) struct Received {
    pub(crate) sender: SocketName,
    pub(crate) control: ControlBuffer,
    pub(crate) length: usize,
}

/// Receives waiting datagrams without blocking: for each slot one, or several that the kernel has joined. Returns how many slots are filled.
///
/// `bytes` has `RECEIVE_SLOTS` times `RECEIVE_SLOT_SIZE` bytes. Each slot has `control_size` bytes for control messages; the kernel closes passed
/// descriptors that find no room there. A pending error of the socket is returned and cleared.
pub(crate) fn receive_many(
    socket: BorrowedFd<'_>,
    bytes: &mut [u8],
    slots: &mut [Received; RECEIVE_SLOTS],
    control_size: usize,
) -> io::Result<usize> {
    assert_eq!(bytes.len(), RECEIVE_SLOTS * RECEIVE_SLOT_SIZE, "the kernel is told of so many bytes");
    // SAFETY: all fields of both are numbers and pointers, for which zero is valid.
    let (mut parts, mut messages): ([libc::iovec; RECEIVE_SLOTS], [libc::mmsghdr; RECEIVE_SLOTS]) =
        unsafe { (std::mem::zeroed(), std::mem::zeroed()) };
    for (index, (slot, place)) in slots.iter_mut().zip(bytes.chunks_exact_mut(RECEIVE_SLOT_SIZE)).enumerate() {
        parts[index] = libc::iovec { iov_base: place.as_mut_ptr().cast(), iov_len: place.len() };
        let header = &mut messages[index].msg_hdr;
        let name = slot.sender.buffer();
        header.msg_name = name.as_mut_ptr().cast();
        header.msg_namelen = name.len() as libc::socklen_t;
        header.msg_iov = &raw mut parts[index];
        header.msg_iovlen = 1;
        if control_size > 0 {
            let control = &mut slot.control.buffer()[..control_size];
            header.msg_control = control.as_mut_ptr().cast();
            header.msg_controllen = control.len() as _;
        }
    }
    // SAFETY: every pointer in `messages` comes with the length of its buffer. The buffers do not overlap and are borrowed mutably for the whole
    // call, and so are `parts` and `messages`, which live on this stack.
    let count = unsafe {
        libc::recvmmsg(
            socket.as_raw_fd(),
            messages.as_mut_ptr(),
            RECEIVE_SLOTS as libc::c_uint,
            libc::MSG_DONTWAIT as _,
            std::ptr::null_mut(),
        )
    };
    if count < 0 {
        return Err(io::Error::last_os_error());
    }
    for (slot, message) in slots.iter_mut().zip(&messages[..count as usize]) {
        slot.sender.set_length(message.msg_hdr.msg_namelen as usize);
        slot.control.set_length(if control_size > 0 { message.msg_hdr.msg_controllen } else { 0 });
        slot.length = message.msg_len as usize;
    }
    Ok(count as usize)
}
