//! A path with one bottleneck: packets may be lost, wait for their turn in a queue that has an end, and then take their time.

use std::collections::VecDeque;

use florenetes_engine::EcnCodepoint;

/// A path's properties; they may change while packets are under way.
#[derive(Clone, Copy, Debug)]
pub(crate) struct PathShape {
    /// Bytes per millisecond that the bottleneck carries.
    pub(crate) rate: f64,
    /// Milliseconds that a packet takes, one way.
    pub(crate) delay: f64,
    /// Bytes that may wait for the bottleneck.
    pub(crate) queue_max: f64,
    /// Share of the packets that are lost for no reason, each way.
    pub(crate) loss: f64,
    /// Share of the packets that take up to a quarter of the delay longer than others, each way.
    pub(crate) reordered: f64,
    /// Bytes that wait from which on packets are marked CE instead of ECT(0).
    pub(crate) marked_from: f64,
    /// Whether marks get lost on the path.
    pub(crate) is_bleaching: bool,
}

impl PathShape {
    /// A path without faults; its queue holds the packets of `queue_ms`.
    pub(crate) fn new(mbit: f64, round_trip_ms: f64, queue_ms: f64) -> Self {
        let rate = mbit * 125.0;
        Self {
            rate,
            delay: round_trip_ms / 2.0,
            queue_max: rate * queue_ms,
            loss: 0.0,
            reordered: 0.0,
            marked_from: f64::INFINITY,
            is_bleaching: false,
        }
    }

    pub(crate) fn with_loss(self, loss: f64) -> Self {
        Self { loss, ..self }
    }

    pub(crate) fn with_reordering(self, reordered: f64) -> Self {
        Self { reordered, ..self }
    }
}

/// A packet of one of the flows.
pub(crate) struct Packet {
    pub(crate) flow: usize,
    pub(crate) payload: Vec<u8>,
    pub(crate) mark: Option<EcnCodepoint>,
    arrived: f64,
}

impl Packet {
    /// The packet's bytes on the wire, with the headers of UDP and IPv4.
    fn wire_size(&self) -> f64 {
        (self.payload.len() + 28) as f64
    }
}

/// The queue before the bottleneck, and what was seen of it.
pub(crate) struct Bottleneck {
    pub(crate) shape: PathShape,
    queue: VecDeque<Packet>,
    waiting: f64,
    departure: f64,
    /// Milliseconds that each packet waited since `forget`, its own transmission left out.
    pub(crate) waits: Vec<f32>,
    offered: u64,
    dropped: u64,
}

impl Bottleneck {
    pub(crate) fn new(shape: PathShape) -> Self {
        Self {
            shape,
            queue: VecDeque::new(),
            waiting: 0.0,
            departure: f64::INFINITY,
            waits: Vec::new(),
            offered: 0,
            dropped: 0,
        }
    }

    /// Starts all figures anew.
    pub(crate) fn forget(&mut self) {
        self.waits.clear();
        (self.offered, self.dropped) = (0, 0);
    }

    /// The share of packets that the queue had no room for.
    pub(crate) fn dropped_share(&self) -> f64 {
        self.dropped as f64 / self.offered.max(1) as f64
    }

    pub(crate) fn handle_arrival(&mut self, flow: usize, payload: Vec<u8>, mark: Option<EcnCodepoint>, now: f64) {
        let packet = Packet { flow, payload, mark, arrived: now };
        self.offered += 1;
        if self.waiting + packet.wire_size() > self.shape.queue_max && !self.queue.is_empty() {
            self.dropped += 1;
            return;
        }
        self.waiting += packet.wire_size();
        if self.queue.is_empty() {
            self.departure = now + packet.wire_size() / self.shape.rate;
        }
        self.queue.push_back(packet);
    }

    /// When `handle_departure` is due.
    pub(crate) fn next_departure(&self) -> f64 {
        self.departure
    }

    /// Takes the packet that is through the bottleneck.
    pub(crate) fn handle_departure(&mut self, now: f64) -> Option<Packet> {
        let mut packet = self.queue.pop_front()?;
        if self.shape.is_bleaching {
            packet.mark = None;
        } else if self.waiting > self.shape.marked_from && packet.mark.is_some() {
            packet.mark = Some(EcnCodepoint::Ce);
        }
        self.waiting -= packet.wire_size();
        self.waits.push((now - packet.arrived - packet.wire_size() / self.shape.rate).max(0.0) as f32);
        let next = self.queue.front();
        self.departure = next.map_or(f64::INFINITY, |next| now + next.wire_size() / self.shape.rate);
        Some(packet)
    }
}
