//! The label table of a vertex.

use super::cause::DropCause;
use super::entry::{Key, Operation, Scope, TableError, check_label};
use super::header::{LABEL_AGENT, LABEL_CONNECTION, LABEL_OPERATIONS, Packet};
use super::key_map::{KeyMap, new_key_map};
use super::pairs::Pairs;
use super::permissions::{Permission, Permissions};
use super::permit_bucket::{Allowance, Charge};
use super::tallies::Tallies;
use super::traffic_class::TrafficClass;
use crate::limits::{LINKS_MAX, SHARE_MAX, TABLE_ENTRIES_MAX};
use crate::slot::slot_of;
use std::ops::Range;

/// The destination of a processed packet, whose labels have been edited in place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// The packet goes out on a link.
    Forward {
        out_link: u32,
        /// The pair of in-link and out-link.
        pair: u32,
        /// The permit that the packet is charged to; `None`: an LSP carries it.
        charge: Option<Charge>,
        /// The label that leads there, which is overwritten.
        label: u32,
        /// The former words, in case that the packet is not to be changed after all.
        undo: Undo,
    },
    /// The packet is delivered here.
    Deliver(Destination),
}

/// The words of a packet before they were overwritten.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Undo {
    /// The index of the first of them.
    pub(super) at: usize,
    pub(super) word: u32,
    /// The word behind, if that has got a share.
    next: Option<u32>,
}

impl Undo {
    pub(super) fn restore(self, packet: &mut Packet<&mut [u8]>) {
        packet.set_word(self.at, self.word);
        if let Some(next) = self.next {
            packet.set_word(self.at + 1, next);
        }
    }
}

/// The destination of a packet that is delivered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Destination {
    /// A service of this vertex, by its number.
    Service(u32),
    /// The connection that was originated here under the packet's ConnectionId.
    Connection,
}

/// Why a packet is dropped. The packet is unchanged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Refusal {
    pub(super) cause: DropCause,
    /// The index of the word that was refused. It is behind the cursor if LSPs end before it.
    pub(super) at: usize,
    /// The pair of links, and the permit that does not have the packet's class.
    pub(super) denied: Option<(u32, Charge)>,
}

/// The state that tables share, so that it outlasts each: the pairs of links and the counters of entries.
pub(super) struct Shared {
    pub(super) pairs: Pairs,
    pub(super) tallies: Tallies,
}

#[derive(Clone, Copy)]
pub(super) struct Entry {
    operation: Operation,
    /// The pair of links that `Swap` leads through.
    pair: u32,
    tally: u32,
}

/// A whole table: entries by (scope, label), the pairs of links that adjacency labels may lead through, and the adjacency label of each link. The
/// cost of a look-up, an insertion or a removal does not depend on the size of the table.
pub(super) struct LabelTable {
    entries: KeyMap<Entry>,
    transit: Permissions,
    /// Links by their slots.
    links: Vec<Adjacency>,
}

/// A link and its adjacency label; label 0: none.
#[derive(Clone, Copy, Default)]
struct Adjacency {
    link: u32,
    label: u32,
}

impl LabelTable {
    /// An empty table.
    pub(super) fn new(seed: u64) -> Self {
        Self { entries: new_key_map(seed), transit: Permissions::new(seed), links: Vec::new() }
    }

    pub(super) fn len(&self) -> usize {
        self.entries.len()
    }

    /// How many packets an entry let through.
    pub(super) fn packets(&self, scope: Scope, label: u32, shared: &Shared) -> Option<u64> {
        let entry = self.entries.get(&Key::new(scope, label))?;
        Some(shared.tallies.packets(entry.tally))
    }

    // ── Changes ─────────────────────────────────────────────────────────────────────────────────────────────────────────

    /// Adds a link with its adjacency label. A further label of a known link leads there as well, but is never written into packets.
    pub(super) fn add_link(
        &mut self,
        link: u32,
        label: u32,
        shared: &mut Shared,
        former: Option<&Self>,
    ) -> Result<(), TableError> {
        let slot = slot_of(link);
        if slot >= LINKS_MAX || self.links.get(slot).is_some_and(|known| known.label != 0 && known.link != link) {
            return Err(TableError::Link);
        }
        self.insert(Scope::All, label, Operation::Pop { out_link: link }, shared, former)?;
        if self.has_link(link) {
            return Ok(());
        }
        if self.links.len() <= slot {
            self.links.resize(slot + 1, Adjacency::default());
        }
        self.links[slot] = Adjacency { link, label };
        Ok(())
    }

