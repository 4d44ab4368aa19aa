//! Transit in a link vertex, on behalf of its cluster vertex (docs/protocol/portal-api.md, Offloaded transit).

mod change;
mod hand_over;
mod links;
mod report;

pub use change::{Refusal, TransitChange};
pub use hand_over::Taken;
pub use links::LinkRow;
pub use report::{LabelRow, LinkCountsRow, TransitReport};

use super::cause::DropCause;
use super::forwarder::Seeds;
use super::header::Packet;
use super::label_table::Verdict;
use super::pairs::TransitLimits;
use super::passed_packets::PassedPackets;
use super::permit_bucket::Charge;
use super::tables::Tables;
use super::traffic_class::TrafficClass;
use crate::limits::LINK_MTU;
use hand_over::HandOver;
use links::Links;
use report::Reporter;
use std::time::Duration;

/// The limits before the first table, with which nothing passes.
const NO_LIMITS: TransitLimits = TransitLimits { packets_per_second: 0, bytes_per_second: 0 };

/// The fate of a packet of a link.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Passage {
    /// The packet is for the cluster vertex, and unchanged.
    Up,
    /// The packet was dropped, and counted.
    Dropped,
    /// The packet was edited, and goes out on a link.
    Out {
        /// The handle of the out-link, which is not 0.
        handle: u32,
    },
}

/// A way that the labels of a packet have led to.
struct Way {
    out_link: u32,
    pair: u32,
    charge: Option<Charge>,
    /// The label that leads there.
    label: u32,
}

/// Forwards the packets of a portal from link to link, by the label table that its cluster vertex has handed over. Bytes, marks, limits and counts
/// are as the cluster vertex would have them. Only packets that pass through are forwarded here; the cluster vertex gets the others: packets for
/// itself, for links of other portals, and with unknown labels. `OffloadedTransit` of packages/forwarding does the same.
///
/// Links have numbers of the owner's choice, whose slots are below [`TRANSIT_LINKS_MAX`](crate::limits::TRANSIT_LINKS_MAX). A slot may be used
/// again, under a number of another generation, when no table names its link: what was counted for it then goes. Tables
/// have numbers too, none of which comes twice.
pub struct Transit {
    tables: Tables,
    hand_over: HandOver,
    links: Links,
    /// None before the first forwarded packet.
    passed: Option<PassedPackets>,
    seed: u32,
    decided: u64,
    reporter: Reporter,
}

impl Transit {
    /// A transit without a table, which forwards nothing.
    pub fn new(seeds: Seeds) -> Self {
        Self {
            tables: Tables::new(NO_LIMITS, seeds.table),
            hand_over: HandOver::default(),
            links: Links::default(),
            passed: None,
            seed: seeds.packets,
            decided: 0,
            reporter: Reporter::default(),
        }
    }

    /// The number of labels in the current table; 0: nothing is forwarded.
    pub fn labels(&self) -> usize {
        self.tables.len()
    }

    /// How many packets were forwarded or dropped here.
    pub fn packets_decided(&self) -> u64 {
        self.decided
    }

    // ── From the link protocol ──────────────────────────────────────────────────────────────────────────────────────────

    /// Sets the present state of a link.
    pub fn set_link(&mut self, link: u32, row: LinkRow) {
        self.links.set(link, row);
    }

    /// The link with this handle, if one was set.
    pub fn link_of(&self, handle: u32) -> Option<u32> {
        self.links.of_handle(handle)
    }

    /// Processes a packet of a link, in place.
    ///
    /// `now` is the time since a fixed moment.
    pub fn handle_packet(&mut self, in_link: u32, bytes: &mut [u8], now: Duration) -> Passage {
        let size = bytes.len();
        if self.tables.adjacency(self.tables.generation(), in_link) == 0 || size > LINK_MTU {
            return Passage::Up;
        }
        let mut packet = match Packet::parse(bytes) {
            Ok(packet) => packet,
            Err(cause) => return self.drop(in_link, cause, 0, size),
        };
        let (came_at, hop_limit) = (packet.cursor(), packet.hop_limit());
        match self.tables.process(&mut packet, Some(in_link)) {
            Ok(Verdict::Forward { out_link, pair, charge, label, undo }) => {
                let passage = self.forward(&mut packet, in_link, &Way { out_link, pair, charge, label }, now);
                if passage == Passage::Up {
                    undo.restore(&mut packet);
                    packet.set_cursor(came_at);
                    packet.set_hop_limit(hop_limit);
                    self.tables.uncount(&packet, in_link, came_at..undo.at + 1);
                }
                passage
            }
            Ok(Verdict::Deliver(_)) => {
                let at = packet.cursor();
                packet.set_cursor(came_at);
                self.tables.uncount(&packet, in_link, came_at..at);
                Passage::Up
            }
            Err(refusal) if refusal.cause == DropCause::UnknownLabel || packet.is_question() => {
                self.tables.uncount(&packet, in_link, came_at..refusal.at);
                Passage::Up
            }
            Err(refusal) => {
                if let Some(denied) = refusal.denied {
                    self.tables.pairs().count_denied(denied, TrafficClass::of(packet.bytes()));
                }
                self.drop(in_link, refusal.cause, packet.label(refusal.at), size)
            }
        }
    }

