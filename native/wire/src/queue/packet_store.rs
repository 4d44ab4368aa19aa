use super::place::Place;
use crate::limits::{QUEUE_RING_MAX, QUEUE_RING_MIN, QUEUE_ROOM};
use std::ops::Range;
use std::time::Duration;

/// The number of a packet in the store.
pub(super) type Slot = u16;

/// The packets of a queue in a ring of bytes, in the order of their arrival; they leave in any order. Each packet is contiguous, with room for a
/// header before it.
///
/// Holes are closed only when a packet finds no other room, and only if at least half of the ring is free. So, on average, at most one byte is moved
/// for each byte that comes.
#[derive(Default)]
pub(super) struct PacketStore {
    /// Allocated when the first packet has to wait, and doubled when it is too small.
    ring: Box<[u8]>,
    /// Whether a packet has waited since the last `trim`.
    was_used: bool,
    entries: Vec<Entry>,
    /// The first free entry; free entries are linked by `next`.
    free: Option<Slot>,
    oldest: Option<Slot>,
    newest: Option<Slot>,
    /// The offset in the ring at which the next packet's room may begin.
    tail: usize,
    /// Bytes of all packets with the room before each.
    used: usize,
}

/// A packet in the store.
pub(super) struct Entry {
    pub(super) place: Place,
    pub(super) arrived: Duration,
    /// The next packet of the flow.
    pub(super) next: Option<Slot>,
    /// Whether the packet has left its flow, while its bytes are still needed.
    pub(super) is_out: bool,
    start: usize,
    length: usize,
    older: Option<Slot>,
    newer: Option<Slot>,
}

impl PacketStore {
    /// Bytes of memory used for packets.
    pub(super) fn memory(&self) -> usize {
        self.ring.len()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.oldest.is_none()
    }

    pub(super) fn buffer(&mut self) -> &mut [u8] {
        &mut self.ring
    }

    /// The range of a packet in the buffer, valid until the next packet is inserted.
    pub(super) fn range(&self, slot: Slot) -> Range<usize> {
        let Entry { start, length, .. } = *self.entry(slot);
        start..start + length
    }

    pub(super) fn length(&self, slot: Slot) -> usize {
        self.entry(slot).length
    }

    pub(super) fn entry(&self, slot: Slot) -> &Entry {
        &self.entries[usize::from(slot)]
    }

    pub(super) fn entry_mut(&mut self, slot: Slot) -> &mut Entry {
        &mut self.entries[usize::from(slot)]
    }

    /// The oldest packet that is still in a flow.
    pub(super) fn oldest_waiting(&self) -> Option<Slot> {
        let mut slot = self.oldest;
        while let Some(out) = slot.filter(|slot| self.entry(*slot).is_out) {
            slot = self.entry(out).newer;
        }
        slot
    }

    /// Inserts a copy of a packet. The caller keeps to the limits of a queue, so there is room.
    pub(super) fn insert(&mut self, packet: &[u8], place: Place, now: Duration) -> Slot {
        let length = packet.len();
        self.make_room(QUEUE_ROOM + length);
        let start = self.tail + QUEUE_ROOM;
        self.ring[start..start + length].copy_from_slice(packet);
        self.tail = start + length;
        self.used += QUEUE_ROOM + length;
        let older = self.newest;
        let entry = Entry { place, arrived: now, next: None, is_out: false, start, length, older, newer: None };
        let slot = match self.free {
            Some(slot) => {
                self.free = self.entry(slot).next;
                *self.entry_mut(slot) = entry;
                slot
            }
            None => {
                self.entries.push(entry);
                (self.entries.len() - 1) as Slot
            }
        };
        match older {
            Some(older) => self.entry_mut(older).newer = Some(slot),
            None => self.oldest = Some(slot),
        }
        self.newest = Some(slot);
        slot
    }

