use std::time::Duration;

/// Counts of one class in the queue of a link. They never fall.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ClassCounts {
    /// Packets that went to the engine, and their bytes.
    pub packets_sent: u64,
    /// See `packets_sent`.
    pub bytes_sent: u64,
    /// Packets that were dropped since there was no room.
    pub dropped_full: u64,
    /// Packets that were dropped since they, or those behind them, had waited for too long.
    pub dropped_late: u64,
    /// How long the packets that were taken out to be sent had waited, added up.
    pub delay: Duration,
}

impl ClassCounts {
    pub(super) fn count_sent(&mut self, length: usize) {
        self.packets_sent += 1;
        self.bytes_sent += length as u64;
    }
}
