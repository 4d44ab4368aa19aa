use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

/// The owner's settings for the controller, which may change at any time.
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

    /// The rate that the owner limits sending to, in bytes per second; 0: no limit.
    pub(crate) fn send_rate(&self) -> u64 {
        self.0.send_rate.load(Ordering::Relaxed)
    }

    /// Whether the connection yields to others.
    pub(crate) fn is_yielding(&self) -> bool {
        self.0.is_yielding.load(Ordering::Relaxed)
    }
}
