use florenetes_engine::ProcessLedger;

/// The look of a thread at the ledger of its process, which may tell connections to go that are silent: whatever they hide is kept until
/// somebody calls them.
pub(crate) struct LedgerWatch {
    ledger: ProcessLedger,
    seen: u64,
}

impl LedgerWatch {
    pub(crate) fn new(ledger: ProcessLedger) -> Self {
        Self { ledger, seen: 0 }
    }

    /// Whether any connection of the process was told to go since this was asked last.
    pub(crate) fn take_told(&mut self) -> bool {
        let told = self.ledger.told_count();
        std::mem::replace(&mut self.seen, told) != told
    }
}
