//! Pacing as the congestion controller says

use super::Pacer;
use crate::{Duration, Instant, congestion::Pacing};

impl Pacer {
    /// Return how long the controller wants us to wait before sending `bytes_to_send`
    pub(in crate::connection) fn delay_by(
        &mut self,
        pacing: Pacing,
        smoothed_rtt: Duration,
        bytes_to_send: u64,
        mtu: u16,
        window: u64,
        now: Instant,
    ) -> Option<Instant> {
        match pacing {
            Pacing::Window => self.delay(smoothed_rtt, bytes_to_send, mtu, window, now),
            Pacing::Off => None,
            Pacing::Rate { bytes_per_second, burst, batch } => {
                self.delay_at(bytes_per_second.max(1), burst, batch, bytes_to_send, now)
            }
        }
    }

    /// Return how long to wait before sending `bytes_to_send` at a given rate
    ///
    /// One that is late loses nothing, up to a burst.
    fn delay_at(
        &mut self,
        bytes_per_second: u64,
        burst: u64,
        batch: u64,
        bytes_to_send: u64,
        now: Instant,
    ) -> Option<Instant> {
        let capacity = burst.max(bytes_to_send);
        let elapsed = now.saturating_duration_since(self.prev).as_secs_f64();
        let earned = (elapsed * bytes_per_second as f64) as u64;
        if self.tokens.saturating_add(earned) >= capacity {
            self.tokens = capacity;
            self.prev = now;
        } else if earned > 0 {
            self.tokens += earned;
            // A part of a byte counts the next time
            self.prev += Duration::from_secs_f64(earned as f64 / bytes_per_second as f64);
        }
        if self.tokens >= bytes_to_send {
            return None;
        }
        let missing = bytes_to_send.max(batch.min(capacity)) - self.tokens;
        Some(self.prev + Duration::from_secs_f64(missing as f64 / bytes_per_second as f64))
    }
}
