use super::load::Load;
use crate::limits::{
    CONGESTED_AT_BYTES, CONGESTED_AT_DELAY, CONGESTED_AT_PACKETS, QUEUE_TARGET, RELIEVED_AT_BYTES, RELIEVED_AT_PACKETS,
};
use std::time::Duration;

/// Whether sources of the vertex itself should hold back, by what waits of theirs. It goes off later than it goes on, so that it does not
/// flutter.
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
    pub(super) fn handle_pushed(&mut self, load: Load, delay: Duration) {
        self.load += load;
        let Load { packets, bytes } = self.load;
        self.is_on |= packets >= CONGESTED_AT_PACKETS || bytes >= CONGESTED_AT_BYTES || delay >= CONGESTED_AT_DELAY;
    }

    /// A packet has left that has waited for so long, to be sent or not.
    pub(super) fn handle_left(&mut self, load: Load, delay: Duration) {
        self.load -= load;
        let Load { packets, bytes } = self.load;
        let is_short = packets <= RELIEVED_AT_PACKETS && bytes <= RELIEVED_AT_BYTES;
        self.is_on &= packets > 0 && !(is_short && delay < QUEUE_TARGET);
    }
}
