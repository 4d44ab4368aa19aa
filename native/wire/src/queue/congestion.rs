use super::load::Load;
use crate::limits::{
    CONGESTED_AT_BYTES, CONGESTED_AT_DELAY, CONGESTED_AT_PACKETS, QUEUE_TARGET, RELIEVED_AT_BYTES, RELIEVED_AT_PACKETS,
};
use std::time::Duration;

/// Whether sources of the vertex itself should hold back in one class, by what waits of theirs in it. It goes off later than it goes on, so
/// that it does not flutter. One part in `part` of the queue is the most that the class holds.
#[derive(Default)]
pub(super) struct Congestion {
    load: Load,
    is_on: bool,
}

impl Congestion {
    pub(super) fn is_on(&self) -> bool {
        self.is_on
    }

    /// A packet has come, behind one that has waited for so long.
    pub(super) fn handle_pushed(&mut self, load: Load, delay: Duration, part: usize) {
        self.load += load;
        let Load { packets, bytes } = self.load;
        let is_long = packets >= CONGESTED_AT_PACKETS / part || bytes >= CONGESTED_AT_BYTES / part;
        self.is_on |= is_long || delay >= CONGESTED_AT_DELAY;
    }

    /// A packet has left that has waited for so long, to be sent or not.
    pub(super) fn handle_left(&mut self, load: Load, delay: Duration, part: usize) {
        self.load -= load;
        let Load { packets, bytes } = self.load;
        let is_short = packets <= RELIEVED_AT_PACKETS / part && bytes <= RELIEVED_AT_BYTES / part;
        self.is_on &= packets > 0 && !(is_short && delay < QUEUE_TARGET);
    }
}
