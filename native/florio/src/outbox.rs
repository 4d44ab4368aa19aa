//! The queue of one socket.

use std::collections::{HashMap, VecDeque};

use crate::counters::FlorioCounters;
use crate::frame::{self, Address, DataFrame, append_packet, begin_data, has_room, is_packet_size};
use crate::limits::{
    FRAME_HEADER_SIZE, MESSAGE_SIZE_MAX, PACKET_LENGTH_SIZE, QUEUE_BYTES_MAX, QUEUE_CONTROL_MAX, QUEUE_FRAMES_MAX,
    SPARE_FRAMES_MAX,
};

/// The fate of a frame that was given to the socket.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SendFate {
    /// The frame has left.
    Sent,
    /// The socket holds as much as it can: not sent; it will say when it is writable.
    Full,
    /// No partner is there any more: not sent.
    Gone,
    /// This one cannot be sent, others may be.
    Unsendable,
}

/// How frames are sent.
pub(crate) type Send<'a> = &'a mut dyn FnMut(&[u8]) -> SendFate;

/// A DATA frame that waits.
struct QueuedFrame {
    to: Address,
    bytes: Vec<u8>,
    packets: u64,
}

/// Holds the packets and messages that wait for the socket, bounded. CONTROL frames go first. Packets are packed into one frame for each
/// link and source, which stays open for more until it is full or the socket takes it: so a full socket makes frames larger, not more.
///
/// ```text
///   send_control ──▶ control ─────────────────┐
///                                             ├──▶ drain ──▶ socket
///   send_packet ──▶ open frame of the link ─┐ │
///   send_frame  ────────────────────────────┴─┘  in the order in which the frames were begun
/// ```
///
/// It is told how to send.
#[derive(Default)]
pub(crate) struct Outbox {
    control: VecDeque<Vec<u8>>,
    frames: VecDeque<QueuedFrame>,
    /// The number of the frame at the front: frames are numbered in the order in which they were begun.
    first: u64,
    /// The frame of each link and source that takes more packets.
    open: HashMap<Address, u64>,
    /// The one of them that took the last packet.
    last: Option<(Address, u64)>,
    spare: Vec<Vec<u8>>,
    /// The room in which a message that leaves at once is made a frame.
    scratch: Vec<u8>,
    bytes: usize,
    is_blocked: bool,
    must_tell_writable: bool,
}

impl Outbox {
    pub(crate) fn is_empty(&self) -> bool {
        self.frames.is_empty() && self.control.is_empty()
    }

    /// Whether something waits, and the socket has not said that it is full.
    pub(crate) fn needs_turn(&self) -> bool {
        !self.is_blocked && (!self.is_empty() || self.must_tell_writable)
    }

    pub(crate) fn is_blocked(&self) -> bool {
        self.is_blocked
    }

    /// False while the socket is full and more than half of the queue is used.
    pub(crate) fn is_writable(&self) -> bool {
        !self.is_blocked || (self.bytes <= QUEUE_BYTES_MAX / 2 && self.frames.len() <= QUEUE_FRAMES_MAX / 2)
    }

    /// True once after a source was told to hold back, or lost a packet, and can go on now.
    pub(crate) fn take_writable(&mut self) -> bool {
        let may_go_on = self.must_tell_writable && self.is_writable();
        self.must_tell_writable &= !may_go_on;
        may_go_on
    }

    /// Sends a message at once, or keeps it for when the socket has room again. False: it was not taken.
    ///
    /// # Panics
    ///
    /// When the message does not fit into a frame.
    pub(crate) fn send_control(&mut self, message: &[u8], counters: &mut FlorioCounters, send: Send<'_>) -> bool {
        assert!((1..=MESSAGE_SIZE_MAX).contains(&message.len()), "a message fits into a frame");
        if self.control.is_empty() {
            frame::write_control(&mut self.scratch, message);
            match send(&self.scratch) {
                SendFate::Full => self.block(counters),
                fate => {
                    count_control(fate, counters);
                    return fate == SendFate::Sent;
                }
            }
        }
        if self.control.len() >= QUEUE_CONTROL_MAX {
            counters.control_dropped += 1;
            return false;
        }
        let mut frame = Vec::with_capacity(FRAME_HEADER_SIZE + message.len());
        frame::write_control(&mut frame, message);
        self.control.push_back(frame);
        true
    }

