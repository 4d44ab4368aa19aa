//! The queue of one link in front of its engine.

use super::codel::Codel;
use super::piece::PIECE_HEADER_SIZE;
use crate::limits::{
    CONGESTED_AT_BYTES, CONGESTED_AT_DELAY, CONGESTED_AT_PACKETS, QUEUE_BYTES_MAX, QUEUE_DELAY_MAX, QUEUE_PACKETS_MAX,
    QUEUE_RING_MAX, QUEUE_RING_MIN, QUEUE_TARGET, RELIEVED_AT_BYTES, RELIEVED_AT_PACKETS,
};
use std::collections::VecDeque;
use std::ops::Range;
use std::time::Duration;

/// A ring of bytes, bounded in packets and bytes (drops at the tail) and in time (drops at the head: CoDel, and nothing older than
/// a hard limit). Packets are copied in, since only a link that cannot send at once uses its queue at all; each lies in one
/// part, with room for a header before it.
///
/// `hold` keeps the packet that was polled where it is while others are polled after it.
#[derive(Default)]
pub struct PacketQueue {
    /// Made when a packet has to wait, and doubled while it is too small.
    ring: Box<[u8]>,
    /// Whether a packet has waited since the last `trim`.
    was_used: bool,
    waiting: VecDeque<Waiting>,
    bytes: usize,
    /// Offset in the ring at which the next packet may begin, with its header.
    tail: usize,
    /// The largest packet since the queue was last empty.
    largest: usize,
    polled: Range<usize>,
    held: Option<Range<usize>>,
    codel: Codel,
    is_congested: bool,
    dropped_full: u64,
    dropped_late: u64,
}

/// A packet in the ring.
struct Waiting {
    start: usize,
    length: usize,
    arrived: Duration,
}

impl PacketQueue {
    /// How many packets wait.
    pub fn len(&self) -> usize {
        self.waiting.len()
    }

    /// Whether none waits.
    pub fn is_empty(&self) -> bool {
        self.waiting.is_empty()
    }

    /// Whether sources should hold back; it goes off later than it goes on, so that it does not flutter.
    pub fn is_congested(&self) -> bool {
        self.is_congested
    }

    /// Packets dropped at the tail, since the ring was full.
    pub fn dropped_full(&self) -> u64 {
        self.dropped_full
    }

    /// Packets dropped at the head, since they or the queue had waited for too long.
    pub fn dropped_late(&self) -> u64 {
        self.dropped_late
    }

    /// Bytes of memory that it takes for packets.
    pub fn memory(&self) -> usize {
        self.ring.len()
    }

    /// Length of the packet that `poll_packet` would take if none were late; 0: there is none.
    pub fn next_length(&self) -> usize {
        self.waiting.front().map_or(0, |packet| packet.length)
    }

    /// The packet that was polled: `buffer()[range]`, with room for a header before it. Good until the next `push`.
    pub(super) fn polled(&self) -> Range<usize> {
        self.polled.clone()
    }

    /// The packet that is held.
    pub(super) fn held(&self) -> Option<Range<usize>> {
        self.held.clone()
    }

    pub(super) fn buffer(&mut self) -> &mut [u8] {
        &mut self.ring
    }

    /// Copies a packet of at most [`LINK_MTU`](crate::limits::LINK_MTU) bytes. False: it was dropped.
    ///
    /// `now` is the time since some moment that stays the same.
    pub fn push(&mut self, packet: &[u8], now: Duration) -> bool {
        let length = packet.len();
        let has_room = self.waiting.len() < QUEUE_PACKETS_MAX
            && self.bytes + length <= QUEUE_BYTES_MAX
            && self.make_room(PIECE_HEADER_SIZE + length);
        if !has_room {
            self.dropped_full += 1;
            return false;
        }
        let start = self.tail + PIECE_HEADER_SIZE;
        self.ring[start..start + length].copy_from_slice(packet);
        self.tail = start + length;
        self.waiting.push_back(Waiting { start, length, arrived: now });
        self.bytes += length;
        self.largest = self.largest.max(length);
        self.is_congested |= self.is_filling(now);
        true
    }

    /// Takes the next packet that is to be sent, and drops those before it whose time is over.
    pub fn poll_packet(&mut self, now: Duration) -> Option<&mut [u8]> {
        if self.poll(now) { Some(&mut self.ring[self.polled.clone()]) } else { None }
    }

