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
/// A quiet link rests while nothing of this end is unacknowledged.
///
/// ```text
///  heard                             (originator: ping)   ping 1            dead
///    ├───────────── rest ──────────────────┼───── part ─────┼──  …  ─────────┤
/// ```
///
/// Parts are counted, not read off the clock: a process that was itself stopped or late finds one part gone when it wakes and not a
/// dead peer.
pub(crate) struct Life {
    part: Duration,
    quiet: Quiet,
    is_resting: bool,
    part_start: Instant,
    silent_parts: u32,
    was_heard: bool,
    last_heard: Instant,
}

/// The quiet that both ends of a session have agreed upon.
#[derive(Clone, Copy)]
pub(crate) struct Quiet {
    /// The pause between two signs of life while nothing is sent; none: the link is not quiet.
    pub(crate) pause: Option<Duration>,
    /// An originator asks for a sign of life, and an acceptor waits for the originator's question.
    pub(crate) is_originator: bool,
}

/// The thing to be done at the end of a part.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Sign {
    /// Nothing is to be done.
    None,
    /// The rest of a quiet link is over, and the peer is to ask.
    Rested,
    /// The peer is to be asked for a sign.
    Ping,
    /// The peer is gone; said once.
    Dead,
}

impl Life {
    /// `dead_after`: silence after which the peer is dead.
    pub(crate) fn new(dead_after: Duration, quiet: Quiet, now: Instant) -> Self {
        let part = dead_after / (MISSED_SIGNS_MIN + 1);
        Self { part, quiet, is_resting: false, part_start: now, silent_parts: 0, was_heard: false, last_heard: now }
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

    /// Whether `handle_sent` is to be told anything.
    pub(crate) fn is_quiet(&self) -> bool {
        self.quiet.pause.is_some()
    }

    /// All that is to be sent for now has left. `is_awaited`: something that this end has sent is unacknowledged.
    pub(crate) fn handle_sent(&mut self, is_awaited: bool, now: Instant) {
        let Some(pause) = self.quiet.pause.filter(|_| self.is_resting == is_awaited) else { return };
        if is_awaited {
            self.begin_part(now);
        } else {
            self.is_resting = self.silent_parts == 0 && now < self.last_heard + pause;
        }
    }

    /// When `handle_timeout` is due. None: the peer is dead.
    pub(crate) fn next_timeout(&self) -> Option<Instant> {
        match self.quiet.pause.filter(|_| self.is_resting) {
            Some(pause) => Some(self.last_heard + pause),
            None => (self.silent_parts <= MISSED_SIGNS_MIN).then(|| self.part_start + self.part),
        }
    }

    pub(crate) fn handle_timeout(&mut self, now: Instant) -> Sign {
        let Some(end) = self.next_timeout().filter(|end| *end <= now) else { return Sign::None };
        if self.is_resting {
            self.begin_part(now);
            return if self.quiet.is_originator { Sign::Ping } else { Sign::Rested };
        }
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

    /// A peer that owed no answer was not silent until now.
    fn begin_part(&mut self, now: Instant) {
        self.is_resting = false;
        self.was_heard = false;
        self.part_start = now;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DEAD_AFTER: Duration = Duration::from_millis(1_000);
    const LOUD: Quiet = Quiet { pause: None, is_originator: true };
    const PAUSE: Duration = Duration::from_secs(25);

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
        let mut life = Life::new(DEAD_AFTER, LOUD, start);
        assert_eq!(signs(&mut life, 9, Duration::ZERO), [Sign::Ping, Sign::Ping, Sign::Ping, Sign::Dead]);
        assert_eq!(life.next_timeout(), None);
    }

    #[test]
    fn the_silence_begins_when_the_peer_was_heard_last() {
        let start = Instant::now();
        let mut life = Life::new(DEAD_AFTER, LOUD, start);
        life.handle_heard(start + Duration::from_millis(100));
        assert_eq!(life.handle_timeout(start + Duration::from_millis(250)), Sign::None);
        assert_eq!(life.next_timeout(), Some(start + Duration::from_millis(350)));
        assert_eq!(life.handle_timeout(start + Duration::from_millis(350)), Sign::Ping);
        life.handle_heard(start + Duration::from_millis(351));
        assert_eq!(signs(&mut life, 2, Duration::ZERO), [Sign::None, Sign::Ping]);
    }

    #[test]
    fn who_wakes_late_every_time_asks_and_judges_nobody() {
        let mut life = Life::new(DEAD_AFTER, LOUD, Instant::now());
        assert_eq!(signs(&mut life, 20, Duration::from_millis(126)), [Sign::Ping; 20]);
    }

    fn quiet(is_originator: bool, start: Instant) -> Life {
        let mut life = Life::new(DEAD_AFTER, Quiet { pause: Some(PAUSE), is_originator }, start);
        life.handle_sent(false, start);
        life
    }

    #[test]
    fn a_quiet_originator_asks_when_the_pause_is_over_and_expects_an_answer_as_soon_as_any() {
        let start = Instant::now();
        let mut life = quiet(true, start);
        assert_eq!(life.next_timeout(), Some(start + PAUSE));
        assert_eq!(life.handle_timeout(start + PAUSE), Sign::Ping);
        life.handle_sent(true, start + PAUSE);
        assert_eq!(signs(&mut life, 9, Duration::ZERO), [Sign::Ping, Sign::Ping, Sign::Ping, Sign::Dead]);
        let mut life = quiet(true, start);
        assert_eq!(life.handle_timeout(start + PAUSE), Sign::Ping);
        life.handle_sent(true, start + PAUSE);
        let heard = start + PAUSE + Duration::from_millis(40);
        life.handle_heard(heard);
        life.handle_sent(false, heard);
        assert_eq!(life.next_timeout(), Some(heard + PAUSE));
    }

    #[test]
    fn a_quiet_acceptor_waits_for_the_question_before_it_asks() {
        let start = Instant::now();
        let mut life = quiet(false, start);
        let expected = [Sign::Rested, Sign::Ping, Sign::Ping, Sign::Ping, Sign::Dead];
        assert_eq!(signs(&mut life, 9, Duration::ZERO), expected);
        let mut life = quiet(false, start);
        let late = start + 10 * PAUSE;
        assert_eq!(life.handle_timeout(late), Sign::Rested);
        assert_eq!(life.next_timeout(), Some(late + DEAD_AFTER / 4), "who was stopped reads its sockets first");
    }

    #[test]
    fn whoever_sends_over_a_quiet_link_finds_a_dead_peer_as_soon_as_over_any() {
        for is_originator in [true, false] {
            let start = Instant::now();
            let mut life = quiet(is_originator, start);
            let sent = start + Duration::from_secs(7);
            life.handle_sent(true, sent);
            life.handle_sent(true, sent + Duration::from_millis(100));
            assert_eq!(life.next_timeout(), Some(sent + DEAD_AFTER / 4));
            assert_eq!(signs(&mut life, 9, Duration::ZERO), [Sign::Ping, Sign::Ping, Sign::Ping, Sign::Dead]);
            life.handle_sent(false, sent + DEAD_AFTER);
            assert_eq!(life.next_timeout(), None, "the dead stay dead");
        }
    }

    #[test]
    fn a_link_that_is_not_quiet_never_rests() {
        let start = Instant::now();
        let mut life = Life::new(DEAD_AFTER, LOUD, start);
        life.handle_sent(false, start);
        assert_eq!(life.next_timeout(), Some(start + DEAD_AFTER / 4));
    }
}
