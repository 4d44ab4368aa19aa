//! pthread_sigmask(3).
#![allow(unsafe_code)]

use std::io;

/// Blocks all signals in the calling thread, except those for its own faults. The process's other threads handle them.
pub(crate) fn block_in_this_thread() -> io::Result<()> {
    // SAFETY: a signal set consists of numbers, for which zero is valid, and sigfillset then fills it.
    let mut set: libc::sigset_t = unsafe { std::mem::zeroed() };
    // SAFETY: the calls write only into the set, which is ours.
    unsafe {
        libc::sigfillset(&raw mut set);
        for fault in [libc::SIGSEGV, libc::SIGBUS, libc::SIGFPE, libc::SIGILL, libc::SIGTRAP, libc::SIGSYS] {
            libc::sigdelset(&raw mut set, fault);
        }
    }
    // SAFETY: the call reads the set, and does not write the old one, whose pointer is null.
    match unsafe { libc::pthread_sigmask(libc::SIG_BLOCK, &raw const set, std::ptr::null_mut()) } {
        0 => Ok(()),
        error => Err(io::Error::from_raw_os_error(error)),
    }
}