    /// Forwards a processed packet. `Up`: it is a trace question that its out-link does not take; its edits must be undone.
    fn forward(&mut self, packet: &mut Packet<&mut [u8]>, in_link: u32, way: &Way, now: Duration) -> Passage {
        let &Way { out_link, pair, charge, label } = way;
        let size = packet.bytes().len();
        let passed = self.passed.get_or_insert_with(|| PassedPackets::new(self.seed));
        if passed.is_circling(packet, pair) {
            return self.drop(in_link, DropCause::Circling, label, size);
        }
        let pairs = self.tables.pairs();
        pairs.handle_time(now.as_millis() as u64);
        if !pairs.take(pair, size, charge, TrafficClass::of(packet.bytes())) {
            return self.drop(in_link, DropCause::TransitLimit, label, size);
        }
        let out = self.links.row(out_link);
        if (out.handle == 0 || size > out.mtu) && packet.is_question() {
            return Passage::Up;
        }
        if out.handle == 0 {
            self.links.counts_mut(out_link).packets_refused += 1;
            return self.drop(in_link, DropCause::LinkDown, label, size);
        }
        if size > out.preferred_mtu {
            if size > out.mtu {
                return self.drop(in_link, DropCause::TooLarge, label, size);
            }
            packet.set_mark();
        }
        self.decided += 1;
        self.links.count_forwarded(in_link, out_link, size);
        Passage::Out { handle: out.handle }
    }

    fn drop(&mut self, in_link: u32, cause: DropCause, label: u32, size: usize) -> Passage {
        self.decided += 1;
        self.links.count_drop(in_link, cause, label, size);
        Passage::Dropped
    }

    // ── Reports ─────────────────────────────────────────────────────────────────────────────────────────────────────────

    /// Reports counts that `reader` does not know yet, a bounded number at a time, if `table` is the current table. `None`: nothing to report. Links
    /// are named by the table's numbers. Until a report is confirmed, the next one repeats its counts. A new reader knows no counts.
    pub fn report(&mut self, table: u32, reader: u32) -> Option<TransitReport> {
        let numbers = self.hand_over.numbers_of(table)?;
        self.reporter.set_reader(reader, table);
        self.reporter.report(&mut self.tables, &self.links, numbers, self.decided)
    }

    /// Confirms that the reader has taken a report. True: more is to be reported.
    pub fn handle_report_taken(&mut self, number: u32) -> bool {
        self.reporter.handle_taken(number)
    }

    // ── Tables ──────────────────────────────────────────────────────────────────────────────────────────────────────────

    /// Begins a table, which comes into force once `whole` of its changes are taken. A table that was begun before is given up; the current one stays
    /// in force until then.
    pub fn begin(&mut self, table: u32, whole: u32, limits: TransitLimits) {
        self.tables.begin(table.into());
        self.hand_over.begin(table, whole, limits);
    }

    /// Takes the next changes of a table, and skips known ones; `first` is the number of the first. `None`: the table does not exist, or not any
    /// more.
    pub fn change(&mut self, table: u32, first: u32, changes: &[TransitChange]) -> Option<Taken> {
        for change in changes {
            if let TransitChange::Link { link, .. } = change {
                self.links.claim(*link);
            }
        }
        self.hand_over.change(&mut self.tables, table, first, changes)
    }

    /// Drops a table, whether it is in force or not.
    pub fn drop_table(&mut self, table: u32) {
        self.hand_over.drop_table(&mut self.tables, table);
    }

    /// Drops all tables, so that nothing is forwarded any more. Their entries are still to be swept.
    pub fn drop_tables(&mut self) {
        self.hand_over = HandOver::default();
        self.tables.drop_staged();
        self.tables.drop_current();
    }

    /// Frees up to `budget` entries of dropped tables. True: some are left.
    pub fn sweep(&mut self, budget: usize) -> bool {
        self.tables.sweep(budget);
        self.tables.has_remains()
    }
}
