use std::cmp::Reverse;
use std::collections::{BTreeMap, HashMap};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::violation::Violation;
use crate::limits::HIDDEN_OF_PROCESS_MAX;

/// Counts and bounds the bytes that all connections of a process hide. When it is too much, the owner that hides most loses the connection with the
/// most hidden bytes. So an owner that hides less than an equal share of the bound loses none, however many connections others have.
///
/// Clones share the ledger. It is used only when a connection's hidden bytes change, which is seldom.
#[derive(Clone, Debug)]
pub struct ProcessLedger {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    has_told: AtomicBool,
    /// How often connections were told to close.
    told: AtomicU64,
    accounts: Mutex<Accounts>,
    /// Counts in the order of `Violation::ALL`.
    violations: [AtomicU64; Violation::ALL.len()],
}

#[derive(Debug)]
struct Accounts {
    max: u64,
    next_key: u64,
    hidden: u64,
    hidden_by_leaving: u64,
    /// Connections that hide bytes, by their keys.
    hiding: BTreeMap<u64, Hiding>,
    /// Keys of connections that were told to close, until `take_told`.
    told: Vec<u64>,
}

#[derive(Debug)]
struct Hiding {
    hidden: u64,
    owner: Option<Arc<str>>,
    /// Whether the connection was told to close. Until it does, its bytes stay hidden.
    is_leaving: bool,
    is_told: Arc<AtomicBool>,
}

impl Default for ProcessLedger {
    fn default() -> Self {
        Self::with_max(HIDDEN_OF_PROCESS_MAX)
    }
}

impl ProcessLedger {
    /// Makes a ledger with another bound than the usual one.
    #[must_use]
    pub fn with_max(max: u64) -> Self {
        let accounts =
            Accounts { max, next_key: 0, hidden: 0, hidden_by_leaving: 0, hiding: BTreeMap::new(), told: Vec::new() };
        Self {
            shared: Arc::new(Shared {
                has_told: AtomicBool::new(false),
                told: AtomicU64::new(0),
                accounts: Mutex::new(accounts),
                violations: Default::default(),
            }),
        }
    }

    /// Whether `take_told` would return any keys.
    #[must_use]
    pub fn has_told(&self) -> bool {
        self.shared.has_told.load(Ordering::Relaxed)
    }

    /// Takes the keys of connections that have to close because all together hide too much. Each closes at its next call.
    #[must_use]
    pub fn take_told(&self) -> Vec<u64> {
        self.shared.has_told.store(false, Ordering::Relaxed);
        std::mem::take(&mut self.shared.accounts().told)
    }

    /// A number that grows when connections are told to close at their next call, for a caller that does not know their keys and calls them all.
    #[must_use]
    pub fn told_count(&self) -> u64 {
        self.shared.told.load(Ordering::Relaxed)
    }

    /// The numbers of connections that were closed for a violation of their peer, by cause.
    pub fn violations(&self) -> impl Iterator<Item = (Violation, u64)> {
        let counts = self.shared.violations.iter().map(|count| count.load(Ordering::Relaxed));
        Violation::ALL.into_iter().zip(counts)
    }

    /// Bytes that all connections hide.
    #[cfg(test)]
    pub(super) fn hidden(&self) -> u64 {
        self.shared.accounts().hidden
    }

    pub(super) fn open(&self) -> HiddenAccount {
        let mut accounts = self.shared.accounts();
        accounts.next_key += 1;
        let key = accounts.next_key;
        drop(accounts);
        HiddenAccount { ledger: self.clone(), key, hidden: 0, owner: None, is_told: Arc::default() }
    }
}

impl Shared {
    /// Locks the accounts. A panic while the lock is held would only leave wrong sums, so poisoning is ignored.
    fn accounts(&self) -> MutexGuard<'_, Accounts> {
        self.accounts.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The account of one connection's hidden bytes. Dropping it releases them.
#[derive(Debug)]
pub(super) struct HiddenAccount {
    ledger: ProcessLedger,
    key: u64,
    hidden: u64,
    owner: Option<Arc<str>>,
    is_told: Arc<AtomicBool>,
}

impl HiddenAccount {
    pub(super) fn key(&self) -> u64 {
        self.key
    }

    pub(super) fn is_told(&self) -> bool {
        self.is_told.load(Ordering::Relaxed)
    }

