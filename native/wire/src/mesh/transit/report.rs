//! Reports of counts, a part at a time.

use super::hand_over::TableNumbers;
use super::links::{Counts, Links};
use crate::limits::{TRANSIT_ROWS_PER_LOOK, TRANSIT_ROWS_PER_REPORT};
use crate::mesh::cause::DropCause;
use crate::mesh::entry::Scope;
use crate::mesh::pairs::PairCounts;
use crate::mesh::permit_bucket::{PermitCounts, PermitRow};
use crate::mesh::share_buckets::ShareRow;
use crate::mesh::tables::Tables;
use crate::mesh::traffic_class::TrafficClass;

/// How many other rows a row of a link takes the room of, as it has many counts.
const LINK_WEIGHT: usize = 16;

/// Absolute counts. Links go by the numbers of the table that holds.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TransitReport {
    /// The report's number, counted up from 1.
    pub number: u32,
    /// Counts by link.
    pub links: Vec<LinkCountsRow>,
    /// Counts by pair of links.
    pub pairs: Vec<PairCounts>,
    /// Counts by label.
    pub labels: Vec<LabelRow>,
    /// Counts of what came for permits, by pair of links, share and class.
    pub classes: Vec<PermitRow>,
}

/// Counts of one link.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LinkCountsRow {
    /// The link's number.
    pub link: u32,
    /// Packets that came over the link and were forwarded.
    pub packets_forwarded: u64,
    /// Bytes of all packets that came over the link and were forwarded or dropped here.
    pub bytes_in: u64,
    /// Dropped packets that came over the link, by cause, with the label of one of them, or 0.
    pub drops: Vec<(DropCause, u64, u32)>,
    /// Packets that went out on the link.
    pub packets_out: u64,
    /// Bytes of the packets that went out on the link.
    pub bytes_out: u64,
    /// Packets for the link while it was down.
    pub packets_refused: u64,
}

/// Counts of one label of the table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LabelRow {
    /// The link whose packets the label is of; for an adjacency label, the link that it leads to.
    pub link: u32,
    /// The label.
    pub label: u32,
    /// Packets that the label's entry let through.
    pub packets: u64,
}

/// The rows of a kind, as the reader knows them. The state of a row is a single number that grows with its counts.
#[derive(Default)]
struct Told {
    known: Vec<u64>,
    /// The row at which the next look begins.
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
/// Counts of permits for no share, by class.
const CLASSES: usize = 3;
/// Counts of permits for shares, by class.
const SHARES: usize = 4;

/// A report that is not confirmed yet, with the states that will be known once it is.
struct Sent {
    number: u32,
    rows: Vec<(usize, usize, u64)>,
    is_all: bool,
}

/// Finds the counts that the reader does not know yet, a bounded number at a time, by comparing them with the known states, so that the packet path
/// has no extra work. `TransitReporter` of packages/forwarding does the same.
#[derive(Default)]
pub(super) struct Reporter {
    told: [Told; 5],
    number: u32,
    sent: Option<Sent>,
    /// The reader, and the table whose numbers it uses.
    reader: (u32, u32),
    /// The number of [`Pairs::forgotten`](crate::mesh::pairs::Pairs::forgotten) at the last look, and that of shares that were released.
    forgotten: u64,
    released: u64,
    /// How many rows were looked at since one was news, and the packets that were decided about by then.
    quiet_rows: usize,
    decided: u64,
}

impl Reporter {
    /// Sets the reader and its table. After a change of either, no counts are known.
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
            self.told[CLASSES] = Told::default();
            self.sent = None;
            self.quiet_rows = 0;
        }
        let released = tables.shared().pairs.shares.released();
        if std::mem::replace(&mut self.released, released) != released {
            self.told[SHARES] = Told::default();
            self.sent = None;
            self.quiet_rows = 0;
        }
        let classes = pairs * TrafficClass::ALL.len();
        let shares = tables.shared().pairs.shares.rows().len() * TrafficClass::ALL.len();
        if self.is_quiet(numbers.slots() + pairs + labels + classes + shares, decided) {
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
        self.collect(CLASSES, classes, 1, &mut room, &mut sent, |row, is_news| {
            let (pair, class) = (row / TrafficClass::ALL.len(), TrafficClass::ALL[row % TrafficClass::ALL.len()]);
            let PairCounts { in_link, out_link, .. } = tables.shared().pairs.counts_of(pair);
            let counts = tables.shared().pairs.permit_counts_of(pair, class);
            if is_news(counts.packets + counts.packets_denied)
                && let (Some(in_link), Some(out_link)) = (numbers.of(in_link), numbers.of(out_link))
            {
                report.classes.push(PermitRow { in_link, out_link, share: 0, class: class as u8, counts });
            }
        });
        self.collect(SHARES, shares, 1, &mut room, &mut sent, |row, is_news| {
            let class = TrafficClass::ALL[row % TrafficClass::ALL.len()];
            let pairs = &tables.shared().pairs;
            let of_share = pairs.shares.rows()[row / TrafficClass::ALL.len()].as_ref();
            let counts = of_share.map_or_else(PermitCounts::default, |row| row.bucket.counts[class as usize]);
            let is_news = is_news(counts.packets + counts.packets_denied);
            let Some(ShareRow { pair, share, .. }) = of_share.filter(|_| is_news) else { return };
            let PairCounts { in_link, out_link, .. } = pairs.counts_of(*pair as usize);
            if let (Some(in_link), Some(out_link)) = (numbers.of(in_link), numbers.of(out_link)) {
                report.classes.push(PermitRow { in_link, out_link, share: *share, class: class as u8, counts });
            }
        });
        if sent.rows.is_empty() {
            return None;
        }
        self.number = report.number;
        self.sent = Some(sent);
        Some(report)
    }

    /// Whether all rows were looked at since the last packet was counted.
    fn is_quiet(&mut self, rows: usize, decided: u64) -> bool {
        if std::mem::replace(&mut self.decided, decided) != decided {
            self.quiet_rows = 0;
        }
        self.quiet_rows >= rows && self.sent.is_none()
    }

    /// Looks at rows, beginning where the last look ended, while there is room. `look` passes the state of a row to `is_news`, and adds the row to
    /// the report if that returns true.
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
