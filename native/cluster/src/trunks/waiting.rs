use std::collections::{BTreeSet, HashMap, HashSet, VecDeque};
use std::time::Instant;

use crate::deadlines::Deadlines;

/// Workloads that wait for connections of trunks. A turn costs what has changed in it, however many trunks there are.
pub(crate) struct Waiting<Waiter> {
    /// Waiters of each trunk, and until when they wait, the first due first. A trunk that no workload waits for has no queue.
    queues: HashMap<u32, VecDeque<(Instant, Waiter)>>,
    /// When the first of each trunk has waited for long enough.
    deadlines: Deadlines,
    /// Trunks of which the owner knows that somebody waits.
    told: HashSet<u32>,
    /// Trunks of which there may be news.
    changed: BTreeSet<u32>,
}

impl<Waiter> Default for Waiting<Waiter> {
    fn default() -> Self {
        Self { queues: HashMap::new(), deadlines: Deadlines::default(), told: HashSet::new(), changed: BTreeSet::new() }
    }
}

impl<Waiter> Waiting<Waiter> {
    /// How many wait for a trunk.
    pub(crate) fn count(&self, trunk: u32) -> usize {
        self.queues.get(&trunk).map_or(0, VecDeque::len)
    }

    /// Waiters are served in the order in which their times end.
    pub(crate) fn insert(&mut self, trunk: u32, until: Instant, waiter: Waiter) {
        self.change(trunk, |queue| {
            let place = queue.partition_point(|(other, _)| *other <= until);
            queue.insert(place, (until, waiter));
        });
    }

    /// All that wait for a trunk, of whom the giver of an order knows that they do no more.
    pub(crate) fn take_all(&mut self, trunk: u32) -> VecDeque<(Instant, Waiter)> {
        self.told.remove(&trunk);
        self.take_untold(trunk)
    }

    /// All that wait for a trunk, of which the owner is to hear.
    pub(crate) fn take_untold(&mut self, trunk: u32) -> VecDeque<(Instant, Waiter)> {
        self.change(trunk, std::mem::take)
    }

    /// Takes the waiters of a trunk that are meant, of whom the owner is to hear.
    pub(crate) fn take_those(&mut self, trunk: u32, is_meant: impl Fn(&Waiter) -> bool) -> VecDeque<(Instant, Waiter)> {
        self.change(trunk, |queue| {
            let (taken, left) = std::mem::take(queue).into_iter().partition(|(_, waiter)| is_meant(waiter));
            *queue = left;
            taken
        })
    }

    /// Takes a waiter who has waited for long enough.
    pub(crate) fn take_overdue(&mut self, now: Instant) -> Option<Waiter> {
        let trunk = self.deadlines.take_due(now)?;
        self.change(trunk, VecDeque::pop_front).map(|(_, waiter)| waiter)
    }

    pub(crate) fn next_timeout(&self) -> Option<Instant> {
        self.deadlines.next_timeout()
    }

    /// Trunks for which somebody waits and nobody did when this was told last, and the other way round (false).
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

    /// Somebody waits for each of many trunks, as the owner knows.
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
        assert_eq!(waiting.take_overdue(start), Some(0));
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
        assert_eq!(waiting.take_overdue(start), Some(0));
        assert_eq!(waiting.take_overdue(start), Some(50));
    }
}
