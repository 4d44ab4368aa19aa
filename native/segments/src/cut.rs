//! Cuts a piece of the device into packets.

use crate::checksum::{fold, sum};
use crate::header::{HEADER_SIZE, Kind, VnetHeader};
use crate::ip::{CHECKSUM_AT, CWR, FIN, FLAGS_AT, PUSH, SEQUENCE_AT, TcpPlaces, be16, be32, set_be16, set_be32};

/// Why a piece was not cut.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Fault {
    /// The bytes are no piece, or one of a kind that was not asked for, or the header does not fit them.
    Malformed,
    /// Its packets have no room.
    Room,
}

/// Writes the packets of a piece into `out`, one behind the other, each behind a copy of `lead`, and its length with that into `lengths`.
/// Checksums that were left to the device are made. Returns how many there are.
///
/// # Errors
///
/// `Fault`; `out` has anything then.
pub fn cut(piece: &[u8], lead: &[u8], out: &mut [u8], lengths: &mut [u32]) -> Result<usize, Fault> {
    let (header, packet) = piece.split_first_chunk::<HEADER_SIZE>().ok_or(Fault::Malformed)?;
    let header = VnetHeader::read(header);
    match header.kind() {
        Kind::Packet => cut_packet(header, packet, lead, out, lengths),
        Kind::Tcp { version } => cut_segments(header, version, packet, lead, out, lengths),
        Kind::Other => Err(Fault::Malformed),
    }
}

fn cut_packet(
    header: VnetHeader,
    packet: &[u8],
    lead: &[u8],
    out: &mut [u8],
    lengths: &mut [u32],
) -> Result<usize, Fault> {
    let mut room = Room { out, lengths, count: 0 };
    let copy = room.take(lead, packet.len())?;
    copy.copy_from_slice(packet);
    if let Some((start, place)) = header.checksum() {
        if place + 2 > packet.len() || start > place {
            return Err(Fault::Malformed);
        }
        // The field has the sum of the pseudo-header.
        let checksum = !fold(sum(&copy[start..]));
        // 0 would say that a datagram of UDP has none, and is the same number (RFC 768).
        set_be16(copy, place, if checksum == 0 { 0xffff } else { checksum });
    }
    Ok(room.count)
}

fn cut_segments(
    header: VnetHeader,
    version: u8,
    packet: &[u8],
    lead: &[u8],
    out: &mut [u8],
    lengths: &mut [u32],
) -> Result<usize, Fault> {
    // The kernel leaves the checksums of segments to the device, always, and so says where TCP begins.
    let (tcp, checksum_at) = header.checksum().ok_or(Fault::Malformed)?;
    let places = TcpPlaces::behind(packet, tcp)
        .filter(|places| places.version == version && checksum_at == tcp + CHECKSUM_AT)
        .ok_or(Fault::Malformed)?;
    let (headers, payload) = packet.split_at(places.headers_size);
    if header.segment_size() == 0 || payload.is_empty() {
        return Err(Fault::Malformed);
    }
    // The field has the sum of the pseudo-header, for the length of the whole. Options of IP may change what else is in that sum.
    let pseudo = u64::from(be16(headers, checksum_at)) + u64::from(!((packet.len() - tcp) as u16));
    let sequence = be32(headers, tcp + SEQUENCE_AT);
    let flags = headers[tcp + FLAGS_AT];
    let identification = be16(headers, 4);
    let last = payload.len().div_ceil(header.segment_size()) - 1;
    let mut room = Room { out, lengths, count: 0 };
    for (index, bytes) in payload.chunks(header.segment_size()).enumerate() {
        let length = headers.len() + bytes.len();
        let segment = room.take(lead, length)?;
        segment[..headers.len()].copy_from_slice(headers);
        segment[headers.len()..].copy_from_slice(bytes);
        if version == 4 {
            set_be16(segment, 4, identification.wrapping_add(index as u16));
        }
        places.set_length(segment, length);
        let not_first = if index > 0 { CWR } else { 0 };
        let not_last = if index < last { FIN | PUSH } else { 0 };
        segment[tcp + FLAGS_AT] = flags & !not_first & !not_last;
        set_be32(segment, tcp + SEQUENCE_AT, sequence.wrapping_add((index * header.segment_size()) as u32));
        set_be16(segment, checksum_at, 0);
        let checksum = !fold(pseudo + (length - tcp) as u64 + sum(&segment[tcp..]));
        set_be16(segment, checksum_at, checksum);
    }
    Ok(room.count)
}

/// Room for packets.
struct Room<'a> {
    out: &'a mut [u8],
    lengths: &'a mut [u32],
    count: usize,
}

impl<'a> Room<'a> {
    /// The room for the next packet, behind the lead.
    fn take(&mut self, lead: &[u8], length: usize) -> Result<&'a mut [u8], Fault> {
        let whole = lead.len() + length;
        let place = self.lengths.get_mut(self.count).ok_or(Fault::Room)?;
        let (room, rest) = std::mem::take(&mut self.out).split_at_mut_checked(whole).ok_or(Fault::Room)?;
        *place = whole as u32;
        self.out = rest;
        self.count += 1;
        let (before, packet) = room.split_at_mut(lead.len());
        before.copy_from_slice(lead);
        Ok(packet)
    }
}
