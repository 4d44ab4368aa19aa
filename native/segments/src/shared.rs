//! Segments of one connection that share a datagram (docs/protocol/vpn-service.md).

use crate::ip::TcpPlaces;

/// Bytes of the size that stands before them.
pub(crate) const SEGMENT_SIZE_SIZE: usize = 2;
/// The least size of segments that share one. A datagram of smaller ones would cost its receiver's kernel more than the sender has sent.
pub(crate) const SEGMENT_MIN: usize = 256;

/// The places of the headers of segments that have come in one datagram. None: they are no such segments.
pub(crate) fn places_of(packet: &[u8], segment_size: usize) -> Option<TcpPlaces> {
    let places = TcpPlaces::of(packet)?;
    let payload = packet.len() - places.headers_size;
    (segment_size >= SEGMENT_MIN && payload > segment_size).then_some(places)
}
