//! The queue of one link in front of its engine.

use super::codel::Codel;
use super::congestion::Congestion;
use super::counts::ClassCounts;
use super::in_link_places::InLinkPlaces;
use super::in_link_queue::{InLinkQueue, is_in_hurry};
use super::in_link_turns::InLinkTurns;
use super::load::{Load, largest_of};
use super::packet_store::{PacketStore, Slot};
use super::place::{Place, UNSHARED, share_before};
use super::share_queue::Flow;
use crate::limits::{
    QUEUE_BYTES_MAX, QUEUE_CLASS_DELAYS_MAX, QUEUE_CLASS_PARTS, QUEUE_GROUPS, QUEUE_PACKETS_MAX, QUEUE_TARGET,
};
use crate::mesh::TrafficClass;
use std::ops::Range;
use std::time::Duration;

const CLASSES: usize = TrafficClass::ALL.len();

/// The packets that wait for a link: by in-link (or the vertex itself), then by class, then by share, then by connection.
///
/// ```text
///   in-links ─▶ in turn, by bytes; who is in a hurry ahead, on credit (`InLinkTurns`)
///     │ each     control, within limits ─────────▶ first
///     └────────▶ dns, interactive, reliable, bulk ▶ by weight    each: its shares in turn, by bytes, and their connections; CoDel (RFC 8289) for these
///                droppable ──────────────────────▶ last
/// ```
///
/// Senders choose the classes of their packets, so a class only orders the packets of an in-link, and takes nothing from other in-links. The whole
/// queue is bounded in packets and bytes, and each class of an in-link in packets, bytes and time. If there is no room, the in-link that holds most
/// drops packets: first droppable ones, then those of the class that holds most for its weight, and in it of the share and then the connection that
/// hold most. Packets are copied, since only a link that cannot send at once uses its queue.
///
/// `hold` keeps the polled packet in place while others are polled after it.
#[derive(Default)]
pub struct PacketQueue {
    store: PacketStore,
    /// Queues of in-links, each made when its first packet has to wait.
    in_links: [Option<Box<InLinkQueue>>; QUEUE_GROUPS],
    places: InLinkPlaces,
    turns: InLinkTurns,
    load: Load,
    congestion: [Congestion; CLASSES],
    /// The size of the largest packet since the queue was last empty.
    largest: usize,
    polled: Option<Slot>,
    held: Option<Slot>,
    counts: [ClassCounts; CLASSES],
}

impl PacketQueue {
    /// The number of waiting packets.
    pub fn len(&self) -> usize {
        self.load.packets
    }

    /// Whether no packet waits.
    pub fn is_empty(&self) -> bool {
        self.load.packets == 0
    }

    /// The set of classes, a bit for each, in which sources of the vertex itself should hold back. Only the vertex's own packets of a class count:
    /// packets of other vertices and classes do not hold its sources back.
    pub fn congested_classes(&self) -> u8 {
        let bits =
            self.congestion.iter().enumerate().map(|(number, congestion)| u8::from(congestion.is_on()) << number);
        bits.fold(0, |classes, bit| classes | bit)
    }

    /// Counts of each class, by its number.
    pub fn counts(&self) -> &[ClassCounts; CLASSES] {
        &self.counts
    }

    /// Bytes of memory used for packets.
    pub fn memory(&self) -> usize {
        self.store.memory()
    }

    /// The length of the packet that `poll_packet` would return if none were late; 0: there is none.
    pub fn next_length(&self) -> usize {
        let head = self.next_place().and_then(|place| self.flow(place)?.head);
        head.map_or(0, |head| self.store.length(head))
    }

    /// The polled packet: `buffer()[range]`, with room for a header before it. Valid until the next `push`.
    pub(crate) fn polled(&self) -> Range<usize> {
        self.polled.map_or(0..0, |slot| self.store.range(slot))
    }

    /// The held packet.
    pub(crate) fn held(&self) -> Option<Range<usize>> {
        self.held.map(|slot| self.store.range(slot))
    }

    pub(crate) fn buffer(&mut self) -> &mut [u8] {
        self.store.buffer()
    }

    /// Queues a copy of a packet of at most [`LINK_MTU`](crate::limits::LINK_MTU) bytes. False: it was dropped.
    ///
    /// `now` is the time since a fixed moment.
    pub fn push(&mut self, packet: &[u8], place: Place, now: Duration) -> bool {
        self.forget_polled();
        let length = packet.len();
        let place = self.judge(place, packet);
        if !self.make_way(place, length, now) {
            self.counts[place.class as usize].dropped_full += 1;
            return false;
        }
        if self.load.packets == 0 {
            self.largest = 0;
        }
        self.largest = self.largest.max(length);
        let slot = self.store.insert(packet, place, now);
        self.load += Load::of_packet(length);
        self.in_links[place.group as usize].get_or_insert_default().push(place, slot, &mut self.store);
        self.handle_changed(place.group);
        if place.is_own() {
            let head = self.flow(place).and_then(|flow| flow.head);
            let waits_since = head.map_or(now, |head| self.store.entry(head).arrived);
            let number = place.class as usize;
            let delay = now.saturating_sub(waits_since);
            self.congestion[number].handle_pushed(Load::of_packet(length), delay, QUEUE_CLASS_PARTS[number]);
        }
        true
    }

