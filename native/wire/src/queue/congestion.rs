use super::load::Load;
use crate::limits::{
    CONGESTED_AT_BYTES, CONGESTED_AT_DELAY, CONGESTED_AT_PACKETS, QUEUE_TARGET, RELIEVED_AT_BYTES, RELIEVED_AT_PACKETS,
};
use std::time::Duration;

/// Whether sources of the vertex itself should hold back in a class, by their waiting packets of the class. The thresholds for on and off differ, so
/// that the state does not flutter. The class may hold at most one part in `part` of the queue.
#[derive(Default)]
pub(super) struct Congestion {
    load: Load,
    is_on: bool,
}

impl Congestion {
    pub(super) fn is_on(&self) -> bool {
        self.is_on
    }

    /// Notes a new packet. `delay` is how long the packet at the head has waited.
    pub(super) fn handle_pushed(&mut self, load: Load, delay: Duration, part: usize) {
        self.load += load;
        let Load { packets, bytes } = self.load;
        let is_long = packets >= CONGESTED_AT_PACKETS / part || bytes >= CONGESTED_AT_BYTES / part;
        self.is_on |= is_long || delay >= CONGESTED_AT_DELAY;
    }

    /// Notes a packet that has left the queue, sent or dropped, after a wait of `delay`.
    pub(super) fn handle_left(&mut self, load: Load, delay: Duration, part: usize) {
        self.load -= load;
        let Load { packets, bytes } = self.load;
        let is_short = packets <= RELIEVED_AT_PACKETS / part && bytes <= RELIEVED_AT_BYTES / part;
        self.is_on &= packets > 0 && !(is_short && delay < QUEUE_TARGET);
    }
}
