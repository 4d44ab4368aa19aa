//! Figures of a connection, for whoever asks

use super::Connection;
use crate::packet::SpaceId;

impl Connection {
    /// Packets so far that were authenticated and were no duplicates: signs of life
    pub fn authenticated_packets(&self) -> u64 {
        self.total_authed_packets
    }

    /// The highest number of an authenticated 1-RTT packet, before any `None`
    ///
    /// Only the packet that raises it may tell where the peer is now (RFC 9000, 9.3).
    pub fn newest_packet(&self) -> Option<u64> {
        self.spaces[SpaceId::Data].dedup.newest()
    }
}