    /// Takes the next packet to be sent, and drops packets that are too late.
    pub fn poll_packet(&mut self, now: Duration) -> Option<&mut [u8]> {
        if !self.poll(now) {
            return None;
        }
        let polled = self.polled();
        Some(&mut self.store.buffer()[polled])
    }

    /// Does the same as `poll_packet`; `polled` then finds the packet. False: there is none.
    pub(crate) fn poll(&mut self, now: Duration) -> bool {
        self.forget_polled();
        self.drop_expired(now);
        while let Some(place) = self.next_place() {
            let polled = self.poll_flow(place, now);
            if let Some(slot) = polled {
                self.handle_sent(place, slot, now);
            }
            self.handle_changed(place.group);
            self.polled = polled;
            if polled.is_some() {
                return true;
            }
        }
        false
    }

    /// Keeps the packet that was just polled until `release`.
    pub(crate) fn hold(&mut self) {
        self.held = self.polled.take();
    }

    pub(crate) fn release(&mut self) {
        if let Some(slot) = self.held.take() {
            self.store.remove(slot);
        }
    }

    /// Counts a packet that goes to the engine without waiting.
    pub(crate) fn count_unqueued(&mut self, place: Place, length: usize) {
        self.counts[place.class as usize].count_sent(length);
    }

    /// Frees the memory if the queue was empty since the last call.
    pub fn trim(&mut self) {
        self.forget_polled();
        if self.store.trim() {
            self.in_links = Default::default();
        }
    }

    /// Drops all packets, as when the link goes down.
    pub fn clear(&mut self) {
        *self = Self { counts: self.counts, ..Self::default() };
    }

    // ── Order ───────────────────────────────────────────────────────────────────────────────────────────────────────────

    fn in_link(&self, group: u32) -> Option<&InLinkQueue> {
        self.in_links[group as usize].as_deref()
    }

    fn in_link_mut(&mut self, group: u32) -> &mut InLinkQueue {
        self.in_links[group as usize].get_or_insert_default()
    }

    fn flow(&self, place: Place) -> Option<&Flow> {
        Some(&self.in_link(place.group)?.class(place.class)?.share(place.share)?.flows[usize::from(place.flow)])
    }

    fn flow_mut(&mut self, place: Place) -> &mut Flow {
        &mut self.in_link_mut(place.group).class_mut(place.class).share_mut(place.share).flows[usize::from(place.flow)]
    }

    /// The place of the next packet.
    fn next_place(&self) -> Option<Place> {
        let group = self.turns.next()? as u32;
        let in_link = self.in_link(group)?;
        let class = in_link.next_class();
        let (share, flow) = in_link.class(class)?.next()?;
        Some(Place { class, group, share, flow })
    }

    /// The place of a new packet in this queue. Control packets beyond the in-link's share become reliable.
    fn judge(&mut self, asked: Place, packet: &[u8]) -> Place {
        let group = self.places.find(asked.group, &self.turns);
        let in_link = self.in_link_mut(group);
        let is_kept = asked.class != TrafficClass::Control || in_link.control.take(packet.len());
        let class = if is_kept { asked.class } else { TrafficClass::Reliable };
        let share = if asked.is_own() { 0 } else { share_before(packet) };
        let share = if share == 0 { UNSHARED } else { in_link.class_mut(class).find_share(share) };
        Place { class, group, share, ..asked }
    }

    /// Notes that a packet was sent, as a turn of its connection, share, class and in-link.
    fn handle_sent(&mut self, place: Place, slot: Slot, now: Duration) {
        let length = self.store.length(slot);
        let counts = &mut self.counts[place.class as usize];
        counts.delay += now.saturating_sub(self.store.entry(slot).arrived);
        counts.count_sent(length);
        self.in_link_mut(place.group).handle_sent(place, length);
        self.turns.handle_sent(place.group as usize, length, is_in_hurry(place.class));
    }

    /// Updates the turns after a packet of an in-link has come or gone.
    fn handle_changed(&mut self, group: u32) {
        match self.in_link(group).filter(|in_link| in_link.load.packets > 0) {
            Some(in_link) => self.turns.wake(group as usize, is_in_hurry(in_link.next_class())),
            None => self.turns.sleep(group as usize),
        }
    }

    // ── Room ────────────────────────────────────────────────────────────────────────────────────────────────────────────

