//! Counts are told bit by bit.

use super::hand_over::TableNumbers;
use super::links::{Counts, Links};
use crate::limits::{TRANSIT_ROWS_PER_LOOK, TRANSIT_ROWS_PER_REPORT};
use crate::mesh::cause::DropCause;
use crate::mesh::entry::Scope;
use crate::mesh::pairs::PairCounts;
use crate::mesh::tables::Tables;

/// A report names a link with all its counts: it weighs as much as so many other rows.
const LINK_WEIGHT: usize = 16;

/// Absolute counts. Links go by the numbers of the table that holds.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TransitReport {
    /// Its number, counted up from 1.
    pub number: u32,
    /// By link.
    pub links: Vec<LinkCountsRow>,
    /// By pair of links.
    pub pairs: Vec<PairCounts>,
    /// By label.
    pub labels: Vec<LabelRow>,
}

/// Counts of one link.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LinkCountsRow {
    /// Which one.
    pub link: u32,
    /// Packets that came over it and went on.
    pub packets_forwarded: u64,
    /// Bytes of all packets that came over it and were decided about.
    pub bytes_in: u64,
    /// Packets that came over it and were thrown away, with the label of one of them or 0.
    pub drops: Vec<(DropCause, u64, u32)>,
    /// Packets that went out on it.
    pub packets_out: u64,
    /// Their bytes.
    pub bytes_out: u64,
    /// Packets that were to go out on it while it was down.
    pub packets_refused: u64,
}

/// Counts of one label of the table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LabelRow {
    /// On which link; for an adjacency label the link that it leads to.
    pub link: u32,
    /// Which one.
    pub label: u32,
    /// Packets that it let through.
    pub packets: u64,
}

/// A kind of counts: what is known of each row, by a number that stands for all that is told of it and grows with it.
#[derive(Default)]
struct Told {
    known: Vec<u64>,
    /// The row that the next look begins at.
    at: usize,
}

impl Told {
    fn is_news(&self, row: usize, value: u64) -> bool {
        self.known.get(row).copied().unwrap_or(0) != value
    }

    fn set(&mut self, row: usize, value: u64) {
        if self.known.len() <= row {
            self.known.resize(row + 1, 0);
        }
        self.known[row] = value;
    }
}

const LINKS: usize = 0;
const PAIRS: usize = 1;
const LABELS: usize = 2;

/// A report that is under way: what will be known when it is taken.
struct Sent {
    number: u32,
    rows: Vec<(usize, usize, u64)>,
    is_all: bool,
}

/// Tells those counts that the reader does not know, a bounded number at a time. The packet path has no part in it: counts are
/// compared with what is known. It is `TransitReporter` of packages/forwarding.
#[derive(Default)]
pub(super) struct Reporter {
    told: [Told; 3],
    number: u32,
    sent: Option<Sent>,
    /// The reader, and the table that it goes by.
    reader: (u32, u32),
    /// The number of [`Pairs::forgotten`](crate::mesh::pairs::Pairs::forgotten) at the last look.
    forgotten: u64,
    /// How many rows were looked at since one was news, and the packets that were decided about by then.
    quiet_rows: usize,
    decided: u64,
}

impl Reporter {
    /// Whoever reads now, or by another table, knows nothing.
    pub(super) fn set_reader(&mut self, reader: u32, table: u32) {
        if std::mem::replace(&mut self.reader, (reader, table)) == (reader, table) {
            return;
        }
        self.told = Default::default();
        self.sent = None;
        self.quiet_rows = 0;
    }

    pub(super) fn handle_taken(&mut self, number: u32) -> bool {
        let Some(sent) = self.sent.take_if(|sent| sent.number == number) else { return false };
        for (kind, row, value) in sent.rows {
            self.told[kind].set(row, value);
        }
        !sent.is_all
    }

