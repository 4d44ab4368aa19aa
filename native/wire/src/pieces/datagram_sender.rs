//! Sends the packets of a link as datagrams of its QUIC engine.

use super::piece::{PIECE_HEADER_SIZE, PieceHeader, WHOLE_HEADER, WHOLE_HEADER_SIZE, piece_count, piece_size};
use crate::limits::QUEUE_ROOM;
use crate::queue::{PacketQueue, Place};
use std::ops::Range;
use std::time::Duration;

/// The datagram sending of a link's QUIC connection.
pub trait DatagramSink {
    /// Whether a datagram of this length fits into one QUIC packet with the datagrams that the engine already has, which can no longer be timed or
    /// dropped. While the engine has none, any datagram fits.
    fn has_room(&self, length: usize) -> bool;

    /// Gives the engine a datagram. False: it is too large for a packet, and dropped.
    fn send(&mut self, datagram: &[u8]) -> bool;
}

/// Counts of one sender.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SendCounts {
    /// Packets that were given to the engine.
    pub packets_sent: u64,
    /// Bytes of the packets that were given to the engine.
    pub bytes_sent: u64,
    /// Packets that were sent in pieces.
    pub packets_split: u64,
    /// Pieces that were sent.
    pub pieces_sent: u64,
    /// Datagrams that the engine did not take.
    pub dropped_by_engine: u64,
}

/// Gives the packets of a link to its engine, as datagrams: at once while they fit into the next QUIC packet, and otherwise through the link's own
/// queue. Large packets go in pieces. Small packets may go between the pieces, and overtake that packet, but no other.
///
/// ```text
/// queue    s3 s2 L2 s1 │ L1 in pieces      ─▶  1 of L1, s1, 2 of L1, 3 of L1, … ─▶ engine
/// ```
pub struct DatagramSender {
    queue: PacketQueue,
    counts: SendCounts,
    datagram_max: usize,
    /// The packet whose pieces are being sent, which the queue holds.
    split: Option<Split>,
    number: u16,
    /// Bytes of packets that may still go before the next piece.
    between_room: usize,
}

const _: () = assert!(WHOLE_HEADER_SIZE <= PIECE_HEADER_SIZE && PIECE_HEADER_SIZE <= QUEUE_ROOM);

#[derive(Clone, Copy)]
struct Split {
    pieces: usize,
    size: usize,
    /// The index of the next piece.
    index: usize,
}

impl DatagramSender {
    /// `datagram_max` is the size of the largest datagram, more than [`PIECE_HEADER_SIZE`]. Longer packets go in pieces.
    pub fn new(datagram_max: usize) -> Self {
        let counts = SendCounts::default();
        Self { queue: PacketQueue::default(), counts, datagram_max, split: None, number: 0, between_room: 0 }
    }

    /// Sets the size of the largest datagram, when the path's MTU has changed.
    pub fn set_datagram_max(&mut self, datagram_max: usize) {
        self.datagram_max = datagram_max;
    }

    /// Lets the next packet in pieces have the number after this one, as another sender has used the numbers before.
    pub fn number_from(&mut self, number: u16) {
        self.number = number;
    }

    /// The queue of waiting packets.
    pub fn queue(&self) -> &PacketQueue {
        &self.queue
    }

    /// Frees the queue's memory if it was empty since the last call.
    pub fn trim(&mut self) {
        self.queue.trim();
    }

    /// The counts of the sender.
    pub fn counts(&self) -> SendCounts {
        self.counts
    }

    /// Sends or queues the packet `buffer[packet]`, of 1 to [`LINK_MTU`](crate::limits::LINK_MTU) bytes. At least a byte must be before it, which
    /// keeps its value. False: the packet was dropped.
    ///
    /// `now` is the time since a fixed moment.
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

    /// Gives the engine datagrams until it has enough for a QUIC packet, or nothing waits. To be called before each request for a packet.
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

    /// Drops all packets, as the link has ended.
    pub fn clear(&mut self) {
        self.split = None;
        self.queue.clear();
    }

    fn is_whole(&self, length: usize) -> bool {
        length + WHOLE_HEADER_SIZE <= self.datagram_max
    }

    /// The length of the first datagram of a packet.
    fn first_length(&self, length: usize) -> usize {
        if self.is_whole(length) {
            return length + WHOLE_HEADER_SIZE;
        }
        PIECE_HEADER_SIZE + piece_size(length, piece_count(length, self.datagram_max))
    }

    /// The length of the datagram with the next piece.
    fn piece_length(&self, Split { size, index, .. }: Split) -> usize {
        let left = self.queue.held().map_or(0, |held| held.len() - index * size);
        PIECE_HEADER_SIZE + left.min(size)
    }

    /// Whether a packet may go before the next piece. Between two pieces, small packets may fill one QUIC packet; before the first piece, none may
    /// go.
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
        // The small packet that could have overtaken was dropped as late, and a large one came. No packet may overtake two, so the rest of the split
        // packet goes first.
        while let Some(split) = self.split {
            self.send_piece(split, sink);
        }
        self.queue.hold();
        let pieces = piece_count(packet.len(), self.datagram_max);
        self.split = Some(Split { pieces, size: piece_size(packet.len(), pieces), index: 0 });
        self.between_room = 0;
        self.number = self.number.wrapping_add(1);
    }

    /// Sends the next piece. Its header overwrites bytes that have left already, or the room before the packet.
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
