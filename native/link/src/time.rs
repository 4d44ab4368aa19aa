use std::time::{Duration, Instant};

/// The thread's clock beside that of the owner.
#[derive(Clone, Copy, Debug)]
pub(crate) struct LaneClock {
    base: Instant,
    base_ms: f64,
}

impl LaneClock {
    /// At `base` it is `base_ms` by the owner's clock.
    pub(crate) fn new(base: Instant, base_ms: f64) -> Self {
        Self { base, base_ms }
    }

    /// The owner's time.
    pub(crate) fn milliseconds(&self, now: Instant) -> f64 {
        self.base_ms + self.elapsed(now).as_secs_f64() * 1_000.0
    }

    /// Time since the thread began, as `wire` counts it.
    pub(crate) fn elapsed(&self, now: Instant) -> Duration {
        now.saturating_duration_since(self.base)
    }

    /// The instant of a time of the owner's, or a moment after it. None: never.
    pub(crate) fn instant(&self, milliseconds: f64) -> Option<Instant> {
        let elapsed = Duration::try_from_secs_f64((milliseconds - self.base_ms).max(0.0) / 1_000.0).ok()?;
        self.base.checked_add(elapsed + Duration::from_nanos(1))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_that_is_reached_there_is_reached_here() {
        let base = Instant::now();
        let clock = LaneClock::new(base, 1_234.567_891);
        for microseconds in [0, 1, 333, 1_000, 86_400_000_001] {
            let at = base + Duration::from_micros(microseconds);
            let there = clock.milliseconds(at);
            let here = clock.instant(there).unwrap();
            assert!(clock.milliseconds(here) >= there, "{microseconds}");
            assert!(here.saturating_duration_since(at) < Duration::from_micros(1), "{microseconds}");
        }
        assert_eq!(clock.instant(f64::INFINITY), None);
    }
}
