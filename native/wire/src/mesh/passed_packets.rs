//! Detection of circling packets.

use super::header::Packet;
use super::mix::mix;
use crate::bytes::read_u32;
use crate::limits::PASSED_PACKETS;

/// The low bits of an entry hold the hop limit, which is 1 to 31 when a packet is forwarded.
const HOP_LIMIT_BITS: u32 = 0x1f;
const TAIL: usize = 8;

/// Remembers recently forwarded packets by a hash, to detect packets that circle: such a packet comes again, from the same in-link for the same
/// out-link, with a lower hop limit. A packet that was sent twice has the same hop limit, and passes.
///
/// A packet is recognised by its ConnectionId and its last bytes, which are of the seal of a QUIC packet. A payload too short to be of use is
/// recognised by the ConnectionId alone. The header before the payload changes on the way.
pub(super) struct PassedPackets {
    seed: u32,
    /// A packet whose hash has the place of another packet replaces that.
    entries: Box<[u32]>,
}

impl PassedPackets {
    pub(super) fn new(seed: u32) -> Self {
        Self { seed, entries: vec![0; PASSED_PACKETS].into() }
    }

    /// Whether the packet has passed before through the pair of links. If not, it is remembered.
    pub(super) fn is_circling(&mut self, packet: &Packet<&mut [u8]>, pair: u32) -> bool {
        let payload = packet.payload();
        let tail = payload.len().checked_sub(TAIL).map(|at| (read_u32(payload, at), read_u32(payload, at + 4)));
        let connection = packet.connection_id();
        let mut hash = mix(mix(self.seed, pair), connection as u32);
        if let Some((first, _)) = tail {
            hash = mix(hash, first);
        }
        let place = hash as usize & (PASSED_PACKETS - 1);
        hash = mix(hash, (connection >> 32) as u32);
        if let Some((_, second)) = tail {
            hash = mix(hash, second);
        }
        let entry = hash & !HOP_LIMIT_BITS | u32::from(packet.hop_limit());
        let known = self.entries[place];
        if known > entry && known & !HOP_LIMIT_BITS == entry & !HOP_LIMIT_BITS {
            return true;
        }
        self.entries[place] = entry;
        false
    }
}
