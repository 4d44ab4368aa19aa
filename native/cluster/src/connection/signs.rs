use std::time::{Duration, Instant};

use florenetes_engine::Guarded;

use super::pulse::Pulse;
use crate::limits::ROUND_TRIP_SPREAD_MAX;

/// Finds the peer's signs of life in the engine's counters. They are read only when a packet has come.
pub(super) struct Signs {
    packet_at: Instant,
    authenticated: u64,
    marks: (f64, u64, u64),
    /// The shortest smoothed round trip seen, in milliseconds; infinite before the first.
    shortest_rtt_ms: f64,
    /// The latest smoothed round trip, in milliseconds, bounded by a multiple of the shortest one.
    rtt_ms: f64,
}

impl Signs {
    pub(super) fn new(now: Instant) -> Self {
        Self { packet_at: now, authenticated: 0, marks: (0.0, 0, 0), shortest_rtt_ms: f64::INFINITY, rtt_ms: 0.0 }
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

    /// Whether the peer has acknowledged something. The engine has no counter for that, but each acknowledgement changes one of these figures.
    fn take_answered(&mut self, quic: &mut Guarded) -> bool {
        let stats = quic.with(Default::default(), |quic| quic.stats());
        self.shortest_rtt_ms = self.shortest_rtt_ms.min(stats.rtt_ms);
        // An unchanged repetition seems to have been under way since the packet first left, so the round trip is bounded.
        self.rtt_ms = stats.rtt_ms.min(ROUND_TRIP_SPREAD_MAX * stats.min_rtt_ms);
        let marks = (stats.rtt_ms, stats.congestion_window, stats.packets_lost);
        std::mem::replace(&mut self.marks, marks) != marks
    }
}

fn duration_of(milliseconds: f64) -> Duration {
    Duration::try_from_secs_f64(milliseconds / 1_000.0).unwrap_or_default()
}
