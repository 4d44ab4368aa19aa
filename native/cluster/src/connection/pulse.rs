use std::time::{Duration, Instant};

use crate::limits::{Limits, ROUND_TRIP_MAX};

/// The action that is due when the pulse's time has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Beat {
    None,
    /// Send the last packet once more, unchanged.
    Repeat,
    /// Ask the peer for a sign of life.
    Ping,
    /// Give the connection up: the peer has been silent for too long.
    GiveUp,
}

/// The signs of life of one connection. `Pulse` of TypeScript gives the reasons.
///
/// ```text
///          answered                   200 ms without one            100 ms
/// quiet ◀─────────── unanswered ─────────────────────▶ repeat ─┐ ◀──┐
///   │  sent             ▲                                      └────┘
///   └───────────────────┘
/// ```
pub(super) struct Pulse {
    heard_at: Instant,
    answered_at: Instant,
    /// Since when this end has had unacknowledged packets without a pause.
    in_flight_since: Option<Instant>,
    repeated_at: Option<Instant>,
    pinged_at: Option<Instant>,
    is_busy: bool,
    /// An originator looks after the path: it asks whether its packets arrive, whatever it hears from the peer.
    is_originator: bool,
    /// The longer quiet of both ends' first links: while nothing is unanswered, neither end asks more often.
    quiet: Duration,
    /// Two smoothed round trips. Nothing is repeated sooner, so that slow lines carry no needless copies.
    patience: Duration,
}

impl Pulse {
    pub(super) fn new(now: Instant, is_originator: bool, quiet: Duration) -> Self {
        Self {
            heard_at: now,
            answered_at: now,
            in_flight_since: None,
            repeated_at: None,
            pinged_at: None,
            is_busy: false,
            is_originator,
            quiet,
            patience: Duration::ZERO,
        }
    }

    pub(super) fn heard_at(&self) -> Instant {
        self.heard_at
    }

    /// Notes that an authenticated packet came at `at`. Without an acknowledgement it is no answer, however much the peer sends.
    pub(super) fn handle_heard(&mut self, at: Instant, is_answer: bool) {
        self.heard_at = at;
        if is_answer {
            self.answered_at = at;
        }
    }

    /// Notes the smoothed round trip.
    pub(super) fn handle_round_trip(&mut self, round_trip: Duration) {
        self.patience = 2 * round_trip.min(ROUND_TRIP_MAX);
    }

    /// Whether packets have been unanswered for so long that the peer counts as unreachable.
    pub(super) fn is_unreachable(&self, now: Instant, limits: &Limits) -> bool {
        self.unanswered_since().is_some_and(|since| now >= since + self.unreachable_after(limits))
    }

    /// After so long without an answer the peer counts as unreachable.
    pub(super) fn unreachable_after(&self, limits: &Limits) -> Duration {
        limits.unreachable.max(2 * self.patience)
    }

    /// After so long without an answer, and without anything else, the peer counts as silent.
    pub(super) fn silent_after(&self, limits: &Limits) -> Duration {
        limits.silent.max(2 * self.patience)
    }

    /// Whether an answer is overdue, and nothing else has come from the peer either.
    pub(super) fn is_overdue(&self, now: Instant, limits: &Limits) -> bool {
        let patience = limits.repeat_after.max(self.patience);
        self.unanswered_since().is_some_and(|since| now >= since.max(self.heard_at) + patience)
    }

    /// For how long packets have been unanswered.
    pub(super) fn unanswered(&self, now: Instant) -> Duration {
        self.unanswered_since().map_or(Duration::ZERO, |since| now.saturating_duration_since(since))
    }

    /// Notes whether packets are in flight, and whether streams are open, so that the peer's death must be noticed soon.
    pub(super) fn update(&mut self, now: Instant, is_in_flight: bool, is_busy: bool) {
        if self.in_flight_since.is_some() && !is_in_flight {
            self.answered_at = now;
        }
        self.in_flight_since = is_in_flight.then(|| self.in_flight_since.unwrap_or(now));
        self.is_busy = is_busy;
    }

    pub(super) fn handle_timeout(&mut self, now: Instant, limits: &Limits) -> Beat {
        if now >= self.give_up_at(limits) {
            return Beat::GiveUp;
        }
        if self.repeat_at(limits).is_some_and(|at| now >= at) {
            self.repeated_at = Some(now);
            return Beat::Repeat;
        }
        if self.ping_at(limits).is_some_and(|at| now >= at) {
            self.pinged_at = Some(now);
            return Beat::Ping;
        }
        Beat::None
    }

