//! Transit in a link vertex, in the place of its cluster vertex (docs/protocol/portal-api.md, Offloaded transit).

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
use super::tables::Tables;
use crate::limits::LINK_MTU;
use hand_over::HandOver;
use links::Links;
use report::Reporter;
use std::time::Duration;

/// The limits before a table has brought some: nothing passes.
const NO_LIMITS: TransitLimits = TransitLimits { packets_per_second: 0, bytes_per_second: 0 };

/// Says what becomes of a packet of a link.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Passage {
    /// The packet is for the cluster vertex, and as it was.
    Up,
    /// The packet was thrown away, and counted.
    Dropped,
    /// The packet was edited, and goes out on the link with that handle.
    Out {
        /// Not 0.
        handle: u32,
    },
}

/// Forwards the packets of one portal from link to link, by the label table that its cluster vertex has handed over, and by its
/// rules: the same bytes, marks, limits and counts. It decides about what only passes through; all else is the cluster vertex's:
/// what ends there, links of other portals, labels that are unknown. It does what `OffloadedTransit` of packages/forwarding does.
///
/// Links have numbers of the owner's choice, whose slots are below [`TRANSIT_LINKS_MAX`](crate::limits::TRANSIT_LINKS_MAX). A slot may be used
/// again, under a number of another generation, when no table names its link: what was counted for it then goes. Tables
/// have numbers too, none of which comes twice.
pub struct Transit {
    tables: Tables,
    hand_over: HandOver,
    links: Links,
    /// None before there is a table.
    passed: Option<PassedPackets>,
    seed: u32,
    decided: u64,
    reporter: Reporter,
}

impl Transit {
    /// Without a table it forwards nothing.
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

    /// How many labels it forwards by; 0: it forwards nothing.
    pub fn labels(&self) -> usize {
        self.tables.len()
    }

    /// How many packets it has decided about.
    pub fn packets_decided(&self) -> u64 {
        self.decided
    }

    // ── From the link protocol ──────────────────────────────────────────────────────────────────────────────────────────

    /// Says what a link is now.
    pub fn set_link(&mut self, link: u32, row: LinkRow) {
        self.links.set(link, row);
    }

    /// The link that a handle names, unless nobody has set one.
    pub fn link_of(&self, handle: u32) -> Option<u32> {
        self.links.of_handle(handle)
    }

    /// Takes a packet of a link, where it lies.
    ///
    /// `now` is the time since some moment that stays the same.
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
            Ok(Verdict::Forward { out_link, pair, label, at }) => {
                let passage = self.forward(&mut packet, in_link, out_link, pair, label, now);
                if passage == Passage::Up {
                    packet.set_label(at, label);
                    packet.set_cursor(came_at);
                    packet.set_hop_limit(hop_limit);
                    self.tables.uncount(&packet, in_link, came_at..at + 1);
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
            Err(refusal) => self.drop(in_link, refusal.cause, packet.label(refusal.at), size),
        }
    }

    /// `Up`: it is a question that its out-link does not take, and edited.
    fn forward(
        &mut self,
        packet: &mut Packet<&mut [u8]>,
        in_link: u32,
        out_link: u32,
        pair: u32,
        label: u32,
        now: Duration,
    ) -> Passage {
        let size = packet.bytes().len();
        let passed = self.passed.get_or_insert_with(|| PassedPackets::new(self.seed));
        if passed.is_circling(packet, pair) {
            return self.drop(in_link, DropCause::Circling, label, size);
        }
        let pairs = self.tables.pairs();
        pairs.handle_time(now.as_millis() as u64);
        if !pairs.take(pair, size) {
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

    /// Tells what `reader` does not know of what was counted, some of it at a time, if the table of that number holds; `None`: nothing.
    /// Links go by that table's numbers. Until the report is taken, the next one tells it again. Another reader knows nothing.
    pub fn report(&mut self, table: u32, reader: u32) -> Option<TransitReport> {
        let numbers = self.hand_over.numbers_of(table)?;
        self.reporter.set_reader(reader, table);
        self.reporter.report(&mut self.tables, &self.links, numbers, self.decided)
    }

    /// The reader has taken that report. True: there is more to tell.
    pub fn handle_report_taken(&mut self, number: u32) -> bool {
        self.reporter.handle_taken(number)
    }

    // ── Tables ──────────────────────────────────────────────────────────────────────────────────────────────────────────

    /// Begins a table, which holds as soon as so many changes of it were taken. One that was begun before is given up; the one that
    /// holds does so until then.
    pub fn begin(&mut self, table: u32, whole: u32, limits: TransitLimits) {
        self.tables.begin(table.into());
        self.hand_over.begin(table, whole, limits);
    }

    /// Takes those of the changes that come next, where `first` is the number of the first. `None`: there is no such table (any more).
    pub fn change(&mut self, table: u32, first: u32, changes: &[TransitChange]) -> Option<Taken> {
        for change in changes {
            if let TransitChange::Link { link, .. } = change {
                self.links.claim(*link);
            }
        }
        self.hand_over.change(&mut self.tables, table, first, changes)
    }

    /// A table is not wanted any more, whether it holds or not.
    pub fn drop_table(&mut self, table: u32) {
        self.hand_over.drop_table(&mut self.tables, table);
    }

    /// All tables are gone: nothing is forwarded any more, and there is something to sweep.
    pub fn drop_tables(&mut self) {
        self.hand_over = HandOver::default();
        self.tables.drop_staged();
        self.tables.drop_current();
    }

    /// Gives back so many entries of tables that are gone. True: some are left.
    pub fn sweep(&mut self, budget: usize) -> bool {
        self.tables.sweep(budget);
        self.tables.has_remains()
    }
}
