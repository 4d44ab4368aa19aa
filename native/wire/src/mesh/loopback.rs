//! Packets from a vertex to itself.

use super::label_table::Destination;
use crate::limits::LOOPBACK_BYTES_MAX;

/// Packets between a tunnel and a service of the same vertex. They are delivered at the end of the turn, so that the transport is never called from
/// within its own sending. Packets that it sends during the delivery wait for the next turn.
#[derive(Default)]
pub(super) struct Loopback {
    waiting: Batch,
    /// An empty batch whose memory is used again.
    leaving: Batch,
}

#[derive(Default)]
pub(super) struct Batch {
    bytes: Vec<u8>,
    /// The end of each packet in `bytes`, and its destination.
    packets: Vec<(usize, Destination)>,
}

impl Loopback {
    pub(super) fn is_empty(&self) -> bool {
        self.waiting.packets.is_empty()
    }

    /// Queues a copy of a packet. False: there is no room.
    pub(super) fn push(&mut self, packet: &[u8], destination: Destination) -> bool {
        let Batch { bytes, packets } = &mut self.waiting;
        if bytes.len() + packet.len() > LOOPBACK_BYTES_MAX {
            return false;
        }
        bytes.extend_from_slice(packet);
        packets.push((bytes.len(), destination));
        true
    }

    /// Takes the waiting packets. The batch is to be returned with `give_back`.
    pub(super) fn take(&mut self) -> Batch {
        let empty = std::mem::take(&mut self.leaving);
        std::mem::replace(&mut self.waiting, empty)
    }

    pub(super) fn give_back(&mut self, mut batch: Batch) {
        batch.bytes.clear();
        batch.packets.clear();
        self.leaving = batch;
    }
}

impl Batch {
    /// Calls `deliver` for each packet, in place, with its destination.
    pub(super) fn for_each(&mut self, mut deliver: impl FnMut(&mut [u8], Destination)) {
        let mut start = 0;
        for &(end, destination) in &self.packets {
            deliver(&mut self.bytes[start..end], destination);
            start = end;
        }
    }
}
