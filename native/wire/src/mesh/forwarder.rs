//! The forwarding service of a vertex.

use super::cause::{DropCause, DropCounts, DropLabels};
use super::entry::Scope;
use super::fate::{Fate, Local, Whole, cause_of, send};
use super::header::Packet;
use super::label_guesses::{LabelGuesses, Reading};
use super::label_table::{Refusal, Verdict};
use super::loopback::Loopback;
use super::output::{Arrival, Output, Way};
use super::pairs::{PairCounts, TransitLimits};
use super::passed_packets::PassedPackets;
use super::question::Question;
use super::tables::{Change, ChangeError, Tables};
use crate::slot::slot_of;
use florenetes_florio::frame::packet_at;
use florenetes_florio::limits::FRAME_HEADER_SIZE;
use std::ops::Range;
use std::time::Duration;

/// Random numbers, which nobody outside may know or choose.
#[derive(Clone, Copy, Debug)]
pub struct Seeds {
    /// For the hashes by which packets and guesses are told apart.
    pub packets: u32,
    /// For the places of labels in the table.
    pub table: u64,
}

/// Counts of the packets of one in-link, by what was done with them: each packet once. They never fall.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LinkCounts {
    /// Packets that their out-links took.
    pub packets_forwarded: u64,
    /// Packets that ended here.
    pub packets_delivered: u64,
    /// Packets thrown away, by cause.
    pub drops: DropCounts,
    /// A label for each.
    pub dropped_labels: DropLabels,
}

/// Takes the frames of the links, does what the labels of their packets say, and sends them on or delivers them. A frame whose
/// packets all go out on one link leaves as it came, without a copy; packets above the size that the link prefers are marked,
/// and those above what it carries dropped. Nothing is allocated for a packet.
///
/// Links are named by numbers of the owner's choice, whose slots are below [`LINKS_MAX`](crate::limits::LINKS_MAX). A slot may be used again,
/// under another number, when a table without its link has held: its counters begin anew.
pub struct Forwarder {
    tables: Tables,
    passed: PassedPackets,
    guesses: LabelGuesses,
    /// Links that a table has had, by their slots.
    links: Vec<Option<(u32, LinkCounts)>>,
    /// Drops of packets that start at this vertex, and of links whose slots others have.
    own_drops: DropCounts,
    loopback: Loopback,
    /// Milliseconds.
    now: u64,
}

impl Forwarder {
    /// A forwarder with an empty table, of generation 0.
    pub fn new(limits: TransitLimits, seeds: Seeds) -> Self {
        Self {
            tables: Tables::new(limits, seeds.table),
            passed: PassedPackets::new(seeds.packets),
            guesses: LabelGuesses::new(seeds.packets),
            links: Vec::new(),
            own_drops: DropCounts::default(),
            loopback: Loopback::default(),
            now: 0,
        }
    }

    // ── The table ───────────────────────────────────────────────────────────────────────────────────────────────────────

    /// Starts to take a new table; one that was begun before and not committed is given up. The present one holds on.
    pub fn begin(&mut self, generation: u64) {
        self.tables.begin(generation);
    }

    /// Adds to the table that was begun.
    ///
    /// # Errors
    ///
    /// [`ChangeError`]; the rest of the table may go on.
    pub fn stage(&mut self, generation: u64, change: Change) -> Result<(), ChangeError> {
        self.tables.stage(generation, change)?;
        self.note_link(change);
        Ok(())
    }

    /// Lets the table that was begun hold, whole, from the next packet on.
    ///
    /// # Errors
    ///
    /// [`ChangeError::Generation`] if that one was not begun.
    pub fn commit(&mut self, generation: u64) -> Result<(), ChangeError> {
        self.tables.commit(generation)
    }

    /// Changes the table that holds, from the next packet on.
    ///
    /// # Errors
    ///
    /// [`ChangeError`]; nothing has changed then.
    pub fn change(&mut self, generation: u64, change: Change) -> Result<(), ChangeError> {
        self.tables.change(generation, change)?;
        self.note_link(change);
        Ok(())
    }

    /// Gives back so many entries of the table before the last commit: to be called at the end of each turn.
    pub fn sweep(&mut self, budget: usize) {
        self.tables.sweep(budget);
    }

    /// Which table holds.
    pub fn generation(&self) -> u64 {
        self.tables.generation()
    }

    /// Entries of the table that holds.
    pub fn entries(&self) -> usize {
        self.tables.len()
    }

