//! The packets of a link, as datagrams of its engine.

use super::piece::{PIECE_HEADER_SIZE, PieceHeader, WHOLE_HEADER, WHOLE_HEADER_SIZE, piece_count, piece_size};
use crate::limits::QUEUE_ROOM;
use crate::queue::{PacketQueue, Place};
use std::ops::Range;
use std::time::Duration;

/// The QUIC connection of a link, as far as it sends datagrams.
pub trait DatagramSink {
    /// Whether a datagram of this length fits into one QUIC packet with all that is inside, which can neither be timed nor dropped. Where nothing
    /// is inside, each fits.
    fn has_room(&self, length: usize) -> bool;

    /// Takes a datagram. False: it is larger than its packets, and dropped.
    fn send(&mut self, datagram: &[u8]) -> bool;
}

/// Counts of one sender.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SendCounts {
    /// Packets that left, and their bytes.
    pub packets_sent: u64,
    /// See `packets_sent`.
    pub bytes_sent: u64,
    /// Packets that were sent in pieces, and the pieces.
    pub packets_split: u64,
    /// See `packets_split`.
    pub pieces_sent: u64,
    /// Datagrams that the engine did not take.
    pub dropped_by_engine: u64,
}

/// Gives the packets of a link to its engine, as datagrams: at once while they fit into one QUIC packet with what that has already, through the
/// link's own queue otherwise. Large packets go in pieces, and small ones between the pieces: they overtake that one packet, and
/// no other.
///
/// ```text
/// queue    s3 s2 L2 s1 │ L1 in pieces      ─▶  1 of L1, s1, 2 of L1, 3 of L1, … ─▶ engine
/// ```
pub struct DatagramSender {
    queue: PacketQueue,
    counts: SendCounts,
    datagram_max: usize,
    /// The packet whose pieces are being sent; the queue holds it.
    split: Option<Split>,
    number: u16,
    /// Room for packets that may go before the next piece, in bytes.
    between_room: usize,
}

const _: () = assert!(WHOLE_HEADER_SIZE <= PIECE_HEADER_SIZE && PIECE_HEADER_SIZE <= QUEUE_ROOM);

#[derive(Clone, Copy)]
struct Split {
    pieces: usize,
    size: usize,
    /// The piece that is next.
    index: usize,
}

impl DatagramSender {
    /// `datagram_max` is the largest datagram, more than [`PIECE_HEADER_SIZE`]; what is longer goes in pieces.
    pub fn new(datagram_max: usize) -> Self {
        let counts = SendCounts::default();
        Self { queue: PacketQueue::default(), counts, datagram_max, split: None, number: 0, between_room: 0 }
    }

    /// Another size is proven.
    pub fn set_datagram_max(&mut self, datagram_max: usize) {
        self.datagram_max = datagram_max;
    }

    /// The next packet in pieces has the number after this one: another sender had those before it.
    pub fn number_from(&mut self, number: u16) {
        self.number = number;
    }

    /// The packets that wait.
    pub fn queue(&self) -> &PacketQueue {
        &self.queue
    }

    /// Gives the queue's memory back when it was empty since the last call.
    pub fn trim(&mut self) {
        self.queue.trim();
    }

    /// Its counts so far.
    pub fn counts(&self) -> SendCounts {
        self.counts
    }

    /// Takes the packet `buffer[packet]`, of 1 to [`LINK_MTU`](crate::limits::LINK_MTU) bytes, with a byte or
    /// more before it, which is left as it was. False: it was dropped.
    ///
    /// `now` is the time since some moment that stays the same.
    pub fn send(
        &mut self,
        buffer: &mut [u8],
        packet: Range<usize>,
        place: Place,
        now: Duration,
        sink: &mut impl DatagramSink,
    ) -> bool {
        let length = packet.len() + WHOLE_HEADER_SIZE;
        if self.is_whole(packet.len()) && self.queue.is_empty() && sink.has_room(length) {
            self.queue.count_unqueued(place, packet.len());
            return send_whole(buffer, packet, &mut self.counts, sink);
        }
        self.queue.push(&buffer[packet], place, now)
    }

