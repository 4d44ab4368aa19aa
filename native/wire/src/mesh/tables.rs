//! The label table as its owner, the cluster vertex, hands it over: in parts that take force whole, then by changes.

use super::entry::{Operation, Scope, TableError};
use super::header::Packet;
use super::label_table::{LabelTable, Refusal, Remains, Shared, Verdict};
use super::pairs::{PairCounts, Pairs, TransitLimits};
use super::tallies::Tallies;
use std::collections::VecDeque;
use std::fmt;
use std::ops::Range;

/// A change of a label table. A cross-connect is two entries, and a transit pair two permissions: one for each direction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    /// A link, by its adjacency label: it comes before all that names it. One that is there gets another label, which leads to
    /// it, too, and which no packet is written.
    AddLink {
        /// Its number.
        link: u32,
        /// Its adjacency label.
        label: u32,
    },
    /// A meaning for a label: all operations but `Pop`, which comes with its link.
    AddEntry {
        /// For whose packets.
        scope: Scope,
        /// The number.
        label: u32,
        /// Its meaning.
        operation: Operation,
    },
    /// A label means nothing any more. With the first of its adjacency labels a link is gone.
    RemoveEntry {
        /// For whose packets.
        scope: Scope,
        /// The number.
        label: u32,
    },
    /// Adjacency labels may lead from one link to another.
    Permit {
        /// The link that packets come by.
        in_link: u32,
        /// The link that they go out on.
        out_link: u32,
    },
    /// Adjacency labels may not lead from that link to the other any more.
    Forbid {
        /// The link that packets come by.
        in_link: u32,
        /// The link that they go out on.
        out_link: u32,
    },
}

/// Why a change was not made. The table is as it was.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ChangeError {
    /// The change is for another generation than the one that is here: the owner has to hand over the table anew.
    Generation,
    /// Nothing is there to be removed.
    Missing,
    /// The change would break the table.
    Table(TableError),
}

