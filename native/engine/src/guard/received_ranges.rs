use std::collections::BTreeMap;

/// The new bytes in a range.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Added {
    /// The number of new bytes.
    pub(super) bytes: u64,
    /// The number of pieces in which they lie.
    pub(super) pieces: u64,
}

/// The received bytes of a stream: all below `front`, and ranges beyond it with a gap before each.
#[derive(Debug, Default)]
pub(super) struct ReceivedRanges {
    front: u64,
    beyond: u64,
    /// The ranges beyond the front, from first byte to end. No two ranges touch.
    ranges: BTreeMap<u64, u64>,
}

impl ReceivedRanges {
    /// The offset below which all bytes have come.
    pub(super) fn front(&self) -> u64 {
        self.front
    }

    /// The number of bytes beyond the front.
    pub(super) fn beyond(&self) -> u64 {
        self.beyond
    }

    /// The number of ranges beyond the front, which is the number of gaps.
    pub(super) fn gaps(&self) -> usize {
        self.ranges.len()
    }

    /// The end of the last range.
    pub(super) fn highest(&self) -> u64 {
        self.ranges.last_key_value().map_or(self.front, |(_, end)| *end)
    }

    /// Adds a range that is not empty.
    pub(super) fn add(&mut self, start: u64, end: u64) -> Added {
        if end <= self.front {
            return Added::default();
        }
        let start = start.max(self.front);
        if self.ranges.is_empty() && start == self.front {
            // Nearly all ranges are the next bytes of a stream without gaps.
            self.front = end;
            return Added { bytes: end - start, pieces: 1 };
        }
        self.insert(start, end)
    }

    /// Notes that all bytes below an offset were read.
    pub(super) fn advance(&mut self, offset: u64) {
        if offset > self.front {
            self.front = offset;
            self.join();
        }
    }

    fn insert(&mut self, start: u64, end: u64) -> Added {
        let before = self.ranges.range(..start).next_back().filter(|(_, to)| **to >= start);
        let mut joined = before.map_or((start, end), |(from, _)| (*from, end));
        let (mut at, mut known, mut pieces) = (start, 0, 0);
        while let Some((&from, &to)) = self.ranges.range(joined.0..=end).next() {
            self.ranges.remove(&from);
            pieces += u64::from(from > at);
            known += end.min(to).saturating_sub(start.max(from));
            at = at.max(to);
            joined.1 = joined.1.max(to);
        }
        pieces += u64::from(at < end);
        let bytes = end - start - known;
        self.ranges.insert(joined.0, joined.1);
        self.beyond += bytes;
        self.join();
        Added { bytes, pieces }
    }

    /// Moves the front over the ranges that touch it.
    fn join(&mut self) {
        while let Some(first) = self.ranges.first_entry().filter(|first| *first.key() <= self.front) {
            let (from, to) = first.remove_entry();
            self.beyond -= to - from;
            self.front = self.front.max(to);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    proptest! {
        /// Compares the ranges with a set of single bytes.
        #[test]
        fn ranges_are_what_a_set_is(steps in prop::collection::vec((0..60_u64, 1..20_u64, any::<bool>()), 0..60)) {
            let (mut ranges, mut model, mut front) = (ReceivedRanges::default(), BTreeSet::new(), 0);
            for (start, length, is_read) in steps {
                if is_read {
                    front = front.max(start);
                    model.extend(0..front);
                    ranges.advance(front);
                } else {
                    let before = model.len() as u64;
                    model.extend(start..start + length);
                    prop_assert_eq!(ranges.add(start, start + length).bytes, model.len() as u64 - before);
                }
                while model.contains(&front) {
                    front += 1;
                }
                prop_assert_eq!(ranges.front(), front);
                prop_assert_eq!(ranges.beyond(), model.range(front..).count() as u64);
                prop_assert_eq!(ranges.highest(), model.last().map_or(front, |last| front.max(last + 1)));
                let gaps = model.range(front..).filter(|at| !model.contains(&(*at - 1))).count();
                prop_assert_eq!(ranges.gaps(), gaps);
            }
        }
    }

    #[test]
    fn a_frame_over_several_gaps_lies_in_as_many_pieces() {
        let mut ranges = ReceivedRanges::default();
        for at in [10, 12, 14] {
            ranges.add(at, at + 1);
        }
        assert_eq!(ranges.add(9, 17), Added { bytes: 5, pieces: 4 });
    }
}
