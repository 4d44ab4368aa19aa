use std::time::{Duration, Instant};

use florenetes_engine::{Guarded, Stats};

use super::pulse::Pulse;
use crate::limits::ROUND_TRIP_SPREAD_MAX;

/// Finds the peer's signs of life in the engine's counters. They are read only when a packet has come.
pub(super) struct Signs {
    packet_at: Instant,
    authenticated: u64,
    acknowledgements: u64,
    /// The shortest smoothed round trip seen, in milliseconds; infinite before the first.
    shortest_rtt_ms: f64,
    /// The latest smoothed round trip, in milliseconds, bounded by a multiple of the shortest one of its path.
    rtt_ms: f64,
}

impl Signs {
    pub(super) fn new(now: Instant) -> Self {
        Self { packet_at: now, authenticated: 0, acknowledgements: 0, shortest_rtt_ms: f64::INFINITY, rtt_ms: 0.0 }
    }

    /// Notes a packet that may be the peer's.
    pub(super) fn handle_packet(&mut self, now: Instant) {
        self.packet_at = now;
    }

    /// Tells the pulse what has come since it last heard.
    pub(super) fn tell(&mut self, pulse: &mut Pulse, quic: &mut Guarded) {
        if self.packet_at <= pulse.heard_at() {
            return;
        }
        let authenticated = quic.with(0, |quic| quic.authenticated_packets());
        if authenticated > self.authenticated {
            self.authenticated = authenticated;
            let is_answer = self.take_answered(quic);
            pulse.handle_heard(self.packet_at, is_answer);
            pulse.handle_round_trip(duration_of(self.rtt_ms));
        }
    }

    /// Tells the pulse of an adopted connection its round trip.
    pub(super) fn tell_round_trip(&mut self, pulse: &mut Pulse, quic: &mut Guarded) {
        self.take_answered(quic);
        pulse.handle_round_trip(duration_of(self.rtt_ms));
    }

    /// The shortest round trip; zero where none is known.
    pub(super) fn shortest_rtt(&self) -> Duration {
        duration_of(self.shortest_rtt_ms)
    }

    /// The latest round trip in milliseconds: of the present path, or of the former one as long as the present path has none.
    pub(super) fn rtt_ms(&self) -> f64 {
        self.rtt_ms
    }

    /// Whether the peer has acknowledged something.
    fn take_answered(&mut self, quic: &mut Guarded) -> bool {
        let stats = quic.with(Stats::default(), |quic| quic.stats());
        if has_round_trip(&stats) {
            self.shortest_rtt_ms = self.shortest_rtt_ms.min(stats.rtt_ms);
            // An unchanged repetition seems to have been under way since the packet first left, so the round trip is bounded.
            self.rtt_ms = stats.rtt_ms.min(ROUND_TRIP_SPREAD_MAX * stats.min_rtt_ms);
        }
        let acknowledgements = quic.with(self.acknowledgements, |quic| quic.acknowledgements());
        std::mem::replace(&mut self.acknowledgements, acknowledgements) != acknowledgements
    }
}

/// Whether a packet that was sent on the present path was acknowledged, so that its round trip is known.
pub(super) fn has_round_trip(stats: &Stats) -> bool {
    stats.min_rtt_ms > 0.0
}

fn duration_of(milliseconds: f64) -> Duration {
    Duration::try_from_secs_f64(milliseconds / 1_000.0).unwrap_or_default()
}
