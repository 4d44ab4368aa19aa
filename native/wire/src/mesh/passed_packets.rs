//! Packets that circle.

use super::header::Packet;
use super::mix::mix;
use crate::bytes::read_u32;
use crate::limits::PASSED_PACKETS;

/// The low bits of an entry hold the hop limit, which is 1 to 31 when a packet goes on.
const HOP_LIMIT_BITS: u32 = 0x1f;
const TAIL: usize = 8;

/// Remembers the packets that passed through this vertex lately, each by a hash, to see those that circle: they come again,
/// from the same link for the same link, with a lower hop limit. What is sent twice as it was has the same one, and passes.
///
/// A packet is known by its ConnectionId and its last bytes, which are those of the seal of a QUIC packet; by the former alone
/// if its payload is shorter than any that is good for something. What is in front of the payload changes on the way.
pub(super) struct PassedPackets {
    seed: u32,
    /// A packet that falls on the place of another one takes it.
    entries: Box<[u32]>,
}

impl PassedPackets {
    pub(super) fn new(seed: u32) -> Self {
        Self { seed, entries: vec![0; PASSED_PACKETS].into() }
    }

    /// Whether the packet has been here before, on the way through that pair of links. If not, it is remembered.
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
