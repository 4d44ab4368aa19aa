//! The shortest round trip, which is the path's without a queue.

/// After so long without a round trip as short, the path is emptied to look anew: soon at first, as whoever joins others on a path may
/// have taken their queue for a part of it, and half as often each time.
const OLD_MIN_MS: f64 = 2_000.0;
const OLD_MAX_MS: f64 = 10_000.0;
/// Round trips are as short as the shortest up to this share beyond it.
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

    /// Whether it may be another one by now.
    pub(super) fn is_old(&self, now: f64) -> bool {
        now > self.seen_at + self.old_after
    }

    /// Takes a round trip over the path without our own queue: one that is longer for no reason of ours is the path's.
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
