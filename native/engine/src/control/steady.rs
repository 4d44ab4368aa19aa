//! A controller that keeps the rate where packets are lost for no reason, and the queue short where nobody else makes it long.
//!
//! It goes by the queue, not by loss. A round trip longer than the path's shortest one is a queue; each round the window moves towards
//! the size at which that queue is as long as is aimed at (as in FAST TCP: Wei, Jin, Low and Hegde, 2006; and Swift: Kumar et al.,
//! 2020). Loss counts only as far as there is less of it with a smaller window. Beside senders that fill the queue whatever
//! their delay is, it is CUBIC (RFC 9438) for as long as they are there (as Copa has two modes: Arun and Balakrishnan, 2018).
//!
//! Sizes are in bytes, times in milliseconds, rates in bytes per millisecond.

mod aim;
mod base_rtt;
mod loss;
mod rivals;
mod round;
#[cfg(test)]
mod tests;

use std::any::Any;
use std::sync::Arc;
use std::time::Instant;

use quinn_proto::RttEstimator;
use quinn_proto::congestion::{Controller, ControllerFactory, ControllerMetrics, Pacing};

use super::Steering;
use base_rtt::BaseRtt;
use loss::{LossGuard, LossVerdict};
use rivals::{Rivals, TrialVerdict};
use round::{RTT_MIN_MS, Round};

/// RFC 9002, 7.2.
const WINDOW_FIRST: f64 = 12_000.0;
const PACKETS_MIN: f64 = 4.0;
/// No window is larger: 10 Gbit/s over 400 ms.
const WINDOW_MAX: f64 = 512.0 * 1024.0 * 1024.0;
/// The window of a sender that its owner holds to a rate is at most so many times what that is in a round trip: no queue would end its growth.
const RATE_WINDOWS: f64 = 2.0;
/// Share of the distance to the queue that is aimed at that one round goes. What it does shows two rounds later.
const GAIN: f64 = 0.5;
/// The window changes by at most these shares in a round.
const GROWTH_MAX: f64 = 0.25;
const SHRINKING_MAX: f64 = 0.3;
/// Round trips that show a queue end the start within a round (as in HyStart++, RFC 9406), after so many packets in a row and this
/// share of a round trip. Then they come at the rate of the path.
const STARTING_SAMPLES: u32 = 16;
const STARTING_SHARE: f64 = 0.125;
/// Share of what a round without a queue has shown, below which the rate at the end of the start is taken for a wrong one. Others that started
/// at once may have shown as much since.
const SHOWN_SHARE: f64 = 0.5;
/// Rounds without a queue, after which growth doubles from one to the next.
const CLEAR_ROUNDS: u32 = 3;
/// While the path is emptied, the window is this share of what it was.
const DRAINED_SHARE: f64 = 0.5;
const DRAIN_ROUNDS: u32 = 2;
/// Rounds until round trips are those of the window after the path was emptied.
const SETTLING_ROUNDS: u32 = 2;
/// In the start of a connection that carries others, the window is at least so many times what came through in a round, while it is not what
/// holds the sender back. Each of the others has a window of its own, and doubles what it sends from one round to the next: what were beyond
/// this window would wait for a round trip, which to them is a queue, and the end of their start.
const HEADROOM: f64 = 4.0;
/// Windows that pacing lets go in a round trip: in the start, and later. What is beyond one makes up for wake-ups that are late.
const PACE_STARTING: f64 = 2.0;
const PACE: f64 = 1.25;
/// Packets of this time leave at once, up to bounds; after a pause at least those of a first window do.
const BATCH_MS: f64 = 1.0;
const BATCH_MAX: f64 = 65_536.0;
const BATCH_WINDOW_SHARE: f64 = 0.25;

/// Makes a `Steady`.
pub(super) struct SteadyConfig {
    /// Whether it carries packets of connections with controllers of their own.
    pub(super) carries_others: bool,
    pub(super) steering: Steering,
}

impl ControllerFactory for SteadyConfig {
    fn build(self: Arc<Self>, now: Instant, current_mtu: u16) -> Box<dyn Controller> {
        Box::new(Steady::new(now, current_mtu, &self))
    }
}

