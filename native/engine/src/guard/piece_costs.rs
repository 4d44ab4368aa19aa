use std::collections::BTreeMap;

/// Size of the ranges of offsets whose pieces are counted together.
const BUCKET_SIZE: u64 = 4_096;

/// The cost of a stream's small pieces beside their bytes, by the offsets of their ends.
#[derive(Debug, Default)]
pub(super) struct PieceCosts {
    buckets: BTreeMap<u64, u64>,
    sum: u64,
}

impl PieceCosts {
    pub(super) fn sum(&self) -> u64 {
        self.sum
    }

    pub(super) fn add(&mut self, end: u64, cost: u64) {
        self.put(end / BUCKET_SIZE, cost);
    }

    /// Removes the costs of pieces that end below an offset, except in the offset's own bucket, and gives them to `take`.
    pub(super) fn release(&mut self, end: u64, mut take: impl FnMut(u64, u64)) {
        while let Some(first) = self.buckets.first_entry().filter(|first| *first.key() < end / BUCKET_SIZE) {
            let (bucket, cost) = first.remove_entry();
            self.sum -= cost;
            take(bucket, cost);
        }
    }

    /// Adds the costs of a bucket that another counter has released.
    pub(super) fn put(&mut self, bucket: u64, cost: u64) {
        *self.buckets.entry(bucket).or_default() += cost;
        self.sum += cost;
    }
}
