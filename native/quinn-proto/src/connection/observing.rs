//! The observer, who is told of packets

use std::any::Any;

use super::{Connection, packet_builder::PacketBuilder};
use crate::{
    Duration, Instant,
    packet::{Packet, SpaceId},
};

/// Bytes that each cipher of QUIC adds to a packet (RFC 9001, 5.3)
const TAG_LENGTH: usize = 16;

/// The kind of a packet that has a number
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PacketKind {
    /// Initial
    Initial,
    /// Handshake
    Handshake,
    /// 1-RTT
    OneRtt,
}

/// A packet as it is before it is encrypted, or after it was decrypted
#[derive(Debug)]
pub struct SeenPacket<'a> {
    /// Its kind
    pub kind: PacketKind,
    /// Its number
    pub number: u64,
    /// Its bytes on the wire
    pub length: usize,
    /// Its frames
    pub payload: &'a [u8],
}

/// Sees all packets of a connection, and changes nothing
pub trait PacketObserver: Any + Send + Sync {
    /// The ID that the client made up for its first packets (before a Retry, if there was one)
    fn handle_begin(&mut self, first_id: &[u8]);
    /// A packet leaves
    fn handle_sent(&mut self, now: Instant, packet: &SeenPacket<'_>);
    /// A packet has come that is genuine and no duplicate
    fn handle_received(&mut self, now: Instant, packet: &SeenPacket<'_>);
    /// A packet is given up; `is_late`: for its time, and not for the number of packets after it
    fn handle_lost(&mut self, now: Instant, kind: PacketKind, number: u64, is_late: bool);
}

/// Figures of loss detection and congestion control
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs)]
pub struct RecoveryMetrics {
    pub min_rtt: Duration,
    pub smoothed_rtt: Duration,
    pub latest_rtt: Duration,
    pub rtt_variance: Duration,
    pub pto_count: u32,
    pub congestion_window: u64,
    pub bytes_in_flight: u64,
}

impl From<SpaceId> for PacketKind {
    fn from(space: SpaceId) -> Self {
        match space {
            SpaceId::Initial => Self::Initial,
            SpaceId::Handshake => Self::Handshake,
            SpaceId::Data => Self::OneRtt,
        }
    }
}

impl Connection {
    /// The observer, if there is one and it is of this type
    pub fn observer<O: PacketObserver>(&mut self) -> Option<&mut O> {
        let observer: &mut dyn Any = self.observer.as_deref_mut()?;
        observer.downcast_mut()
    }

    /// Shows a packet that has come, unless it has no number
    pub(super) fn observe_received(&mut self, now: Instant, number: Option<u64>, packet: &Packet) {
        let Some((observer, number)) = self.observer.as_mut().zip(number) else {
            return;
        };
        let length = packet.header_data.len() + packet.payload.len() + TAG_LENGTH;
        let kind = packet.header.space().into();
        observer.handle_received(now, &SeenPacket { kind, number, length, payload: &packet.payload });
    }

    /// The figures of now
    pub fn recovery_metrics(&self) -> RecoveryMetrics {
        let rtt = &self.path.rtt;
        RecoveryMetrics {
            min_rtt: rtt.min,
            smoothed_rtt: rtt.get(),
            latest_rtt: rtt.latest,
            rtt_variance: rtt.var,
            pto_count: self.pto_count,
            congestion_window: self.path.congestion.window(),
            bytes_in_flight: self.path.in_flight.bytes,
        }
    }
}

impl PacketBuilder {
    /// Shows the packet, which is whole and not encrypted yet
    pub(super) fn show(&self, observer: Option<&mut dyn PacketObserver>, now: Instant, buffer: &[u8]) {
        let Some(observer) = observer else {
            return;
        };
        let start = self.partial_encode.start;
        let length = buffer.len() - start + self.tag_len;
        let payload = &buffer[start + self.partial_encode.header_len..];
        observer.handle_sent(now, &SeenPacket { kind: self.space.into(), number: self.exact_number, length, payload });
    }
}
