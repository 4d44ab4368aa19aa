//! The buckets and counts of shares.

use super::entry::Key;
use super::key_map::{KeyMap, new_key_map};
use super::permit_bucket::PermitBucket;

/// A share for which permits open one direction of a pair of links.
pub(super) struct ShareRow {
    /// The number of the pair.
    pub(super) pair: u32,
    pub(super) share: u16,
    pub(super) bucket: PermitBucket,
    /// Tables that have a permit for it.
    uses: u32,
}

/// The buckets of shares, for each direction of each pair of links. One exists as long as any table has a permit for it: permits make it, and no packet
/// does.
pub(super) struct ShareBuckets {
    numbers: KeyMap<u32>,
    rows: Vec<Option<ShareRow>>,
    free: Vec<u32>,
    released: u64,
}

impl ShareBuckets {
    pub(super) fn new(seed: u64) -> Self {
        Self { numbers: new_key_map(seed), rows: Vec::new(), free: Vec::new(), released: 0 }
    }

    /// Returns the number of a share's bucket, for one more table that has a permit for it.
    pub(super) fn acquire(&mut self, pair: u32, share: u16) -> u32 {
        let key = Key::pair(pair, share.into());
        let number = *self.numbers.entry(key).or_insert_with(|| {
            let row = Some(ShareRow { pair, share, bucket: PermitBucket::default(), uses: 0 });
            if let Some(number) = self.free.pop() {
                self.rows[number as usize] = row;
                number
            } else {
                self.rows.push(row);
                self.rows.len() as u32 - 1
            }
        });
        if let Some(row) = &mut self.rows[number as usize] {
            row.uses += 1;
        }
        number
    }

    /// Releases a bucket for a table that has no permit for it any more.
    pub(super) fn release(&mut self, number: u32) {
        let Some(row) = &mut self.rows[number as usize] else { return };
        row.uses -= 1;
        if row.uses == 0 {
            self.numbers.remove(&Key::pair(row.pair, row.share.into()));
            self.rows[number as usize] = None;
            self.free.push(number);
            self.released += 1;
        }
    }

    pub(super) fn bucket_mut(&mut self, number: u32) -> Option<&mut PermitBucket> {
        self.rows[number as usize].as_mut().map(|row| &mut row.bucket)
    }

    /// All rows by their numbers. `None`: the number is free.
    pub(super) fn rows(&self) -> &[Option<ShareRow>] {
        &self.rows
    }

    /// Another number than before: numbers of rows may be other rows' now.
    pub(super) fn released(&self) -> u64 {
        self.released
    }
}
