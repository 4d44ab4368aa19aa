use std::collections::HashMap;

use crate::limits::{MESSAGES_BYTES_MAX, MESSAGES_WAITING_MAX, STRANGERS_BYTES_MAX, STRANGERS_WAITING_MAX};

/// One cluster's part of a queue of events. Strangers and a partner fill that part only, between two times that the owner empties the
/// queue: other clusters have theirs.
#[derive(Default)]
pub struct Share {
    /// The counts are of this batch.
    batch: u64,
    strangers: Load,
    /// The part of each group in that: there are no more groups than places.
    groups: HashMap<u32, Load>,
    messages: Load,
}

#[derive(Clone, Copy, Default)]
struct Load {
    count: usize,
    bytes: usize,
}

impl Share {
    /// Whether one more packet of a stranger's may be told in this batch. None: nothing is known of where it came from.
    ///
    /// The law of `FairShare` (packages/fair-share): what is taken in all, and what its group has taken, are less than there is. So one
    /// group alone gets half, and who comes from one that has taken nothing finds room.
    pub(crate) fn take_stranger(&mut self, batch: u64, group: Option<u32>, size: usize) -> bool {
        self.begin(batch);
        let of_group = group.and_then(|group| self.groups.get(&group)).copied().unwrap_or_default();
        let has_room = self.strangers.and(of_group).has_room(size, STRANGERS_WAITING_MAX, STRANGERS_BYTES_MAX);
        if has_room {
            self.strangers.add(size);
            if let Some(group) = group {
                self.groups.entry(group).or_default().add(size);
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

    #[test]
    fn a_group_that_floods_leaves_room_for_the_others() {
        let mut share = Share::default();
        let mut told = |group| (0..5_000).filter(|_| share.take_stranger(0, group, 100)).count();
        assert_eq!(told(Some(7)), STRANGERS_WAITING_MAX / 2);
        assert_eq!(told(Some(8)), STRANGERS_WAITING_MAX / 4);
        assert_eq!(told(Some(9)), STRANGERS_WAITING_MAX / 8);
        assert_eq!([7, 8].map(|group| told(Some(group))), [0, 0]);
        assert_eq!(told(None), STRANGERS_WAITING_MAX / 8, "who is of no group gets what is left");
    }

    #[test]
    fn a_group_that_floods_with_bytes_leaves_room_for_the_others() {
        let mut share = Share::default();
        let mut told = |group| (0..5_000).filter(|_| share.take_stranger(0, Some(group), 16_000)).count();
        let all = STRANGERS_BYTES_MAX / 16_000;
        let first = told(7);
        assert!(first.abs_diff(all / 2) <= 1, "{first} of {all}");
        assert!(told(8) >= all / 4 - 1);
    }
}
