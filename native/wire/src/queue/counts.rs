use std::time::Duration;

/// Counts of a class in the queue of a link. They never fall.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ClassCounts {
    /// Packets that went to the engine.
    pub packets_sent: u64,
    /// Bytes of the packets that went to the engine.
    pub bytes_sent: u64,
    /// Packets that were dropped for lack of room.
    pub dropped_full: u64,
    /// Packets that were dropped because the queue's delay was too long.
    pub dropped_late: u64,
    /// The sum of the waiting times of packets that were taken out to be sent.
    pub delay: Duration,
}

impl ClassCounts {
    pub(super) fn count_sent(&mut self, length: usize) {
        self.packets_sent += 1;
        self.bytes_sent += length as u64;
    }
}
