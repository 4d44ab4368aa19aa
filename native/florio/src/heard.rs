use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::{Duration, Instant};

/// When a partner was heard last. The thread that has the port notes it, and any other may look without waiting for that one.
#[derive(Debug)]
pub struct Heard {
    began: Instant,
    /// Nanoseconds since then, and one more. 0: it was not heard.
    noted: AtomicU64,
}

impl Heard {
    /// Nothing was heard yet.
    #[must_use]
    pub fn new(now: Instant) -> Self {
        Self { began: now, noted: AtomicU64::new(0) }
    }

    /// Notes that the message was heard now.
    pub(crate) fn note(&self, now: Instant) {
        // In 580 years there is room for no more.
        let since = u64::try_from(now.saturating_duration_since(self.began).as_nanos()).unwrap_or(u64::MAX - 1);
        self.noted.store(since + 1, Relaxed);
    }

    /// When that was.
    #[must_use]
    pub fn at(&self) -> Option<Instant> {
        let since = self.noted.load(Relaxed).checked_sub(1)?;
        Some(self.began + Duration::from_nanos(since))
    }
}