    /// Adds an entry. Its counter is taken over from the same entry of `former`.
    pub(super) fn insert(
        &mut self,
        scope: Scope,
        label: u32,
        operation: Operation,
        shared: &mut Shared,
        former: Option<&Self>,
    ) -> Result<(), TableError> {
        self.check_links(scope, operation)?;
        if !(label == LABEL_AGENT && matches!(operation, Operation::Deliver { .. })) {
            check_label(label)?;
        }
        if let Operation::Swap { out_label, .. } = operation {
            check_label(out_label)?;
        }
        if self.entries.len() >= TABLE_ENTRIES_MAX {
            return Err(TableError::Full);
        }
        if self.is_taken(scope, label) {
            return Err(TableError::Conflict);
        }
        let key = Key::new(scope, label);
        let pair = match (scope, operation) {
            (Scope::Link(in_link), Operation::Swap { out_link, .. }) => shared.pairs.acquire(in_link, out_link),
            _ => 0,
        };
        let tally = match former.and_then(|table| table.entries.get(&key)) {
            Some(entry) => shared.tallies.share(entry.tally),
            None => shared.tallies.add(key),
        };
        self.entries.insert(key, Entry { operation, pair, tally });
        Ok(())
    }

    /// Removes an entry. False: there is none. With its first adjacency label a link is removed, so that nothing passes from it by adjacency labels
    /// any more.
    pub(super) fn remove(&mut self, scope: Scope, label: u32, shared: &mut Shared) -> bool {
        let Some(entry) = self.entries.remove(&Key::new(scope, label)) else {
            return false;
        };
        if let Operation::Pop { out_link } = entry.operation
            && self.adjacency(out_link) == label
        {
            self.links[slot_of(out_link)].label = 0;
        }
        entry.release(shared);
        true
    }

    /// Lets adjacency labels lead from a link to another for packets of a share, or of none (0), in the place of what was permitted for that before.
    pub(super) fn permit(
        &mut self,
        (in_link, out_link): (u32, u32),
        share: u16,
        allowance: Option<Allowance>,
        shared: &mut Shared,
    ) -> Result<(), TableError> {
        if !self.has_link(in_link) || !self.has_link(out_link) {
            return Err(TableError::Link);
        }
        self.transit.permit((in_link, out_link), share, allowance, &mut shared.pairs)
    }

    /// Takes all permissions of a pair back. False: there was none.
    pub(super) fn forbid(&mut self, in_link: u32, out_link: u32, shared: &mut Shared) -> bool {
        self.transit.forbid(in_link, out_link, &mut shared.pairs)
    }

    /// The content of the table, to be released piece by piece.
    pub(super) fn into_remains(self) -> impl Iterator<Item = Remains> {
        let entries = self.entries.into_values().map(Remains::Entry);
        entries.chain(self.transit.into_all().map(Remains::Transit))
    }

    fn has_link(&self, link: u32) -> bool {
        self.adjacency(link) != 0
    }

    fn check_links(&self, scope: Scope, operation: Operation) -> Result<(), TableError> {
        let is_scope_known = match scope {
            // The adjacency label of a link is inserted before the link is known.
            Scope::All => matches!(operation, Operation::Pop { .. } | Operation::Deliver { .. }),
            Scope::Link(link) => self.has_link(link) && matches!(operation, Operation::Swap { .. } | Operation::End),
        };
        let is_target_known = match operation {
            Operation::Swap { out_link, .. } => self.has_link(out_link),
            _ => true,
        };
        if is_scope_known && is_target_known { Ok(()) } else { Err(TableError::Link) }
    }

    /// Whether a label is taken. A label for all links is taken on each of them.
    fn is_taken(&self, scope: Scope, label: u32) -> bool {
        let has = |scope| self.entries.contains_key(&Key::new(scope, label));
        match scope {
            Scope::All => has(Scope::All) || self.links.iter().any(|known| has(Scope::Link(known.link))),
            Scope::Link(_) => has(Scope::All) || has(scope),
        }
    }

    // ── Packets ─────────────────────────────────────────────────────────────────────────────────────────────────────────

