use std::collections::BTreeMap;

/// The streams of one kind that may still begin, by their numbers within the kind: all above the highest seen, and the ones that were passed over.
#[derive(Debug, Default)]
pub(super) struct UnseenStreams {
    next: u64,
    /// Ranges of passed over numbers, from first to end.
    skipped: BTreeMap<u64, u64>,
    passed_over: u64,
}

impl UnseenStreams {
    /// The number of passed over streams that have not begun. The library keeps room for each.
    pub(super) fn passed_over(&self) -> u64 {
        self.passed_over
    }

    /// Notes a stream. True: it is seen for the first time.
    pub(super) fn take(&mut self, number: u64) -> bool {
        if number >= self.next {
            if number > self.next {
                self.skipped.insert(self.next, number);
                self.passed_over += number - self.next;
            }
            self.next = number + 1;
            return true;
        }
        let Some((&first, &end)) = self.skipped.range(..=number).next_back().filter(|(_, end)| number < **end) else {
            return false;
        };
        self.skipped.remove(&first);
        if first < number {
            self.skipped.insert(first, number);
        }
        if number + 1 < end {
            self.skipped.insert(number + 1, end);
        }
        self.passed_over -= 1;
        true
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn each_stream_is_new_once(numbers in prop::collection::vec(0..80_u64, 0..100)) {
            let (mut unseen, mut seen) = (UnseenStreams::default(), BTreeSet::new());
            for number in numbers {
                prop_assert_eq!(unseen.take(number), seen.insert(number));
                let below = seen.last().map_or(0, |last| last + 1);
                prop_assert_eq!(unseen.passed_over(), below - seen.len() as u64);
            }
        }
    }
}
