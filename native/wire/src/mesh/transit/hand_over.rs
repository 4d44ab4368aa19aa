//! The hand-over of label tables: which of their changes were taken.

use super::change::{Numbers, Refusal, TransitChange};
use crate::limits::{TRANSIT_LINKS_MAX, TRANSIT_PAIRS_MAX};
use crate::mesh::entry::{Operation, Scope};
use crate::mesh::pairs::TransitLimits;
use crate::mesh::tables::{Change, ChangeError, Tables};
use crate::slot::slot_of;

/// The result of changes to a table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Taken {
    /// How many of the table's changes are taken.
    pub changes: u32,
    /// Why a change was refused; the table is then dropped.
    pub refusal: Option<Refusal>,
}

/// A table that is being handed over, or was.
struct Handed {
    table: u32,
    whole: u32,
    limits: TransitLimits,
    /// Our numbers of the table's links, in the order in which they were added.
    links: Vec<u32>,
    taken: u32,
}

/// The current table, and the one that is being handed over.
///
/// ```text
/// changes 0 … 511, 512 … 1023, …, 9999        10000, 10001
/// the table before holds        whole: holds  each at once
/// ```
#[derive(Default)]
pub(super) struct HandOver {
    current: Option<Handed>,
    staged: Option<Handed>,
    numbers: TableNumbers,
}

/// The present table's numbers of our links, by the slots of those.
#[derive(Default)]
pub(super) struct TableNumbers(Vec<Option<(u32, u32)>>);

impl TableNumbers {
    pub(super) fn slots(&self) -> usize {
        self.0.len()
    }

    /// The table's number of the link in a slot.
    pub(super) fn in_slot(&self, slot: usize) -> Option<u32> {
        self.0.get(slot).copied().flatten().map(|(_, number)| number)
    }

    /// `None`: the link is none of the table's. Another one may have its slot.
    pub(super) fn of(&self, link: u32) -> Option<u32> {
        let (known, number) = self.0.get(slot_of(link)).copied().flatten()?;
        (known == link).then_some(number)
    }

    /// A link that was added again keeps its first number.
    fn add(&mut self, link: u32, number: usize) {
        let slot = slot_of(link);
        if self.0.len() <= slot {
            self.0.resize(slot + 1, None);
        }
        self.0[slot].get_or_insert((link, number as u32));
    }
}

impl HandOver {
    /// Its numbers of our links, if that table holds.
    pub(super) fn numbers_of(&self, table: u32) -> Option<&TableNumbers> {
        self.current.as_ref().filter(|current| current.table == table).map(|_| &self.numbers)
    }

    pub(super) fn begin(&mut self, table: u32, whole: u32, limits: TransitLimits) {
        self.staged = Some(Handed { table, whole, limits, links: Vec::new(), taken: 0 });
    }

    pub(super) fn drop_table(&mut self, tables: &mut Tables, table: u32) {
        if self.staged.take_if(|staged| staged.table == table).is_some() {
            tables.drop_staged();
        }
        if self.current.take_if(|current| current.table == table).is_some() {
            self.numbers = TableNumbers::default();
            tables.drop_current();
        }
    }

    pub(super) fn change(
        &mut self,
        tables: &mut Tables,
        table: u32,
        first: u32,
        changes: &[TransitChange],
    ) -> Option<Taken> {
        let taken = [&self.staged, &self.current].into_iter().flatten().find(|it| it.table == table)?.taken;
        let known = taken.checked_sub(first).map_or(changes.len(), |known| known as usize);
        let mut taken = Taken { changes: taken, refusal: None };
        for change in changes.iter().skip(known) {
            if let Err(refusal) = self.make(tables, table, *change) {
                self.drop_table(tables, table);
                return Some(Taken { refusal: Some(refusal), ..taken });
            }
            taken.changes += 1;
        }
        Some(taken)
    }

    fn make(&mut self, tables: &mut Tables, table: u32, change: TransitChange) -> Result<(), Refusal> {
        let is_staged = self.staged.as_ref().is_some_and(|staged| staged.table == table);
        let Some(handed) = (if is_staged { &mut self.staged } else { &mut self.current }) else {
            return Err(Refusal::Invalid);
        };
        handed.make(tables, is_staged, change)?;
        if let (TransitChange::Link { link, .. }, false) = (change, is_staged) {
            self.numbers.add(link, handed.links.len() - 1);
        }
        if is_staged && handed.taken == handed.whole {
            self.commit(tables);
        }
        Ok(())
    }

    fn commit(&mut self, tables: &mut Tables) {
        let Some(staged) = self.staged.take() else { return };
        // The staged table was begun under this number, so the commit succeeds.
        let _ = tables.commit(staged.table.into());
        tables.pairs().set_limits(staged.limits);
        self.numbers = TableNumbers::default();
        for (at, link) in staged.links.iter().enumerate() {
            self.numbers.add(*link, at);
        }
        self.current = Some(staged);
    }
}

/// The links of a table that changes.
struct Known<'a> {
    links: &'a [u32],
    tables: &'a Tables,
    generation: u64,
}

impl Numbers for Known<'_> {
    fn link(&self, number: u32) -> Result<u32, Refusal> {
        self.links.get(number as usize).copied().ok_or(Refusal::Invalid)
    }

    fn adjacency(&self, link: u32) -> u32 {
        self.tables.adjacency(self.generation, link)
    }
}

impl Handed {
    fn make(&mut self, tables: &mut Tables, is_staged: bool, change: TransitChange) -> Result<(), Refusal> {
        let generation = u64::from(self.table);
        let change = change.numbered(&Known { links: &self.links, tables, generation })?;
        let pair = match change {
            Change::AddLink { link, .. } if slot_of(link) >= TRANSIT_LINKS_MAX as usize => return Err(Refusal::Full),
            Change::AddLink { link, .. } if tables.adjacency(generation, link) != 0 => return Err(Refusal::Invalid),
            Change::AddLink { .. } if self.links.len() >= TRANSIT_LINKS_MAX as usize => return Err(Refusal::Full),
            Change::Permit { in_link, out_link, .. } => Some((in_link, out_link)),
            Change::AddEntry { scope, operation, .. } => way(scope, operation),
            _ => None,
        };
        let pair = pair.filter(|(in_link, out_link)| !tables.pairs().has(*in_link, *out_link));
        if pair.is_some() && !tables.pairs().make_room(TRANSIT_PAIRS_MAX) {
            return Err(Refusal::Full);
        }
        let result = if is_staged { tables.stage(generation, change) } else { tables.change(generation, change) };
        match (result, change) {
            // Forbidding a pair that is not permitted is not an error.
            (Ok(()), _) | (Err(ChangeError::Missing), Change::Forbid { .. }) => {}
            (Err(error), _) => return Err(error.into()),
        }
        if let Some((in_link, out_link)) = pair {
            // Its counts are told as absolute numbers: they stay, whatever becomes of the table, while there is room.
            tables.pairs().keep(in_link, out_link);
        }
        if let Change::AddLink { link, .. } = change {
            self.links.push(link);
        }
        self.taken += 1;
        Ok(())
    }
}

/// The pair of links that an entry leads through.
fn way(scope: Scope, operation: Operation) -> Option<(u32, u32)> {
    match (scope, operation) {
        (Scope::Link(link), Operation::Swap { out_link, .. }) => Some((link, out_link)),
        _ => None,
    }
}
