//! _exit(2).
#![allow(unsafe_code)]

/// Ends the process at once. Exit handlers of other threads and of the host do not run, since they may wait for this thread.
pub(crate) fn exit_now(code: i32) -> ! {
    // SAFETY: the call takes a number and does not return.
    unsafe { libc::_exit(code) }
}
