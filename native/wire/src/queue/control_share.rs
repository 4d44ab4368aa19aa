use crate::limits::{CONTROL_BURST, CONTROL_PART};

/// How much control of one in-link goes ahead of everything else that came by it: a part of what the queue sends of that in-link, and some at
/// once. What is more is as all other packets, so that nobody behind a neighbour who marks everything as control gains by it.
#[derive(Default)]
pub(super) struct ControlShare {
    /// Bytes of the in-link that the queue has sent.
    sent: u64,
    /// The whole burst may be sent again once so much is earned.
    due: u64,
}

impl ControlShare {
    /// Whether a packet of control that has come may go ahead; it is counted.
    pub(super) fn take(&mut self, length: usize) -> bool {
        let earned = self.sent / CONTROL_PART;
        let next = self.due.max(earned) + length as u64;
        let is_within = next - earned <= CONTROL_BURST as u64;
        if is_within {
            self.due = next;
        }
        is_within
    }

    pub(super) fn handle_sent(&mut self, length: usize) {
        self.sent += length as u64;
    }
}