    pub(super) fn count(&self, violation: Violation) {
        self.ledger.shared.violations[violation as usize].fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn set_owner(&mut self, owner: Option<Arc<str>>) {
        if let Some(hiding) = self.ledger.shared.accounts().hiding.get_mut(&self.key) {
            hiding.owner.clone_from(&owner);
        }
        self.owner = owner;
    }

    pub(super) fn set_hidden(&mut self, hidden: u64) {
        let before = std::mem::replace(&mut self.hidden, hidden);
        let mut accounts = self.ledger.shared.accounts();
        let hiding = accounts.hiding.entry(self.key).or_insert_with(|| Hiding {
            hidden: 0,
            owner: self.owner.clone(),
            is_leaving: false,
            is_told: self.is_told.clone(),
        });
        hiding.hidden = hidden;
        let is_leaving = hiding.is_leaving;
        if hidden == 0 {
            accounts.hiding.remove(&self.key);
        }
        accounts.hidden = accounts.hidden + hidden - before;
        if is_leaving {
            accounts.hidden_by_leaving = accounts.hidden_by_leaving + hidden - before;
        }
        if hidden > before && accounts.bound() {
            self.ledger.shared.has_told.store(true, Ordering::Relaxed);
            self.ledger.shared.told.fetch_add(1, Ordering::Relaxed);
        }
    }
}

impl Drop for HiddenAccount {
    fn drop(&mut self) {
        if self.hidden > 0 {
            self.set_hidden(0);
        }
    }
}

impl Accounts {
    /// Tells connections to close until the others hide few enough bytes. Connections that were told count as gone, since they are closed within the
    /// turn. Returns whether any was told.
    fn bound(&mut self) -> bool {
        let mut has_told = false;
        while self.hidden - self.hidden_by_leaving > self.max {
            let Some(key) = self.worst() else { break };
            let Some(worst) = self.hiding.get_mut(&key) else { break };
            worst.is_leaving = true;
            worst.is_told.store(true, Ordering::Relaxed);
            self.hidden_by_leaving += worst.hidden;
            self.told.push(key);
            has_told = true;
        }
        has_told
    }

    /// Finds the connection that has to close. Looking at all of them is affordable, as it costs the attacker a connection each time.
    fn worst(&self) -> Option<u64> {
        let staying = || self.hiding.iter().filter(|(_, one)| !one.is_leaving);
        let mut sums: HashMap<Option<&str>, u64> = HashMap::new();
        for (_, one) in staying() {
            *sums.entry(one.owner.as_deref()).or_default() += one.hidden;
        }
        let most = sums.values().max()?;
        let of_worst_owner = staying().filter(|(_, one)| sums.get(&one.owner.as_deref()) == Some(most));
        of_worst_owner.min_by_key(|(_, one)| Reverse(one.hidden)).map(|(key, _)| *key)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const MAX: u64 = 300_000;

    proptest! {
        /// Only the owner that hides most loses a connection, and it is its worst.
        #[test]
        fn all_together_are_bounded(
            owners in prop::collection::vec(0..4_u32, 40),
            steps in prop::collection::vec((0..40_usize, 1..60_u64, any::<bool>()), 100..200),
        ) {
            let ledger = ProcessLedger::with_max(MAX);
            let mut accounts: Vec<_> = owners.iter().map(|_| ledger.open()).collect();
            for (account, owner) in accounts.iter_mut().zip(&owners) {
                account.set_owner((*owner > 0).then(|| owner.to_string().into()));
            }
            let mut leaving = vec![false; accounts.len()];
            for (connection, kilobytes, is_closing) in steps {
                let account = &mut accounts[connection];
                let is_over = leaving[connection] || is_closing;
                account.set_hidden(if is_over { 0 } else { account.hidden + 1_000 * kilobytes });
                for key in ledger.take_told() {
                    let told = accounts.iter().position(|account| account.key() == key).unwrap();
                    prop_assert!(accounts[told].is_told());
                    let sum_of = |owner| -> u64 {
                        let its = (0..accounts.len()).filter(|i| owners[*i] == owner && !leaving[*i]);
                        its.map(|i| accounts[i].hidden).sum()
                    };
                    for i in (0..accounts.len()).filter(|i| !leaving[*i]) {
                        prop_assert!(sum_of(owners[told]) >= sum_of(owners[i]));
                        prop_assert!(owners[i] != owners[told] || accounts[told].hidden >= accounts[i].hidden);
                    }
                    leaving[told] = true;
                }
                prop_assert_eq!(ledger.hidden(), accounts.iter().map(|account| account.hidden).sum::<u64>());
                let staying = accounts.iter().zip(&leaving).filter(|(_, is_leaving)| !**is_leaving);
                prop_assert!(staying.map(|(account, _)| account.hidden).sum::<u64>() <= MAX);
            }
            drop(accounts);
            prop_assert_eq!(ledger.hidden(), 0);
        }
    }

    #[test]
    fn nobody_is_told_for_what_has_gone() {
        let ledger = ProcessLedger::with_max(MAX);
        for _ in 0..10 {
            ledger.open().set_hidden(MAX);
        }
        assert!(!ledger.has_told());
        let mut one = ledger.open();
        one.set_hidden(MAX + 1);
        assert!(ledger.has_told() && one.is_told());
        assert_eq!(ledger.take_told(), [one.key()]);
        assert!(!ledger.has_told());
    }
}