    /// Drops packets until there is room for a new one. False: the new packet itself would have to be dropped.
    fn make_way(&mut self, place: Place, length: usize, now: Duration) -> bool {
        let part = QUEUE_CLASS_PARTS[place.class as usize];
        loop {
            let is_full = self.load.packets == QUEUE_PACKETS_MAX || self.load.bytes + length > QUEUE_BYTES_MAX;
            let Load { packets, bytes } = self.in_link_mut(place.group).load_of(place.class);
            let is_class_full = packets == QUEUE_PACKETS_MAX / part || bytes + length > QUEUE_BYTES_MAX / part;
            if !is_full && !is_class_full {
                return true;
            }
            let victim = self.victim(place, Load::of_packet(length).size(), is_class_full);
            if victim == place {
                return false;
            }
            if let Some(slot) = self.take(victim, now) {
                self.handle_changed(victim.group);
                self.counts[victim.class as usize].dropped_full += 1;
                self.store.remove(slot);
            }
        }
    }

    /// The place that has to drop a packet if `more` is added at `place`; may be `place` itself.
    fn victim(&mut self, place: Place, more: usize, is_class_full: bool) -> Place {
        let group = if is_class_full { place.group } else { self.largest_in_link(place.group, more) };
        let more = if group == place.group { more } else { 0 };
        let in_link = self.in_link_mut(group);
        let class = if is_class_full { place.class } else { in_link.largest_class(place.class, more) };
        let more = if class == place.class { more } else { 0 };
        let (share, flow) = in_link.class_mut(class).largest(more, place.share, place.flow);
        Place { class, group, share, flow }
    }

    /// The in-link that would hold most if `more` were added at `to`.
    fn largest_in_link(&self, to: u32, more: usize) -> u32 {
        let size_of = |group: usize| {
            let size = self.in_link(group as u32).map_or(0, |in_link| in_link.load.size());
            size + if group == to as usize { more } else { 0 }
        };
        largest_of(QUEUE_GROUPS, size_of) as u32
    }

    /// Drops packets that have waited for longer than their class may, since a class may never have its turn.
    fn drop_expired(&mut self, now: Duration) {
        while let Some(slot) = self.store.oldest_waiting() {
            let entry = self.store.entry(slot);
            if !is_expired(entry.place, now.saturating_sub(entry.arrived)) {
                return;
            }
            let place = entry.place;
            if let Some(slot) = self.take(place, now) {
                self.handle_changed(place.group);
                self.count_late(place.class, slot);
            }
        }
    }

    // ── Delay and congestion ────────────────────────────────────────────────────────────────────────────────────────────

    /// Takes the next packet of a flow, and drops packets by CoDel. `None`: all were late.
    fn poll_flow(&mut self, place: Place, now: Duration) -> Option<Slot> {
        let (mut slot, mut is_late) = self.take_head(place, now)?;
        if !self.codel_mut(place).is_dropping() {
            if !is_late {
                return Some(slot);
            }
            self.count_late(place.class, slot);
            self.codel_mut(place).start(now);
            return self.take_head(place, now).map(|(slot, _)| slot);
        }
        if !is_late {
            self.codel_mut(place).stop();
        }
        while self.codel_mut(place).is_due(now) {
            self.count_late(place.class, slot);
            self.codel_mut(place).count_drop();
            (slot, is_late) = self.take_head(place, now)?;
            self.codel_mut(place).handle_drop(is_late);
        }
        Some(slot)
    }

    /// Takes the head of a flow. True: the delay has been above the target for an interval. `None`: the flow is empty.
    fn take_head(&mut self, place: Place, now: Duration) -> Option<(Slot, bool)> {
        loop {
            let slot = self.take(place, now)?;
            let delay = now.saturating_sub(self.store.entry(slot).arrived);
            if is_expired(place, delay) {
                self.count_late(place.class, slot);
                continue;
            }
            let largest = self.largest;
            let flow = self.flow_mut(place);
            let is_above = delay >= QUEUE_TARGET && flow.load.bytes > largest;
            return Some((slot, flow.codel.is_standing(is_above, now)));
        }
    }

    /// Takes the head out of a flow. Its bytes stay until the packet is removed from the store. The caller then calls `handle_changed`.
    fn take(&mut self, place: Place, now: Duration) -> Option<Slot> {
        let slot = self.in_links[place.group as usize].as_mut()?.pop(place, &mut self.store)?;
        let load = Load::of_packet(self.store.length(slot));
        self.load -= load;
        if place.is_own() {
            let number = place.class as usize;
            let delay = now.saturating_sub(self.store.entry(slot).arrived);
            self.congestion[number].handle_left(load, delay, QUEUE_CLASS_PARTS[number]);
        }
        Some(slot)
    }

    fn count_late(&mut self, class: TrafficClass, slot: Slot) {
        self.counts[class as usize].dropped_late += 1;
        self.store.remove(slot);
    }

    fn codel_mut(&mut self, place: Place) -> &mut Codel {
        &mut self.flow_mut(place).codel
    }

    /// Removes the polled packet, which has been used.
    fn forget_polled(&mut self) {
        if let Some(slot) = self.polled.take() {
            self.store.remove(slot);
        }
    }
}

fn is_expired(place: Place, delay: Duration) -> bool {
    delay >= QUEUE_CLASS_DELAYS_MAX[place.class as usize]
}
