//! How many packets each entry of the label table let through.

use super::entry::Key;

/// Counters by number. One is there as long as any table has an entry that counts by it: an entry that a new table takes over
/// goes on counting where it was.
#[derive(Default)]
pub(super) struct Tallies {
    tallies: Vec<Tally>,
    free: Vec<u32>,
}

struct Tally {
    packets: u64,
    /// The entry that counts by it.
    key: Key,
    /// Entries of so many tables, those included that are still to be given back.
    uses: u32,
}

impl Tallies {
    /// A counter at 0.
    pub(super) fn add(&mut self, key: Key) -> u32 {
        let tally = Tally { packets: 0, key, uses: 1 };
        if let Some(number) = self.free.pop() {
            self.tallies[number as usize] = tally;
            return number;
        }
        self.tallies.push(tally);
        self.tallies.len() as u32 - 1
    }

    /// Lets an entry of another table count by the counter, too.
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

    /// Takes one packet back.
    pub(super) fn uncount(&mut self, number: u32) {
        self.tallies[number as usize].packets -= 1;
    }

    pub(super) fn packets(&self, number: u32) -> u64 {
        self.tallies[number as usize].packets
    }

    /// Numbers of counters are below this.
    pub(super) fn len(&self) -> usize {
        self.tallies.len()
    }

    /// The entry that counts by a counter, and its packets; `None`: there is none at present.
    pub(super) fn counted(&self, number: usize) -> Option<(Key, u64)> {
        let tally = &self.tallies[number];
        (tally.uses > 0).then_some((tally.key, tally.packets))
    }
}