    /// Copies a packet into the open frame of its link and source. False: it was not taken, and is counted as refused.
    pub(crate) fn send_packet(
        &mut self,
        to: Address,
        packet: &[u8],
        counters: &mut FlorioCounters,
        send: Send<'_>,
    ) -> bool {
        if !is_packet_size(packet.len()) || to.handle == 0 {
            counters.packets_refused_unsendable += 1;
            return false;
        }
        let open = match self.last {
            Some((last, number)) if last == to => Some(number),
            _ => self.open.get(&to).copied(),
        };
        let number = match open
            .filter(|number| has_room(&self.frame(*number).bytes, packet.len()) && self.has_bytes(packet.len()))
        {
            Some(number) => number,
            None => match self.make_room(to, packet.len(), open, counters, send) {
                Some(number) => number,
                None => return self.refuse_full(1, counters),
            },
        };
        self.last = Some((to, number));
        let index = (number - self.first) as usize;
        append_packet(&mut self.frames[index].bytes, packet);
        self.frames[index].packets += 1;
        self.bytes += PACKET_LENGTH_SIZE + packet.len();
        self.note_fill();
        true
    }

    /// Sends a whole checked DATA frame under this handle, or keeps a copy behind what waits. False: it was not taken,
    /// and its packets are counted as refused.
    pub(crate) fn send_frame(
        &mut self,
        to: Address,
        DataFrame { packets, bytes: whole, .. }: DataFrame<'_>,
        counters: &mut FlorioCounters,
        send: Send<'_>,
    ) -> bool {
        frame::readdress(whole, to);
        let packets = packets as u64;
        if !self.takes_frame(whole.len()) {
            self.drain(counters, send);
        }
        if !self.takes_frame(whole.len()) {
            return self.refuse_full(packets, counters);
        }
        // Nothing would come before it, and nothing more into it: it need not be copied to wait.
        if self.is_empty() && !self.is_blocked {
            match send(whole) {
                SendFate::Full => self.block(counters),
                SendFate::Gone => {
                    counters.packets_dropped_not_connected += packets;
                    return true;
                }
                fate => {
                    count_data(packets, fate, counters);
                    return true;
                }
            }
        }
        self.close(to);
        let mut bytes = self.spare.pop().unwrap_or_default();
        bytes.clear();
        bytes.extend_from_slice(whole);
        self.bytes += bytes.len();
        self.frames.push_back(QueuedFrame { to, bytes, packets });
        self.note_fill();
        true
    }

    /// The socket has room again.
    pub(crate) fn unblock(&mut self) {
        self.is_blocked = false;
    }

    /// Gives the socket what waits, until it is full, the partner is gone or nothing is left.
    pub(crate) fn drain(&mut self, counters: &mut FlorioCounters, send: Send<'_>) {
        if self.is_blocked {
            return;
        }
        while let Some(message) = self.control.front() {
            match send(message) {
                SendFate::Full => return self.block(counters),
                SendFate::Gone => return,
                fate => count_control(fate, counters),
            }
            self.control.pop_front();
        }
        while let Some(frame) = self.frames.front() {
            match send(&frame.bytes) {
                SendFate::Full => return self.block(counters),
                SendFate::Gone => return,
                fate => count_data(frame.packets, fate, counters),
            }
            self.release_first();
        }
    }

    /// Drops and counts all that waits, since the partner is gone.
    pub(crate) fn clear(&mut self, counters: &mut FlorioCounters) {
        while let Some(packets) = self.frames.front().map(|frame| frame.packets) {
            counters.packets_dropped_not_connected += packets;
            self.release_first();
        }
        counters.control_dropped += self.control.len() as u64;
        self.control.clear();
        self.is_blocked = false;
    }

    /// A frame that takes the packet, after what is full was given to the socket; none when the queue stays full.
    fn make_room(
        &mut self,
        to: Address,
        size: usize,
        full: Option<u64>,
        counters: &mut FlorioCounters,
        send: Send<'_>,
    ) -> Option<u64> {
        if full.is_some_and(|number| !has_room(&self.frame(number).bytes, size)) {
            self.close(to);
        }
        if full.is_some() || !self.has_bytes(size) || self.frames.len() >= QUEUE_FRAMES_MAX {
            self.drain(counters, send);
        }
        if !self.has_bytes(size) {
            return None;
        }
        let open = self.open.get(&to).copied();
        open.or_else(|| (self.frames.len() < QUEUE_FRAMES_MAX).then(|| self.begin(to)))
    }

