use crate::limits::{CONTROL_BURST, CONTROL_PART};

/// The share of an in-link's control packets that goes ahead of its other packets: a part of the bytes sent for the in-link, and a burst. Further
/// control packets are treated like others, so that a sender gains nothing by marking everything as control.
#[derive(Default)]
pub(super) struct ControlShare {
    /// Bytes that the queue has sent for the in-link.
    sent: u64,
    /// Once the earned bytes reach this, the whole burst may be sent again.
    due: u64,
}

impl ControlShare {
    /// Counts a control packet that has come. True: it may go ahead.
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
