use std::time::{Duration, Instant};

/// Converts the caller's times into the `Instant`s of the QUIC library, and back.
///
/// The caller's clock counts milliseconds, and may be virtual. The library only compares and subtracts `Instant`s. So a single `Instant` stands for a
/// time of the caller's, and no clock is read after that.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Clock {
    base: Instant,
    origin_ms: f64,
}

impl Clock {
    /// Lets `base` stand for `now_ms` of the caller's clock.
    #[must_use]
    pub(crate) fn new(base: Instant, now_ms: f64) -> Self {
        Self { base, origin_ms: now_ms }
    }

    /// The instant of a time of the caller's. Times before the clock's beginning, times that no `Instant` can express, and NaN count as the
    /// beginning, so that a wrong time does not end a connection.
    #[must_use]
    pub(crate) fn instant(&self, now_ms: f64) -> Instant {
        let elapsed = Duration::try_from_secs_f64((now_ms - self.origin_ms) / 1000.0).unwrap_or_default();
        self.base.checked_add(elapsed).unwrap_or(self.base)
    }

    /// The caller's time of an instant, in milliseconds. It is at most two microseconds later and never earlier, so that a deadline that the caller
    /// has reached is reached here as well.
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
