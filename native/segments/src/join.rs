//! Joins packets to pieces for the device, as network cards do ("generic receive offload").

use crate::checksum::fold;
use crate::header::{HEADER_SIZE, VnetHeader};
use crate::ip::{ACK, CHECKSUM_AT, FIN, FLAGS_AT, PUSH, SEQUENCE_AT, TcpPlaces, be16, be32, set_be16};

/// The largest packet of IP.
const PACKET_MAX: usize = 65_535;
/// Pieces, counted from the last one, that a packet is compared with.
const COMPARED_MAX: usize = 16;
/// Stands for no packet.
const NONE: u32 = u32::MAX;

/// Packets one behind the other.
#[derive(Clone, Copy)]
pub struct Packets<'a> {
    /// Their bytes.
    pub bytes: &'a [u8],
    /// Their lengths.
    pub lengths: &'a [u32],
}

/// Joins packets. Its memory is used again for the next ones.
#[derive(Default)]
pub struct Joiner {
    pieces: Vec<Piece>,
    /// For each packet its place, and the one that follows it in its piece.
    packets: Vec<(std::ops::Range<usize>, u32)>,
}

/// A piece that is being put together: packets that follow each other in one connection.
struct Piece {
    first: u32,
    last: u32,
    /// Bytes of all, with the headers of the first one alone.
    length: usize,
    /// None: it is no packet of TCP, or none that is ever joined.
    tcp: Option<Tcp>,
}

struct Tcp {
    places: TcpPlaces,
    /// Bytes behind the headers of its packets.
    segment_size: usize,
    /// The number of the byte that follows.
    next: u32,
    /// Whether nothing may be joined to it any more.
    is_closed: bool,
}

impl Joiner {
    /// Writes pieces of the packets into `out`, each with its header before it, and where each ends into `ends`. Returns how many there are. Packets of
    /// a connection keep their order, and so do all that are not joined.
    ///
    /// A packet is joined to the one before it in its connection where the kernel will cut both again as they were: it goes on where that one ended, both are
    /// as long, but for the last, and all else in their headers is the same. Both have the right checksums, since the piece has none.
    ///
    /// There is room where `out` has the packets' bytes and `HEADER_SIZE` for each, and `ends` has their number; what has none, and what `lengths`
    /// names beyond the bytes, is left out.
    pub fn join(&mut self, packets: Packets<'_>, out: &mut [u8], ends: &mut [u32]) -> usize {
        self.pieces.clear();
        self.packets.clear();
        let mut at = 0;
        for length in packets.lengths {
            let end = at + *length as usize;
            if end > packets.bytes.len() || self.packets.len() == ends.len() {
                break;
            }
            self.add(packets.bytes, at..end);
            at = end;
        }
        self.write(packets.bytes, out, ends)
    }

    fn add(&mut self, bytes: &[u8], place: std::ops::Range<usize>) {
        let number = self.packets.len() as u32;
        let packet = &bytes[place.clone()];
        self.packets.push((place, NONE));
        let places = TcpPlaces::of(packet);
        if let Some(places) = places {
            let from = self.pieces.len().saturating_sub(COMPARED_MAX);
            let former = self.pieces[from..].iter_mut().rev().find(|piece| {
                let first = &bytes[self.packets[piece.first as usize].0.clone()];
                piece.tcp.as_ref().is_some_and(|tcp| is_same_connection(tcp.places, first, places, packet))
            });
            if let Some(former) = former {
                let first = &bytes[self.packets[former.first as usize].0.clone()];
                if former.take(first, places, packet) {
                    self.packets[former.last as usize].1 = number;
                    former.last = number;
                    return;
                }
            }
        }
        let tcp = places.map(|places| Tcp::of(places, packet));
        self.pieces.push(Piece { first: number, last: number, length: packet.len(), tcp });
    }

    fn write(&self, bytes: &[u8], out: &mut [u8], ends: &mut [u32]) -> usize {
        let mut at = 0;
        for (index, piece) in self.pieces.iter().enumerate() {
            let end = at + HEADER_SIZE + piece.length;
            let Some(room) = out.get_mut(at..end) else { return index };
            self.write_piece(piece, bytes, room);
            ends[index] = end as u32;
            at = end;
        }
        self.pieces.len()
    }

