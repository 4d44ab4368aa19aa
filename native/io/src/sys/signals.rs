//! pthread_sigmask(3).
#![allow(unsafe_code)]

use std::io;

/// Blocks all signals in the calling thread, except those for its own faults. The process's other threads handle them.
pub(crate) fn block_in_this_thread() -> io::Result<()> {
    // SAFETY: a set of signals is numbers alone, for which zero is a value, and sigfillset then fills it.
    let mut set: libc::sigset_t = unsafe { std::mem::zeroed() };
    // SAFETY: the calls write into the set alone, which is ours.
    unsafe {
        libc::sigfillset(&raw mut set);
        for fault in [libc::SIGSEGV, libc::SIGBUS, libc::SIGFPE, libc::SIGILL, libc::SIGTRAP, libc::SIGSYS] {
            libc::sigdelset(&raw mut set, fault);
        }
    }
    // SAFETY: the set is read, and the old one not asked for.
    match unsafe { libc::pthread_sigmask(libc::SIG_BLOCK, &raw const set, std::ptr::null_mut()) } {
        0 => Ok(()),
        error => Err(io::Error::from_raw_os_error(error)),
    }
}
