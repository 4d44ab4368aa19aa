//! The label table as its owner, the cluster vertex, hands it over: in parts that come into force together, and then by changes.

use super::entry::{Operation, Scope, TableError};
use super::header::Packet;
use super::label_table::{LabelTable, Refusal, Remains, Shared, Verdict};
use super::pairs::{PairCounts, Pairs, TransitLimits};
use super::permit_bucket::{Allowance, PermitRow};
use super::tallies::Tallies;
use std::collections::VecDeque;
use std::fmt;
use std::ops::Range;

/// A change of a label table. A cross-connect is two entries, and a transit pair two permissions: one for each direction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    /// Adds a link with its adjacency label, before anything that names the link. A known link gets a further label, which leads to it as well, but
    /// is never written into packets.
    AddLink {
        /// The link's number.
        link: u32,
        /// The adjacency label.
        label: u32,
    },
    /// Adds an entry with any operation except `Pop`, which comes with its link.
    AddEntry {
        /// The packets that the entry holds for.
        scope: Scope,
        /// The label.
        label: u32,
        /// The label's operation.
        operation: Operation,
    },
    /// Removes an entry. With its first adjacency label a link is removed.
    RemoveEntry {
        /// The packets that the entry holds for.
        scope: Scope,
        /// The label.
        label: u32,
    },
    /// Adjacency labels may lead from a link to another.
    Permit {
        /// The link that packets come by.
        in_link: u32,
        /// The link that packets go out on.
        out_link: u32,
        /// Whose packets may pass; 0: those of no share, and of shares without a permit here.
        share: u16,
        /// The limits of what may pass; `None`: everything may, of no share.
        allowance: Option<Allowance>,
    },
    /// Adjacency labels may not lead from a link to another any more.
    Forbid {
        /// The link that packets come by.
        in_link: u32,
        /// The link that packets go out on.
        out_link: u32,
    },
}

/// Why a change was not made. The table is unchanged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ChangeError {
    /// The change is for another generation than the present one: the owner has to hand over the table anew.
    Generation,
    /// The thing to be removed does not exist.
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

/// Entries of former tables that are released with each change of a staged one.
const SWEPT_PER_CHANGE: usize = 2;

/// The current table, and the one that is being handed over.
///
/// ```text
/// begin(7) ─▶ stage(7, …) ─▶ stage(7, …) ─▶ commit(7)            change(7, …), change(7, …)
///             the table before it holds       the new one does   each at once
/// ```
///
/// Counters of entries and pairs that both tables have go on. `sweep` releases entries of former tables, some at a time, so that the cost of a commit
/// does not depend on the size of the tables.
pub(super) struct Tables {
    seed: u64,
    generation: u64,
    current: LabelTable,
    staged: Option<(u64, LabelTable)>,
    /// The rests of former tables, the oldest first.
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

    pub(super) fn permit_rows(&self) -> impl Iterator<Item = PermitRow> + '_ {
        self.shared.pairs.permit_rows()
    }

    pub(super) fn pairs(&mut self) -> &mut Pairs {
        &mut self.shared.pairs
    }

    /// The state that tables share, also for former entries.
    pub(super) fn shared(&mut self) -> &mut Shared {
        &mut self.shared
    }

    pub(super) fn begin(&mut self, generation: u64) {
        if let Some((_, table)) = self.staged.replace((generation, LabelTable::new(self.seed))) {
            self.give_up(table);
        }
    }

    /// Adds a change to the staged table. Each change releases more former entries than it adds, so that handing over table after table cannot fill
    /// the memory.
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

    /// Drops the table that was begun.
    pub(super) fn drop_staged(&mut self) {
        if let Some((_, table)) = self.staged.take() {
            self.give_up(table);
        }
    }

    /// Replaces the current table by an empty one, of generation 0.
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

    /// Changes the current table. A removal also applies to the staged table, since the owner may have sent that part before.
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

    /// Whether entries of former tables are left to be released.
    pub(super) fn has_remains(&self) -> bool {
        !self.remains.is_empty()
    }

    /// The adjacency label of a link in the table of that generation; 0: none.
    pub(super) fn adjacency(&self, generation: u64, link: u32) -> u32 {
        match &self.staged {
            Some((staged, table)) if *staged == generation => table.adjacency(link),
            _ => self.current.adjacency(link),
        }
    }

    /// The link of an adjacency label in the current table.
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
        Change::Permit { in_link, out_link, share, allowance } => {
            return Ok(table.permit((in_link, out_link), share, allowance, shared)?);
        }
        Change::RemoveEntry { scope, label } => table.remove(scope, label, shared),
        Change::Forbid { in_link, out_link } => table.forbid(in_link, out_link, shared),
    };
    if is_there { Ok(()) } else { Err(ChangeError::Missing) }
}
