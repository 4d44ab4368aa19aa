use florenetes_io::limits::{BATCH_BYTES_MAX, BATCH_PAYLOADS_MAX, JOINED_SIZE_MAX};

/// Datagrams of one flow that leave for its workload with one system call. All have the same size, except that the last may be shorter.
#[derive(Default)]
pub(crate) struct Batch {
    stream: u64,
    bytes: Vec<u8>,
    segment: usize,
    count: usize,
}

impl Batch {
    /// Adds a datagram. False: it cannot join the batch, which has to leave first.
    pub(crate) fn push(&mut self, stream: u64, datagram: &[u8]) -> bool {
        if self.count == 0 {
            (self.stream, self.segment) = (stream, datagram.len());
        } else if !self.takes(stream, datagram.len()) {
            return false;
        }
        self.bytes.extend_from_slice(datagram);
        self.count += 1;
        true
    }

    fn takes(&self, stream: u64, size: usize) -> bool {
        let is_full = self.bytes.len() + size > BATCH_BYTES_MAX || self.count >= BATCH_PAYLOADS_MAX;
        // A short datagram ends the batch. An empty one cannot be recognised as its end.
        let is_ended = self.bytes.len() < self.segment * self.count;
        stream == self.stream && (1..=self.segment.min(JOINED_SIZE_MAX)).contains(&size) && !is_full && !is_ended
    }

    /// The flow of the datagrams; none where the batch is empty.
    pub(crate) fn stream(&self) -> Option<u64> {
        (self.count > 0).then_some(self.stream)
    }

    /// Takes the batch with its memory, since each of many connections has a batch.
    pub(crate) fn take(&mut self) -> Self {
        std::mem::take(self)
    }

    pub(crate) fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Bytes of each datagram but the last.
    pub(crate) fn segment(&self) -> usize {
        self.segment
    }

    pub(crate) fn datagrams(&self) -> impl Iterator<Item = &[u8]> {
        let only = (self.segment == 0 && self.count > 0).then_some(&[][..]);
        self.bytes.chunks(self.segment.max(1)).chain(only)
    }

    /// The number of datagrams.
    pub(crate) fn count(&self) -> usize {
        self.count
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn datagrams_of_one_flow_and_size_go_together_and_a_short_one_is_the_last() {
        let mut batch = Batch::default();
        assert_eq!(batch.stream(), None);
        assert!(batch.push(4, &[1; 100]) && batch.push(4, &[2; 100]));
        assert!(!batch.push(8, &[3; 100]) && !batch.push(4, &[3; 101]) && !batch.push(4, &[]));
        assert!(batch.push(4, &[3; 99]) && !batch.push(4, &[4; 99]));
        assert_eq!(batch.stream(), Some(4));
        let taken = batch.take();
        assert_eq!((taken.bytes().len(), taken.segment(), taken.count(), batch.count()), (299, 100, 3, 0));
        assert_eq!(taken.datagrams().map(<[u8]>::len).collect::<Vec<_>>(), [100, 100, 99]);
        assert!(batch.push(8, &[]), "any is the first");
        assert_eq!(batch.datagrams().map(<[u8]>::len).collect::<Vec<_>>(), [0]);
    }

    #[test]
    fn empty_and_large_ones_go_alone_and_a_batch_is_no_larger_than_the_kernel_takes() {
        for size in [0, JOINED_SIZE_MAX + 1, 65_507] {
            let mut batch = Batch::default();
            assert!(batch.push(4, &vec![1; size]));
            assert!(!batch.push(4, &vec![1; size]), "{size}");
        }
        for size in [1, JOINED_SIZE_MAX] {
            let mut batch = Batch::default();
            let count = (0..1_000).take_while(|_| batch.push(4, &vec![1; size])).count();
            assert_eq!(count, BATCH_PAYLOADS_MAX.min(BATCH_BYTES_MAX / size));
        }
    }
}