    pub(super) fn next_timeout(&self, limits: &Limits) -> Instant {
        let soonest = self.repeat_at(limits).into_iter().chain(self.ping_at(limits)).min();
        soonest.map_or(self.give_up_at(limits), |at| at.min(self.give_up_at(limits)))
    }

    fn give_up_at(&self, limits: &Limits) -> Instant {
        // A peer that is left in peace is silent for no reason, until something is sent.
        let sent = self.in_flight_since.map_or(Duration::MAX, |since| since.saturating_duration_since(self.heard_at));
        self.heard_at + limits.silence + self.quiet.min(sent)
    }

    fn repeat_at(&self, limits: &Limits) -> Option<Instant> {
        let first = self.unanswered_since()? + limits.repeat_after.max(self.patience);
        let Some(repeated_at) = self.repeated_at else { return Some(first) };
        let every = match self.is_busy || !self.is_unreachable(repeated_at, limits) {
            true => limits.repeat_every,
            false => limits.repeat_idle,
        };
        Some(first.max(repeated_at + every.max(self.patience)))
    }

    /// Since when packets have been unanswered; none: nothing is.
    pub(super) fn unanswered_since(&self) -> Option<Instant> {
        self.in_flight_since.map(|since| since.max(self.answered_at))
    }

    /// When the next PING is due. Packets in flight ask for an answer already, so no PING is due beside them.
    fn ping_at(&self, limits: &Limits) -> Option<Instant> {
        if self.in_flight_since.is_some() {
            return None;
        }
        let idle = if self.is_originator { limits.ping_path } else { limits.ping_idle };
        let pace: Duration = if self.is_busy { limits.ping_busy } else { idle };
        // An acceptor leaves the question to its originator.
        let interval = if self.is_originator { pace.max(self.quiet) } else { pace + self.quiet };
        let sign_at = if self.is_originator { self.answered_at } else { self.heard_at };
        Some(self.pinged_at.map_or(sign_at, |at| at.max(sign_at)) + interval)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_packet_is_repeated_while_it_is_unanswered() {
        let (limits, start) = (Limits::default(), Instant::now());
        let mut pulse = Pulse::new(start, false, Duration::ZERO);
        pulse.update(start, true, true);
        let after = |ms| start + Duration::from_millis(ms);
        assert_eq!(pulse.next_timeout(&limits), after(200));
        assert_eq!(pulse.handle_timeout(after(199), &limits), Beat::None);
        assert_eq!(pulse.handle_timeout(after(200), &limits), Beat::Repeat);
        assert_eq!(pulse.next_timeout(&limits), after(300));
        // A packet without an acknowledgement is no answer.
        pulse.handle_heard(after(300), false);
        assert_eq!(pulse.next_timeout(&limits), after(300));
        pulse.handle_heard(after(400), true);
        assert_eq!(pulse.next_timeout(&limits), after(600));
    }

    #[test]
    fn what_nobody_needs_is_repeated_less_often_after_a_while() {
        let (limits, start) = (Limits::default(), Instant::now());
        let after = |ms| start + Duration::from_millis(ms);
        let repeats = |is_busy: bool| {
            let mut pulse = Pulse::new(start, false, Duration::ZERO);
            pulse.update(start, true, is_busy);
            (0..=10_000).filter(|ms| pulse.handle_timeout(after(*ms), &limits) == Beat::Repeat).collect::<Vec<_>>()
        };
        assert_eq!(repeats(true).len(), 99);
        assert_eq!(repeats(false)[..10], [200, 300, 400, 500, 600, 700, 800, 900, 1_000, 2_000]);
        assert_eq!(repeats(false).len(), 18);
        let mut pulse = Pulse::new(start, false, Duration::ZERO);
        pulse.update(start, true, false);
        assert!(!pulse.is_unreachable(after(999), &limits) && pulse.is_unreachable(after(1_000), &limits));
        pulse.handle_timeout(after(2_000), &limits);
        pulse.update(after(2_050), true, true);
        assert_eq!(pulse.next_timeout(&limits), after(2_100), "somebody needs it now");
        pulse.handle_heard(after(2_060), true);
        assert!(!pulse.is_unreachable(after(3_059), &limits));
    }

    #[test]
    fn what_is_on_a_slow_line_is_not_repeated() {
        let (limits, start) = (Limits::default(), Instant::now());
        let after = |ms| start + Duration::from_millis(ms);
        let repeats = |round_trip_ms: u64, is_busy: bool| {
            let mut pulse = Pulse::new(start, false, Duration::ZERO);
            pulse.handle_round_trip(Duration::from_millis(round_trip_ms));
            pulse.update(start, true, is_busy);
            (0..=10_000).filter(|ms| pulse.handle_timeout(after(*ms), &limits) == Beat::Repeat).collect::<Vec<_>>()
        };
        assert_eq!(repeats(50, true), repeats(0, true), "a fast one is asked as if nothing were known");
        assert_eq!(repeats(50, false), repeats(0, false));
        assert_eq!(repeats(1_500, true), [3_000, 6_000, 9_000]);
        assert_eq!(repeats(1_500, false), [3_000, 6_000, 9_000]);
        let mut pulse = Pulse::new(start, false, Duration::ZERO);
        pulse.handle_round_trip(Duration::from_secs(3_600));
        pulse.update(start, true, true);
        assert_eq!(pulse.next_timeout(&limits), start + 2 * ROUND_TRIP_MAX, "nobody makes it wait for an hour");
        pulse.handle_round_trip(Duration::from_millis(1_500));
        assert!(!pulse.is_unreachable(after(5_999), &limits) && pulse.is_unreachable(after(6_000), &limits));
    }

    #[test]
    fn a_quiet_peer_is_asked_and_given_up_at_last() {
        let (limits, start) = (Limits::default(), Instant::now());
        let mut pulse = Pulse::new(start, false, Duration::ZERO);
        pulse.update(start, false, true);
        assert_eq!(pulse.next_timeout(&limits), start + limits.ping_busy);
        pulse.update(start, false, false);
        assert_eq!(pulse.next_timeout(&limits), start + limits.ping_idle);
        assert_eq!(pulse.handle_timeout(start + limits.ping_idle, &limits), Beat::Ping);
        assert_eq!(pulse.next_timeout(&limits), start + 2 * limits.ping_idle);
        assert_eq!(pulse.handle_timeout(start + limits.silence, &limits), Beat::GiveUp);
    }

    #[test]
    fn an_originator_asks_whether_its_packets_arrive_whatever_it_hears() {
        let (limits, start) = (Limits::default(), Instant::now());
        let after = |ms| start + Duration::from_millis(ms);
        let mut pulse = Pulse::new(start, true, Duration::ZERO);
        pulse.update(start, false, false);
        pulse.handle_heard(after(2_900), false);
        assert_eq!(pulse.next_timeout(&limits), start + limits.ping_path);
        assert_eq!(pulse.handle_timeout(start + limits.ping_path, &limits), Beat::Ping);
        pulse.update(after(3_000), true, false);
        pulse.handle_heard(after(3_900), false);
        assert_eq!(pulse.unanswered(after(4_000)), Duration::from_secs(1));
        pulse.update(after(4_100), false, false);
        assert_eq!(pulse.unanswered(after(4_200)), Duration::ZERO);
        assert_eq!(pulse.next_timeout(&limits), after(4_100) + limits.ping_path);
    }

    #[test]
    fn a_quiet_connection_is_asked_at_the_pace_of_its_link_with_streams_and_without() {
        let (limits, start, quiet) = (Limits::default(), Instant::now(), Duration::from_secs(25));
        for is_busy in [true, false] {
            let mut pulse = Pulse::new(start, true, quiet);
            pulse.update(start, false, is_busy);
            assert_eq!(pulse.next_timeout(&limits), start + quiet);
            assert_eq!(pulse.handle_timeout(start + quiet, &limits), Beat::Ping);
            let mut pulse = Pulse::new(start, false, quiet);
            pulse.update(start, false, is_busy);
            let own = if is_busy { limits.ping_busy } else { limits.ping_idle };
            assert_eq!(pulse.next_timeout(&limits), start + quiet + own, "the originator asks before");
        }
    }

    #[test]
    fn a_quiet_peer_is_given_up_as_soon_as_any_once_something_was_sent() {
        let (limits, start, quiet) = (Limits::default(), Instant::now(), Duration::from_secs(25));
        let given_up = |sent: Option<Duration>| {
            let mut pulse = Pulse::new(start, true, quiet);
            pulse.update(start, false, false);
            if let Some(sent) = sent {
                pulse.update(start + sent, true, false);
            }
            pulse.give_up_at(&limits) - start
        };
        assert_eq!(given_up(None), limits.silence + quiet);
        assert_eq!(given_up(Some(Duration::ZERO)), limits.silence);
        assert_eq!(given_up(Some(Duration::from_secs(7))), limits.silence + Duration::from_secs(7));
        assert_eq!(given_up(Some(Duration::from_secs(70))), limits.silence + quiet);
    }
}
