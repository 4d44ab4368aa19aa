//! Loss that our own window causes: a path that loses packets by itself loses no fewer with a smaller window.

use super::round::Ended;

/// The least number of packets over which loss is judged.
const JUDGED_PACKETS: f64 = 64.0;
/// The share of lost packets that is always tolerated.
const TOLERATED: f64 = 0.01;
/// Standard deviations by which a round's loss may exceed the path's own loss, since by chance more is lost in some rounds.
const DEVIATIONS: f64 = 4.0;
/// Further packets that may be lost by chance, or be late and not lost.
const FEW_PACKETS: f64 = 3.0;
/// The least share of the path's own loss that the deviation is computed from.
const NOISE_MIN: f64 = 0.001;
/// A larger share never counts as the path's own loss.
const TOLERATED_MAX: f64 = 0.2;
/// The share that is tolerated while the window doubles from round to round.
const TOLERATED_STARTING: f64 = 0.15;
/// The weight of a new round in the estimate of the path's own loss.
const NOISE_WEIGHT: f64 = 1.0 / 16.0;
/// After too much loss, the window is this share of the bytes that arrived.
const KEPT_SHARE: f64 = 0.9;
/// Rounds until a smaller window shows in the loss.
const EFFECT_ROUNDS: u32 = 2;
/// Rounds after which the window that lost too much is tried again.
const HELD_ROUNDS: u32 = 64;
/// A window that is larger by this factor lets the ceiling be forgotten.
const BEYOND: f64 = 1.25;

/// The consequence of a round's loss for the window.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum LossVerdict {
    /// The loss has no consequence.
    Free,
    /// Too much is lost: this smaller window is tried.
    Smaller(f64),
    /// The smaller window is being tried.
    Held,
    /// The smaller window did not help: this is the window before.
    Restored(f64),
}

#[derive(Clone, Copy, Debug)]
struct Trial {
    /// The share that was lost, and the window at that time.
    share: f64,
    window: f64,
    /// Rounds until the reported losses are of packets sent with the smaller window.
    rounds: u32,
}

#[derive(Clone, Debug)]
pub(super) struct LossGuard {
    delivered: f64,
    lost: f64,
    /// The estimated share that the path loses by itself.
    noise: f64,
    trial: Option<Trial>,
    /// The ceiling: the window at which too much was lost.
    ceiling: Option<f64>,
    rounds_held: u32,
}

impl LossGuard {
    pub(super) fn new() -> Self {
        Self { delivered: 0.0, lost: 0.0, noise: 0.0, trial: None, ceiling: None, rounds_held: 0 }
    }

    pub(super) fn handle_round(&mut self, round: &Ended, packet_size: f64, window: f64) -> LossVerdict {
        self.delivered += round.delivered;
        self.lost += round.lost;
        self.rounds_held = self.rounds_held.saturating_add(1);
        if let Some(trial) = self.trial.as_mut().filter(|trial| trial.rounds > 0) {
            trial.rounds -= 1;
            self.forget();
            return LossVerdict::Held;
        }
        let total = self.delivered + self.lost;
        if total < JUDGED_PACKETS * packet_size {
            return if self.trial.is_some() { LossVerdict::Held } else { LossVerdict::Free };
        }
        let (share, packets) = (self.lost / total, total / packet_size);
        self.forget();
        match self.trial.take() {
            Some(trial) if share > trial.share / 2.0 && trial.share < TOLERATED_MAX => {
                self.noise = self.noise.max(share);
                self.ceiling = None;
                LossVerdict::Restored(trial.window)
            }
            // If loss is still too much after a smaller window has helped, an even smaller one is tried.
            _ if share > self.tolerated(packets) => {
                self.trial = Some(Trial { share, window, rounds: EFFECT_ROUNDS });
                let arrived = round.delivered.min(window * (1.0 - share));
                self.ceiling = Some(arrived);
                self.rounds_held = 0;
                LossVerdict::Smaller(arrived * KEPT_SHARE)
            }
            _ => {
                // Close to a window that lost too much, a part of the loss is ours, and does not raise the estimate.
                if share < self.noise || self.ceiling.is_none() {
                    self.noise += (share - self.noise) * NOISE_WEIGHT;
                }
                LossVerdict::Free
            }
        }
    }

