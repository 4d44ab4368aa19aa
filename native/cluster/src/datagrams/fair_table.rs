use std::cmp::Reverse;
use std::collections::{BTreeSet, HashMap};
use std::hash::Hash;
use std::time::Instant;

/// Flows with their owners. When there are too many, only the owner with the most flows loses one: its most silent.
///
/// Traffic in a flow costs one look-up: the sorted sets keep outdated times, which are corrected when the sets are read.
pub(crate) struct FairTable<Key, Owner, Value> {
    flows: HashMap<Key, Row<Owner, Value>>,
    owners: HashMap<Owner, Owned<Key>>,
    /// Owners by the number of their flows, and then by the last known time of traffic in their most silent flow.
    by_count: BTreeSet<(Reverse<usize>, Instant, Owner)>,
    by_silence: BTreeSet<(Instant, Key)>,
}

struct Row<Owner, Value> {
    owner: Owner,
    value: Value,
    at: Instant,
    /// The times under which `by_silence` and the owner's set have the flow.
    ordered_at: Instant,
    owned_at: Instant,
}

/// The flows of an owner by the last known time of traffic.
struct Owned<Key> {
    flows: BTreeSet<(Instant, Key)>,
    /// The time under which `by_count` has the owner.
    since: Instant,
}

impl<Key, Owner, Value> Default for FairTable<Key, Owner, Value> {
    fn default() -> Self {
        Self { flows: HashMap::new(), owners: HashMap::new(), by_count: BTreeSet::new(), by_silence: BTreeSet::new() }
    }
}