    /// `poll_packet`, whose packet is then found by `polled`. False: there is none.
    pub(super) fn poll(&mut self, now: Duration) -> bool {
        let Some(mut is_late) = self.take_head(now) else {
            self.codel.stop();
            return false;
        };
        if !self.codel.is_dropping() {
            if !is_late {
                return true;
            }
            self.dropped_late += 1;
            let next = self.take_head(now);
            self.codel.start(now);
            return next.is_some();
        }
        if !is_late {
            self.codel.stop();
        }
        while self.codel.is_due(now) {
            self.dropped_late += 1;
            self.codel.count_drop();
            let next = self.take_head(now);
            is_late = next.unwrap_or(false);
            self.codel.handle_drop(is_late);
            if next.is_none() {
                return false;
            }
        }
        true
    }

    /// Keeps the packet that was just polled until `release`.
    pub(super) fn hold(&mut self) {
        self.held = Some(self.polled.clone());
    }

    pub(super) fn release(&mut self) {
        self.held = None;
    }

    /// Gives its memory back when it was empty since the last call.
    pub fn trim(&mut self) {
        if !self.was_used && self.waiting.is_empty() && self.held.is_none() {
            self.ring = Box::default();
        }
        self.was_used = false;
    }

    /// Throws all packets away, as when the link goes down.
    pub fn clear(&mut self) {
        self.waiting.clear();
        self.bytes = 0;
        self.held = None;
        self.codel.clear();
        self.is_congested = false;
        self.ring = Box::default();
    }

    // ── Room ────────────────────────────────────────────────────────────────────────────────────────────────────────────

    /// Moves the tail to where a packet with its header finds room; false: nowhere, and the ring is as large as it may be.
    fn make_room(&mut self, size: usize) -> bool {
        self.was_used = true;
        if self.ring.is_empty() {
            self.ring = vec![0; QUEUE_RING_MIN].into();
        }
        while !self.find_room(size) {
            if self.ring.len() == QUEUE_RING_MAX {
                return false;
            }
            self.grow();
        }
        true
    }

    fn find_room(&mut self, size: usize) -> bool {
        if self.waiting.is_empty() {
            self.largest = 0;
        }
        let oldest = self.held.as_ref().map(|held| held.start).or(self.waiting.front().map(|packet| packet.start));
        let Some(oldest) = oldest.map(|start| start - PIECE_HEADER_SIZE) else {
            self.tail = 0;
            return true;
        };
        // Where both are the same the ring is full, not empty.
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
        let mut move_packet = |start: usize, length: usize| {
            let at = tail + PIECE_HEADER_SIZE;
            ring[at..at + length].copy_from_slice(&self.ring[start..start + length]);
            tail = at + length;
            at
        };
        if let Some(held) = &mut self.held {
            let start = move_packet(held.start, held.len());
            *held = start..start + held.len();
        }
        for packet in &mut self.waiting {
            packet.start = move_packet(packet.start, packet.length);
        }
        self.tail = tail;
        self.ring = ring;
    }

    // ── Congestion and delay ────────────────────────────────────────────────────────────────────────────────────────────

    fn is_filling(&self, now: Duration) -> bool {
        let oldest = self.waiting.front().map_or(now, |packet| packet.arrived);
        self.waiting.len() >= CONGESTED_AT_PACKETS
            || self.bytes >= CONGESTED_AT_BYTES
            || now.saturating_sub(oldest) >= CONGESTED_AT_DELAY
    }

    fn is_relieved(&self, delay: Duration) -> bool {
        let is_short = self.waiting.len() <= RELIEVED_AT_PACKETS && self.bytes <= RELIEVED_AT_BYTES;
        self.waiting.is_empty() || is_short && delay < QUEUE_TARGET
    }

    /// Takes the head. True: its delay has been above the target for an interval. `None`: the queue is empty.
    fn take_head(&mut self, now: Duration) -> Option<bool> {
        while let Some(Waiting { start, length, arrived }) = self.waiting.pop_front() {
            let delay = now.saturating_sub(arrived);
            self.bytes -= length;
            if self.is_relieved(delay) {
                self.is_congested = false;
            }
            if delay >= QUEUE_DELAY_MAX {
                self.dropped_late += 1;
                continue;
            }
            self.polled = start..start + length;
            let is_above = delay >= QUEUE_TARGET && self.bytes > self.largest;
            return Some(self.codel.is_standing(is_above, now));
        }
        self.codel.handle_empty();
        None
    }
}