#[derive(Clone, Debug)]
enum Phase {
    /// The window doubles from round to round until there is a queue.
    Start,
    Steady,
    /// The window is small for some rounds, so that the shortest round trip shows; it is this one afterwards.
    Drain {
        rounds: u32,
        window: f64,
    },
}

#[derive(Clone, Copy, Debug)]
struct Queued {
    since: Instant,
    samples: u32,
    bytes: u64,
}

/// The controller of one connection; the module says how it works.
#[derive(Clone, Debug)]
pub(super) struct Steady {
    began: Instant,
    carries_others: bool,
    steering: Steering,
    packet_size: f64,
    window: f64,
    phase: Phase,
    round: Round,
    /// The shortest round trip of the last round; 0 before the first.
    rtt: f64,
    base: BaseRtt,
    loss: LossGuard,
    rivals: Rivals,
    clear_rounds: u32,
    /// Rounds for which the window stays as it is.
    settling: u32,
    /// Packets in a row whose round trips showed a queue, in the start.
    queued: Option<Queued>,
    /// The highest rate of a round without a queue, in the start: so much the path carries at least.
    shown_rate: f64,
}

impl Steady {
    fn new(now: Instant, packet_size: u16, config: &SteadyConfig) -> Self {
        Self {
            began: now,
            carries_others: config.carries_others,
            steering: config.steering.clone(),
            packet_size: packet_size.into(),
            window: WINDOW_FIRST,
            phase: Phase::Start,
            round: Round::new(now),
            rtt: 0.0,
            base: BaseRtt::new(),
            loss: LossGuard::new(),
            rivals: Rivals::new(),
            clear_rounds: 0,
            settling: 0,
            queued: None,
            shown_rate: 0.0,
        }
    }

    fn queue(&self) -> f64 {
        (self.rtt - self.base.get()).max(0.0)
    }

    fn rate(&self) -> f64 {
        self.window / self.rtt.max(RTT_MIN_MS)
    }

    fn target(&self) -> f64 {
        aim::target(self.rate())
    }

    /// The queue that the window is moved to.
    fn aim(&self) -> f64 {
        if self.steering.is_yielding() { aim::yielding(self.rate(), self.packet_size) } else { self.target() }
    }

    /// The window with which the queue would be as long as is aimed at, were it all ours.
    fn carried(&self) -> f64 {
        self.window * (self.base.get() + self.aim()).min(self.rtt) / self.rtt
    }

    fn end_round(&mut self, now: Instant) {
        let round = self.round.end(now);
        let now_ms = self.milliseconds(now);
        self.rtt = round.rtt;
        self.base.handle_round(round.rtt, now_ms);
        match self.phase {
            Phase::Start => self.end_starting_round(&round),
            Phase::Drain { rounds, window } => self.end_drained_round(&round, rounds, window, now),
            Phase::Steady if !round.is_used => self.clear_rounds = 0,
            Phase::Steady => self.end_steady_round(&round, now_ms),
        }
        self.window = self.window.min(self.window_max()).max(PACKETS_MIN * self.packet_size);
    }

    fn window_max(&self) -> f64 {
        match self.steering.send_rate() {
            0 => WINDOW_MAX,
            rate => (RATE_WINDOWS * rate as f64 / 1_000.0 * (self.base.get() + self.target()))
                .clamp(WINDOW_FIRST, WINDOW_MAX),
        }
    }

    /// The sender had nothing more to send. What comes through without a queue may be more the next time.
    fn handle_idle_start(&mut self, rtt: f64) {
        if self.carries_others && self.round.is_clear() && rtt <= self.base.get() + self.target() {
            self.window = self.window.max(HEADROOM * self.round.delivered()).min(WINDOW_MAX);
        }
    }

