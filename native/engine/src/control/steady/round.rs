//! A round of packets, and what it shows.

use std::time::Instant;

/// The shortest round trip that counts.
pub(super) const RTT_MIN_MS: f64 = 0.01;

/// The present round, which ends with the acknowledgement of a packet that was sent after the round began.
#[derive(Clone, Debug)]
pub(super) struct Round {
    began: Instant,
    delivered: u64,
    /// Bytes delivered while the sender had nothing more to send.
    delivered_idle: u64,
    lost: u64,
    rtt_min: f64,
    is_marked: bool,
}

/// A round that is over.
#[derive(Clone, Copy, Debug)]
pub(super) struct Ended {
    /// The shortest round trip, in milliseconds.
    pub(super) rtt: f64,
    pub(super) delivered: f64,
    pub(super) lost: f64,
    /// Milliseconds that the round took.
    pub(super) elapsed: f64,
    /// Whether the window limited the sender.
    pub(super) is_used: bool,
    /// Whether a packet arrived marked CE.
    pub(super) is_marked: bool,
}

impl Ended {
    /// Bytes delivered per millisecond.
    pub(super) fn rate(&self) -> f64 {
        self.delivered / self.elapsed.max(RTT_MIN_MS)
    }
}

impl Round {
    pub(super) fn new(began: Instant) -> Self {
        Self { began, delivered: 0, delivered_idle: 0, lost: 0, rtt_min: f64::INFINITY, is_marked: false }
    }

    pub(super) fn handle_ack(&mut self, rtt: f64, bytes: u64, is_idle: bool) {
        self.delivered += bytes;
        self.delivered_idle += if is_idle { bytes } else { 0 };
        self.rtt_min = self.rtt_min.min(rtt);
    }

    /// Bytes delivered in the round so far.
    pub(super) fn delivered(&self) -> f64 {
        self.delivered as f64
    }

    /// Whether nothing was lost or marked in the round so far.
    pub(super) fn is_clear(&self) -> bool {
        self.lost == 0 && !self.is_marked
    }

    /// Notes lost bytes. The library reports a CE mark as a loss of 0 bytes.
    pub(super) fn handle_loss(&mut self, bytes: u64) {
        self.lost += bytes;
        self.is_marked |= bytes == 0;
    }

    /// Whether the acknowledgement of a packet that was sent at `sent` ends the round.
    pub(super) fn is_over(&self, sent: Instant) -> bool {
        sent >= self.began
    }

    /// Ends the round, and begins the next one.
    pub(super) fn end(&mut self, now: Instant) -> Ended {
        let ended = Ended {
            rtt: self.rtt_min,
            delivered: self.delivered as f64,
            lost: self.lost as f64,
            elapsed: now.saturating_duration_since(self.began).as_secs_f64() * 1000.0,
            is_used: 2 * self.delivered_idle <= self.delivered,
            is_marked: self.is_marked,
        };
        *self = Self::new(now);
        ended
    }
}
