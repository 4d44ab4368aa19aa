use super::fair_turns::FairTurns;
use super::load::{Load, largest_of};
use super::place::UNSHARED;
use super::share_queue::ShareQueue;
use crate::limits::QUEUE_SHARES;

/// The shares of a class of an in-link: their places, their queues, and whose turn it is.
///
/// A share keeps its place while its packets wait, or while it has had more than waiting shares. Only when more shares have packets than there are
/// places do the last ones share the places of others; packets without a share never do. Whoever can invent shares therefore leaves each place one
/// part in [`QUEUE_SHARES`] of the class, as whoever invents ConnectionIds leaves each place of connections.
#[derive(Default)]
pub(super) struct ShareTurns {
    /// The waiting packets of all shares, and those without one.
    pub(super) load: Load,
    turns: FairTurns<QUEUE_SHARES>,
    owners: [u16; QUEUE_SHARES],
    /// Places at which packets of other shares than the owner wait, a bit for each. Such a share stays until the place is empty, so that its packets
    /// keep their order.
    visited: u32,
    /// Queues of places, each made when its first packet has to wait. The queue of packets without a share is elsewhere.
    queues: [Option<Box<ShareQueue>>; QUEUE_SHARES],
}

impl ShareTurns {
    /// The turns of a class in which packets without a share may wait already.
    pub(super) fn beside(unshared: Load) -> Self {
        let mut shares = Self { load: unshared, ..Self::default() };
        if unshared.packets > 0 {
            shares.turns.wake(UNSHARED.into());
        }
        shares
    }

    /// Finds the place of a share, 1 to 4,095, whose packet comes.
    pub(super) fn find(&mut self, share: u16) -> u8 {
        let home = 1 + (usize::from(share) - 1) % (QUEUE_SHARES - 1);
        if self.owners[home] == share {
            return home as u8;
        }
        let mut free = self.turns.is_over(home).then_some(home);
        for place in 1..QUEUE_SHARES {
            if self.owners[place] == share {
                return place as u8;
            }
            free = free.or_else(|| self.turns.is_over(place).then_some(place));
        }
        match free.filter(|_| self.visited & 1 << home == 0) {
            Some(free) => {
                self.owners[free] = share;
                free as u8
            }
            None => {
                self.visited |= 1 << home;
                home as u8
            }
        }
    }

    pub(super) fn queue(&self, share: u8) -> Option<&ShareQueue> {
        self.queues[usize::from(share)].as_deref()
    }

    pub(super) fn queue_mut(&mut self, share: u8) -> &mut ShareQueue {
        self.queues[usize::from(share)].get_or_insert_default()
    }

    /// The place that is next; `None`: no packets wait.
    pub(super) fn next(&self) -> Option<u8> {
        self.turns.next().map(|place| place as u8)
    }

    /// Notes that a packet has come to a place.
    pub(super) fn handle_pushed(&mut self, share: u8, length: usize) {
        self.load += Load::of_packet(length);
        self.turns.wake(share.into());
    }

    /// Notes that a packet has left a place. `is_empty`: it was the last one there.
    pub(super) fn handle_popped(&mut self, share: u8, length: usize, is_empty: bool) {
        self.load -= Load::of_packet(length);
        if is_empty {
            self.visited &= !(1 << share);
            self.turns.sleep(share.into());
        }
    }

    /// Notes that a packet was sent, in its turn.
    pub(super) fn handle_sent(&mut self, share: u8, length: usize) {
        self.turns.handle_sent(share.into(), length as u64);
    }

    /// The place whose size is largest.
    pub(super) fn largest(&self, size_of: impl Fn(u8) -> usize) -> u8 {
        largest_of(QUEUE_SHARES, |place| size_of(place as u8)) as u8
    }
}