    /// Removes a packet.
    pub(super) fn remove(&mut self, slot: Slot) {
        let Entry { length, older, newer, .. } = *self.entry(slot);
        match older {
            Some(older) => self.entry_mut(older).newer = newer,
            None => self.oldest = newer,
        }
        match newer {
            Some(newer) => self.entry_mut(newer).older = older,
            None => self.newest = older,
        }
        self.used -= QUEUE_ROOM + length;
        self.entry_mut(slot).next = self.free;
        self.free = Some(slot);
    }

    /// Frees the memory if the store was empty since the last call. True: it was freed.
    pub(super) fn trim(&mut self) -> bool {
        let is_over = !self.was_used && self.is_empty() && !self.ring.is_empty();
        self.was_used = false;
        if is_over {
            self.clear();
        }
        is_over
    }

    pub(super) fn clear(&mut self) {
        *self = Self::default();
    }

    // ── Room ────────────────────────────────────────────────────────────────────────────────────────────────────────────

    /// Moves the tail to an offset at which `size` bytes are free.
    fn make_room(&mut self, size: usize) {
        assert!(2 * (self.used + size) <= QUEUE_RING_MAX, "a queue keeps to its limits");
        self.was_used = true;
        if self.ring.is_empty() {
            self.ring = vec![0; QUEUE_RING_MIN].into();
        }
        while !self.find_room(size) {
            if 2 * (self.used + size) <= self.ring.len() {
                self.close_holes();
            } else {
                self.grow();
            }
        }
    }

    fn find_room(&mut self, size: usize) -> bool {
        let Some(oldest) = self.oldest.map(|slot| self.entry(slot).start - QUEUE_ROOM) else {
            self.tail = 0;
            return true;
        };
        // If both are equal, the ring is full: it is not empty here.
        if self.tail <= oldest {
            return size <= oldest - self.tail;
        }
        if size <= self.ring.len() - self.tail {
            return true;
        }
        if size > oldest {
            return false;
        }
        self.tail = 0;
        true
    }

    fn grow(&mut self) {
        let mut ring = vec![0; (2 * self.ring.len()).min(QUEUE_RING_MAX)].into_boxed_slice();
        let mut tail = 0;
        let mut at = self.oldest;
        while let Some(slot) = at {
            let range = self.range(slot);
            let start = tail + QUEUE_ROOM;
            tail = start + range.len();
            ring[start..tail].copy_from_slice(&self.ring[range]);
            let entry = self.entry_mut(slot);
            entry.start = start;
            at = entry.newer;
        }
        self.tail = tail;
        self.ring = ring;
    }

    /// Closes the holes between packets. If the packets wrap around, the older ones are moved up to the ring's end, and the others to its beginning.
    fn close_holes(&mut self) {
        let mut last_before_end = None;
        let mut at = self.oldest;
        let lies_at = |store: &Self, slot: Option<Slot>| slot.map(|slot| store.entry(slot).start);
        if self.wraps() {
            while lies_at(self, at) > lies_at(self, last_before_end) {
                last_before_end = at;
                at = at.and_then(|slot| self.entry(slot).newer);
            }
        }
        let mut tail = 0;
        while let Some(slot) = at {
            self.move_to(slot, tail + QUEUE_ROOM);
            tail = self.range(slot).end;
            at = self.entry(slot).newer;
        }
        self.tail = tail;
        let mut end = self.ring.len();
        while let Some(slot) = last_before_end {
            self.move_to(slot, end - self.length(slot));
            end = self.entry(slot).start - QUEUE_ROOM;
            last_before_end = self.entry(slot).older;
        }
    }

    /// Whether the packets wrap around the ring's end.
    fn wraps(&self) -> bool {
        let start = |slot: Option<Slot>| slot.map(|slot| self.entry(slot).start);
        start(self.oldest) > start(self.newest)
    }

    fn move_to(&mut self, slot: Slot, start: usize) {
        let range = self.range(slot);
        self.ring.copy_within(range, start);
        self.entry_mut(slot).start = start;
    }
}
