use std::collections::{BTreeSet, HashMap, HashSet, VecDeque};
use std::time::Instant;

use crate::deadlines::Deadlines;

/// Workloads that wait for connections of trunks. The cost of a turn depends on what has changed in it, and not on the number of trunks.
pub(crate) struct Waiting<Waiter> {
    /// The waiters of each trunk with the ends of their waits, the first to end first. A trunk without waiters has no queue.
    queues: HashMap<u32, VecDeque<(Instant, Waiter)>>,
    /// When the wait of each trunk's first waiter ends.
    deadlines: Deadlines,
    /// Trunks of which the owner knows that they have waiters.
    told: HashSet<u32>,
    /// Trunks of which there may be news for the owner.
    changed: BTreeSet<u32>,
}

impl<Waiter> Default for Waiting<Waiter> {
    fn default() -> Self {
        Self { queues: HashMap::new(), deadlines: Deadlines::default(), told: HashSet::new(), changed: BTreeSet::new() }
    }
}

impl<Waiter> Waiting<Waiter> {
    /// The number of a trunk's waiters.
    pub(crate) fn count(&self, trunk: u32) -> usize {
        self.queues.get(&trunk).map_or(0, VecDeque::len)
    }

    /// Adds a waiter. Waiters are served in the order in which their waits end.
    pub(crate) fn insert(&mut self, trunk: u32, until: Instant, waiter: Waiter) {
        self.change(trunk, |queue| {
            let place = queue.partition_point(|(other, _)| *other <= until);
            queue.insert(place, (until, waiter));
        });
    }

    /// Takes all waiters of a trunk by an order of the owner, which need not hear that nobody waits any more.
    pub(crate) fn take_all(&mut self, trunk: u32) -> VecDeque<(Instant, Waiter)> {
        self.told.remove(&trunk);
        self.take_untold(trunk)
    }

    /// Takes all waiters of a trunk. The owner is to hear that nobody waits any more.
    pub(crate) fn take_untold(&mut self, trunk: u32) -> VecDeque<(Instant, Waiter)> {
        self.change(trunk, std::mem::take)
    }

    /// Takes the waiters of a trunk for which `is_meant` is true. The owner is to hear if nobody waits any more.
    pub(crate) fn take_those(&mut self, trunk: u32, is_meant: impl Fn(&Waiter) -> bool) -> VecDeque<(Instant, Waiter)> {
        self.change(trunk, |queue| {
            let (taken, left) = std::mem::take(queue).into_iter().partition(|(_, waiter)| is_meant(waiter));
            *queue = left;
            taken
        })
    }

    /// Takes the first waiter of a trunk. The owner is to hear if nobody waits any more.
    pub(crate) fn take_first(&mut self, trunk: u32) -> Option<Waiter> {
        self.change(trunk, VecDeque::pop_front).map(|(_, waiter)| waiter)
    }

    /// Takes a waiter whose wait has ended, and the number of its trunk.
    pub(crate) fn take_overdue(&mut self, now: Instant) -> Option<(u32, Waiter)> {
        let trunk = self.deadlines.take_due(now)?;
        self.take_first(trunk).map(|waiter| (trunk, waiter))
    }

    pub(crate) fn next_timeout(&self) -> Option<Instant> {
        self.deadlines.next_timeout()
    }

    /// News for the owner: trunks that have got waiters since it was last told (true), and trunks that have none any more (false).
    pub(crate) fn take_news(&mut self) -> impl Iterator<Item = (u32, bool)> {
        let Self { queues, told, changed, .. } = self;
        std::mem::take(changed).into_iter().filter_map(|trunk| {
            let is_any = queues.contains_key(&trunk);
            let is_news = if is_any { told.insert(trunk) } else { told.remove(&trunk) };
            is_news.then_some((trunk, is_any))
        })
    }

    fn change<T>(&mut self, trunk: u32, change: impl FnOnce(&mut VecDeque<(Instant, Waiter)>) -> T) -> T {
        let queue = self.queues.entry(trunk).or_default();
        let result = change(queue);
        self.deadlines.set(trunk, queue.front().map(|(until, _)| *until));
        if queue.is_empty() {
            self.queues.remove(&trunk);
        }
        self.changed.insert(trunk);
        result
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    const TRUNKS: u32 = 10_000;

    fn news(waiting: &mut Waiting<u32>) -> Vec<(u32, bool)> {
        waiting.take_news().collect()
    }

    /// Many trunks with a waiter each; the owner has been told of all of them.
    fn many(start: Instant) -> Waiting<u32> {
        let mut waiting = Waiting::default();
        for trunk in 0..TRUNKS {
            waiting.insert(trunk, start + Duration::from_millis(trunk.into()), trunk);
        }
        assert_eq!(news(&mut waiting).len(), TRUNKS as usize);
        waiting
    }

    #[test]
    fn a_turn_looks_at_the_trunks_that_have_changed_and_at_no_others() {
        let start = Instant::now();
        let mut waiting = many(start);
        assert!(waiting.changed.is_empty());
        waiting.insert(7, start + Duration::from_secs(20), 70);
        assert_eq!((waiting.changed.len(), news(&mut waiting)), (1, vec![]), "it is no news that one more waits");
        assert_eq!(waiting.next_timeout(), Some(start));
        assert_eq!(waiting.take_overdue(start), Some((0, 0)));
        assert_eq!(waiting.take_overdue(start), None);
        assert_eq!((waiting.changed.len(), news(&mut waiting)), (1, vec![(0, false)]));
        assert_eq!(waiting.next_timeout(), Some(start + Duration::from_millis(1)));
    }

    #[test]
    fn the_owner_hears_that_nobody_waits_any_more_without_an_order_of_his() {
        let start = Instant::now();
        let mut waiting = many(start);
        assert_eq!(waiting.take_untold(5).len(), 1);
        assert_eq!(news(&mut waiting), [(5, false)]);
    }

    #[test]
    fn the_giver_of_an_order_is_told_again_of_those_who_wait_all_the_same() {
        let start = Instant::now();
        let mut waiting = many(start);
        let taken = waiting.take_all(5);
        assert_eq!(news(&mut waiting), [], "he knows that nobody waits");
        let _ = waiting.take_all(6);
        for (until, waiter) in taken {
            waiting.insert(5, until, waiter);
        }
        waiting.insert(5, start, 50);
        assert_eq!(news(&mut waiting), [(5, true)]);
        assert_eq!((waiting.count(5), waiting.count(6)), (2, 0));
        assert_eq!(waiting.take_overdue(start), Some((0, 0)));
        assert_eq!(waiting.take_overdue(start), Some((5, 50)));
    }
}
