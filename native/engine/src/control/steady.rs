//! A congestion controller that keeps its rate on paths that lose packets by themselves, and keeps the queue short unless others make it long.
//!
//! The controller is guided by the queue, not by loss. The queue is the part of the round trip beyond the path's shortest one. Each round the window
//! moves towards the size at which the queue has its target length (as in FAST TCP: Wei, Jin, Low and Hegde, 2006; and Swift: Kumar et al., 2020).
//! Loss counts only if a smaller window reduces it. Beside senders that fill the queue whatever their delay is, the controller turns into CUBIC (RFC
//! 9438) until they are gone (as Copa has two modes: Arun and Balakrishnan, 2018).
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

/// The initial window (RFC 9002, 7.2).
const WINDOW_FIRST: f64 = 12_000.0;
const PACKETS_MIN: f64 = 4.0;
/// The largest window: 10 Gbit/s over 400 ms.
const WINDOW_MAX: f64 = 512.0 * 1024.0 * 1024.0;
/// The largest window of a sender with a limited rate, as a multiple of the bytes of that rate in a round trip. No queue would end its growth
/// otherwise.
const RATE_WINDOWS: f64 = 2.0;
/// The share of the distance to the target queue by which a round moves the window. The effect shows two rounds later.
const GAIN: f64 = 0.5;
/// The largest shares by which the window grows or shrinks in a round.
const GROWTH_MAX: f64 = 0.25;
const SHRINKING_MAX: f64 = 0.3;
/// Round trips that show a queue end the start within a round (as in HyStart++, RFC 9406): this number of packets in a row, over at least this share
/// of a round trip. By then acknowledgements come at the rate of the path.
const STARTING_SAMPLES: u32 = 16;
const STARTING_SHARE: f64 = 0.125;
/// If the rate at the end of the start is below this share of the highest rate of a round without a queue, it counts as mismeasured. The share is
/// below 1, since others may have started meanwhile and taken a part of the path.
const SHOWN_SHARE: f64 = 0.5;
/// The number of rounds without a queue after which growth doubles from round to round.
const CLEAR_ROUNDS: u32 = 3;
/// The share of the window that is left while the path's queue is drained.
const DRAINED_SHARE: f64 = 0.5;
const DRAIN_ROUNDS: u32 = 2;
/// Rounds after a drain until round trips show the window again.
const SETTLING_ROUNDS: u32 = 2;
/// The least window in the start of a connection that carries other connections, as a multiple of the bytes delivered in a round, while the window
/// does not limit the sender. The carried connections double what they send from round to round. Packets beyond the window would wait for a round
/// trip, which the carried connections would take for a queue, and end their start.
const HEADROOM: f64 = 4.0;
/// Windows that pacing sends in a round trip: in the start, and later. More than one window makes up for late wake-ups.
const PACE_STARTING: f64 = 2.0;
const PACE: f64 = 1.25;
/// Packets of this many milliseconds leave together, up to the bounds below. After a pause at least a first window leaves at once.
const BATCH_MS: f64 = 1.0;
const BATCH_MAX: f64 = 65_536.0;
const BATCH_WINDOW_SHARE: f64 = 0.25;

/// Makes a `Steady`.
pub(super) struct SteadyConfig {
    /// Whether the connection carries packets of connections with controllers of their own.
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
    /// The window doubles from round to round until a queue shows.
    Start,
    Steady,
    /// The window is small for some rounds, so that the path's shortest round trip shows. Afterwards it is `window`.
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

/// The controller of one connection, as the module's comment describes it.
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
    /// Rounds for which the window is not changed.
    settling: u32,
    /// In the start: the acknowledgements in a row whose round trips showed a queue.
    queued: Option<Queued>,
    /// In the start: the highest rate of a round without a queue, which the path carries at least.
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

    /// The length of queue that the window is moved towards.
    fn aim(&self) -> f64 {
        if self.steering.is_yielding() { aim::yielding(self.rate(), self.packet_size) } else { self.target() }
    }

    /// The window with which the queue would have its target length, if all of it were ours.
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

    /// Handles an acknowledgement in the start while the sender has nothing more to send: without a queue, the window gets headroom for carried
    /// connections.
    fn handle_idle_start(&mut self, rtt: f64) {
        if self.carries_others && self.round.is_clear() && rtt <= self.base.get() + self.target() {
            self.window = self.window.max(HEADROOM * self.round.delivered()).min(WINDOW_MAX);
        }
    }

    fn end_starting_round(&mut self, round: &round::Ended) {
        let is_lossy = self.loss.handle_starting_round(round, self.packet_size, self.window);
        // While the window does not limit the sender, a smaller window shortens no queue. Besides, a peer delays acknowledgements of few packets (RFC
        // 9000, 13.2.1), and that delay is no queue.
        let is_queued = round.is_used && self.queue() > self.target();
        if is_lossy || round.is_marked || is_queued {
            self.end_start(round.rate(), if is_lossy { 0.0 } else { self.target() });
        } else {
            self.shown_rate = self.shown_rate.max(round.rate());
        }
    }

    /// Ends the start with the window that the path carries at that rate and queue. The rate can be too low, when it is measured at the end of a
    /// flight, or when the sender had little to send.
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
        // The bytes of the first acknowledgement were delivered before the time that is measured.
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

    /// Starts anew after an outage, whose losses say nothing about the window. The path may have changed (RFC 9002, 5.2 and 7.6.2).
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

    /// The window is never less than a few packets (RFC 9002, 4.8), whatever the phase, and even if packets have grown since. With less than one
    /// packet nothing would be sent or acknowledged, and the window would never change again.
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