    fn write_piece(&self, piece: &Piece, bytes: &[u8], room: &mut [u8]) {
        let (header, packet) = room.split_at_mut(HEADER_SIZE);
        let (first, mut next) = self.packets[piece.first as usize].clone();
        let mut at = first.len();
        packet[..at].copy_from_slice(&bytes[first]);
        let joined = piece.tcp.as_ref().filter(|_| next != NONE);
        let Some(Tcp { places, segment_size, .. }) = joined else {
            header.copy_from_slice(&VnetHeader::PLAIN.to_bytes());
            return;
        };
        while next != NONE {
            let (place, following) = self.packets[next as usize].clone();
            let payload = &bytes[place.start + places.headers_size..place.end];
            packet[at..at + payload.len()].copy_from_slice(payload);
            at += payload.len();
            if following == NONE {
                let flags = bytes[place.start + places.ip_size + FLAGS_AT];
                packet[places.ip_size + FLAGS_AT] |= flags & (PUSH | FIN);
            }
            next = following;
        }
        let length = packet.len();
        places.set_length(packet, length);
        // The kernel adds the sum of what follows the pseudo-header, for each segment.
        let pseudo = fold(places.pseudo_sum(packet, length - places.ip_size));
        set_be16(packet, places.ip_size + CHECKSUM_AT, pseudo);
        let (ip_size, headers_size) = (places.ip_size as u16, places.headers_size as u16);
        let tcp = VnetHeader::tcp(places.version, ip_size, headers_size, *segment_size as u16);
        header.copy_from_slice(&tcp.to_bytes());
    }
}

impl Tcp {
    fn of(places: TcpPlaces, packet: &[u8]) -> Self {
        let segment_size = packet.len() - places.headers_size;
        let flags = packet[places.ip_size + FLAGS_AT];
        let sequence = be32(packet, places.ip_size + SEQUENCE_AT);
        // Without "don't fragment" each packet has an identification of its own (RFC 6864), which joining would change.
        let is_fixed = places.version == 6 || be16(packet, 6) & 0x4000 != 0;
        let is_closed = !is_fixed || flags != ACK || segment_size == 0 || !places.are_checksums_right(packet);
        Self { places, segment_size, next: sequence.wrapping_add(segment_size as u32), is_closed }
    }
}

impl Piece {
    /// Takes a packet of the same connection, if it may be joined. False: no packet of the connection may be joined to this piece from now on.
    fn take(&mut self, first: &[u8], places: TcpPlaces, packet: &[u8]) -> bool {
        let Some(tcp) = &mut self.tcp else { return false };
        if tcp.is_closed {
            return false;
        }
        tcp.is_closed = true;
        let size = packet.len() - places.headers_size;
        let flags = packet[places.ip_size + FLAGS_AT];
        let is_next = places == tcp.places
            && (1..=tcp.segment_size).contains(&size)
            && self.length + size <= PACKET_MAX
            && be32(packet, places.ip_size + SEQUENCE_AT) == tcp.next
            && flags & !(PUSH | FIN) == ACK
            && are_headers_alike(places, first, packet)
            && places.are_checksums_right(packet);
        if is_next {
            tcp.next = tcp.next.wrapping_add(size as u32);
            tcp.is_closed = size < tcp.segment_size || flags != ACK;
            self.length += size;
        }
        is_next
    }
}

fn is_same_connection(first_places: TcpPlaces, first: &[u8], places: TcpPlaces, packet: &[u8]) -> bool {
    let ports = |at: usize, bytes: &[u8]| be32(bytes, at);
    first_places.version == places.version
        && ports(places.ip_size, first) == ports(places.ip_size, packet)
        && first_places.addresses(first) == places.addresses(packet)
}

/// Whether two packets of a connection are alike in all that is neither a length, a checksum, an identification, a sequence number nor a flag.
fn are_headers_alike(places: TcpPlaces, first: &[u8], packet: &[u8]) -> bool {
    let is_ip_alike = match places.version {
        // Type of service; flags, time to live.
        4 => first[1] == packet[1] && first[6..9] == packet[6..9],
        // Version, traffic class and flow label; hop limit.
        _ => first[..4] == packet[..4] && first[7] == packet[7],
    };
    let (first, other) = (&first[places.ip_size..places.headers_size], &packet[places.ip_size..places.headers_size]);
    // The acknowledged number and the header's size; the window; the urgent pointer and options.
    is_ip_alike && first[8..13] == other[8..13] && first[14..16] == other[14..16] && first[18..] == other[18..]
}
