//! The forwarding service of a vertex.

use super::cause::{DropCause, DropCounts};
use super::counted_links::{CountedLinks, LinkCounts};
use super::entry::Scope;
use super::exchanged_shares::ExchangedRow;
use super::fate::{Fate, Local, Whole, cause_of, send, tell_if_question};
use super::header::Packet;
use super::label_guesses::{LabelGuesses, Reading};
use super::label_table::{Refusal, Verdict};
use super::loopback::Loopback;
use super::output::{Arrival, Output, Way};
use super::pairs::{PairCounts, TransitLimits};
use super::passed_packets::PassedPackets;
use super::permit_bucket::PermitRow;
use super::question::Question;
use super::tables::{Change, ChangeError, Tables};
use super::traffic_class::TrafficClass;
use crate::slot::slot_of;
use florenetes_florio::frame::packet_at;
use florenetes_florio::limits::FRAME_HEADER_SIZE;
use std::ops::Range;
use std::time::Duration;

/// Random seeds, which nobody outside may know or choose.
#[derive(Clone, Copy, Debug)]
pub struct Seeds {
    /// Seed of the hashes of packets and guesses.
    pub packets: u32,
    /// Seed of the label table's hash.
    pub table: u64,
}

/// Processes the labels of the packets in the links' frames, and forwards or delivers the packets. A frame whose packets all go out on one link
/// leaves as a whole, without a copy. Packets above the link's preferred MTU are marked, and packets above its MTU are dropped. Nothing is allocated
/// for a packet.
///
/// The owner numbers the links; their slots are below [`LINKS_MAX`](crate::limits::LINKS_MAX). After a table without its link was current, a slot may
/// be reused under another number, and its counters begin anew.
pub struct Forwarder {
    tables: Tables,
    passed: PassedPackets,
    guesses: LabelGuesses,
    links: CountedLinks,
    loopback: Loopback,
    /// The present time in milliseconds.
    now: u64,
}

impl Forwarder {
    /// A forwarder with an empty table, of generation 0.
    pub fn new(limits: TransitLimits, seeds: Seeds) -> Self {
        Self {
            tables: Tables::new(limits, seeds.table),
            passed: PassedPackets::new(seeds.packets),
            guesses: LabelGuesses::new(seeds.packets),
            links: CountedLinks::default(),
            loopback: Loopback::default(),
            now: 0,
        }
    }

    // ── The table ───────────────────────────────────────────────────────────────────────────────────────────────────────

    /// Begins a new table, and gives up one that was begun before and not committed. The current table stays in force.
    pub fn begin(&mut self, generation: u64) {
        self.tables.begin(generation);
    }

    /// Adds a change to the table that was begun.
    ///
    /// # Errors
    ///
    /// [`ChangeError`]; further changes may follow.
    pub fn stage(&mut self, generation: u64, change: Change) -> Result<(), ChangeError> {
        self.tables.stage(generation, change)?;
        self.note_link(change);
        Ok(())
    }

    /// Puts the table that was begun into force as a whole, from the next packet on.
    ///
    /// # Errors
    ///
    /// [`ChangeError::Generation`] if that generation was not begun.
    pub fn commit(&mut self, generation: u64) -> Result<(), ChangeError> {
        self.tables.commit(generation)
    }

    /// Changes the current table, from the next packet on.
    ///
    /// # Errors
    ///
    /// [`ChangeError`]; the table is then unchanged.
    pub fn change(&mut self, generation: u64, change: Change) -> Result<(), ChangeError> {
        self.tables.change(generation, change)?;
        self.note_link(change);
        Ok(())
    }

    /// Frees up to `budget` entries of former tables; to be called at the end of each turn.
    pub fn sweep(&mut self, budget: usize) {
        self.tables.sweep(budget);
    }

    /// The generation of the current table.
    pub fn generation(&self) -> u64 {
        self.tables.generation()
    }

    /// The number of entries of the current table.
    pub fn entries(&self) -> usize {
        self.tables.len()
    }

    /// Sets the limits of what may pass from link to link.
    pub fn set_transit_limits(&mut self, limits: TransitLimits) {
        self.tables.pairs().set_limits(limits);
    }

    fn note_link(&mut self, change: Change) {
        if let Change::AddLink { link, .. } = change
            && self.links.begin(link)
        {
            self.guesses.add_link(slot_of(link));
        }
    }

    // ── Packets of links ────────────────────────────────────────────────────────────────────────────────────────────────

