//! A path that becomes another one, under the same addresses

use super::{InFlight, Pacer, PathData, RttEstimator, SentPacket};
use crate::{Instant, TransportConfig};

impl PathData {
    /// Forgets what is known of the path but for the size of its packets, which stay as large as they are
    ///
    /// Packets of before are of another generation, and tell nothing of it. Marks are off until they are validated anew.
    pub(in crate::connection) fn begin_anew(&mut self, generation: u64, now: Instant, config: &TransportConfig) {
        let mtu = self.current_mtu();
        self.rtt = RttEstimator::new(config.initial_rtt);
        self.congestion = config.congestion_controller_factory.clone().build(now, mtu);
        self.pacing = Pacer::new(self.rtt.get(), self.congestion.initial_window(), mtu, now);
        self.ecn.stop();
        self.first_packet_after_rtt_sample = None;
        self.in_flight = InFlight::new();
        self.first_packet = None;
        self.generation = generation;
    }

    /// Whether the packet was sent on this path since it last began anew
    pub(in crate::connection) fn has_sent(&self, packet: &SentPacket) -> bool {
        packet.path_generation == self.generation
    }
}
