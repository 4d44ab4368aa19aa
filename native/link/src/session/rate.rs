use std::time::{Duration, Instant};

/// Bytes of IPv6 and UDP, which each payload has in addition.
const HEADERS: usize = 48;
/// Payloads of this time leave together.
const AHEAD: Duration = Duration::from_micros(250);
/// A time so long that nothing was sent in is made up for, as the thread may have been late. What is made up for lies in the wire's buffer, and
/// everything behind it waits there: a wire that is 4 % faster than the rate needs 25 times as long to be rid of it.
const MISSED_MAX: Duration = Duration::from_micros(250);

/// Has a session send at a rate and no faster, so that its own queue is the narrowest place on the way: there classes have an order, and
/// in a wire's buffer there is none.
///
/// A wire of that rate is imagined in front of the real one: a payload is on it for its bytes, and the next one leaves when it is free.
pub(crate) struct RateGate {
    /// Bytes per second; 0: as many as the path takes.
    rate: u64,
    free_at: Instant,
    is_waiting: bool,
}

impl RateGate {
    pub(crate) fn new(now: Instant) -> Self {
        Self { rate: 0, free_at: now, is_waiting: false }
    }

    /// Bytes per second; 0: as many as the path takes.
    pub(crate) fn set_rate(&mut self, rate: u64, now: Instant) {
        (self.rate, self.free_at) = (rate, now);
    }

    /// Whether a payload may leave. If not, `next_timeout` says when.
    pub(crate) fn poll(&mut self, now: Instant) -> bool {
        self.is_waiting = self.rate > 0 && self.free_at > now + AHEAD;
        !self.is_waiting
    }

    /// A payload of so many bytes has left.
    pub(crate) fn handle_sent(&mut self, length: usize, now: Instant) {
        if self.rate == 0 {
            return;
        }
        let from = now.checked_sub(MISSED_MAX).map_or(self.free_at, |missed| missed.max(self.free_at));
        self.free_at = from + Duration::from_secs_f64((length + HEADERS) as f64 / self.rate as f64);
    }

    /// When something that waits may leave. None: nothing waits.
    pub(crate) fn next_timeout(&self) -> Option<Instant> {
        self.is_waiting.then(|| self.free_at - AHEAD)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PAYLOAD: usize = 1_452;

    /// Bytes that leave within a time, while there is always something to send and the thread is late at each timeout.
    fn sent(rate: u64, late: Duration, within: Duration) -> usize {
        let start = Instant::now();
        let mut gate = RateGate::new(start);
        gate.set_rate(rate, start);
        let (mut now, mut bytes) = (start, 0);
        while now < start + within {
            while gate.poll(now) {
                bytes += PAYLOAD + HEADERS;
                gate.handle_sent(PAYLOAD, now);
            }
            now = gate.next_timeout().unwrap() + late;
        }
        bytes
    }

    #[test]
    fn the_rate_is_reached_and_not_exceeded_though_wake_ups_are_late() {
        for rate in [125_000, 6_250_000, 125_000_000, 1_250_000_000] {
            for late in [0, 100, 450] {
                let second = sent(rate, Duration::from_micros(late), Duration::from_secs(1));
                let ahead = (rate as f64 * (AHEAD + MISSED_MAX).as_secs_f64()) as usize + PAYLOAD + HEADERS;
                assert!(second.abs_diff(rate as usize) <= ahead, "{rate}, {late} µs late: {second}");
            }
        }
    }

    #[test]
    fn a_long_silence_is_not_made_up_for() {
        let start = Instant::now();
        let mut gate = RateGate::new(start);
        gate.set_rate(1_500_000, start);
        let later = start + Duration::from_secs(60);
        let mut payloads = 0;
        while gate.poll(later) {
            gate.handle_sent(PAYLOAD, later);
            payloads += 1;
        }
        assert_eq!(payloads, 1, "what is made up for is less than a payload takes");
    }

    #[test]
    fn without_a_rate_all_leaves_at_once() {
        let start = Instant::now();
        let mut gate = RateGate::new(start);
        for _ in 0..10_000 {
            assert!(gate.poll(start));
            gate.handle_sent(PAYLOAD, start);
        }
        assert_eq!(gate.next_timeout(), None);
    }
}