impl fmt::Display for ChangeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Generation => f.write_str("another generation of the label table"),
            Self::Missing => f.write_str("nothing to remove"),
            Self::Table(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for ChangeError {}

impl From<TableError> for ChangeError {
    fn from(error: TableError) -> Self {
        Self::Table(error)
    }
}

/// Entries of tables of before that are given back for each change of the next one.
const SWEPT_PER_CHANGE: usize = 2;

/// The table that holds, and the one that is being handed over.
///
/// ```text
/// begin(7) ─▶ stage(7, …) ─▶ stage(7, …) ─▶ commit(7)            change(7, …), change(7, …)
///             the table before it holds       the new one does   each at once
/// ```
///
/// Counters of entries and pairs that both tables have go on. What the former table alone had is given back by `sweep`, some at
/// a time, so that a commit costs the same however large the tables are.
pub(super) struct Tables {
    seed: u64,
    generation: u64,
    current: LabelTable,
    staged: Option<(u64, LabelTable)>,
    /// Tables of before, of which something is left; the oldest first.
    remains: VecDeque<Box<dyn Iterator<Item = Remains> + Send>>,
    shared: Shared,
}

impl Tables {
    pub(super) fn new(limits: TransitLimits, seed: u64) -> Self {
        let shared = Shared { pairs: Pairs::new(limits, seed), tallies: Tallies::default() };
        Self { seed, generation: 0, current: LabelTable::new(seed), staged: None, remains: VecDeque::new(), shared }
    }

    pub(super) fn generation(&self) -> u64 {
        self.generation
    }

    pub(super) fn len(&self) -> usize {
        self.current.len()
    }

    pub(super) fn packets(&self, scope: Scope, label: u32) -> Option<u64> {
        self.current.packets(scope, label, &self.shared)
    }

    pub(super) fn pair_counts(&self) -> impl Iterator<Item = PairCounts> + '_ {
        self.shared.pairs.counts()
    }

    pub(super) fn pairs(&mut self) -> &mut Pairs {
        &mut self.shared.pairs
    }

    /// All that the tables share, for entries that are gone too.
    pub(super) fn shared(&mut self) -> &mut Shared {
        &mut self.shared
    }

    pub(super) fn begin(&mut self, generation: u64) {
        if let Some((_, table)) = self.staged.replace((generation, LabelTable::new(self.seed))) {
            self.give_up(table);
        }
    }

    /// Each change gives back more than it takes, so that whoever hands over table after table cannot make us keep them all.
    pub(super) fn stage(&mut self, generation: u64, change: Change) -> Result<(), ChangeError> {
        self.sweep(SWEPT_PER_CHANGE);
        match &mut self.staged {
            Some((staged, table)) if *staged == generation => {
                make(change, table, &mut self.shared, Some(&self.current))
            }
            _ => Err(ChangeError::Generation),
        }
    }

    pub(super) fn commit(&mut self, generation: u64) -> Result<(), ChangeError> {
        let Some((_, table)) = self.staged.take_if(|(staged, _)| *staged == generation) else {
            return Err(ChangeError::Generation);
        };
        self.replace(generation, table);
        Ok(())
    }

    /// The table that was begun is not wanted any more.
    pub(super) fn drop_staged(&mut self) {
        if let Some((_, table)) = self.staged.take() {
            self.give_up(table);
        }
    }

    /// The table that holds holds no longer: an empty one does, of generation 0.
    pub(super) fn drop_current(&mut self) {
        self.replace(0, LabelTable::new(self.seed));
    }

    fn replace(&mut self, generation: u64, table: LabelTable) {
        self.generation = generation;
        let former = std::mem::replace(&mut self.current, table);
        self.give_up(former);
    }

    fn give_up(&mut self, table: LabelTable) {
        if !table.is_empty() {
            self.remains.push_back(Box::new(table.into_remains()));
        }
    }

    /// Changes the table that holds. What is removed is removed from the one that is being handed over, too: its owner may
    /// have sent that part before.
    pub(super) fn change(&mut self, generation: u64, change: Change) -> Result<(), ChangeError> {
        if generation != self.generation {
            return Err(ChangeError::Generation);
        }
        let result = make(change, &mut self.current, &mut self.shared, None);
        if let (Change::RemoveEntry { .. } | Change::Forbid { .. }, Some((_, table))) = (change, &mut self.staged) {
            // The staged table need not have the entry yet.
            let _ = make(change, table, &mut self.shared, None);
        }
        result
    }

    pub(super) fn sweep(&mut self, budget: usize) {
        let mut left = budget;
        while left > 0 {
            let Some(oldest) = self.remains.front_mut() else { return };
            match oldest.next() {
                Some(item) => {
                    item.release(&mut self.shared);
                    left -= 1;
                }
                None => drop(self.remains.pop_front()),
            }
        }
    }

    /// Whether something is left to be swept.
    pub(super) fn has_remains(&self) -> bool {
        !self.remains.is_empty()
    }

    /// The adjacency label of a link, in the table of that generation; 0: it has none.
    pub(super) fn adjacency(&self, generation: u64, link: u32) -> u32 {
        match &self.staged {
            Some((staged, table)) if *staged == generation => table.adjacency(link),
            _ => self.current.adjacency(link),
        }
    }

    /// The link of an adjacency label of the table that holds.
    pub(super) fn link_of_adjacency(&self, label: u32) -> Option<u32> {
        self.current.link_of_adjacency(label)
    }

    /// See `LabelTable::uncount`.
    pub(super) fn uncount(&mut self, packet: &Packet<&mut [u8]>, in_link: u32, words: Range<usize>) {
        self.current.uncount(packet, in_link, words, &mut self.shared.tallies);
    }

    pub(super) fn process(&mut self, packet: &mut Packet<&mut [u8]>, in_link: Option<u32>) -> Result<Verdict, Refusal> {
        self.current.process(packet, in_link, &mut self.shared.tallies)
    }
}

fn make(
    change: Change,
    table: &mut LabelTable,
    shared: &mut Shared,
    former: Option<&LabelTable>,
) -> Result<(), ChangeError> {
    let is_there = match change {
        Change::AddLink { link, label } => return Ok(table.add_link(link, label, shared, former)?),
        Change::AddEntry { operation: Operation::Pop { .. }, .. } => return Err(TableError::Link.into()),
        Change::AddEntry { scope, label, operation } => {
            return Ok(table.insert(scope, label, operation, shared, former)?);
        }
        Change::Permit { in_link, out_link } => return Ok(table.permit(in_link, out_link, shared)?),
        Change::RemoveEntry { scope, label } => table.remove(scope, label, shared),
        Change::Forbid { in_link, out_link } => table.forbid(in_link, out_link, shared),
    };
    if is_there { Ok(()) } else { Err(ChangeError::Missing) }
}
