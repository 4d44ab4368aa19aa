//! Packet counters of the label table's entries.

use super::entry::Key;

/// Counters by number. A counter exists as long as any table has an entry that uses it: an entry that a new table takes over goes on with its
/// counter.
#[derive(Default)]
pub(super) struct Tallies {
    tallies: Vec<Tally>,
    free: Vec<u32>,
}

struct Tally {
    packets: u64,
    /// The entry that uses the counter.
    key: Key,
    /// The number of tables with such an entry, including entries that are still to be released.
    uses: u32,
}

impl Tallies {
    /// Adds a counter, which starts at 0.
    pub(super) fn add(&mut self, key: Key) -> u32 {
        let tally = Tally { packets: 0, key, uses: 1 };
        if let Some(number) = self.free.pop() {
            self.tallies[number as usize] = tally;
            return number;
        }
        self.tallies.push(tally);
        self.tallies.len() as u32 - 1
    }

    /// Lets the same entry of another table use the counter as well.
    pub(super) fn share(&mut self, number: u32) -> u32 {
        self.tallies[number as usize].uses += 1;
        number
    }

    pub(super) fn release(&mut self, number: u32) {
        let tally = &mut self.tallies[number as usize];
        tally.uses -= 1;
        if tally.uses == 0 {
            self.free.push(number);
        }
        if self.free.len() == self.tallies.len() {
            *self = Self::default();
        }
    }

    pub(super) fn count(&mut self, number: u32) {
        self.tallies[number as usize].packets += 1;
    }

    /// Takes back the count of a packet.
    pub(super) fn uncount(&mut self, number: u32) {
        self.tallies[number as usize].packets -= 1;
    }

    pub(super) fn packets(&self, number: u32) -> u64 {
        self.tallies[number as usize].packets
    }

    /// The bound of counter numbers.
    pub(super) fn len(&self) -> usize {
        self.tallies.len()
    }

    /// The entry that uses a counter, and its packets; `None`: the counter is unused.
    pub(super) fn counted(&self, number: usize) -> Option<(Key, u64)> {
        let tally = &self.tallies[number];
        (tally.uses > 0).then_some((tally.key, tally.packets))
    }
}
