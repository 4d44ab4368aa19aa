use std::collections::{BTreeSet, HashMap};
use std::time::Instant;

/// Deadlines of numbered things. The due ones are found without a look at the others.
#[derive(Default)]
pub(crate) struct Deadlines {
    at: HashMap<u32, Instant>,
    in_order: BTreeSet<(Instant, u32)>,
}

impl Deadlines {
    /// Sets the deadline of a number. None: it has no deadline.
    pub(crate) fn set(&mut self, number: u32, at: Option<Instant>) {
        let before = match at {
            Some(at) => self.at.insert(number, at),
            None => self.at.remove(&number),
        };
        if before != at {
            before.inspect(|before| _ = self.in_order.remove(&(*before, number)));
            self.in_order.extend(at.map(|at| (at, number)));
        }
    }

    /// Whether the number has a deadline.
    pub(crate) fn has(&self, number: u32) -> bool {
        self.at.contains_key(&number)
    }

    pub(crate) fn next_timeout(&self) -> Option<Instant> {
        self.in_order.first().map(|(at, _)| *at)
    }

    /// Returns a number whose deadline has come, and removes that deadline.
    pub(crate) fn take_due(&mut self, now: Instant) -> Option<u32> {
        let (_, number) = self.in_order.first().copied().filter(|(at, _)| *at <= now)?;
        self.set(number, None);
        Some(number)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn they_come_in_their_order_and_once() {
        let (mut deadlines, start) = (Deadlines::default(), Instant::now());
        let at = |ms| start + Duration::from_millis(ms);
        for (number, ms) in [(1, 30), (2, 10), (3, 20), (2, 40), (4, 10)] {
            deadlines.set(number, Some(at(ms)));
        }
        deadlines.set(4, None);
        assert_eq!([1, 2, 3, 4].map(|number| deadlines.has(number)), [true, true, true, false]);
        assert_eq!(deadlines.next_timeout(), Some(at(20)));
        assert_eq!(deadlines.take_due(at(19)), None);
        let due: Vec<_> = std::iter::from_fn(|| deadlines.take_due(at(30))).collect();
        assert_eq!((due, deadlines.next_timeout()), (vec![3, 1], Some(at(40))));
        assert_eq!((deadlines.take_due(at(40)), deadlines.next_timeout()), (Some(2), None));
        assert!(deadlines.at.is_empty());
    }
}