    /// Handles a round with CE marks: like too much loss, but without a trial. Returns the window.
    pub(super) fn handle_mark(&mut self, window: f64) -> f64 {
        if self.ceiling.is_some() && self.rounds_held <= EFFECT_ROUNDS {
            return window;
        }
        self.ceiling = Some(window);
        self.rounds_held = 0;
        window * KEPT_SHARE
    }

    /// Handles a round in place of `handle_round` while the window doubles. True: too much is lost.
    pub(super) fn handle_starting_round(&mut self, round: &Ended, packet_size: f64, window: f64) -> bool {
        self.delivered += round.delivered;
        self.lost += round.lost;
        let total = self.delivered + self.lost;
        if total < JUDGED_PACKETS * packet_size {
            return false;
        }
        let is_lossy = self.lost > TOLERATED_STARTING * total;
        if is_lossy {
            self.ceiling = Some(round.delivered.min(window));
            self.rounds_held = 0;
        }
        self.forget();
        is_lossy
    }

    /// The window after growth. Growth is careful near a window that lost too much.
    pub(super) fn grown(&mut self, window: f64, growth: f64, packet_size: f64) -> f64 {
        let Some(ceiling) = self.ceiling else { return window + growth };
        if window > ceiling * BEYOND {
            self.ceiling = None;
            return window + growth;
        }
        let edge = ceiling * KEPT_SHARE;
        if window < edge {
            return (window + growth).min(edge);
        }
        let probing = self.rounds_held.saturating_sub(HELD_ROUNDS);
        if probing == 0 {
            return window;
        }
        window + growth.min(packet_size * f64::from(1u32 << probing.min(16)))
    }

    /// The share of this number of packets whose loss is tolerated.
    pub(super) fn tolerated(&self, packets: f64) -> f64 {
        let deviation = (self.noise.max(NOISE_MIN) / packets.max(1.0)).sqrt();
        let few = FEW_PACKETS / packets.max(1.0);
        (TOLERATED + self.noise + DEVIATIONS * deviation + few).min(TOLERATED_MAX)
    }

    fn forget(&mut self) {
        (self.delivered, self.lost) = (0.0, 0.0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PACKET: f64 = 1_000.0;
    const WINDOW: f64 = 200.0 * PACKET;

    fn round(lost_share: f64) -> Ended {
        let (lost, delivered) = (lost_share * WINDOW, (1.0 - lost_share) * WINDOW);
        Ended { rtt: 20.0, delivered, lost, elapsed: 20.0, is_used: true, is_marked: false }
    }

    fn take(guard: &mut LossGuard, lost_share: f64) -> LossVerdict {
        guard.handle_round(&round(lost_share), PACKET, WINDOW)
    }

    #[test]
    fn loss_that_stays_with_a_smaller_window_is_the_paths_own() {
        let mut guard = LossGuard::new();
        assert!(matches!(take(&mut guard, 0.06), LossVerdict::Smaller(window) if window < 0.9 * WINDOW));
        assert_eq!(take(&mut guard, 0.06), LossVerdict::Held);
        assert_eq!(take(&mut guard, 0.06), LossVerdict::Held);
        assert_eq!(take(&mut guard, 0.06), LossVerdict::Restored(WINDOW));
        for _ in 0..100 {
            assert_eq!(take(&mut guard, 0.06), LossVerdict::Free);
        }
        assert_eq!(guard.grown(WINDOW, PACKET, PACKET), WINDOW + PACKET);
    }

    #[test]
    fn a_window_that_lost_too_much_is_approached_again_later() {
        let mut guard = LossGuard::new();
        let LossVerdict::Smaller(window) = take(&mut guard, 0.1) else { panic!("it is too much") };
        for _ in 0..HELD_ROUNDS {
            take(&mut guard, 0.0);
            assert_eq!(guard.grown(window, WINDOW, PACKET), window);
        }
        take(&mut guard, 0.0);
        assert_eq!(guard.grown(window, WINDOW, PACKET), window + 2.0 * PACKET);
    }

    #[test]
    fn a_third_is_never_the_paths_own_loss() {
        let mut guard = LossGuard::new();
        for _ in 0..100 {
            assert!(!matches!(take(&mut guard, 0.33), LossVerdict::Restored(_) | LossVerdict::Free));
        }
    }
}
