//! geteuid(2).
#![allow(unsafe_code)]

/// The user that this process acts as.
pub(crate) fn effective_user() -> u32 {
    // SAFETY: it takes nothing, and cannot fail.
    unsafe { libc::geteuid() }
}