    pub(super) fn report(
        &mut self,
        tables: &mut Tables,
        links: &Links,
        numbers: &TableNumbers,
        decided: u64,
    ) -> Option<TransitReport> {
        let (pairs, labels) = (tables.shared().pairs.rows(), tables.shared().tallies.len());
        let forgotten = tables.shared().pairs.forgotten();
        if std::mem::replace(&mut self.forgotten, forgotten) != forgotten {
            self.told[PAIRS] = Told::default();
            self.sent = None;
            self.quiet_rows = 0;
        }
        if self.is_quiet(numbers.slots() + pairs + labels, decided) {
            return None;
        }
        let mut report = TransitReport { number: self.number.wrapping_add(1), ..TransitReport::default() };
        let mut sent = Sent { number: report.number, rows: Vec::new(), is_all: true };
        let mut room = TRANSIT_ROWS_PER_REPORT;
        self.collect(LINKS, numbers.slots(), LINK_WEIGHT, &mut room, &mut sent, |slot, is_news| {
            let counts = links.counts(slot);
            let value = counts.decided();
            if is_news(value) {
                report.links.extend(numbers.in_slot(slot).map(|number| link_row(number, &counts)));
            }
        });
        self.collect(PAIRS, pairs, 1, &mut room, &mut sent, |pair, is_news| {
            let counts = tables.shared().pairs.counts_of(pair);
            if is_news(counts.packets_passed + counts.packets_dropped)
                && let (Some(in_link), Some(out_link)) = (numbers.of(counts.in_link), numbers.of(counts.out_link))
            {
                report.pairs.push(PairCounts { in_link, out_link, ..counts });
            }
        });
        self.collect(LABELS, labels, 1, &mut room, &mut sent, |row, is_news| {
            let counted = tables.shared().tallies.counted(row);
            if !is_news(counted.map_or(0, |(_, packets)| packets)) {
                return;
            }
            let Some((key, packets)) = counted else { return };
            let (scope, label) = key.parts();
            let link = match scope {
                Scope::Link(link) => Some(link),
                Scope::All => tables.link_of_adjacency(label),
            };
            report.labels.extend(link.and_then(|link| numbers.of(link)).map(|link| LabelRow { link, label, packets }));
        });
        if sent.rows.is_empty() {
            return None;
        }
        self.number = report.number;
        self.sent = Some(sent);
        Some(report)
    }

    /// All was looked at since something was counted.
    fn is_quiet(&mut self, rows: usize, decided: u64) -> bool {
        if std::mem::replace(&mut self.decided, decided) != decided {
            self.quiet_rows = 0;
        }
        self.quiet_rows >= rows && self.sent.is_none()
    }

    /// Looks at rows, from where the last look ended on, as far as there is room. `look` gives `is_news` the value of a row, and tells
    /// the row if it is.
    fn collect(
        &mut self,
        kind: usize,
        count: usize,
        weight: usize,
        room: &mut usize,
        sent: &mut Sent,
        mut look: impl FnMut(usize, &mut dyn FnMut(u64) -> bool),
    ) {
        for _ in 0..count.min(TRANSIT_ROWS_PER_LOOK) {
            let told = &mut self.told[kind];
            let row = if told.at < count { told.at } else { 0 };
            let mut has_room = true;
            look(row, &mut |value| {
                if !told.is_news(row, value) {
                    self.quiet_rows += 1;
                    return false;
                }
                self.quiet_rows = 0;
                has_room = *room >= weight;
                if has_room {
                    *room -= weight;
                    sent.rows.push((kind, row, value));
                }
                has_room
            });
            if !has_room {
                sent.is_all = false;
                return;
            }
            told.at = row + 1;
        }
    }
}

fn link_row(link: u32, counts: &Counts) -> LinkCountsRow {
    let drops = DropCause::ALL.into_iter().filter(|cause| counts.drops[*cause as usize] > 0);
    LinkCountsRow {
        link,
        packets_forwarded: counts.packets_forwarded,
        bytes_in: counts.bytes_in,
        drops: drops.map(|cause| (cause, counts.drops[cause as usize], counts.samples[cause as usize])).collect(),
        packets_out: counts.packets_out,
        bytes_out: counts.bytes_out,
        packets_refused: counts.packets_refused,
    }
}
