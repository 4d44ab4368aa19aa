//! Figures of a connection.

use quinn_proto::Connection as Quinn;

use crate::connection::Connection;

/// Figures of a connection.
#[derive(Clone, Copy, Debug, Default)]
pub struct Stats {
    /// Smoothed round trip, in milliseconds.
    pub rtt_ms: f64,
    /// The shortest so far, in milliseconds; 0 before any.
    pub min_rtt_ms: f64,
    /// Bytes that may be under way.
    pub congestion_window: u64,
    /// Bytes per second when the last packet was acknowledged.
    pub delivery_rate: u64,
    /// Packets so far.
    pub packets_sent: u64,
    /// Packets so far that were genuine, and no duplicates.
    pub packets_received: u64,
    /// Packets so far that were given up.
    pub packets_lost: u64,
    /// Bytes of UDP payload so far.
    pub bytes_sent: u64,
    /// Bytes of UDP payload so far, forged ones included.
    pub bytes_received: u64,
    /// Whether packets are marked ECT(0), and the peer tells that marks come through.
    pub is_ecn_on: bool,
    /// Packets with application data so far that came marked CE.
    pub ce_received: u64,
}

impl Connection {
    /// The figures of now.
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
            packets_lost: stats.path.lost_packets,
            bytes_sent: stats.udp_tx.bytes,
            bytes_received: stats.udp_rx.bytes,
            is_ecn_on: quinn.is_ecn_on(),
            ce_received: quinn.ce_received(),
        }
    }

    /// Packets so far that were authenticated and were no duplicates; 0 once nothing is left of the connection.
    #[must_use]
    pub fn authenticated_packets(&self) -> u64 {
        self.quinn.as_ref().map_or(0, Quinn::authenticated_packets)
    }

    /// Datagrams so far that held no such packet.
    #[must_use]
    pub fn ignored_datagrams(&self) -> u64 {
        self.ignored_datagrams
    }

    /// The highest number of an authenticated 1-RTT packet, also after the end of the connection.
    #[must_use]
    pub fn newest_packet(&self) -> Option<u64> {
        self.newest_packet
    }
}