    /// Takes a checked DATA frame of a link that any table has had, and edits it in place.
    ///
    /// `now` is the time since a fixed moment.
    ///
    /// # Panics
    ///
    /// If no table has had the link, or another link has its slot.
    pub fn handle_frame(&mut self, in_link: u32, frame: &mut [u8], now: Duration, output: &mut impl Output) {
        debug_assert!(self.link_counts(in_link).is_some(), "a table has had the link");
        self.handle_time(now);
        // While all packets go out on the same link, nothing is sent, since the frame may leave whole.
        let mut whole = Some(Whole::default());
        let mut is_delivered = false;
        let mut at = FRAME_HEADER_SIZE;
        while let Some(range) = packet_at(frame, at) {
            let fate = self.process(in_link, &mut frame[range.clone()]);
            if let Some(so_far) = &mut whole {
                if so_far.add(fate, range.len()) {
                    at = range.end;
                    continue;
                }
                if let Some(out_link) = so_far.out_link {
                    self.forward_all(in_link, out_link, frame, at, output);
                }
                whole = None;
            }
            is_delivered |= matches!(fate, Fate::Local(_));
            self.finish(in_link, fate, &mut frame[range.clone()], output);
            at = range.end;
        }
        if let Some(whole) = whole {
            self.forward_whole(in_link, whole, frame, output);
        }
        if is_delivered {
            output.handle_turn_end();
        }
    }

    /// Does the same as `handle_frame` for a single packet. After the last packet the caller calls `handle_turn_end` of the output.
    ///
    /// # Panics
    ///
    /// If no table has had the link, or another link has its slot.
    pub fn handle_packet(&mut self, in_link: u32, packet: &mut [u8], now: Duration, output: &mut impl Output) {
        self.handle_time(now);
        let fate = self.process(in_link, packet);
        self.finish(in_link, fate, packet, output);
    }

    fn handle_time(&mut self, now: Duration) {
        self.now = now.as_millis() as u64;
        self.tables.pairs().handle_time(self.now);
    }

    /// Processes the labels of a packet in place. `finish` then sends, delivers or counts it.
    fn process(&mut self, in_link: u32, bytes: &mut [u8]) -> Fate {
        let size = bytes.len();
        let mut packet = match Packet::parse(bytes) {
            Ok(packet) => packet,
            Err(cause) => return Fate::Drop { cause, label: 0 },
        };
        let came_at = packet.cursor();
        match self.tables.process(&mut packet, Some(in_link)) {
            Ok(Verdict::Forward { out_link, pair, charge, label, .. }) => {
                if self.passed.is_circling(&packet, pair) {
                    return Fate::Drop { cause: DropCause::Circling, label };
                }
                let class = TrafficClass::of(packet.bytes());
                if !self.tables.pairs().take(pair, size, charge, class) {
                    return Fate::Drop { cause: DropCause::TransitLimit, label };
                }
                Fate::Forward { out_link, label }
            }
            Ok(Verdict::Deliver(destination)) => {
                Fate::Local(Local { destination, came_at, share: packet.last_share() })
            }
            Err(Refusal { cause, at, denied }) => Fate::Refused { cause, came_at, at, denied },
        }
    }

    fn finish(&mut self, in_link: u32, fate: Fate, packet: &mut [u8], output: &mut impl Output) {
        match fate {
            Fate::Forward { out_link, label } => self.forward((in_link, out_link), label, packet, output),
            Fate::Drop { cause, label } => self.links.count_drops(in_link, cause, 1, label),
            Fate::Refused { cause, came_at, at, denied } => {
                if let Some(denied) = denied {
                    self.tables.pairs().count_denied(denied, TrafficClass::of(packet));
                }
                self.refuse(cause, Reading { in_link, came_at, at }, packet, output);
            }
            Fate::Local(Local { destination, came_at, share }) => {
                self.links.count_delivered(in_link, share, packet);
                let guesses = Some((&mut self.guesses, self.now));
                output.deliver(&mut Arrival::new(destination, packet, Some(in_link), came_at, guesses));
            }
        }
    }

    /// Drops a packet because of its labels, unless it is a trace question for this vertex.
    fn refuse(&mut self, cause: DropCause, reading: Reading, packet: &[u8], output: &mut impl Output) {
        let Ok(packet) = Packet::parse(packet) else { return };
        let Reading { in_link, at, .. } = reading;
        let is_question = packet.is_question();
        if is_question {
            let is_guessing = self.guesses.is_blind(&packet, reading, self.now);
            let packet = packet.bytes();
            output.handle_question(Question { in_link, out_link: None, cause, at: Some(at), is_guessing, packet });
        }
        if is_question && cause == DropCause::Operations {
            self.links.count_delivered(in_link, packet.last_share(), packet.bytes());
            return;
        }
        self.links.count_drops(in_link, cause, 1, packet.label(at));
        if cause == DropCause::UnknownLabel && self.guesses.handle_unknown(&packet, reading, self.now) {
            output.handle_guessing(in_link);
        }
    }

    /// Sends a packet on its out-link. `label` is the label that leads there; 0: it was overwritten.
    fn forward(&mut self, (in_link, out_link): (u32, u32), label: u32, packet: &mut [u8], output: &mut impl Output) {
        let way = Way { in_link: Some(in_link), out_link };
        match send(way, packet, output) {
            Ok(()) => self.links.count_forwarded(in_link, 1),
            Err(cause) => {
                tell_if_question(way, cause, packet, output);
                self.links.count_drops(in_link, cause, 1, label);
            }
        }
    }

