use std::collections::HashMap;
use std::time::{Duration, Instant};

/// How long workloads wait at most, by their accounts: for a connection, and for a sign of its far end.
pub(crate) struct ConnectWaits {
    /// The wait of accounts that have none of their own. Whoever does not wait has so long, too, where nothing is known against the first attempt.
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

    /// Whether workloads of the account are turned away at once where it is known that nobody is reached.
    pub(crate) fn is_none(&self, account: u32) -> bool {
        self.of(account).is_zero()
    }

    /// Until when one waits that finds no connection.
    pub(crate) fn end(&self, account: u32, deadline: Instant, now: Instant) -> Instant {
        if self.is_none(account) { now + self.usual } else { deadline }
    }
}
