use florenetes_engine::ProcessLedger;

/// Watches the process's ledger, which may tell even silent connections to end. Such a connection keeps its hidden memory until it is called.
pub(crate) struct LedgerWatch {
    ledger: ProcessLedger,
    seen: u64,
}

impl LedgerWatch {
    pub(crate) fn new(ledger: ProcessLedger) -> Self {
        Self { ledger, seen: 0 }
    }

    /// Whether any connection of the process was told to end since the last call.
    pub(crate) fn take_told(&mut self) -> bool {
        let told = self.ledger.told_count();
        std::mem::replace(&mut self.seen, told) != told
    }
}
