use std::time::Duration;

use florenetes_engine::{Connection, Guarded};
use florenetes_florio::frame::packet_at;
use florenetes_wire::limits::LINK_MTU;
use florenetes_wire::mesh::TrafficClass;
use florenetes_wire::pieces::{DatagramSender, DatagramSink, PIECE_HEADER_SIZE, SendCounts};
use florenetes_wire::queue::{ClassCounts, Place};

use crate::limits::{ENGINE_QUEUE_MAX, FIRST_PIECES, FRAME_OVERHEAD, PACKET_OVERHEAD, PAYLOAD_MIN};

/// The sending side of a session: packets, in UDP payloads of the size that the path carries.
pub(crate) struct Output {
    sender: DatagramSender,
    payload: u16,
    /// Probes that were taken: the sender counts them as packets.
    probes: u64,
    probe_bytes: u64,
    dropped_too_large: u64,
    /// Datagrams that QUIC has dropped, since the congestion window was full for too long.
    late: u64,
}

/// The connection, as the sender of packets sees it.
struct Sink<'a> {
    connection: &'a mut Guarded,
    datagram_max: usize,
    /// Datagrams inside, and their bytes.
    count: usize,
    bytes: usize,
}

impl Output {
    pub(crate) fn new(payload: u16) -> Self {
        let payload = payload.max(PAYLOAD_MIN);
        let mut sender = DatagramSender::new(datagram_max(payload));
        sender.number_from(FIRST_PIECES);
        Self { sender, payload, probes: 0, probe_bytes: 0, dropped_too_large: 0, late: 0 }
    }

    pub(crate) fn payload(&self) -> usize {
        self.payload.into()
    }

    /// Takes packets that lie as in a DATA frame, the first from `at` on, and came in on one link; `None`: from the cluster vertex. They
    /// are left as they were.
    pub(crate) fn send(
        &mut self,
        frame: &mut [u8],
        mut at: usize,
        in_link: Option<u32>,
        connection: &mut Guarded,
        now: Duration,
    ) {
        let mut sink = Sink::new(connection, self.payload);
        while let Some(packet) = packet_at(frame, at) {
            at = packet.end;
            if packet.len() > LINK_MTU {
                self.dropped_too_large += 1;
            } else {
                let place = Place::of(&frame[packet.clone()], in_link);
                self.sender.send(frame, packet, place, now, &mut sink);
            }
        }
    }

    /// Takes a packet that is not counted.
    pub(crate) fn send_probe(&mut self, probe: &[u8], connection: &mut Guarded, now: Duration) {
        let mut buffer = vec![0; PIECE_HEADER_SIZE];
        buffer.extend_from_slice(probe);
        let packet = PIECE_HEADER_SIZE..buffer.len();
        if self.sender.send(&mut buffer, packet, Place::PROBE, now, &mut Sink::new(connection, self.payload)) {
            self.probes += 1;
            self.probe_bytes += probe.len() as u64;
        }
    }

    /// Writes at most one UDP payload into `out`, which is as long as the largest one. Returns 0 when nothing is to be sent. `segment`: the length
    /// of the payloads that it leaves with, if any.
    pub(crate) fn poll_transmit(
        &mut self,
        out: &mut [u8],
        segment: usize,
        connection: &mut Guarded,
        now: Duration,
        now_ms: f64,
    ) -> usize {
        self.sender.refill(now, &mut Sink::new(connection, self.payload));
        let size = connection.with(0, |connection| connection.poll_segment(out, segment, now_ms));
        self.late = connection.with(self.late, |connection| connection.late_datagrams());
        size
    }

    /// The link is over.
    pub(crate) fn clear(&mut self) {
        self.sender.clear();
    }

    /// Gives the queue's memory back when it was not used lately.
    pub(crate) fn trim(&mut self) {
        self.sender.trim();
    }

    pub(crate) fn congested_classes(&self) -> u8 {
        self.sender.queue().congested_classes()
    }

    pub(crate) fn sender(&self) -> &DatagramSender {
        &self.sender
    }

    /// Counts without probes.
    pub(crate) fn counts(&self) -> SendCounts {
        let counts = self.sender.counts();
        // A probe that waits is not counted by the sender yet.
        SendCounts {
            packets_sent: counts.packets_sent.saturating_sub(self.probes),
            bytes_sent: counts.bytes_sent.saturating_sub(self.probe_bytes),
            ..counts
        }
    }

    /// The counts of each class by its number, without probes, which are reliable; so is what was late in QUIC, which knows no classes.
    pub(crate) fn class_counts(&self) -> [ClassCounts; 6] {
        let mut classes = *self.sender.queue().counts();
        let reliable = &mut classes[TrafficClass::Reliable as usize];
        reliable.packets_sent = reliable.packets_sent.saturating_sub(self.probes);
        reliable.bytes_sent = reliable.bytes_sent.saturating_sub(self.probe_bytes);
        reliable.dropped_late += self.late;
        classes
    }

    pub(crate) fn dropped_too_large(&self) -> u64 {
        self.dropped_too_large
    }
}

impl<'a> Sink<'a> {
    fn new(connection: &'a mut Guarded, payload: u16) -> Self {
        let count = connection.with(0, Connection::datagram_send_queue_length);
        // Mostly there are none.
        let bytes = if count == 0 { 0 } else { connection.with(0, Connection::datagram_send_queue_bytes) };
        Self { connection, datagram_max: datagram_max(payload), count, bytes }
    }
}

impl DatagramSink for Sink<'_> {
    fn has_room(&self, length: usize) -> bool {
        let inside = self.bytes + self.count * FRAME_OVERHEAD;
        self.count == 0 || (inside + length <= self.datagram_max && self.count < ENGINE_QUEUE_MAX)
    }

    fn send(&mut self, datagram: &[u8]) -> bool {
        let is_taken = self.connection.with(false, |connection| connection.send_datagram(datagram));
        if is_taken {
            self.count += 1;
            self.bytes += datagram.len();
        }
        is_taken
    }
}

fn datagram_max(payload: u16) -> usize {
    usize::from(payload) - PACKET_OVERHEAD
}
