//! geteuid(2).
#![allow(unsafe_code)]

/// The user that this process acts as.
pub(crate) fn effective_user() -> u32 {
    // SAFETY: the call takes nothing, and cannot fail.
    unsafe { libc::geteuid() }
}
