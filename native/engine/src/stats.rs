//! Figures of a connection.

use quinn_proto::Connection as Quinn;

use crate::connection::Connection;

/// Figures of a connection.
#[derive(Clone, Copy, Debug, Default)]
pub struct Stats {
    /// Smoothed round trip, in milliseconds.
    pub rtt_ms: f64,
    /// The shortest round trip, in milliseconds; 0 before the first.
    pub min_rtt_ms: f64,
    /// The congestion window: bytes that may be in flight.
    pub congestion_window: u64,
    /// Bytes per second that the path delivered when the last packet was acknowledged.
    pub delivery_rate: u64,
    /// Packets sent.
    pub packets_sent: u64,
    /// Packets received that were authenticated and no duplicates.
    pub packets_received: u64,
    /// The highest packet number of the 1-RTT packets that were authenticated; -1 before any.
    pub newest_packet: f64,
    /// Packets declared lost.
    pub packets_lost: u64,
    /// Bytes of UDP payload sent.
    pub bytes_sent: u64,
    /// Bytes of UDP payload received, forged packets included.
    pub bytes_received: u64,
    /// Whether packets are marked ECT(0), and the peer reports that the marks arrive.
    pub is_ecn_on: bool,
    /// Packets with application data that arrived marked CE.
    pub ce_received: u64,
}

impl Connection {
    /// The present figures.
    #[must_use]
    pub fn stats(&self) -> Stats {
        let Some(quinn) = &self.quinn else { return Stats::default() };
        let stats = quinn.stats();
        Stats {
            rtt_ms: stats.path.rtt.as_secs_f64() * 1000.0,
            min_rtt_ms: self.delivery.min_rtt().as_secs_f64() * 1000.0,
            congestion_window: stats.path.cwnd,
            delivery_rate: self.delivery.rate(),
            packets_sent: stats.path.sent_packets,
            packets_received: quinn.authenticated_packets(),
            newest_packet: self.newest_packet.map_or(-1.0, |number| number as f64),
            packets_lost: stats.path.lost_packets,
            bytes_sent: stats.udp_tx.bytes,
            bytes_received: stats.udp_rx.bytes,
            is_ecn_on: quinn.is_ecn_on(),
            ce_received: quinn.ce_received(),
        }
    }

    /// Packets received that were authenticated and no duplicates; 0 once nothing is left of the connection.
    #[must_use]
    pub fn authenticated_packets(&self) -> u64 {
        self.quinn.as_ref().map_or(0, Quinn::authenticated_packets)
    }

    /// Whether the peer has not acknowledged all packets that ask for it, nor were they taken for lost.
    #[must_use]
    pub fn is_in_flight(&self) -> bool {
        self.quinn.as_ref().is_some_and(|quinn| quinn.recovery_metrics().bytes_in_flight > 0)
    }

    /// Datagrams received that held no such packet.
    #[must_use]
    pub fn ignored_datagrams(&self) -> u64 {
        self.ignored_datagrams
    }

    /// The highest packet number of an authenticated 1-RTT packet, also after the end of the connection.
    #[must_use]
    pub fn newest_packet(&self) -> Option<u64> {
        self.newest_packet
    }
}
