//! CoDel (RFC 8289): decides when packets at the head of a queue are dropped since they have waited for too long.

use crate::limits::QUEUE_INTERVAL;
use std::time::Duration;

/// The state of CoDel, with the names of the RFC.
#[derive(Default)]
pub(super) struct Codel {
    first_above_time: Option<Duration>,
    drop_next: Duration,
    count: u32,
    last_count: u32,
    dropping: bool,
}

impl Codel {
    /// Whether the delay has been above the target for an interval. `is_above`: this packet's delay is above it.
    pub(super) fn is_standing(&mut self, is_above: bool, now: Duration) -> bool {
        if !is_above {
            self.first_above_time = None;
            return false;
        }
        match self.first_above_time {
            Some(time) => now >= time,
            None => {
                self.first_above_time = Some(now + QUEUE_INTERVAL);
                false
            }
        }
    }

    pub(super) fn is_dropping(&self) -> bool {
        self.dropping
    }

    /// Begins the dropping state, after a packet was dropped.
    pub(super) fn start(&mut self, now: Duration) {
        self.dropping = true;
        // If the last dropping state ended recently, its drop rate is about right again.
        let recent = self.count.saturating_sub(self.last_count);
        let is_recent = recent > 1 && now.saturating_sub(self.drop_next) < 16 * QUEUE_INTERVAL;
        self.count = if is_recent { recent } else { 1 };
        self.drop_next = self.control_law(now);
        self.last_count = self.count;
    }

    pub(super) fn stop(&mut self) {
        self.dropping = false;
    }

    /// Whether the present packet is to be dropped. In the dropping state, drops come at an increasing rate.
    pub(super) fn is_due(&self, now: Duration) -> bool {
        self.dropping && now >= self.drop_next
    }

    /// Notes a drop that was due. `is_late`: the delay of the next packet has been above the target, too; otherwise the dropping state ends.
    pub(super) fn handle_drop(&mut self, is_late: bool) {
        if is_late {
            self.drop_next = self.control_law(self.drop_next);
        } else {
            self.stop();
        }
    }

    /// Counts a drop; to be called before `handle_drop`.
    pub(super) fn count_drop(&mut self) {
        self.count += 1;
    }

    /// Notes that the queue is empty.
    pub(super) fn handle_empty(&mut self) {
        self.first_above_time = None;
        self.dropping = false;
    }

    fn control_law(&self, time: Duration) -> Duration {
        time + QUEUE_INTERVAL.div_f64(f64::from(self.count).sqrt())
    }
}