    /// Forwards the packets of a frame before an offset.
    fn forward_all(&mut self, in_link: u32, out_link: u32, frame: &mut [u8], until: usize, output: &mut impl Output) {
        let mut at = FRAME_HEADER_SIZE;
        while let Some(Range { start, end }) = packet_at(&frame[..until], at) {
            self.forward((in_link, out_link), 0, &mut frame[start..end], output);
            at = end;
        }
    }

    fn forward_whole(&mut self, in_link: u32, whole: Whole, frame: &mut [u8], output: &mut impl Output) {
        let Whole { out_link: Some(out_link), label, packets, largest } = whole else { return };
        if largest > output.link(out_link).preferred_mtu {
            self.forward_all(in_link, out_link, frame, frame.len(), output);
        } else if output.send_frame(Way { in_link: Some(in_link), out_link }, frame, packets) {
            self.links.count_forwarded(in_link, packets);
        } else {
            let cause = cause_of(out_link, largest, output);
            let mut at = FRAME_HEADER_SIZE;
            while let Some(Range { start, end }) = packet_at(frame, at) {
                tell_if_question(Way { in_link: Some(in_link), out_link }, cause, &frame[start..end], output);
                at = end;
            }
            self.links.count_drops(in_link, cause, packets, label);
        }
    }

    // ── Packets of this vertex ──────────────────────────────────────────────────────────────────────────────────────────

    /// Sends a packet of this vertex's own, with its cursor at 0, on the first link of its path. Without a link the packet is for a service here, and
    /// waits for `deliver_loopback`. False: dropped, and counted.
    pub fn send_from_here(&mut self, out_link: Option<u32>, packet: &mut [u8], output: &mut impl Output) -> bool {
        let result = match out_link {
            Some(out_link) => send(Way { in_link: None, out_link }, packet, output),
            None => self.loop_back(packet),
        };
        match (result, out_link) {
            (Err(cause), _) => self.links.count_own_drop(cause),
            (Ok(()), Some(out_link)) => self.links.count_sent(out_link, packet),
            (Ok(()), None) => {}
        }
        result.is_ok()
    }

    fn loop_back(&mut self, bytes: &mut [u8]) -> Result<(), DropCause> {
        let mut packet = Packet::parse(bytes)?;
        match self.tables.process(&mut packet, None) {
            Ok(Verdict::Deliver(destination)) if self.loopback.push(packet.bytes(), destination) => Ok(()),
            Ok(Verdict::Deliver(_)) => Err(DropCause::LoopbackFull),
            Ok(Verdict::Forward { .. }) => unreachable!("no transit pair begins at this vertex itself"),
            Err(Refusal { cause, .. }) => Err(cause),
        }
    }

    /// Whether packets wait for `deliver_loopback`.
    pub fn has_loopback(&self) -> bool {
        !self.loopback.is_empty()
    }

    /// Delivers the packets that this vertex has sent to itself; to be called once the turn is over. Packets that these cause wait for the next turn.
    pub fn deliver_loopback(&mut self, output: &mut impl Output) {
        let mut batch = self.loopback.take();
        batch.for_each(|packet, destination| output.deliver(&mut Arrival::new(destination, packet, None, 0, None)));
        self.loopback.give_back(batch);
        output.handle_turn_end();
    }

    // ── Counters ────────────────────────────────────────────────────────────────────────────────────────────────────────

    /// The counts of all links that any table has had and whose slots are not reused.
    pub fn links(&self) -> impl Iterator<Item = (u32, &LinkCounts)> {
        self.links.iter()
    }

    /// Counts of a link's packets. `None`: no table has had the link, or another link has its slot.
    pub fn link_counts(&self, link: u32) -> Option<&LinkCounts> {
        self.links.get(link)
    }

    /// Dropped packets of this vertex's own and of former links whose slots are reused, by cause.
    pub fn own_drops(&self) -> &DropCounts {
        self.links.own_drops()
    }

    /// The counts of this vertex's own packets over each link, by share and class, as far as any were sent or came.
    pub fn exchanged_rows(&self) -> impl Iterator<Item = ExchangedRow> + '_ {
        self.links.exchanged()
    }

    /// The number of different unknown labels that came over a link, while guesses were still counted.
    pub fn labels_guessed(&self, link: u32) -> u64 {
        self.link_counts(link).map_or(0, |_| self.guesses.count(slot_of(link)))
    }

    /// The counts of each pair of links that any entry leads through.
    pub fn pair_counts(&self) -> impl Iterator<Item = PairCounts> + '_ {
        self.tables.pair_counts()
    }

    /// The counts of each pair of links that a permit opens, by class, as far as packets have come.
    pub fn permit_rows(&self) -> impl Iterator<Item = PermitRow> + '_ {
        self.tables.permit_rows()
    }

    /// How many packets an entry of the current table let through; `None`: no such entry.
    pub fn entry_packets(&self, scope: Scope, label: u32) -> Option<u64> {
        self.tables.packets(scope, label)
    }
}
