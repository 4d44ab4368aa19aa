use std::time::{Duration, Instant};

/// Turns the caller's clock into the one that the QUIC library wants, and back.
///
/// The caller counts milliseconds of a clock of its choosing, which may be virtual. The library wants `Instant`s, but only
/// compares and subtracts them. So one `Instant` stands for a time of the caller's, and no clock is read after that.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Clock {
    base: Instant,
    origin_ms: f64,
}

impl Clock {
    /// Lets `base` stand for `now_ms`, the caller's time.
    #[must_use]
    pub(crate) fn new(base: Instant, now_ms: f64) -> Self {
        Self { base, origin_ms: now_ms }
    }

    /// The instant of a time of the caller's. Times before the clock's beginning count as its beginning, and those that no
    /// `Instant` reaches (or that are no number) as well: a wrong time shall end nobody.
    #[must_use]
    pub(crate) fn instant(&self, now_ms: f64) -> Instant {
        let elapsed = Duration::try_from_secs_f64((now_ms - self.origin_ms) / 1000.0).unwrap_or_default();
        self.base.checked_add(elapsed).unwrap_or(self.base)
    }

    /// The caller's time of an instant, in milliseconds: not earlier than it, and at most two microseconds later, so that a
    /// deadline that the caller reaches has been reached here as well.
    #[must_use]
    pub(crate) fn milliseconds(&self, instant: Instant) -> f64 {
        let elapsed = instant.saturating_duration_since(self.base);
        self.origin_ms + (elapsed.as_micros() + 1) as f64 / 1000.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_deadline_that_the_caller_reaches_is_reached_here() {
        let clock = Clock::new(Instant::now(), 1_000_000.25);
        for now in [1_000_000.25, 1_000_000.5, 1_000_123.0, 1_000_123.123_456, 1e12] {
            let deadline = clock.milliseconds(clock.instant(now));
            assert!((deadline - now).abs() < 3e-3, "{now}");
            assert!(clock.instant(deadline) >= clock.instant(now), "{now}");
        }
    }

    #[test]
    fn a_time_that_cannot_be_is_the_beginning() {
        let clock = Clock::new(Instant::now(), 100.0);
        for now in [99.0, f64::NAN, f64::INFINITY, f64::NEG_INFINITY, f64::MAX] {
            assert_eq!(clock.instant(now), clock.instant(100.0), "{now}");
        }
    }
}
