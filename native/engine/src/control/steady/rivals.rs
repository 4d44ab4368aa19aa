//! Rivals: senders on the path that fill its queue whatever the delay is, such as CUBIC.
//!
//! A queue that stays long while the window shrinks is put on trial. With half the window, a queue of our own goes away. If it stays, the window is
//! restored: if round trips then change, others have filled the path; if not, the path has become longer.

use std::sync::Arc;
use std::time::Instant;

use quinn_proto::RttEstimator;
use quinn_proto::congestion::{Controller, Cubic, CubicConfig};

/// Multiples of its target at which a queue is longer than it should be, or long.
const LONGER: f64 = 1.1;
const LONG: f64 = 2.0;
/// The number of rounds in a row with a queue longer than it should be that lead to a trial, and how many of these a round with a long queue counts
/// as.
const LONGER_ROUNDS: u32 = 16;
const LONG_COUNTS: u32 = 4;
/// The number of rounds in a row with a short queue after which the rivals count as gone.
const CLEAR_ROUNDS: u32 = 16;
/// The least change of the round trip, in milliseconds, by the restored window beside rivals.
const LONGER_MS: f64 = 1.0;
/// Our own queue counts as gone if at most this share of its target is left.
const GONE: f64 = 0.5;
/// A window of fewer packets has no visible effect on the round trip.
const SEEN_PACKETS: f64 = 16.0;
/// Losses, or milliseconds, after which another trial follows beside rivals. Senders that share a queue lose packets at the same time: if all of them
/// are such controllers, they try together, and find no rivals.
const LOSSES_MAX: u32 = 4;
const RETRIAL_MS: f64 = 5_000.0;
/// The share of CUBIC's window that is left after a loss.
const CUBIC_BETA: f64 = 0.7;

#[derive(Clone, Copy, Debug)]
enum Trial {
    /// The window is small. If the queue is ours, the round trip is at most `rtt_max`.
    Small { rtt_max: f64 },
    /// The queue stayed, so the window is restored. `rtt` is the round trip with the small window.
    Restored { rtt: f64 },
}

/// The outcome of a trial.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum TrialVerdict {
    /// The queue was ours.
    Ours,
    /// The queue stayed: this restored window is tried next.
    Restored(f64),
    /// Rivals are there: CUBIC sets the window from now on.
    Rivals,
    /// The path has become longer, to this round trip.
    Longer(f64),
}

#[derive(Clone, Debug)]
pub(super) struct Rivals {
    /// Whether a queue makes the window smaller.
    is_shrinking: bool,
    longer_rounds: u32,
    clear_rounds: u32,
    /// The window before a queue or a trial made it smaller.
    window_before: f64,
    trial: Option<Trial>,
    tried_at: f64,
    /// The controller beside rivals, and how often it has reduced its window since the last trial.
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

    /// The window beside rivals; none while no rivals are known.
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

    /// Handles a round's queue. True: the queue is put on trial, with a window that makes none, and `handle_trial` follows two rounds later. A queue
    /// longer than `aim` makes the window smaller, and a queue longer than `target` is one round towards a trial.
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

    /// Handles a round beside rivals. True: they are put on trial again.
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

    /// Handles the round trip with the window of a trial. None: there is no trial.
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

    /// Lets CUBIC set the window. It begins with the window before the queue, or goes on with its own.
    pub(super) fn begin(&mut self, packet_size: f64, now: Instant, now_ms: f64) {
        (self.tried_at, self.losses, self.clear_rounds) = (now_ms, 0, 0);
        if self.cubic.is_some() {
            return;
        }
        let mut config = CubicConfig::default();
        config.initial_window((self.window_before / CUBIC_BETA) as u64);
        let mut cubic = Cubic::new(Arc::new(config), now, packet_size as u16);
        // CUBIC doubles its window from round to round until its first loss, so a loss is reported to it at once.
        cubic.on_congestion_event(now, now, false, 0);
        self.cubic = Some(cubic);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PACKET: f64 = 1_000.0;
    const WINDOW: f64 = 100.0 * PACKET;

    /// A queue of 20 ms on a path of 20 ms, until it is put on trial.
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
