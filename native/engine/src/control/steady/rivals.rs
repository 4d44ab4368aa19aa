//! Others on the path who fill its queue, whatever the delay is: CUBIC and its like.
//!
//! A queue that stays long while the window shrinks is put on trial. With half a window it goes when it is ours. When it stays, the
//! window is restored: if round trips grow again the path is full, and not with what is ours; if not, the path has become longer.

use std::sync::Arc;
use std::time::Instant;

use quinn_proto::RttEstimator;
use quinn_proto::congestion::{Controller, Cubic, CubicConfig};

/// A queue of so many times what is aimed at is longer than it should be, or long.
const LONGER: f64 = 1.1;
const LONG: f64 = 2.0;
/// Rounds in a row with a queue longer than it should be, after which there is a trial; one with a long queue counts as so many.
const LONGER_ROUNDS: u32 = 16;
const LONG_COUNTS: u32 = 4;
/// Rounds with hardly a queue, after which the rivals are gone.
const CLEAR_ROUNDS: u32 = 16;
/// The restored window makes round trips longer by so much at least, or shorter, where there are rivals.
const LONGER_MS: f64 = 1.0;
/// A queue that is ours is gone, up to this share of what is aimed at, when the window makes none.
const GONE: f64 = 0.5;
/// A window of fewer packets is too small to be seen in the round trip.
const SEEN_PACKETS: f64 = 16.0;
/// Beside rivals there is another trial after so many losses, or so long. Those who share a queue lose at the same time: when all of
/// them are on trial together, they find that nobody else is there.
const LOSSES_MAX: u32 = 4;
const RETRIAL_MS: f64 = 5_000.0;
/// A loss leaves this share of CUBIC's window.
const CUBIC_BETA: f64 = 0.7;

#[derive(Clone, Copy, Debug)]
enum Trial {
    /// The window is small. When the queue is ours, the round trip is no longer than this.
    Small { rtt_max: f64 },
    /// The queue stayed. The window is restored, after a round trip of this length with the small one.
    Restored { rtt: f64 },
}

/// The outcome of a trial.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum TrialVerdict {
    /// The queue was ours.
    Ours,
    /// The queue stayed: now this window is to be tried.
    Restored(f64),
    /// Rivals are there: from now on CUBIC says the window.
    Rivals,
    /// The path has become longer, and this is its round trip.
    Longer(f64),
}

#[derive(Clone, Debug)]
pub(super) struct Rivals {
    /// A queue makes the window smaller.
    is_shrinking: bool,
    longer_rounds: u32,
    clear_rounds: u32,
    /// The window before the queue, or the trial, made it smaller.
    window_before: f64,
    trial: Option<Trial>,
    tried_at: f64,
    /// The controller beside rivals, and its losses since the last trial.
    cubic: Option<Cubic>,
    losses: u32,
}

impl Rivals {
    pub(super) fn new() -> Self {
        Self {
            is_shrinking: false,
            longer_rounds: 0,
            clear_rounds: 0,
            window_before: 0.0,
            trial: None,
            tried_at: 0.0,
            cubic: None,
            losses: 0,
        }
    }

    /// The window beside rivals; nothing when there are none, as far as is known.
    pub(super) fn window(&self) -> Option<f64> {
        self.cubic.as_ref().map(|cubic| cubic.window() as f64)
    }

    pub(super) fn handle_ack(
        &mut self,
        now: Instant,
        sent: Instant,
        bytes: u64,
        app_limited: bool,
        rtt: &RttEstimator,
    ) {
        if let Some(cubic) = self.cubic.as_mut() {
            cubic.on_ack(now, sent, bytes, app_limited, rtt);
        }
    }

    pub(super) fn handle_loss(&mut self, now: Instant, sent: Instant, is_persistent: bool, bytes: u64) {
        let Some(cubic) = self.cubic.as_mut() else { return };
        let before = cubic.window();
        cubic.on_congestion_event(now, sent, is_persistent, bytes);
        self.losses += u32::from(cubic.window() < before);
    }

    /// Whether the queue is to be put on trial: with a window that makes none, and `handle_trial` two rounds later. A queue longer than `aim`
    /// makes the window smaller, and one longer than `target` should not be.
    pub(super) fn handle_queue(&mut self, base: f64, queue: f64, target: f64, aim: f64, window: f64) -> bool {
        if queue <= LONGER * aim {
            (self.is_shrinking, self.longer_rounds) = (false, 0);
            return false;
        }
        if !std::mem::replace(&mut self.is_shrinking, true) {
            self.window_before = window;
        }
        if queue <= LONGER * target {
            self.longer_rounds = 0;
            return false;
        }
        self.longer_rounds += if queue > LONG * target { LONG_COUNTS } else { 1 };
        if self.longer_rounds < LONGER_ROUNDS {
            return false;
        }
        (self.is_shrinking, self.longer_rounds) = (false, 0);
        self.trial = Some(Trial::Small { rtt_max: base + GONE * target });
        true
    }

