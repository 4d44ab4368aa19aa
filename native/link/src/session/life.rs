use std::time::{Duration, Instant};

use crate::limits::MISSED_SIGNS_MIN;

/// Decides whether a peer is alive: `Liveness` of TypeScript, which says why. The silence that means death is cut into parts; at the end
/// of every silent one a ping is asked for, which the peer's QUIC acknowledges.
///
/// ```text
///  heard            ping 1           ping 2           ping 3           dead
///    ├───── part ─────┼───── part ─────┼───── part ─────┼───── part ─────┤
/// ```
///
/// Parts are counted, not read off the clock: a process that was itself stopped or late finds one part gone when it wakes and not a
/// dead peer.
pub(crate) struct Life {
    part: Duration,
    part_start: Instant,
    silent_parts: u32,
    was_heard: bool,
    last_heard: Instant,
}

/// The thing to be done at the end of a part.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Sign {
    /// Nothing is to be done.
    None,
    /// The peer is to be asked for a sign.
    Ping,
    /// The peer is gone; said once.
    Dead,
}

impl Life {
    /// `dead_after`: silence after which the peer is dead.
    pub(crate) fn new(dead_after: Duration, now: Instant) -> Self {
        let part = dead_after / (MISSED_SIGNS_MIN + 1);
        Self { part, part_start: now, silent_parts: 0, was_heard: false, last_heard: now }
    }

    pub(crate) fn last_heard(&self) -> Instant {
        self.last_heard
    }

    /// An authenticated packet came, whatever was in it.
    pub(crate) fn handle_heard(&mut self, now: Instant) {
        self.last_heard = now;
        self.silent_parts = 0;
        self.was_heard = true;
    }

    /// When `handle_timeout` is due. None: the peer is dead.
    pub(crate) fn next_timeout(&self) -> Option<Instant> {
        (self.silent_parts <= MISSED_SIGNS_MIN).then(|| self.part_start + self.part)
    }

    pub(crate) fn handle_timeout(&mut self, now: Instant) -> Sign {
        let Some(end) = self.next_timeout().filter(|end| *end <= now) else { return Sign::None };
        let is_late = now - end > self.part / 2;
        self.part_start = now;
        if self.was_heard {
            self.was_heard = false;
            // The silence began at some time within the part that ends now.
            self.part_start = if is_late { now } else { self.last_heard };
            if self.part_start + self.part > now {
                return Sign::None;
            }
            self.part_start = now;
        }
        // A late wake-up says something about this process and nothing about the peer.
        self.silent_parts += u32::from(!is_late);
        if self.silent_parts > MISSED_SIGNS_MIN { Sign::Dead } else { Sign::Ping }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DEAD_AFTER: Duration = Duration::from_millis(1_000);

    /// The signs of the next timeouts, each handled so late.
    fn signs(life: &mut Life, count: usize, late: Duration) -> Vec<Sign> {
        let mut signs = Vec::new();
        for _ in 0..count {
            let Some(at) = life.next_timeout() else { break };
            signs.push(life.handle_timeout(at + late));
        }
        signs
    }

    #[test]
    fn silence_is_asked_into_three_times_and_is_then_death() {
        let start = Instant::now();
        let mut life = Life::new(DEAD_AFTER, start);
        assert_eq!(signs(&mut life, 9, Duration::ZERO), [Sign::Ping, Sign::Ping, Sign::Ping, Sign::Dead]);
        assert_eq!(life.next_timeout(), None);
    }

    #[test]
    fn the_silence_begins_when_the_peer_was_heard_last() {
        let start = Instant::now();
        let mut life = Life::new(DEAD_AFTER, start);
        life.handle_heard(start + Duration::from_millis(100));
        assert_eq!(life.handle_timeout(start + Duration::from_millis(250)), Sign::None);
        assert_eq!(life.next_timeout(), Some(start + Duration::from_millis(350)));
        assert_eq!(life.handle_timeout(start + Duration::from_millis(350)), Sign::Ping);
        life.handle_heard(start + Duration::from_millis(351));
        assert_eq!(signs(&mut life, 2, Duration::ZERO), [Sign::None, Sign::Ping]);
    }

    #[test]
    fn who_wakes_late_every_time_asks_and_judges_nobody() {
        let mut life = Life::new(DEAD_AFTER, Instant::now());
        assert_eq!(signs(&mut life, 20, Duration::from_millis(126)), [Sign::Ping; 20]);
    }
}
