use florenetes_io::Ecn;
use florenetes_io::limits::{BATCH_BYTES_MAX, BATCH_PAYLOADS_MAX, UDP_PAYLOAD_MAX};

/// UDP payloads to one address, one behind the other, as the kernel takes them at once (udp(7), UDP_SEGMENT): all have the size of
/// the first, and the last may be shorter; all bear one mark. Each payload is written where it is to lie.
pub(crate) struct Batch {
    bytes: Box<[u8]>,
    /// Bytes of complete payloads.
    used: usize,
    /// Size of the first payload; 0: the batch has none.
    segment: usize,
    /// Size of the payloads of this batch, or of the one before it.
    usual: usize,
    mark: Ecn,
    is_closed: bool,
}

impl Default for Batch {
    fn default() -> Self {
        let bytes = vec![0; BATCH_BYTES_MAX + UDP_PAYLOAD_MAX].into();
        Self { bytes, used: 0, segment: 0, usual: 0, mark: Ecn::NotCapable, is_closed: false }
    }
}

impl Batch {
    /// Size of the payloads that the next one leaves with, or else of the last ones, as payloads of that size may follow.
    pub(crate) fn usual(&self) -> usize {
        self.usual
    }

    /// Room for the next payload.
    pub(crate) fn room(&mut self, size: usize) -> &mut [u8] {
        &mut self.bytes[self.used..][..size]
    }

    /// Takes the payload that was written into the room. False: those before it have to leave first, by `payloads` and `restart`.
    pub(crate) fn push(&mut self, length: usize, mark: Ecn) -> bool {
        if self.segment == 0 {
            (self.segment, self.usual, self.mark) = (length, length, mark);
        }
        if self.is_closed || mark != self.mark || length > self.segment || self.used + length > BATCH_BYTES_MAX {
            return false;
        }
        self.used += length;
        self.is_closed = length < self.segment || self.used == BATCH_PAYLOADS_MAX * self.segment;
        true
    }

    /// Whether no more can be pushed.
    pub(crate) fn is_closed(&self) -> bool {
        self.is_closed
    }

    /// The payloads, and their size.
    pub(crate) fn payloads(&self) -> (&[u8], usize) {
        (&self.bytes[..self.used], self.segment)
    }

    /// The mark of all payloads.
    pub(crate) fn mark(&self) -> Ecn {
        self.mark
    }

    /// The payload of so many bytes that was refused.
    pub(crate) fn refused(&self, length: usize) -> &[u8] {
        &self.bytes[self.used..][..length]
    }

    /// All payloads have left.
    pub(crate) fn clear(&mut self) {
        (self.used, self.segment, self.is_closed) = (0, 0, false);
    }

    /// All payloads have left, but the one of so many bytes that was refused: it is the first one now.
    pub(crate) fn restart(&mut self, length: usize, mark: Ecn) {
        self.bytes.copy_within(self.used..self.used + length, 0);
        self.clear();
        self.push(length, mark);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Pushes payloads of these lengths, each filled with its number; the batches that come of it.
    fn batches(lengths: &[usize]) -> Vec<(usize, Vec<u8>)> {
        marked_batches(lengths, |_| Ecn::NotCapable)
    }

    fn marked_batches(lengths: &[usize], mark: impl Fn(usize) -> Ecn) -> Vec<(usize, Vec<u8>)> {
        let (mut batch, mut left) = (Batch::default(), Vec::new());
        let mut leave = |batch: &Batch| {
            let (bytes, segment) = batch.payloads();
            assert!(bytes.chunks(segment).all(|payload| mark(payload[0].into()) == batch.mark()));
            left.push((segment, bytes.chunks(segment).map(|payload| payload[payload.len() - 1]).collect()));
        };
        for (number, length) in lengths.iter().enumerate() {
            batch.room(UDP_PAYLOAD_MAX)[..*length].fill(number as u8);
            if !batch.push(*length, mark(number)) {
                leave(&batch);
                batch.restart(*length, mark(number));
            }
            if batch.is_closed() {
                leave(&batch);
                batch.clear();
            }
        }
        if !batch.payloads().0.is_empty() {
            leave(&batch);
        }
        left
    }

    #[test]
    fn a_batch_ends_at_a_shorter_one_and_before_a_longer_one() {
        assert_eq!(batches(&[100, 100, 100]), [(100, vec![0, 1, 2])]);
        assert_eq!(batches(&[100, 100, 60, 60]), [(100, vec![0, 1, 2]), (60, vec![3])]);
        assert_eq!(batches(&[60, 100, 100, 90]), [(60, vec![0]), (100, vec![1, 2, 3])]);
    }

    #[test]
    fn the_size_of_a_batch_is_known_until_the_next_one() {
        let mut batch = Batch::default();
        assert_eq!(batch.usual(), 0);
        for (length, usual) in [(100, 100), (100, 100), (60, 100), (70, 70)] {
            if batch.is_closed() {
                batch.clear();
            }
            batch.push(length, Ecn::NotCapable);
            assert_eq!(batch.usual(), usual);
        }
        batch.clear();
        assert_eq!(batch.usual(), 70);
    }

    #[test]
    fn a_batch_bears_one_mark() {
        let of_first_two = |number| if number < 2 { Ecn::Capable0 } else { Ecn::NotCapable };
        assert_eq!(marked_batches(&[100; 5], of_first_two), [(100, vec![0, 1]), (100, vec![2, 3, 4])]);
    }

    #[test]
    fn a_batch_is_no_larger_than_the_kernel_takes() {
        let many = batches(&[1_000; 130]);
        assert_eq!(many.iter().map(|(_, payloads)| payloads.len()).collect::<Vec<_>>(), [64, 64, 2]);
        let large = batches(&[UDP_PAYLOAD_MAX; 7]);
        assert_eq!(large.iter().map(|(_, payloads)| payloads.len()).collect::<Vec<_>>(), [3, 3, 1]);
    }
}