    fn end_starting_round(&mut self, round: &round::Ended) {
        let is_lossy = self.loss.handle_starting_round(round, self.packet_size, self.window);
        // While something else holds the sender back, a smaller window shortens no queue. And where there is little to acknowledge, the peer takes
        // its time, which is none (RFC 9000, 13.2.1).
        let is_queued = round.is_used && self.queue() > self.target();
        if is_lossy || round.is_marked || is_queued {
            self.end_start(round.rate(), if is_lossy { 0.0 } else { self.target() });
        } else {
            self.shown_rate = self.shown_rate.max(round.rate());
        }
    }

    /// Goes on with what the path carries at that rate, and with that queue. Some packets at the end of a flight show less than the round
    /// before them did, and a sender that had little to send shows little of the path.
    fn end_start(&mut self, rate: f64, queue: f64) {
        let carried = (rate.max(SHOWN_SHARE * self.shown_rate) * (self.base.get() + queue)).max(WINDOW_FIRST);
        self.drain(carried.min(self.window));
    }

    fn handle_starting_ack(&mut self, now: Instant, rtt: f64, bytes: u64) {
        self.window = (self.window + bytes as f64).min(WINDOW_MAX);
        if rtt <= self.base.get() + self.target() {
            self.queued = None;
            return;
        }
        let queued = self.queued.get_or_insert(Queued { since: now, samples: 0, bytes: 0 });
        let elapsed = now.saturating_duration_since(queued.since).as_secs_f64() * 1000.0;
        // Bytes that came with the first one are of the time before.
        queued.bytes += if elapsed > 0.0 { bytes } else { 0 };
        queued.samples += 1;
        if queued.samples >= STARTING_SAMPLES && elapsed >= STARTING_SHARE * rtt {
            let rate = queued.bytes as f64 / elapsed;
            self.end_start(rate, self.target());
        }
    }

    fn drain(&mut self, window: f64) {
        self.window = DRAINED_SHARE * window;
        self.phase = Phase::Drain { rounds: DRAIN_ROUNDS, window };
    }

    fn end_drained_round(&mut self, round: &round::Ended, rounds: u32, window: f64, now: Instant) {
        if rounds > 1 {
            self.phase = Phase::Drain { rounds: rounds - 1, window };
            return;
        }
        let now_ms = self.milliseconds(now);
        let packets = (round.delivered + round.lost) / self.packet_size;
        let is_lossy = round.lost > self.loss.tolerated(packets) * (round.delivered + round.lost);
        self.phase = Phase::Steady;
        self.settling = SETTLING_ROUNDS;
        self.window = window;
        match self.rivals.handle_trial(self.rtt, is_lossy, self.packet_size) {
            None => self.base.handle_drained(self.rtt, now_ms),
            Some(TrialVerdict::Ours) => {}
            Some(TrialVerdict::Restored(window)) => {
                self.window = window;
                self.phase = Phase::Drain { rounds: DRAIN_ROUNDS, window };
            }
            Some(TrialVerdict::Rivals) => self.rivals.begin(self.packet_size, now, now_ms),
            Some(TrialVerdict::Longer(base)) => self.base.set(base, now_ms),
        }
    }

    /// Starts after an outage: what was lost in it says nothing about any window, and the path may have become another one (RFC 9002,
    /// 5.2 and 7.6.2).
    fn begin_anew(&mut self, now: Instant) {
        self.window = PACKETS_MIN * self.packet_size;
        self.phase = Phase::Start;
        self.round = Round::new(now);
        self.base = BaseRtt::new();
        self.loss = LossGuard::new();
        self.rivals = Rivals::new();
        self.queued = None;
        self.shown_rate = 0.0;
    }

    fn milliseconds(&self, now: Instant) -> f64 {
        now.saturating_duration_since(self.began).as_secs_f64() * 1000.0
    }

    fn end_steady_round(&mut self, round: &round::Ended, now_ms: f64) {
        if let Some(window) = self.rivals.window() {
            self.window = window;
            if self.rivals.handle_round(self.base.get(), self.queue(), self.target(), now_ms) {
                self.drain(self.carried());
            }
            return;
        }
        match self.loss.handle_round(round, self.packet_size, self.window) {
            LossVerdict::Smaller(window) | LossVerdict::Restored(window) => {
                self.clear_rounds = 0;
                self.window = window;
                return;
            }
            LossVerdict::Held => return,
            LossVerdict::Free => {}
        }
        if round.is_marked {
            self.clear_rounds = 0;
            self.window = self.loss.handle_mark(self.window);
            return;
        }
        if self.rivals.handle_queue(self.base.get(), self.queue(), self.target(), self.aim(), self.window) {
            return self.drain(self.carried());
        }
        if self.base.is_old(now_ms) {
            return self.drain(self.window);
        }
        if self.settling > 0 {
            self.settling -= 1;
        } else {
            self.move_window();
        }
    }

