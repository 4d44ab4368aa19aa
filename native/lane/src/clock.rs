use std::time::{Duration, Instant};

/// The thread's clock beside that of the owner.
#[derive(Clone, Copy, Debug)]
pub struct LaneClock {
    base: Instant,
    base_ms: f64,
}

/// A moment, by all clocks.
#[derive(Clone, Copy, Debug)]
pub struct Now {
    /// The thread's.
    pub instant: Instant,
    /// Since the thread began, as `wire` counts it.
    pub elapsed: Duration,
    /// By the owner's clock, as connections count it.
    pub ms: f64,
}

impl LaneClock {
    /// At `base` it is `base_ms` by the owner's clock.
    #[must_use]
    pub fn new(base: Instant, base_ms: f64) -> Self {
        Self { base, base_ms }
    }

    /// When the thread began.
    #[must_use]
    pub fn start(&self) -> Instant {
        self.base
    }

    /// An instant of the thread's, by all clocks.
    #[must_use]
    pub fn at(&self, instant: Instant) -> Now {
        Now { instant, elapsed: instant.saturating_duration_since(self.base), ms: self.milliseconds(instant) }
    }

    /// The owner's time.
    #[must_use]
    pub fn milliseconds(&self, instant: Instant) -> f64 {
        self.base_ms + instant.saturating_duration_since(self.base).as_secs_f64() * 1_000.0
    }

    /// The instant at which so much time has elapsed.
    #[must_use]
    pub fn after(&self, elapsed: Duration) -> Instant {
        self.base + elapsed
    }

    /// The instant of a time of the owner's, or a moment after it. None: never.
    #[must_use]
    pub fn instant(&self, milliseconds: f64) -> Option<Instant> {
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