    /// Gives the engine datagrams until it has a QUIC packet's worth or nothing waits: to be called before it is asked for a packet.
    pub fn refill(&mut self, now: Duration, sink: &mut impl DatagramSink) {
        loop {
            let next = self.queue.next_length();
            let split = self.split.filter(|_| !self.may_overtake(next));
            let length = match split {
                Some(split) => self.piece_length(split),
                None if next > 0 => self.first_length(next),
                None => return,
            };
            if !sink.has_room(length) {
                return;
            }
            if let Some(split) = split {
                self.send_piece(split, sink);
            } else if self.queue.poll(now) {
                self.send_polled(sink);
            }
        }
    }

    /// The link is over.
    pub fn clear(&mut self) {
        self.split = None;
        self.queue.clear();
    }

    fn is_whole(&self, length: usize) -> bool {
        length + WHOLE_HEADER_SIZE <= self.datagram_max
    }

    /// Length of the first datagram that a packet makes.
    fn first_length(&self, length: usize) -> usize {
        if self.is_whole(length) {
            return length + WHOLE_HEADER_SIZE;
        }
        PIECE_HEADER_SIZE + piece_size(length, piece_count(length, self.datagram_max))
    }

    /// Length of the datagram with the next piece.
    fn piece_length(&self, Split { size, index, .. }: Split) -> usize {
        let left = self.queue.held().map_or(0, |held| held.len() - index * size);
        PIECE_HEADER_SIZE + left.min(size)
    }

    /// Between two pieces there is room for small packets that fill a QUIC packet; the first piece does not wait.
    fn may_overtake(&self, length: usize) -> bool {
        length > 0 && length <= self.between_room
    }

    fn send_polled(&mut self, sink: &mut impl DatagramSink) {
        let packet = self.queue.polled();
        if self.is_whole(packet.len()) {
            self.between_room = self.between_room.saturating_sub(packet.len() + WHOLE_HEADER_SIZE);
            send_whole(self.queue.buffer(), packet, &mut self.counts, sink);
            return;
        }
        // The small one that was to overtake was late: nothing overtakes two.
        while let Some(split) = self.split {
            self.send_piece(split, sink);
        }
        self.queue.hold();
        let pieces = piece_count(packet.len(), self.datagram_max);
        self.split = Some(Split { pieces, size: piece_size(packet.len(), pieces), index: 0 });
        self.between_room = 0;
        self.number = self.number.wrapping_add(1);
    }

    /// The header takes the place of bytes that have left already, or of the room before the packet.
    fn send_piece(&mut self, split: Split, sink: &mut impl DatagramSink) {
        let Some(held) = self.queue.held() else { unreachable!("a packet that is split is held") };
        let Split { pieces, size, index } = split;
        let start = held.start + index * size;
        let end = (start + size).min(held.end);
        let datagram = &mut self.queue.buffer()[start - PIECE_HEADER_SIZE..end];
        PieceHeader { pieces, index, number: self.number }.write(datagram);
        let is_sent = sink.send(datagram);
        self.between_room = self.datagram_max - WHOLE_HEADER_SIZE;
        let is_last = index + 1 == pieces;
        if is_sent {
            self.counts.pieces_sent += 1;
        } else {
            self.counts.dropped_by_engine += 1;
        }
        if is_sent && is_last {
            self.counts.packets_split += 1;
            self.counts.count_packet(held.len());
        }
        self.split = (is_sent && !is_last).then_some(Split { index: index + 1, ..split });
        if self.split.is_none() {
            self.queue.release();
        }
    }
}

impl SendCounts {
    fn count_packet(&mut self, length: usize) {
        self.packets_sent += 1;
        self.bytes_sent += length as u64;
    }
}

fn send_whole(buffer: &mut [u8], packet: Range<usize>, counts: &mut SendCounts, sink: &mut impl DatagramSink) -> bool {
    let at = packet.start - WHOLE_HEADER_SIZE;
    let before = std::mem::replace(&mut buffer[at], WHOLE_HEADER);
    let is_sent = sink.send(&buffer[at..packet.end]);
    buffer[at] = before;
    if is_sent {
        counts.count_packet(packet.len());
    } else {
        counts.dropped_by_engine += 1;
    }
    is_sent
}
