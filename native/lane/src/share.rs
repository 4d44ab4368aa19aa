use crate::limits::{MESSAGES_BYTES_MAX, MESSAGES_WAITING_MAX, STRANGERS_BYTES_MAX, STRANGERS_WAITING_MAX};

/// One cluster's part of a queue of events. Strangers and a partner fill that part only, between two times that the owner empties the
/// queue: other clusters have theirs.
#[derive(Default)]
pub struct Share {
    /// The counts are of this batch.
    batch: u64,
    strangers: Load,
    messages: Load,
}

#[derive(Default)]
struct Load {
    count: usize,
    bytes: usize,
}

impl Share {
    /// Whether one more packet of a stranger's may be told in this batch.
    pub(crate) fn take_stranger(&mut self, batch: u64, size: usize) -> bool {
        self.begin(batch);
        self.strangers.take(size, STRANGERS_WAITING_MAX, STRANGERS_BYTES_MAX)
    }

    /// Whether one more message may be told in this batch.
    pub(crate) fn take_message(&mut self, batch: u64, size: usize) -> bool {
        self.begin(batch);
        self.messages.take(size, MESSAGES_WAITING_MAX, MESSAGES_BYTES_MAX)
    }

    fn begin(&mut self, batch: u64) {
        if self.batch != batch {
            *self = Self { batch, ..Self::default() };
        }
    }
}

impl Load {
    fn take(&mut self, size: usize, count_max: usize, bytes_max: usize) -> bool {
        let has_room = self.count < count_max && self.bytes + size <= bytes_max;
        if has_room {
            self.count += 1;
            self.bytes += size;
        }
        has_room
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn so_many_bytes_in_a_batch() {
        let mut share = Share::default();
        for batch in [0, 1, 7] {
            let strangers = (0..5_000).filter(|_| share.take_stranger(batch, 16_000)).count();
            let messages = (0..5_000).filter(|_| share.take_message(batch, 65_000)).count();
            assert_eq!([strangers, messages], [STRANGERS_BYTES_MAX / 16_000, MESSAGES_BYTES_MAX / 65_000]);
        }
    }
}
