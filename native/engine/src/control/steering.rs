use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

/// The wishes of the connection's owner, which its controller minds.
#[derive(Clone, Debug, Default)]
pub(crate) struct Steering(Arc<Wishes>);

#[derive(Debug, Default)]
struct Wishes {
    send_rate: AtomicU64,
    is_yielding: AtomicBool,
}

impl Steering {
    pub(crate) fn set_send_rate(&self, bytes_per_second: u64) {
        self.0.send_rate.store(bytes_per_second, Ordering::Relaxed);
    }

    pub(crate) fn set_yielding(&self, is_yielding: bool) {
        self.0.is_yielding.store(is_yielding, Ordering::Relaxed);
    }

    /// Bytes per second that are let go; 0: as many as the path takes.
    pub(crate) fn send_rate(&self) -> u64 {
        self.0.send_rate.load(Ordering::Relaxed)
    }

    /// Whether others go first.
    pub(crate) fn is_yielding(&self) -> bool {
        self.0.is_yielding.load(Ordering::Relaxed)
    }
}
