use std::collections::HashMap;

use crate::limits::{MESSAGES_BYTES_MAX, MESSAGES_WAITING_MAX, STRANGERS_BYTES_MAX, STRANGERS_WAITING_MAX};

/// A cluster's part of a queue of events. Strangers and a partner fill that part only, between two times that the owner empties the
/// queue: other clusters have theirs.
#[derive(Default)]
pub struct Share {
    /// The counts are of this batch.
    batch: u64,
    strangers: Load,
    /// The part of each group in that, and of each kind within it: there are no more of both than places.
    groups: HashMap<u32, Load>,
    kinds: HashMap<Origin, Load>,
    messages: Load,
}

/// The origin of a stranger's packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Origin {
    /// The link that it came over.
    pub group: u32,
    /// Its purpose, within that: a number for each label that leads to this vertex.
    pub kind: u32,
}

#[derive(Clone, Copy, Default)]
struct Load {
    count: usize,
    bytes: usize,
}

impl Share {
    /// Whether one more packet of a stranger's may be told in this batch. None: nothing is known of where it came from.
    ///
    /// The law of `FairShare` (packages/scheduling): what is taken in all, and what its group and its kind within that have taken, are less
    /// than there is. So one kind of one group alone gets a third, and who comes with another one, or from another group, finds room.
    pub(crate) fn take_stranger(&mut self, batch: u64, origin: Option<Origin>, size: usize) -> bool {
        self.begin(batch);
        let of_group = origin.and_then(|origin| self.groups.get(&origin.group)).copied().unwrap_or_default();
        let of_kind = origin.and_then(|origin| self.kinds.get(&origin)).copied().unwrap_or_default();
        let taken = self.strangers.and(of_group).and(of_kind);
        let has_room = taken.has_room(size, STRANGERS_WAITING_MAX, STRANGERS_BYTES_MAX);
        if has_room {
            self.strangers.add(size);
            if let Some(origin) = origin {
                self.groups.entry(origin.group).or_default().add(size);
                self.kinds.entry(origin).or_default().add(size);
            }
        }
        has_room
    }

    /// Whether one more message may be told in this batch.
    pub(crate) fn take_message(&mut self, batch: u64, size: usize) -> bool {
        self.begin(batch);
        let has_room = self.messages.has_room(size, MESSAGES_WAITING_MAX, MESSAGES_BYTES_MAX);
        if has_room {
            self.messages.add(size);
        }
        has_room
    }

    fn begin(&mut self, batch: u64) {
        if self.batch != batch {
            *self = Self { batch, ..Self::default() };
        }
    }
}

impl Load {
    fn and(self, other: Self) -> Self {
        Self { count: self.count + other.count, bytes: self.bytes + other.bytes }
    }

    fn has_room(self, size: usize, count_max: usize, bytes_max: usize) -> bool {
        self.count < count_max && self.bytes + size <= bytes_max
    }

    fn add(&mut self, size: usize) {
        self.count += 1;
        self.bytes += size;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn so_many_bytes_in_a_batch() {
        let mut share = Share::default();
        for batch in [0, 1, 7] {
            let strangers = (0..5_000).filter(|_| share.take_stranger(batch, None, 16_000)).count();
            let messages = (0..5_000).filter(|_| share.take_message(batch, 65_000)).count();
            assert_eq!([strangers, messages], [STRANGERS_BYTES_MAX / 16_000, MESSAGES_BYTES_MAX / 65_000]);
        }
    }

    /// How many packets of a group and a kind are told, of more than fit.
    fn told(share: &mut Share, group: u32, kind: u32, size: usize) -> usize {
        (0..5_000).filter(|_| share.take_stranger(0, Some(Origin { group, kind }), size)).count()
    }

    #[test]
    fn a_group_that_floods_leaves_room_for_the_others() {
        let mut share = Share::default();
        let first = told(&mut share, 7, 0, 100);
        assert_eq!(first, STRANGERS_WAITING_MAX.div_ceil(3));
        let left = STRANGERS_WAITING_MAX - first;
        assert_eq!(told(&mut share, 8, 0, 100), left.div_ceil(3));
        assert_eq!([7, 8].map(|group| told(&mut share, group, 0, 100)), [0, 0]);
        let rest = (0..5_000).filter(|_| share.take_stranger(0, None, 100)).count();
        assert_eq!(rest, left - left.div_ceil(3), "who is of no group gets what is left");
    }

    #[test]
    fn a_kind_that_floods_leaves_room_for_the_others_of_its_group() {
        let mut share = Share::default();
        let first = told(&mut share, 7, 0, 100);
        let second = told(&mut share, 7, 1, 100);
        assert!(second >= STRANGERS_WAITING_MAX / 10, "{second} beside {first}");
        // However many kinds a group floods with, it has no more than half.
        let all = first + second + (2..2_000).map(|kind| told(&mut share, 7, kind, 100)).sum::<usize>();
        assert_eq!(all, STRANGERS_WAITING_MAX / 2);
        assert!(told(&mut share, 8, 0, 100) >= STRANGERS_WAITING_MAX / 6);
    }

    #[test]
    fn a_group_that_floods_with_bytes_leaves_room_for_the_others() {
        let mut share = Share::default();
        let all = STRANGERS_BYTES_MAX / 16_000;
        let first = told(&mut share, 7, 0, 16_000);
        assert!(first.abs_diff(all / 3) <= 1, "{first} of {all}");
        assert!(told(&mut share, 8, 0, 16_000) >= all / 5);
    }
}
