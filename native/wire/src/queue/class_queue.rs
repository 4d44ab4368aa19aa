use super::load::Load;
use super::packet_store::{PacketStore, Slot};
use super::place::UNSHARED;
use super::share_queue::ShareQueue;
use super::share_turns::ShareTurns;

/// The waiting packets of a class of an in-link. Shares have equal parts.
#[derive(Default)]
pub(super) struct ClassQueue {
    /// Packets without a share.
    unshared: ShareQueue,
    /// Made when the first packet with a share has to wait: a class without shares has no turns of them.
    shares: Option<Box<ShareTurns>>,
}

impl ClassQueue {
    /// The waiting packets of all shares.
    pub(super) fn load(&self) -> Load {
        self.shares.as_ref().map_or(self.unshared.load, |shares| shares.load)
    }

    /// The queue at the place of a share.
    pub(super) fn share(&self, share: u8) -> Option<&ShareQueue> {
        if share == UNSHARED {
            return Some(&self.unshared);
        }
        self.shares.as_ref()?.queue(share)
    }

    pub(super) fn share_mut(&mut self, share: u8) -> &mut ShareQueue {
        if share == UNSHARED {
            return &mut self.unshared;
        }
        self.other_mut(share)
    }

    /// The queue of a place that a share has. Not a part of its callers, in which most packets have no share.
    #[inline(never)]
    fn other_mut(&mut self, share: u8) -> &mut ShareQueue {
        self.shares.get_or_insert_default().queue_mut(share)
    }

    /// Finds the place of a share, 1 to 4,095. Not a part of its callers either.
    #[inline(never)]
    pub(super) fn find_share(&mut self, share: u16) -> u8 {
        let unshared = &self.unshared;
        self.shares.get_or_insert_with(|| ShareTurns::beside(unshared.load).into()).find(share)
    }

    /// The place of the next share, and its next flow.
    pub(super) fn next(&self) -> Option<(u8, u8)> {
        match &self.shares {
            None => Some((UNSHARED, self.unshared.turns.next()? as u8)),
            Some(shares) => {
                let share = shares.next()?;
                Some((share, self.share(share)?.turns.next()? as u8))
            }
        }
    }

    pub(super) fn push(&mut self, share: u8, flow: u8, slot: Slot, store: &mut PacketStore) {
        self.share_mut(share).push(flow, slot, store);
        if let Some(shares) = &mut self.shares {
            shares.handle_pushed(share, store.length(slot));
        }
    }

    /// Takes the oldest packet out of a flow.
    pub(super) fn pop(&mut self, share: u8, flow: u8, store: &mut PacketStore) -> Option<Slot> {
        let queue = self.share_mut(share);
        let slot = queue.pop(flow, store)?;
        let is_empty = queue.load.packets == 0;
        if let Some(shares) = &mut self.shares {
            shares.handle_popped(share, store.length(slot), is_empty);
        }
        Some(slot)
    }

    /// Notes that a packet was sent, in its turn.
    pub(super) fn handle_sent(&mut self, share: u8, flow: u8, length: usize) {
        self.share_mut(share).turns.handle_sent(flow.into(), length as u64);
        if let Some(shares) = &mut self.shares {
            shares.handle_sent(share, length);
        }
    }

    /// The share that would hold most if `more` were added at `share` and `flow`, and its flow that would.
    pub(super) fn largest(&self, more: usize, share: u8, flow: u8) -> (u8, u8) {
        let size_of = |place: u8| {
            let size = self.share(place).map_or(0, |queue| queue.load.size());
            size + if place == share { more } else { 0 }
        };
        let largest = self.shares.as_ref().map_or(UNSHARED, |shares| shares.largest(size_of));
        let more = if largest == share { more } else { 0 };
        (largest, self.share(largest).map_or(0, |queue| queue.largest(more, flow)))
    }
}
