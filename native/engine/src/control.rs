//! Congestion control: a controller of the library's or our own, and a measure of what the path delivers.

mod steady;
mod steering;

use std::any::Any;
use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use quinn_proto::RttEstimator;
use quinn_proto::congestion::{
    BbrConfig, Controller, ControllerFactory, ControllerMetrics, CubicConfig, NewRenoConfig, Pacing,
};

use self::steady::SteadyConfig;
pub(crate) use self::steering::Steering;

/// The congestion controllers to choose from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CongestionControl {
    /// CUBIC (RFC 9438).
    Cubic,
    /// NewReno (RFC 9002, 7).
    Reno,
    /// BBR version 1, as the library implements it.
    Bbr,
    /// Our own controller (control/steady.rs).
    Steady,
}

/// Measures of the acknowledged packets, shared by the controller and the connection.
#[derive(Clone, Debug, Default)]
pub(crate) struct Delivery(Arc<Measures>);

#[derive(Debug, Default)]
struct Measures {
    rate: AtomicU64,
    bytes: AtomicU64,
    /// The shortest round trip in microseconds plus one; 0: none yet.
    min_rtt: AtomicU64,
}

impl Delivery {
    /// Bytes per second that the path delivered, when the last packet was acknowledged.
    pub(crate) fn rate(&self) -> u64 {
        self.0.rate.load(Ordering::Relaxed)
    }

    /// The shortest time between the departure and the acknowledgement of a packet of this path; zero before the first.
    pub(crate) fn min_rtt(&self) -> Duration {
        Duration::from_micros(self.0.min_rtt.load(Ordering::Relaxed).saturating_sub(1))
    }

    /// Forgets what describes the path. The sum of acknowledged bytes goes on, as it describes the peer.
    fn begin_path(&self) {
        self.0.rate.store(0, Ordering::Relaxed);
        self.0.min_rtt.store(0, Ordering::Relaxed);
    }

    fn handle_rtt(&self, rtt: Duration) {
        let before = self.0.min_rtt.load(Ordering::Relaxed);
        let one_more = u64::try_from(rtt.as_micros()).unwrap_or(u64::MAX).saturating_add(1);
        if before == 0 || one_more < before {
            self.0.min_rtt.store(one_more, Ordering::Relaxed);
        }
    }

    /// Bytes of all acknowledged packets.
    pub(crate) fn bytes(&self) -> u64 {
        self.0.bytes.load(Ordering::Relaxed)
    }
}

/// Makes the controller of a path, and wraps it in `Measured`.
pub(crate) struct MeasuredFactory {
    pub(crate) control: CongestionControl,
    pub(crate) delivery: Delivery,
    /// Whether the connection carries packets of other connections, which have controllers of their own.
    pub(crate) carries_others: bool,
    pub(crate) steering: Steering,
}

impl ControllerFactory for MeasuredFactory {
    fn build(self: Arc<Self>, now: Instant, current_mtu: u16) -> Box<dyn Controller> {
        let inner = match self.control {
            CongestionControl::Cubic => Arc::new(CubicConfig::default()).build(now, current_mtu),
            CongestionControl::Reno => Arc::new(NewRenoConfig::default()).build(now, current_mtu),
            CongestionControl::Bbr => Arc::new(BbrConfig::default()).build(now, current_mtu),
            CongestionControl::Steady => {
                let Self { carries_others, steering, .. } = &*self;
                Arc::new(SteadyConfig { carries_others: *carries_others, steering: steering.clone() })
                    .build(now, current_mtu)
            }
        };
        self.delivery.begin_path();
        let delivered = self.delivery.bytes();
        Box::new(Measured { inner, delivery: self.delivery.clone(), delivered, sent: VecDeque::new() })
    }
}

/// Measures the delivery rate around another controller, as BBR does. With each departure it notes how much had been delivered; the bytes delivered
/// between a packet's departure and its acknowledgement, divided by the time between them, are the rate.
struct Measured {
    inner: Box<dyn Controller>,
    delivery: Delivery,
    delivered: u64,
    /// Departure times, and how much had been delivered by then; no more entries than packets in flight.
    sent: VecDeque<(Instant, u64)>,
}

impl Controller for Measured {
    fn on_sent(&mut self, now: Instant, bytes: u64, last_packet_number: u64) {
        if self.sent.back().is_none_or(|&(last, _)| last < now) {
            self.sent.push_back((now, self.delivered));
        }
        self.inner.on_sent(now, bytes, last_packet_number);
    }

    fn on_ack(&mut self, now: Instant, sent: Instant, bytes: u64, app_limited: bool, rtt: &RttEstimator) {
        self.delivered += bytes;
        self.delivery.0.bytes.store(self.delivered, Ordering::Relaxed);
        self.delivery.handle_rtt(now.saturating_duration_since(sent));
        // Packets that left before this one have been acknowledged before, or are lost.
        while self.sent.front().is_some_and(|&(left, _)| left < sent) {
            self.sent.pop_front();
        }
        if let Some(&(left, delivered)) = self.sent.front() {
            let elapsed = now.saturating_duration_since(left).as_secs_f64();
            if left == sent && elapsed > 0.0 {
                let rate = (self.delivered - delivered) as f64 / elapsed;
                self.delivery.0.rate.store(rate as u64, Ordering::Relaxed);
            }
        }
        self.inner.on_ack(now, sent, bytes, app_limited, rtt);
    }

    fn on_end_acks(&mut self, now: Instant, in_flight: u64, app_limited: bool, largest_acked: Option<u64>) {
        self.inner.on_end_acks(now, in_flight, app_limited, largest_acked);
    }

    fn on_congestion_event(&mut self, now: Instant, sent: Instant, is_persistent: bool, lost_bytes: u64) {
        self.inner.on_congestion_event(now, sent, is_persistent, lost_bytes);
    }

    fn on_mtu_update(&mut self, new_mtu: u16) {
        self.inner.on_mtu_update(new_mtu);
    }

    fn window(&self) -> u64 {
        self.inner.window()
    }

    /// The library's controllers do not pace here: cluster-flor paces its streams itself (docs/protocol/transport.md, *Pacing*).
    fn pacing(&self) -> Pacing {
        match self.inner.pacing() {
            Pacing::Window => Pacing::Off,
            pacing => pacing,
        }
    }

    fn metrics(&self) -> ControllerMetrics {
        self.inner.metrics()
    }

    fn clone_box(&self) -> Box<dyn Controller> {
        Box::new(Self {
            inner: self.inner.clone_box(),
            delivery: self.delivery.clone(),
            delivered: self.delivered,
            sent: self.sent.clone(),
        })
    }

    fn initial_window(&self) -> u64 {
        self.inner.initial_window()
    }

    fn into_any(self: Box<Self>) -> Box<dyn Any> {
        self.inner.into_any()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shortest_round_trip_is_kept() {
        let delivery = Delivery::default();
        assert_eq!(delivery.min_rtt(), Duration::ZERO);
        let mut seen = vec![];
        for micros in [3_000_000, 40, 0, 500] {
            delivery.handle_rtt(Duration::from_micros(micros));
            seen.push(delivery.min_rtt().as_micros());
        }
        assert_eq!(seen, [3_000_000, 40, 0, 0]);
    }
}
