//! Joins large packets from their pieces.

use super::piece::PieceHeader;
use crate::limits::{JOIN_NUMBERS_MAX, JOIN_SLOTS_MAX, JOIN_TIMEOUT, LINK_MTU};
use std::time::Duration;

/// With fewer waits, the two that are left out would be most of a packet's time.
const SPREAD_WAITS_MIN: u32 = 5;

/// Buffers for incomplete packets, shared by all links of a process. A link without incomplete packets holds none.
#[derive(Default)]
pub struct JoinBuffers {
    free: Vec<Box<[u8]>>,
    /// The last packet that was joined.
    joined: Box<[u8]>,
}

impl JoinBuffers {
    fn take(&mut self) -> Box<[u8]> {
        self.free.pop().unwrap_or_else(|| vec![0; LINK_MTU].into())
    }

    fn give(&mut self, buffer: Box<[u8]>) {
        if self.free.len() < JOIN_SLOTS_MAX && !buffer.is_empty() {
            self.free.push(buffer);
        }
    }
}

/// A packet of which some pieces have come.
struct Incomplete {
    buffer: Box<[u8]>,
    number: u16,
    pieces: usize,
    /// A bit for each piece that has come.
    received: u16,
    /// The size of each piece but the last; 0: none of these has come yet.
    size: usize,
    /// The size of the last piece; 0: it has not come yet.
    last_size: usize,
    /// Whether the last piece came before any other, and so is at the end of the buffer.
    is_last_at_end: bool,
    since: Duration,
    heard_at: Duration,
    /// The two longest times between pieces.
    gap: Duration,
    second_gap: Duration,
}

/// Joins the pieces of large packets that a link receives, and drops incomplete packets. Whatever comes, it holds at most [`JOIN_SLOTS_MAX`] packets,
/// none for longer than [`JOIN_TIMEOUT`].
#[derive(Default)]
pub struct Joiner {
    /// Incomplete packets, the oldest first.
    incomplete: Vec<Incomplete>,
    counts: JoinCounts,
    spread: Duration,
}

/// Counts of one joiner.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct JoinCounts {
    /// Packets that were joined.
    pub joined: u64,
    /// Packets that missed a piece for too long, or made room for a newer packet.
    pub given_up: u64,
    /// Pieces that are invalid, or that came twice.
    pub pieces_refused: u64,
}

impl Joiner {
    /// Takes a datagram with a piece. Returns the packet that it completes.
    ///
    /// `now` is the time since a fixed moment.
    pub fn handle_piece<'a>(
        &mut self,
        datagram: &[u8],
        now: Duration,
        buffers: &'a mut JoinBuffers,
    ) -> Option<&'a mut [u8]> {
        let sound = PieceHeader::parse(datagram).filter(|(header, piece)| is_size_possible(*header, piece.len()));
        let Some((header, piece)) = sound else { return self.refuse() };
        let known = self.incomplete.iter().position(|packet| packet.number == header.number);
        let at = known.unwrap_or_else(|| self.begin(header, now, buffers));
        let packet = &mut self.incomplete[at];
        if packet.pieces != header.pieces || packet.received & 1 << header.index != 0 {
            return self.refuse();
        }
        let Some(start) = packet.place(header.index, piece.len()) else { return self.refuse() };
        packet.buffer[start..start + piece.len()].copy_from_slice(piece);
        packet.received |= 1 << header.index;
        packet.note_gap(now);
        if packet.received.count_ones() as usize != packet.pieces {
            return None;
        }
        let packet = self.incomplete.remove(at);
        self.counts.joined += 1;
        self.spread = packet.spread();
        let (buffer, length) = packet.into_whole();
        let former = std::mem::replace(&mut buffers.joined, buffer);
        buffers.give(former);
        Some(&mut buffers.joined[..length])
    }

    /// Gives up packets that have been incomplete for too long.
    pub fn handle_timeout(&mut self, now: Duration, buffers: &mut JoinBuffers) {
        while self.next_timeout().is_some_and(|time| now >= time) {
            self.give_up_oldest(buffers);
        }
    }

    /// When `handle_timeout` is due.
    pub fn next_timeout(&self) -> Option<Duration> {
        self.incomplete.first().map(|oldest| oldest.since + JOIN_TIMEOUT)
    }

    /// Gives up all packets, as the link has ended.
    pub fn clear(&mut self, buffers: &mut JoinBuffers) {
        for packet in self.incomplete.drain(..) {
            buffers.give(packet.buffer);
        }
    }

    /// The number of incomplete packets.
    pub fn incomplete(&self) -> usize {
        self.incomplete.len()
    }

    /// The counts of the joiner.
    pub fn counts(&self) -> JoinCounts {
        self.counts
    }

    /// How long the pieces of the last joined packet took to arrive; 0 if they were too few to tell. The two longest waits are left out, as they may
    /// be due to a congestion window, or to a process that had to wait for a processor.
    pub fn spread(&self) -> Duration {
        self.spread
    }

    fn refuse<T>(&mut self) -> Option<T> {
        self.counts.pieces_refused += 1;
        None
    }

    fn begin(&mut self, header: PieceHeader, now: Duration, buffers: &mut JoinBuffers) -> usize {
        // Packet numbers wrap around, so old incomplete packets are given up before a new packet can have the same number.
        while let Some(oldest) = self.incomplete.first() {
            // An age in the upper half of the number range means that the oldest packet has the newer number.
            let age = header.number.wrapping_sub(oldest.number);
            let is_past = age > JOIN_NUMBERS_MAX && age < 1 << 15;
            if self.incomplete.len() < JOIN_SLOTS_MAX && !is_past {
                break;
            }
            self.give_up_oldest(buffers);
        }
        self.incomplete.push(Incomplete::new(buffers.take(), header, now));
        self.incomplete.len() - 1
    }

    fn give_up_oldest(&mut self, buffers: &mut JoinBuffers) {
        buffers.give(self.incomplete.remove(0).buffer);
        self.counts.given_up += 1;
    }
}

