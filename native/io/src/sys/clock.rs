//! clock_gettime(2).
#![allow(unsafe_code)]

use std::time::Duration;

/// The time since the machine was started, with that in which it was suspended (CLOCK_BOOTTIME).
pub(crate) fn since_boot() -> Duration {
    let mut time = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: the kernel writes the time into `time`, and keeps no pointer. It has this clock since 2.6.39, so it does not fail.
    unsafe { libc::clock_gettime(libc::CLOCK_BOOTTIME, &raw mut time) };
    Duration::new(time.tv_sec.unsigned_abs(), u32::try_from(time.tv_nsec).unwrap_or(0))
}