    fn move_window(&mut self) {
        let (queue, aim) = (self.queue(), self.aim());
        self.clear_rounds = if queue < aim / 2.0 { self.clear_rounds + 1 } else { 0 };
        let haste = f64::from(self.clear_rounds.saturating_sub(CLEAR_ROUNDS)).exp2();
        let change = GAIN * self.rate() * (aim - queue) * haste;
        let change = change.clamp(-SHRINKING_MAX * self.window, GROWTH_MAX * self.window);
        self.window =
            if change > 0.0 { self.loss.grown(self.window, change, self.packet_size) } else { self.window + change };
    }
}

impl Controller for Steady {
    fn on_ack(&mut self, now: Instant, sent: Instant, bytes: u64, app_limited: bool, rtt: &RttEstimator) {
        let sample = now.saturating_duration_since(sent).as_secs_f64() * 1000.0;
        self.round.handle_ack(sample, bytes, app_limited);
        if self.rtt == 0.0 {
            self.rtt = sample;
        }
        match self.phase {
            Phase::Start if !app_limited => self.handle_starting_ack(now, sample, bytes),
            Phase::Steady => {
                self.rivals.handle_ack(now, sent, bytes, app_limited, rtt);
                self.window = self.rivals.window().unwrap_or(self.window);
            }
            Phase::Start => self.handle_idle_start(sample),
            Phase::Drain { .. } => {}
        }
        if self.round.is_over(sent) {
            self.end_round(now);
        }
    }

    fn on_congestion_event(&mut self, now: Instant, sent: Instant, is_persistent: bool, lost_bytes: u64) {
        self.round.handle_loss(lost_bytes);
        self.rivals.handle_loss(now, sent, is_persistent, lost_bytes);
        if let (Phase::Steady, Some(window)) = (&self.phase, self.rivals.window()) {
            self.window = window;
        } else if is_persistent {
            self.begin_anew(now);
        }
    }

    fn on_mtu_update(&mut self, new_mtu: u16) {
        self.packet_size = new_mtu.into();
        self.window = self.window.max(PACKETS_MIN * self.packet_size);
    }

    /// Never less than some packets (RFC 9002, 4.8), whatever a phase has made of it, and however large packets have become since: with a
    /// window of less than one nothing is sent, so nothing is acknowledged, and it stays as it is for ever.
    fn window(&self) -> u64 {
        self.window.max(PACKETS_MIN * self.packet_size) as u64
    }

    fn pacing(&self) -> Pacing {
        if self.rtt == 0.0 {
            return Pacing::Off;
        }
        let gain = if matches!(self.phase, Phase::Start) { PACE_STARTING } else { PACE };
        let rate = gain * self.rate();
        let batch = (rate * BATCH_MS).min(BATCH_WINDOW_SHARE * self.window).min(BATCH_MAX);
        let burst = batch.max(WINDOW_FIRST);
        Pacing::Rate { bytes_per_second: (rate * 1000.0) as u64, burst: burst as u64, batch: batch as u64 }
    }

    fn metrics(&self) -> ControllerMetrics {
        let mut metrics = ControllerMetrics::default();
        metrics.congestion_window = self.window();
        metrics.pacing_rate = Some((8_000.0 * PACE * self.rate()) as u64);
        metrics
    }

    fn clone_box(&self) -> Box<dyn Controller> {
        Box::new(self.clone())
    }

    fn initial_window(&self) -> u64 {
        WINDOW_FIRST as u64
    }

    fn into_any(self: Box<Self>) -> Box<dyn Any> {
        self
    }
}