impl Incomplete {
    fn new(buffer: Box<[u8]>, PieceHeader { pieces, number, .. }: PieceHeader, now: Duration) -> Self {
        Self {
            buffer,
            number,
            pieces,
            received: 0,
            size: 0,
            last_size: 0,
            is_last_at_end: false,
            since: now,
            heard_at: now,
            gap: Duration::ZERO,
            second_gap: Duration::ZERO,
        }
    }

    /// The offset of a piece in the buffer; `None`: the piece contradicts the others.
    fn place(&mut self, index: usize, size: usize) -> Option<usize> {
        let others = self.pieces - 1;
        if index == others {
            return self.place_last(size);
        }
        if self.size == 0 {
            if self.last_size > size || others * size + self.last_size > LINK_MTU {
                return None;
            }
            self.size = size;
        }
        (self.size == size).then_some(index * size)
    }

    /// The offset of the last piece. Before any other piece has come, its place is unknown, and it goes to the end of the buffer.
    fn place_last(&mut self, size: usize) -> Option<usize> {
        let start = (self.pieces - 1) * self.size;
        self.is_last_at_end = self.size == 0;
        if !self.is_last_at_end && (size > self.size || start + size > LINK_MTU) {
            return None;
        }
        self.last_size = size;
        Some(if self.is_last_at_end { LINK_MTU - size } else { start })
    }

    fn note_gap(&mut self, now: Duration) {
        let gap = now.saturating_sub(self.heard_at);
        self.heard_at = now;
        if gap > self.gap {
            self.second_gap = self.gap;
            self.gap = gap;
        } else if gap > self.second_gap {
            self.second_gap = gap;
        }
    }

    /// The time from the first piece to the last. Each of the two longest waits counts as long as the others are on average.
    fn spread(&self) -> Duration {
        let waits = self.pieces as u32 - 1;
        if waits < SPREAD_WAITS_MIN {
            return Duration::ZERO;
        }
        (self.heard_at.saturating_sub(self.since + self.gap + self.second_gap)) * waits / (waits - 2)
    }

    /// Returns the buffer with the packet at its start, and the packet's length.
    fn into_whole(self) -> (Box<[u8]>, usize) {
        let mut buffer = self.buffer;
        let last_start = (self.pieces - 1) * self.size;
        if self.is_last_at_end {
            buffer.copy_within(LINK_MTU - self.last_size.., last_start);
        }
        (buffer, last_start + self.last_size)
    }
}

/// Whether a packet with such a piece can be small enough: only the last piece may be shorter than the others.
fn is_size_possible(header: PieceHeader, size: usize) -> bool {
    let PieceHeader { pieces, index, .. } = header;
    if index == pieces - 1 { pieces * size <= LINK_MTU } else { (pieces - 1) * size < LINK_MTU }
}
