//! Packets as large as the caller says, from one call to the next

use super::Connection;

/// Bytes that a packet may grow by to be as long as those before it: the last piece of something, or one beside an ACK frame
const SEGMENT_PADDING_MAX: usize = 32;

impl Connection {
    /// Says how large UDP payloads may be from now on, within what the peer takes
    ///
    /// For callers that measure the path themselves, or have just that much room: with it, MTU discovery has to be
    /// disabled in the [`TransportConfig`](crate::TransportConfig). Packets that are under way stay as large as they are.
    pub fn set_payload_max(&mut self, payload_max: u16) {
        let peer_max = u16::try_from(self.peer_params.max_udp_payload_size.into_inner());
        let mtu = payload_max.min(peer_max.unwrap_or(u16::MAX));
        if self.path.mtud.set(mtu) {
            self.path.congestion.on_mtu_update(mtu);
            self.datagrams().drop_oversized();
        }
    }

    /// Largest datagram that fits a packet of `payload_max` bytes, within what the peer takes
    ///
    /// `None` if the peer takes none.
    pub fn datagram_size_max(&mut self, payload_max: u16) -> Option<usize> {
        let current = self.path.current_mtu();
        let peer_max = u16::try_from(self.peer_params.max_udp_payload_size.into_inner());
        self.path.mtud.set(payload_max.min(peer_max.unwrap_or(u16::MAX)));
        let size_max = self.datagrams().max_size();
        self.path.mtud.set(current);
        size_max
    }

    /// Says how long the UDP payloads are that the next ones are to leave with (udp(7), UDP_SEGMENT); 0: there are none
    ///
    /// One that is a little shorter is made as long, since the kernel takes payloads of one size at once.
    pub fn set_segment(&mut self, segment: u16) {
        self.segment = segment;
    }

    /// Whether a UDP payload of this length is to be made as long as those that it leaves with, in so much room
    pub(super) fn is_nearly_a_segment(&self, length: usize, room: usize) -> bool {
        let segment = usize::from(self.segment);
        let missing = segment.saturating_sub(length);
        (1..=SEGMENT_PADDING_MAX).contains(&missing) && segment <= room
    }
}