impl<Key, Owner, Value> FairTable<Key, Owner, Value>
where
    Key: Copy + Ord + Hash,
    Owner: Clone + Ord + Hash,
{
    pub(crate) fn len(&self) -> usize {
        self.flows.len()
    }

    pub(crate) fn get(&self, key: &Key) -> Option<&Value> {
        self.flows.get(key).map(|row| &row.value)
    }

    pub(crate) fn get_mut(&mut self, key: &Key) -> Option<&mut Value> {
        self.flows.get_mut(key).map(|row| &mut row.value)
    }

    pub(crate) fn keys(&self) -> impl Iterator<Item = &Key> {
        self.flows.keys()
    }

    /// Notes traffic in a flow.
    pub(crate) fn touch(&mut self, key: &Key, now: Instant) -> Option<&mut Value> {
        let row = self.flows.get_mut(key)?;
        row.at = row.at.max(now);
        Some(&mut row.value)
    }

    /// Adds a flow, whose key the table must not have yet.
    pub(crate) fn insert(&mut self, key: Key, owner: Owner, value: Value, now: Instant) {
        self.change(&owner, now, |flows| _ = flows.insert((now, key)));
        self.by_silence.insert((now, key));
        self.flows.insert(key, Row { owner, value, at: now, ordered_at: now, owned_at: now });
    }

    pub(crate) fn remove(&mut self, key: &Key) -> Option<Value> {
        let Row { owner, value, ordered_at, owned_at, .. } = self.flows.remove(key)?;
        self.by_silence.remove(&(ordered_at, *key));
        self.change(&owner, owned_at, |flows| _ = flows.remove(&(owned_at, *key)));
        Some(value)
    }

    /// The flow that makes room for one more flow of `newcomer`.
    pub(crate) fn victim(&mut self, newcomer: &Owner) -> Option<Key> {
        let own = self.owners.get(newcomer).map_or(0, |owner| owner.flows.len());
        let (Reverse(most), ..) = *self.by_count.first()?;
        // With one more flow, `newcomer` has at least as many as any other owner.
        let owner = if own > 0 && own + 1 >= most { newcomer.clone() } else { self.first_owner()? };
        self.most_silent_of(&owner)
    }

    /// The earliest time since when any flow may have been silent.
    pub(crate) fn silent_since(&self) -> Option<Instant> {
        self.by_silence.first().map(|(at, _)| *at)
    }

    /// A flow without traffic since then.
    pub(crate) fn silent(&mut self, since: Instant) -> Option<Key> {
        loop {
            let (ordered_at, key) = *self.by_silence.first()?;
            if ordered_at > since {
                return None;
            }
            let row = self.flows.get_mut(&key)?;
            if row.at == ordered_at {
                return Some(key);
            }
            row.ordered_at = row.at;
            self.by_silence.pop_first();
            self.by_silence.insert((row.at, key));
        }
    }

    /// The owner with the most flows; among owners with equally many, the one with the most silent flow.
    fn first_owner(&mut self) -> Option<Owner> {
        loop {
            let (_, since, owner) = self.by_count.first()?.clone();
            let key = self.most_silent_of(&owner)?;
            let at = self.flows.get(&key)?.at;
            if at == since {
                return Some(owner);
            }
            self.change(&owner, at, |_| {});
        }
    }

    fn most_silent_of(&mut self, owner: &Owner) -> Option<Key> {
        let Owned { flows, .. } = self.owners.get_mut(owner)?;
        loop {
            let (owned_at, key) = *flows.first()?;
            let row = self.flows.get_mut(&key)?;
            if row.at == owned_at {
                return Some(key);
            }
            row.owned_at = row.at;
            flows.pop_first();
            flows.insert((row.at, key));
        }
    }

    /// Changes the flows of an owner, and updates `by_count`.
    fn change(&mut self, owner: &Owner, now: Instant, change: impl FnOnce(&mut BTreeSet<(Instant, Key)>)) {
        let entry = self.owners.entry(owner.clone()).or_insert_with(|| Owned { flows: BTreeSet::new(), since: now });
        self.by_count.remove(&(Reverse(entry.flows.len()), entry.since, owner.clone()));
        change(&mut entry.flows);
        match entry.flows.first() {
            Some((since, _)) => {
                entry.since = *since;
                self.by_count.insert((Reverse(entry.flows.len()), *since, owner.clone()));
            }
            None => _ = self.owners.remove(owner),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    type Table = FairTable<u32, &'static str, ()>;

    fn table(flows: &[(u32, &'static str, u64)]) -> (Table, impl Fn(u64) -> Instant) {
        let (mut table, start) = (Table::default(), Instant::now());
        let at = move |ms| start + Duration::from_millis(ms);
        for (key, owner, ms) in flows {
            table.insert(*key, owner, (), at(*ms));
        }
        (table, at)
    }

    #[test]
    fn who_has_most_loses_its_most_silent_flow() {
        let (mut table, at) = table(&[(1, "a", 0), (2, "b", 1), (3, "b", 2), (4, "b", 3), (5, "c", 4)]);
        assert_eq!(table.victim(&"c"), Some(2));
        table.touch(&2, at(10));
        assert_eq!(table.victim(&"d"), Some(3));
        table.remove(&3);
        table.remove(&4);
        // Each owner has one flow. A further flow of an owner costs that owner its own flow.
        assert_eq!(table.victim(&"b"), Some(2));
        // A flow of a new owner costs the most silent flow of all.
        assert_eq!(table.victim(&"d"), Some(1));
        table.touch(&1, at(20));
        assert_eq!(table.victim(&"d"), Some(5));
        table.touch(&5, at(30));
        assert_eq!(table.victim(&"d"), Some(2));
    }

    #[test]
    fn the_silent_are_told_in_their_order() {
        let (mut table, at) = table(&[(1, "a", 0), (2, "b", 10), (3, "a", 20)]);
        assert_eq!(table.silent_since(), Some(at(0)));
        table.touch(&1, at(15));
        assert_eq!(table.silent(at(9)), None);
        assert_eq!(table.silent(at(15)), Some(2));
        table.remove(&2);
        assert_eq!(table.silent(at(15)), Some(1));
        table.remove(&1);
        assert_eq!((table.silent(at(15)), table.silent_since()), (None, Some(at(20))));
    }

    /// Compares the table, after random calls, with a plain one that looks at all its flows each time.
    #[test]
    fn it_is_the_same_as_a_look_at_all_flows() {
        const OWNERS: [&str; 5] = ["a", "b", "c", "d", "e"];
        florenetes_fuzz::rounds(20, |_, random| {
            let (mut fair, start) = (Table::default(), Instant::now());
            let mut plain: HashMap<u32, (&'static str, u64)> = HashMap::new();
            for step in 0..400 {
                let (now, key) = (start + Duration::from_millis(step), random.below(24) as u32);
                let owner = OWNERS[random.below(OWNERS.len())];
                match random.below(4) {
                    0 | 1 if !plain.contains_key(&key) => {
                        fair.insert(key, owner, (), now);
                        plain.insert(key, (owner, step));
                    }
                    2 => assert_eq!(fair.remove(&key).is_some(), plain.remove(&key).is_some()),
                    _ => {
                        assert_eq!(fair.touch(&key, now).is_some(), plain.contains_key(&key));
                        plain.entry(key).and_modify(|flow| flow.1 = step);
                    }
                }
                let count = |owner: &str| plain.values().filter(|flow| flow.0 == owner).count();
                let most = plain.values().map(|flow| count(flow.0)).max().unwrap_or(0);
                let loses = |of: &str| match count(owner) > 0 && count(owner) + 1 >= most {
                    true => of == owner,
                    false => count(of) == most,
                };
                let losers = plain.iter().filter(|(_, flow)| loses(flow.0));
                assert_eq!(fair.victim(&owner), losers.min_by_key(|(_, flow)| flow.1).map(|(key, _)| *key));
                let silent = plain.iter().min_by_key(|(_, flow)| flow.1).map(|(key, _)| *key);
                assert_eq!(fair.silent(now), silent);
                assert_eq!(fair.len(), plain.len());
                assert!(fair.by_silence.len() == plain.len() && fair.by_count.len() == fair.owners.len());
            }
        });
    }
}
