use super::piece_costs::PieceCosts;
use super::received_ranges::ReceivedRanges;
use crate::limits::{HIDDEN_STREAM_COST, PIECE_COST, SMALL_PIECE};

/// Counts the memory that a stream hides from its application: bytes beyond gaps, and the cost of small pieces beside their bytes. The library keeps
/// each frame until all of it is read.
#[derive(Debug, Default)]
pub(super) struct StreamLedger {
    ranges: ReceivedRanges,
    read: u64,
    has_begun: bool,
    /// The cost of pieces beyond a gap, and of pieces that can be read.
    costs_beyond: PieceCosts,
    costs_in_order: PieceCosts,
}

impl StreamLedger {
    /// A stream of our own, which the application knows before the peer sends any byte.
    pub(super) fn own() -> Self {
        Self { has_begun: true, ..Self::default() }
    }

    pub(super) fn hidden(&self) -> u64 {
        let beginning = if self.has_begun { 0 } else { HIDDEN_STREAM_COST };
        self.ranges.beyond() + self.costs_beyond.sum() + self.costs_in_order.sum() + beginning
    }

    /// The part of `hidden` that only waits for the application: the cost of small pieces in order.
    pub(super) fn unread(&self) -> u64 {
        self.costs_in_order.sum()
    }

    pub(super) fn gaps(&self) -> usize {
        self.ranges.gaps()
    }

    /// Handles a STREAM frame. Returns whether any byte of it is new.
    pub(super) fn handle_frame(&mut self, offset: u64, length: u64) -> bool {
        self.has_begun |= offset == 0;
        if length == 0 {
            return true;
        }
        let end = offset + length;
        let added = self.ranges.add(offset, end);
        self.handle_front();
        // A frame is kept whole, even if only a few of its bytes are new. If most are, and they are not few, the rest costs nothing.
        if added.bytes > 0 && (added.bytes < SMALL_PIECE || 2 * added.bytes < length) {
            let costs = if end <= self.ranges.front() { &mut self.costs_in_order } else { &mut self.costs_beyond };
            costs.add(end, PIECE_COST * added.pieces + length - added.bytes);
        }
        added.bytes > 0
    }

    pub(super) fn handle_read(&mut self, length: u64) {
        self.has_begun = true;
        self.read += length;
        self.ranges.advance(self.read);
        self.handle_front();
        let end = if self.read >= self.ranges.highest() { u64::MAX } else { self.read };
        self.costs_in_order.release(end, |_, _| {});
    }

    /// Moves the costs of pieces that the front has passed from `costs_beyond` to `costs_in_order`.
    fn handle_front(&mut self) {
        if self.costs_beyond.sum() > 0 {
            let end = if self.ranges.gaps() == 0 { u64::MAX } else { self.ranges.front() };
            self.costs_beyond.release(end, |bucket, cost| self.costs_in_order.put(bucket, cost));
        }
    }
}