    /// Carries out the operation of the label at the cursor, in place. `in_link` is the link that the packet came by; `None`: it is of this vertex
    /// itself.
    pub(super) fn process(
        &self,
        packet: &mut Packet<&mut [u8]>,
        in_link: Option<u32>,
        tallies: &mut Tallies,
    ) -> Result<Verdict, Refusal> {
        let last = packet.label_count() - 1;
        let mut cursor = packet.cursor();
        loop {
            let refuse = |cause| Err(Refusal { cause, at: cursor, denied: None });
            let label = packet.label(cursor);
            let Some(entry) = self.find(in_link, label) else {
                return match label {
                    LABEL_OPERATIONS => refuse(DropCause::Operations),
                    LABEL_CONNECTION if cursor != last => refuse(DropCause::LabelsLeft),
                    LABEL_CONNECTION => {
                        packet.set_cursor(cursor);
                        Ok(Verdict::Deliver(Destination::Connection))
                    }
                    _ => refuse(DropCause::UnknownLabel),
                };
            };
            match entry.operation {
                Operation::Pop { out_link } => {
                    if cursor == last {
                        return refuse(DropCause::NoLabelLeft);
                    }
                    let word = packet.word(cursor);
                    let Some((pair, charge, back)) = self.way_through(in_link, out_link, word) else {
                        return refuse(DropCause::TransitDenied);
                    };
                    if charge.allowance.is_some_and(|it| !TrafficClass::of(packet.bytes()).is_in(it.classes)) {
                        let denied = Some((pair, charge));
                        return Err(Refusal { cause: DropCause::TransitDenied, at: cursor, denied });
                    }
                    if !packet.lower_hop_limit() {
                        return refuse(DropCause::HopLimit);
                    }
                    packet.set_word(cursor, back << 12 | u32::from(charge.share));
                    // Whoever reads the next word goes by our judgement of whose packet it is, and not by the origin's word.
                    let next = (charge.share != 0).then(|| packet.set_share(cursor + 1, charge.share));
                    packet.set_cursor(cursor + 1);
                    tallies.count(entry.tally);
                    let undo = Undo { at: cursor, word, next };
                    return Ok(Verdict::Forward { out_link, pair, charge: Some(charge), label, undo });
                }
                Operation::Swap { out_link, out_label } => {
                    if !packet.lower_hop_limit() {
                        return refuse(DropCause::HopLimit);
                    }
                    let undo = Undo { at: cursor, word: packet.word(cursor), next: None };
                    packet.set_label(cursor, out_label);
                    packet.set_cursor(cursor);
                    tallies.count(entry.tally);
                    return Ok(Verdict::Forward { out_link, pair: entry.pair, charge: None, label, undo });
                }
                Operation::Deliver { service } => {
                    if cursor != last {
                        return refuse(DropCause::LabelsLeft);
                    }
                    packet.set_cursor(cursor);
                    tallies.count(entry.tally);
                    return Ok(Verdict::Deliver(Destination::Service(service)));
                }
                // The LSP's label stays in its word, since the answer uses the same label. The loop ends after at most 16 words.
                Operation::End => {
                    if cursor == last {
                        return refuse(DropCause::NoLabelLeft);
                    }
                    tallies.count(entry.tally);
                    cursor += 1;
                }
            }
        }
    }

    /// Takes back what `process` has counted for the labels of these words, as the cluster vertex decides about the packet.
    pub(super) fn uncount(&self, packet: &Packet<&mut [u8]>, in_link: u32, words: Range<usize>, tallies: &mut Tallies) {
        for label in words.map(|word| packet.label(word)) {
            if let Some(entry) = self.find(Some(in_link), label) {
                tallies.uncount(entry.tally);
            }
        }
    }

    /// The adjacency label of a link; 0: the table does not have the link.
    pub(super) fn adjacency(&self, link: u32) -> u32 {
        self.links.get(slot_of(link)).map_or(0, |known| if known.link == link { known.label } else { 0 })
    }

    /// The link of an adjacency label.
    pub(super) fn link_of_adjacency(&self, label: u32) -> Option<u32> {
        match self.entries.get(&Key::new(Scope::All, label))?.operation {
            Operation::Pop { out_link } => Some(out_link),
            _ => None,
        }
    }

    /// Whether the table has no content to be released.
    pub(super) fn is_empty(&self) -> bool {
        self.entries.is_empty() && self.transit.is_empty()
    }

    fn find(&self, in_link: Option<u32>, label: u32) -> Option<&Entry> {
        let of_link = in_link.and_then(|link| self.entries.get(&Key::new(Scope::Link(link), label)));
        of_link.or_else(|| self.entries.get(&Key::new(Scope::All, label)))
    }

    /// The pair of links, what a packet with that word is charged to, and the adjacency label that leads back. None: it may not go there.
    fn way_through(&self, in_link: Option<u32>, out_link: u32, word: u32) -> Option<(u32, Charge, u32)> {
        let in_link = in_link?;
        let back = self.adjacency(in_link);
        let permission = self.transit.get(in_link, out_link)?;
        let charge = *permission.charge_of((word & SHARE_MAX) as u16)?;
        (back != 0).then_some((permission.pair, charge, back))
    }
}

/// An entry or a permission of a former table.
pub(super) enum Remains {
    Entry(Entry),
    Transit(Permission),
}

impl Remains {
    pub(super) fn release(self, shared: &mut Shared) {
        match self {
            Self::Entry(entry) => entry.release(shared),
            Self::Transit(permission) => permission.release(&mut shared.pairs),
        }
    }
}

impl Entry {
    fn release(self, shared: &mut Shared) {
        if let Operation::Swap { .. } = self.operation {
            shared.pairs.release(self.pair);
        }
        shared.tallies.release(self.tally);
    }
}
