//! The shortest round trip, which is the path's round trip without a queue.

/// The shortest and longest time without a round trip as short, after which the path's queue is drained to measure anew. The first drain comes soon,
/// since a sender that joins others may have taken their queue for a part of the path. Each further drain comes after twice the time.
const OLD_MIN_MS: f64 = 2_000.0;
const OLD_MAX_MS: f64 = 10_000.0;
/// A round trip counts as short as the shortest one up to this share beyond it.
const SAME_SHARE: f64 = 0.05;

#[derive(Clone, Debug)]
pub(super) struct BaseRtt {
    rtt: f64,
    seen_at: f64,
    old_after: f64,
}

impl BaseRtt {
    pub(super) fn new() -> Self {
        Self { rtt: f64::INFINITY, seen_at: 0.0, old_after: OLD_MIN_MS }
    }

    pub(super) fn get(&self) -> f64 {
        self.rtt
    }

    pub(super) fn handle_round(&mut self, rtt: f64, now: f64) {
        if rtt <= self.rtt * (1.0 + SAME_SHARE) {
            self.seen_at = now;
            self.rtt = self.rtt.min(rtt);
        }
    }

    /// Whether the shortest round trip may have changed by now.
    pub(super) fn is_old(&self, now: f64) -> bool {
        now > self.seen_at + self.old_after
    }

    /// Takes a round trip that was measured without a queue of our own. If it is longer, the path has become longer.
    pub(super) fn handle_drained(&mut self, rtt: f64, now: f64) {
        let is_old = self.is_old(now);
        self.set(if is_old { rtt } else { self.rtt.min(rtt) }, now);
        if is_old {
            self.old_after = (2.0 * self.old_after).min(OLD_MAX_MS);
        }
    }

    pub(super) fn set(&mut self, rtt: f64, now: f64) {
        (self.rtt, self.seen_at) = (rtt, now);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shortest_round_trip_is_sought_anew_and_half_as_often_each_time() {
        let mut base = BaseRtt::new();
        base.handle_round(20.0, 0.0);
        let mut now = 0.0;
        for (period, rtt) in [(2_000.0, 30.0), (4_000.0, 25.0), (8_000.0, 40.0), (10_000.0, 40.0), (10_000.0, 40.0)] {
            base.handle_round(60.0, now + period);
            assert!(!base.is_old(now + period), "{period}");
            now += period + 1.0;
            assert!(base.is_old(now), "{period}");
            base.handle_drained(rtt, now);
            assert_eq!(base.get(), rtt);
        }
    }

    #[test]
    fn a_round_trip_as_short_is_as_good_as_an_empty_path() {
        let mut base = BaseRtt::new();
        base.handle_round(20.0, 0.0);
        base.handle_round(20.5, 1_900.0);
        assert!(!base.is_old(3_800.0));
        assert_eq!(base.get(), 20.0);
        base.handle_round(19.0, 3_800.0);
        assert_eq!(base.get(), 19.0);
    }
}
