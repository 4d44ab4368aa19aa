use std::collections::HashMap;
use std::time::{Duration, Instant};

/// How long the workloads of each account wait at most: for a connection, and for a sign of its far end.
pub(crate) struct ConnectWaits {
    /// The wait of accounts without a wait of their own. Workloads of accounts that do not wait get it too, as long as the first attempt has not
    /// failed.
    usual: Duration,
    by_account: HashMap<u32, Duration>,
}

impl ConnectWaits {
    pub(crate) fn new(usual: Duration) -> Self {
        Self { usual, by_account: HashMap::new() }
    }

    pub(crate) fn set(&mut self, account: u32, wait: Duration) {
        self.by_account.insert(account, wait);
    }

    pub(crate) fn forget(&mut self, account: u32) {
        self.by_account.remove(&account);
    }

    pub(crate) fn of(&self, account: u32) -> Duration {
        self.by_account.get(&account).copied().unwrap_or(self.usual)
    }

    /// Whether workloads of the account are turned away at once while the far end is known to be unreachable.
    pub(crate) fn is_none(&self, account: u32) -> bool {
        self.of(account).is_zero()
    }

    /// Until when a workload waits that finds no connection.
    pub(crate) fn end(&self, account: u32, deadline: Instant, now: Instant) -> Instant {
        if self.is_none(account) { now + self.usual } else { deadline }
    }
}