    fn begin(&mut self, to: Address) -> u64 {
        let mut bytes = self.spare.pop().unwrap_or_default();
        begin_data(&mut bytes, to);
        self.bytes += bytes.len();
        let number = self.first + self.frames.len() as u64;
        self.frames.push_back(QueuedFrame { to, bytes, packets: 0 });
        self.open.insert(to, number);
        number
    }

    fn frame(&self, number: u64) -> &QueuedFrame {
        &self.frames[(number - self.first) as usize]
    }

    fn has_bytes(&self, size: usize) -> bool {
        self.bytes + FRAME_HEADER_SIZE + PACKET_LENGTH_SIZE + size <= QUEUE_BYTES_MAX
    }

    fn takes_frame(&self, size: usize) -> bool {
        self.has_bytes(size) && self.frames.len() < QUEUE_FRAMES_MAX
    }

    /// A source that sees the queue more than half full holds back, and must be told when to go on.
    fn note_fill(&mut self) {
        self.must_tell_writable |= self.is_blocked && !self.is_writable();
    }

    fn block(&mut self, counters: &mut FlorioCounters) {
        counters.socket_full += u64::from(!self.is_blocked);
        self.is_blocked = true;
        self.note_fill();
    }

    /// The open frame of a link and source takes no more.
    fn close(&mut self, to: Address) {
        self.open.remove(&to);
        self.last = self.last.filter(|(last, _)| *last != to);
    }

    fn release_first(&mut self) {
        let Some(frame) = self.frames.pop_front() else { return };
        if self.open.get(&frame.to) == Some(&self.first) {
            self.close(frame.to);
        }
        self.first += 1;
        self.bytes -= frame.bytes.len();
        if self.spare.len() < SPARE_FRAMES_MAX {
            self.spare.push(frame.bytes);
        }
    }

    fn refuse_full(&mut self, packets: u64, counters: &mut FlorioCounters) -> bool {
        counters.packets_refused_queue_full += packets;
        self.must_tell_writable = true;
        false
    }
}

fn count_control(fate: SendFate, counters: &mut FlorioCounters) {
    match fate {
        SendFate::Sent => counters.frames_sent += 1,
        _ => counters.control_dropped += 1,
    }
}

fn count_data(packets: u64, fate: SendFate, counters: &mut FlorioCounters) {
    if fate == SendFate::Sent {
        counters.frames_sent += 1;
        counters.packets_sent += packets;
    } else {
        counters.packets_dropped_unsendable += packets;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packets_from_another_source_go_in_another_frame_which_tells_it() {
        let (mut outbox, mut counters) = (Outbox::default(), FlorioCounters::default());
        for source in [0, 3, 0, u16::MAX, 3] {
            let to = Address { handle: 1, source };
            assert!(outbox.send_packet(to, &[source as u8], &mut counters, &mut |_| SendFate::Full));
        }
        let mut sent = Vec::new();
        outbox.drain(&mut counters, &mut |frame| {
            let mut frame = frame.to_vec();
            let frame = DataFrame::of_checked(&mut frame, 1);
            sent.push((frame.handle, frame.source(), frame.bytes.len()));
            SendFate::Sent
        });
        assert_eq!(sent, [(1, 0, 14), (1, 3, 14), (1, u16::MAX, 11)]);
    }

    #[test]
    fn of_the_buffers_of_a_busy_turn_a_few_are_kept() {
        let (mut outbox, mut counters) = (Outbox::default(), FlorioCounters::default());
        for handle in 1..=QUEUE_FRAMES_MAX as u32 {
            assert!(outbox.send_packet(handle.into(), &[7; 100], &mut counters, &mut |_| SendFate::Full));
        }
        outbox.drain(&mut counters, &mut |_| SendFate::Sent);
        assert_eq!((counters.packets_sent, outbox.bytes), (QUEUE_FRAMES_MAX as u64, 0));
        assert_eq!(outbox.spare.len(), SPARE_FRAMES_MAX);
    }
}
