//! Cuts a piece of the device into packets.

use crate::checksum::{fold, sum};
use crate::header::{HEADER_SIZE, Kind, VnetHeader};
use crate::ip::{CHECKSUM_AT, CWR, FIN, FLAGS_AT, PUSH, SEQUENCE_AT, TcpPlaces, be16, be32, set_be16, set_be32};
use crate::shared::{SEGMENT_MIN, SEGMENT_SIZE_SIZE};

/// Why a piece was not cut.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Fault {
    /// The bytes are no piece, or one of a kind that was not asked for, or the header does not fit them.
    Malformed,
    /// Its packets have no room.
    Room,
}

/// The bytes before each datagram that is cut.
#[derive(Clone, Copy)]
pub struct Leads<'a> {
    /// Stands before a packet.
    pub packet: &'a [u8],
    /// Stands before the size of several segments that share a datagram, which is two bytes, and these.
    pub shared: &'a [u8],
    /// Bytes of the largest datagram of several segments; 0: each segment is a packet of its own.
    pub shared_max: usize,
}

/// Writes what a piece has into `out`, one datagram behind the other, each behind a copy of its lead, and its length with that into `lengths`.
/// A datagram is a packet, or as many segments as it has room for. Checksums that were left to the device are made in packets, and left to the next
/// device where segments share a datagram. `counts` gets the packets that each datagram stands for. Returns how many datagrams there are.
///
/// # Errors
///
/// `Fault`; `out` has anything then.
pub fn cut(
    piece: &[u8],
    leads: Leads<'_>,
    out: &mut [u8],
    (lengths, counts): (&mut [u32], &mut [u32]),
) -> Result<usize, Fault> {
    let (header, packet) = piece.split_first_chunk::<HEADER_SIZE>().ok_or(Fault::Malformed)?;
    let header = VnetHeader::read(header);
    let room = Room { out, lengths, counts, count: 0 };
    match header.kind() {
        Kind::Packet => cut_packet(header, packet, leads.packet, room),
        Kind::Tcp { version } => cut_segments(header, version, packet, leads, room),
        Kind::Other => Err(Fault::Malformed),
    }
}

fn cut_packet(header: VnetHeader, packet: &[u8], lead: &[u8], mut room: Room<'_>) -> Result<usize, Fault> {
    let copy = room.take(1, (lead, &[]), packet.len())?;
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
    leads: Leads<'_>,
    mut room: Room<'_>,
) -> Result<usize, Fault> {
    // The kernel leaves the checksums of segments to the device, always, and so says where TCP begins.
    let (tcp, checksum_at) = header.checksum().ok_or(Fault::Malformed)?;
    let places = TcpPlaces::behind(packet, tcp)
        .filter(|places| places.version == version && checksum_at == tcp + CHECKSUM_AT)
        .ok_or(Fault::Malformed)?;
    let (headers, payload) = packet.split_at(places.headers_size);
    let size = header.segment_size();
    if size == 0 || payload.is_empty() {
        return Err(Fault::Malformed);
    }
    // The field has the sum of the pseudo-header, for the length of the whole. Options of IP may change what else is in that sum.
    let pseudo = u64::from(be16(headers, checksum_at)) + u64::from(!((packet.len() - tcp) as u16));
    let sequence = be32(headers, tcp + SEQUENCE_AT);
    let flags = headers[tcp + FLAGS_AT];
    let identification = be16(headers, 4);
    let together = if places.is_plain() { leads.together(headers.len(), size) } else { 1 };
    let last = payload.len().div_ceil(together * size) - 1;
    for (index, bytes) in payload.chunks(together * size).enumerate() {
        let length = headers.len() + bytes.len();
        let is_shared = bytes.len() > size;
        let segment = match is_shared {
            true => room.take(bytes.len().div_ceil(size), (leads.shared, &(size as u16).to_be_bytes()), length)?,
            false => room.take(1, (leads.packet, &[]), length)?,
        };
        segment[..headers.len()].copy_from_slice(headers);
        segment[headers.len()..].copy_from_slice(bytes);
        if version == 4 {
            set_be16(segment, 4, identification.wrapping_add((index * together) as u16));
        }
        places.set_length(segment, length);
        let not_first = if index > 0 { CWR } else { 0 };
        let not_last = if index < last { FIN | PUSH } else { 0 };
        segment[tcp + FLAGS_AT] = flags & !not_first & !not_last;
        set_be32(segment, tcp + SEQUENCE_AT, sequence.wrapping_add((index * together * size) as u32));
        set_be16(segment, checksum_at, 0);
        if !is_shared {
            let checksum = !fold(pseudo + (length - tcp) as u64 + sum(&segment[tcp..]));
            set_be16(segment, checksum_at, checksum);
        }
    }
    Ok(room.count)
}

impl Leads<'_> {
    /// How many segments of so many bytes go together, 1 at least.
    fn together(&self, headers_size: usize, segment_size: usize) -> usize {
        let room = self.shared_max.saturating_sub(self.shared.len() + SEGMENT_SIZE_SIZE + headers_size);
        if segment_size < SEGMENT_MIN { 1 } else { (room / segment_size).max(1) }
    }
}

/// Room for packets.
struct Room<'a> {
    out: &'a mut [u8],
    lengths: &'a mut [u32],
    counts: &'a mut [u32],
    count: usize,
}

impl<'a> Room<'a> {
    /// The room for the next datagram, of so many packets, behind the lead and what follows that.
    fn take(&mut self, packets: usize, (lead, rest): (&[u8], &[u8]), length: usize) -> Result<&'a mut [u8], Fault> {
        let before = lead.len() + rest.len();
        let whole = before + length;
        let place = self.lengths.get_mut(self.count).ok_or(Fault::Room)?;
        *self.counts.get_mut(self.count).ok_or(Fault::Room)? = packets as u32;
        let (room, left) = std::mem::take(&mut self.out).split_at_mut_checked(whole).ok_or(Fault::Room)?;
        *place = whole as u32;
        self.out = left;
        self.count += 1;
        let (before, packet) = room.split_at_mut(before);
        before[..lead.len()].copy_from_slice(lead);
        before[lead.len()..].copy_from_slice(rest);
        Ok(packet)
    }
}
