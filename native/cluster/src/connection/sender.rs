use florenetes_engine::Guarded;
use florenetes_wire::limits::HOP_LIMIT_DEFAULT;
use florenetes_wire::mesh::{Packet, TrafficClass, header_size, write_header};

use crate::limits::{KEPT_SIZE_MIN, LIKELY_DATA_MIN, PACKET_SIZE_MIN, WAITING_AGE_MAX};
use crate::links::outbound::Outbound;
use crate::order::Way;

/// Why a turn's sending ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sent {
    /// Nothing more waits to be sent.
    All,
    /// The turn's share is used up.
    Share,
    /// The link has no more room.
    UntilFull,
}

/// Makes mesh packets of QUIC's packets, and keeps the last ones to repeat them.
pub(super) struct Sender {
    id: u64,
    way: Way,
    payload_max: u16,
    traffic_class: TrafficClass,
    is_mark_due: bool,
    is_repeat_due: bool,
    is_held_back: bool,
    /// The last payload that certainly held data, and then the very last payload, where it is another one.
    kept: [Vec<u8>; 2],
    kept_count: usize,
    /// The very last payload, where it held datagrams, and until when it may be repeated: datagrams must not come late.
    kept_datagrams: Vec<u8>,
    datagrams_until_ms: f64,
}

impl Sender {
    pub(super) fn new(id: u64, way: Way, payload_max: u16, traffic_class: TrafficClass) -> Self {
        Self {
            id,
            way,
            payload_max,
            traffic_class,
            is_mark_due: false,
            is_repeat_due: false,
            is_held_back: false,
            kept: [Vec::new(), Vec::new()],
            kept_count: 0,
            kept_datagrams: Vec::new(),
            datagrams_until_ms: f64::NEG_INFINITY,
        }
    }

    pub(super) fn way(&self) -> &Way {
        &self.way
    }

    /// Sends packets another way from now on.
    pub(super) fn move_to(&mut self, way: Way) {
        self.way = way;
    }

    pub(super) fn traffic_class(&self) -> TrafficClass {
        self.traffic_class
    }

    pub(super) fn payload_max(&self) -> u16 {
        self.payload_max
    }

    /// Whether the link had no room at the last attempt to send, so that packets may be waiting, at least an acknowledgement.
    pub(super) fn is_held_back(&self) -> bool {
        self.is_held_back
    }

    /// Makes packets smaller from now on, and forgets kept packets that are larger. False: they are as small already.
    pub(super) fn shrink(&mut self, payload_max: u16) -> bool {
        if payload_max >= self.payload_max {
            return false;
        }
        self.payload_max = payload_max;
        if self.kept[..self.kept_count].iter().any(|kept| kept.len() > usize::from(payload_max)) {
            self.kept_count = 0;
        }
        if self.kept_datagrams.len() > usize::from(payload_max) {
            self.datagrams_until_ms = f64::NEG_INFINITY;
        }
        true
    }

    /// Marks the next packet that is small enough for any path: the mark tells the peer to check the path's MTU.
    pub(super) fn mark_next(&mut self) {
        self.is_mark_due = true;
    }

    /// Forgets the kept packets of a connection that has ended.
    pub(super) fn forget(&mut self) {
        self.kept_count = 0;
        self.datagrams_until_ms = f64::NEG_INFINITY;
    }

    /// Frees the buffers of large kept packets, as nothing is unanswered.
    pub(super) fn release(&mut self) {
        for (index, kept) in self.kept.iter_mut().enumerate() {
            if kept.capacity() > KEPT_SIZE_MIN {
                *kept = Vec::new();
                self.kept_count = self.kept_count.min(index);
            }
        }
        if self.kept_datagrams.capacity() > KEPT_SIZE_MIN {
            self.kept_datagrams = Vec::new();
            self.datagrams_until_ms = f64::NEG_INFINITY;
        }
    }

    /// Lets the kept packets leave once more, before any new packet.
    pub(super) fn repeat_later(&mut self) {
        self.is_repeat_due = true;
    }

    /// Sends at most `packets` packets. `packet` is a buffer with room for the largest; `fill` gives QUIC the datagrams for the next packet.
    pub(super) fn send(
        &mut self,
        quic: &mut Guarded,
        packets: usize,
        packet: &mut [u8],
        out: &mut Outbound<'_>,
        now_ms: f64,
        mut fill: impl FnMut(&mut Guarded),
    ) -> Sent {
        if self.is_repeat_due {
            self.repeat(packet, out, now_ms);
        }
        let head = header_size(self.way.words.len());
        let room = head + usize::from(self.payload_max);
        let (mut length, mut holds_datagrams) = (0, false);
        let mut sent = Sent::Share;
        for _ in 0..packets {
            if !out.is_writable(self.way.out_link, self.traffic_class) {
                sent = Sent::UntilFull;
                break;
            }
            fill(quic);
            let next = quic.with(0, |quic| quic.poll_transmit(&mut packet[head..room], now_ms));
            if next == 0 {
                sent = Sent::All;
                break;
            }
            (length, holds_datagrams) = (next, quic.with(false, |quic| quic.holds_datagrams()));
            self.write(&mut packet[..head + length], out);
        }
        self.is_held_back = sent == Sent::UntilFull;
        if length > 0 {
            let payload = &packet[head..head + length];
            match holds_datagrams {
                true => self.keep_datagrams(payload, now_ms),
                false => self.keep(usize::from(length < LIKELY_DATA_MIN && self.kept_count > 0), payload),
            }
        }
        sent
    }

    /// Sends the kept packets once more.
    fn repeat(&mut self, packet: &mut [u8], out: &mut Outbound<'_>, now_ms: f64) {
        self.is_repeat_due = false;
        let head = header_size(self.way.words.len());
        let with_datagrams = now_ms <= self.datagrams_until_ms;
        for index in 0..self.kept_count + usize::from(with_datagrams) {
            if !out.is_writable(self.way.out_link, self.traffic_class) {
                return;
            }
            let payload = if index < self.kept_count { &self.kept[index] } else { &self.kept_datagrams };
            let length = payload.len();
            packet[head..head + length].copy_from_slice(payload);
            self.write(&mut packet[..head + length], out);
        }
    }

    /// Writes the header before a payload, and sends the packet.
    fn write(&mut self, packet: &mut [u8], out: &mut Outbound<'_>) {
        write_header(packet, self.id, self.way.words.iter().copied(), HOP_LIMIT_DEFAULT);
        self.traffic_class.write(packet);
        if self.is_mark_due {
            self.is_mark_due = packet.len() > PACKET_SIZE_MIN;
            if let Ok(mut packet) = Packet::parse(&mut *packet) {
                packet.set_mark();
            }
        }
        out.send(self.way.out_link, packet);
    }

    /// Keeps a payload, unless the packets stay on this vertex, where little is lost.
    fn keep(&mut self, index: usize, payload: &[u8]) {
        if self.way.out_link.is_none() {
            return;
        }
        let kept = &mut self.kept[index];
        kept.clear();
        kept.extend_from_slice(payload);
        self.kept_count = index + 1;
        if index == 0 {
            self.datagrams_until_ms = f64::NEG_INFINITY;
        }
    }

    fn keep_datagrams(&mut self, payload: &[u8], now_ms: f64) {
        if self.way.out_link.is_none() {
            return;
        }
        self.kept_datagrams.clear();
        self.kept_datagrams.extend_from_slice(payload);
        self.datagrams_until_ms = now_ms + WAITING_AGE_MAX.as_secs_f64() * 1_000.0;
    }
}