    /// Changes how much may pass from link to link.
    pub fn set_transit_limits(&mut self, limits: TransitLimits) {
        self.tables.pairs().set_limits(limits);
    }

    fn note_link(&mut self, change: Change) {
        let Change::AddLink { link, .. } = change else { return };
        let slot = slot_of(link);
        let links = self.links.len().max(slot + 1);
        self.links.resize(links, None);
        if let Some((number, counts)) = &self.links[slot] {
            if *number == link {
                return;
            }
            for (all, drops) in self.own_drops.iter_mut().zip(counts.drops) {
                *all += drops;
            }
        }
        self.links[slot] = Some((link, LinkCounts::default()));
        self.guesses.add_link(slot);
    }

    // ── Packets of links ────────────────────────────────────────────────────────────────────────────────────────────────

    /// Takes a checked DATA frame of a link that the table has had. It is edited where it lies.
    ///
    /// `now` is the time since some moment that stays the same.
    ///
    /// # Panics
    ///
    /// If no table has had the link, or another has its slot.
    pub fn handle_frame(&mut self, in_link: u32, frame: &mut [u8], now: Duration, output: &mut impl Output) {
        debug_assert!(self.link_counts(in_link).is_some(), "a table has had the link");
        self.handle_time(now);
        // While all packets go out on one link, nothing is sent yet: the frame may leave whole.
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

    /// Takes a packet of a link that the table has had, where it lies: `handle_frame` for one that came alone. Whoever has no
    /// more of them calls `handle_turn_end` of the output.
    ///
    /// # Panics
    ///
    /// If no table has had the link, or another has its slot.
    pub fn handle_packet(&mut self, in_link: u32, packet: &mut [u8], now: Duration, output: &mut impl Output) {
        self.handle_time(now);
        let fate = self.process(in_link, packet);
        self.finish(in_link, fate, packet, output);
    }

    fn handle_time(&mut self, now: Duration) {
        self.now = now.as_millis() as u64;
        self.tables.pairs().handle_time(self.now);
    }

    /// Edits the packet by its labels. It is then to be sent, delivered or counted.
    fn process(&mut self, in_link: u32, bytes: &mut [u8]) -> Fate {
        let size = bytes.len();
        let mut packet = match Packet::parse(bytes) {
            Ok(packet) => packet,
            Err(cause) => return Fate::Drop { cause, label: 0 },
        };
        let came_at = packet.cursor();
        match self.tables.process(&mut packet, Some(in_link)) {
            Ok(Verdict::Forward { out_link, pair, label, .. }) => {
                if self.passed.is_circling(&packet, pair) {
                    return Fate::Drop { cause: DropCause::Circling, label };
                }
                if !self.tables.pairs().take(pair, size) {
                    return Fate::Drop { cause: DropCause::TransitLimit, label };
                }
                Fate::Forward { out_link, label }
            }
            Ok(Verdict::Deliver(destination)) => Fate::Local(Local { destination, came_at }),
            Err(Refusal { cause, at }) => Fate::Refused { cause, came_at, at },
        }
    }

    fn finish(&mut self, in_link: u32, fate: Fate, packet: &mut [u8], output: &mut impl Output) {
        match fate {
            Fate::Forward { out_link, label } => self.forward((in_link, out_link), label, packet, output),
            Fate::Drop { cause, label } => self.count_drops(in_link, cause, 1, label),
            Fate::Refused { cause, came_at, at } => {
                self.refuse(cause, Reading { in_link, came_at, at }, packet, output);
            }
            Fate::Local(Local { destination, came_at }) => {
                self.counts_mut(in_link).packets_delivered += 1;
                let guesses = Some((&mut self.guesses, self.now));
                output.deliver(&mut Arrival::new(destination, packet, Some(in_link), came_at, guesses));
            }
        }
    }

    /// Drops a packet for its labels, unless it is a question that asks this vertex.
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
            self.counts_mut(in_link).packets_delivered += 1;
            return;
        }
        self.count_drops(in_link, cause, 1, packet.label(at));
        if cause == DropCause::UnknownLabel && self.guesses.handle_unknown(&packet, reading, self.now) {
            output.handle_guessing(in_link);
        }
    }

    /// `label` is the one that sends it on; 0: that was overwritten.
    fn forward(&mut self, (in_link, out_link): (u32, u32), label: u32, packet: &mut [u8], output: &mut impl Output) {
        let way = Way { in_link: Some(in_link), out_link };
        match send(way, packet, output) {
            Ok(()) => self.counts_mut(in_link).packets_forwarded += 1,
            Err(cause) => {
                tell_if_question(way, cause, packet, output);
                self.count_drops(in_link, cause, 1, label);
            }
        }
    }

    /// Forwards those packets of a frame that lie before an offset.
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
            self.counts_mut(in_link).packets_forwarded += packets as u64;
        } else {
            let cause = cause_of(out_link, largest, output);
            let mut at = FRAME_HEADER_SIZE;
            while let Some(Range { start, end }) = packet_at(frame, at) {
                tell_if_question(Way { in_link: Some(in_link), out_link }, cause, &frame[start..end], output);
                at = end;
            }
            self.count_drops(in_link, cause, packets, label);
        }
    }

    fn counts_mut(&mut self, link: u32) -> &mut LinkCounts {
        let (_, counts) = self.links[slot_of(link)].as_mut().expect("a table has had the link");
        counts
    }

    /// `label` is the one by which they were dropped; 0: that is not known.
    fn count_drops(&mut self, in_link: u32, cause: DropCause, packets: usize, label: u32) {
        let counts = self.counts_mut(in_link);
        counts.drops[cause as usize] += packets as u64;
        if label != 0 {
            counts.dropped_labels[cause as usize] = label;
        }
    }

    // ── Packets of this vertex ──────────────────────────────────────────────────────────────────────────────────────────

    /// Sends a packet of this vertex's own, with its cursor at 0, out on the first link of its path; without one it is for a
    /// service here, and waits for `deliver_loopback`. False: dropped, and counted.
    pub fn send_from_here(&mut self, out_link: Option<u32>, packet: &mut [u8], output: &mut impl Output) -> bool {
        let result = match out_link {
            Some(out_link) => send(Way { in_link: None, out_link }, packet, output),
            None => self.loop_back(packet),
        };
        if let Err(cause) = result {
            self.own_drops[cause as usize] += 1;
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

    /// Whether `deliver_loopback` has something to do.
    pub fn has_loopback(&self) -> bool {
        !self.loopback.is_empty()
    }

    /// Delivers the packets that this vertex has sent to itself; to be called once the turn is over. Those that they cause
    /// wait for the next one.
    pub fn deliver_loopback(&mut self, output: &mut impl Output) {
        let mut batch = self.loopback.take();
        batch.for_each(|packet, destination| output.deliver(&mut Arrival::new(destination, packet, None, 0, None)));
        self.loopback.give_back(batch);
        output.handle_turn_end();
    }

    // ── Counters ────────────────────────────────────────────────────────────────────────────────────────────────────────

    /// Links that a table has had, and whose slots no others have: what is counted of their packets.
    pub fn links(&self) -> impl Iterator<Item = (u32, &LinkCounts)> {
        self.links.iter().flatten().map(|(link, counts)| (*link, counts))
    }

    /// Counts of a link's packets. `None`: no table has had it, or another has its slot.
    pub fn link_counts(&self, link: u32) -> Option<&LinkCounts> {
        self.links.get(slot_of(link))?.as_ref().filter(|(number, _)| *number == link).map(|(_, counts)| counts)
    }

    /// Packets of this vertex's own that were thrown away, by cause, and those of links whose slots others have.
    pub fn own_drops(&self) -> &DropCounts {
        &self.own_drops
    }

    /// Different labels that mean nothing here and came over a link, as far as they were still looked up.
    pub fn labels_guessed(&self, link: u32) -> u64 {
        self.link_counts(link).map_or(0, |_| self.guesses.count(slot_of(link)))
    }

    /// Counts of each pair of links that any entry leads through.
    pub fn pair_counts(&self) -> impl Iterator<Item = PairCounts> + '_ {
        self.tables.pair_counts()
    }

    /// How many packets an entry of the table let through; `None`: there is none.
    pub fn entry_packets(&self, scope: Scope, label: u32) -> Option<u64> {
        self.tables.packets(scope, label)
    }
}

/// Tells of a question that its out-link has not taken.
fn tell_if_question(way: Way, cause: DropCause, packet: &[u8], output: &mut impl Output) {
    let (Some(in_link), Ok(packet)) = (way.in_link, Packet::parse(packet)) else { return };
    if packet.is_question() {
        let (out_link, packet) = (Some(way.out_link), packet.bytes());
        output.handle_question(Question { in_link, out_link, cause, at: None, is_guessing: false, packet });
    }
}