    /// Takes a round beside rivals, and says whether they are to be put on trial again.
    pub(super) fn handle_round(&mut self, base: f64, queue: f64, target: f64, now: f64) -> bool {
        self.clear_rounds = if queue < target { self.clear_rounds + 1 } else { 0 };
        if self.clear_rounds >= CLEAR_ROUNDS {
            self.cubic = None;
            return false;
        }
        let is_due = self.losses >= LOSSES_MAX || now > self.tried_at + RETRIAL_MS;
        if is_due {
            self.window_before = self.window().unwrap_or(self.window_before);
            self.trial = Some(Trial::Small { rtt_max: base + GONE * target });
        }
        is_due
    }

    /// Takes the round trip that the window of a trial has led to; nothing when there is no trial.
    pub(super) fn handle_trial(&mut self, rtt: f64, is_lossy: bool, packet_size: f64) -> Option<TrialVerdict> {
        let is_seen = self.window_before >= SEEN_PACKETS * packet_size;
        let verdict = match self.trial.take()? {
            Trial::Small { rtt_max } if rtt <= rtt_max => TrialVerdict::Ours,
            Trial::Small { .. } => {
                self.trial = Some(Trial::Restored { rtt });
                TrialVerdict::Restored(self.window_before)
            }
            Trial::Restored { rtt: small } if !is_lossy && is_seen && (rtt - small).abs() < LONGER_MS => {
                TrialVerdict::Longer(small)
            }
            Trial::Restored { .. } => TrialVerdict::Rivals,
        };
        if matches!(verdict, TrialVerdict::Ours | TrialVerdict::Longer(_)) {
            self.cubic = None;
        }
        Some(verdict)
    }

    /// Has CUBIC say the window: it goes on with the one that was there before the queue, or with its own.
    pub(super) fn begin(&mut self, packet_size: f64, now: Instant, now_ms: f64) {
        (self.tried_at, self.losses, self.clear_rounds) = (now_ms, 0, 0);
        if self.cubic.is_some() {
            return;
        }
        let mut config = CubicConfig::default();
        config.initial_window((self.window_before / CUBIC_BETA) as u64);
        let mut cubic = Cubic::new(Arc::new(config), now, packet_size as u16);
        // Before its first loss it would double its window from round to round.
        cubic.on_congestion_event(now, now, false, 0);
        self.cubic = Some(cubic);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PACKET: f64 = 1_000.0;
    const WINDOW: f64 = 100.0 * PACKET;

    /// A queue of 20 ms on a path of 20, for so long that it is put on trial.
    fn on_trial() -> Rivals {
        let mut rivals = Rivals::new();
        let rounds = (1..).find(|_| rivals.handle_queue(20.0, 20.0, 4.0, 4.0, WINDOW));
        assert_eq!(rounds, Some(4));
        rivals
    }

    #[test]
    fn who_yields_goes_back_to_the_window_before_a_rivals_queue_made_it_smaller() {
        let mut rivals = Rivals::new();
        rivals.handle_queue(20.0, 1.0, 4.0, 1.0, WINDOW / 2.0);
        rivals.handle_queue(20.0, 2.0, 4.0, 1.0, WINDOW);
        assert!((1..).any(|_| rivals.handle_queue(20.0, 20.0, 4.0, 1.0, WINDOW / 4.0)));
        assert_eq!(rivals.handle_trial(40.0, false, PACKET), Some(TrialVerdict::Restored(WINDOW)));
    }

    #[test]
    fn a_queue_that_goes_with_the_window_is_ours() {
        assert_eq!(on_trial().handle_trial(21.0, false, PACKET), Some(TrialVerdict::Ours));
    }

    #[test]
    fn a_queue_that_stays_and_grows_with_the_window_is_a_rivals() {
        for (rtt, is_lossy) in [(42.0, false), (38.0, false), (40.0, true)] {
            let mut rivals = on_trial();
            assert_eq!(rivals.handle_trial(40.0, false, PACKET), Some(TrialVerdict::Restored(WINDOW)));
            assert_eq!(rivals.handle_trial(rtt, is_lossy, PACKET), Some(TrialVerdict::Rivals));
            assert_eq!(rivals.handle_trial(rtt, is_lossy, PACKET), None);
        }
    }

    #[test]
    fn a_round_trip_that_does_not_mind_the_window_is_a_longer_paths() {
        let mut rivals = on_trial();
        rivals.handle_trial(40.0, false, PACKET);
        assert_eq!(rivals.handle_trial(40.5, false, PACKET), Some(TrialVerdict::Longer(40.0)));
        assert_eq!(rivals.window(), None);
    }

    #[test]
    fn beside_rivals_cubic_goes_on_with_the_window_until_the_next_trial() {
        let mut rivals = on_trial();
        let now = Instant::now();
        rivals.begin(PACKET, now, 1_000.0);
        assert!((rivals.window().expect("it began") - WINDOW).abs() < PACKET);
        assert!(!rivals.handle_round(20.0, 20.0, 4.0, 5_900.0));
        assert!(rivals.handle_round(20.0, 20.0, 4.0, 6_100.0));
        rivals.begin(PACKET, now, 6_200.0);
        for _ in 0..CLEAR_ROUNDS {
            rivals.handle_round(20.0, 1.0, 4.0, 6_300.0);
        }
        assert_eq!(rivals.window(), None);
    }
}
