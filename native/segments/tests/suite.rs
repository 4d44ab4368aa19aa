//! Packets that are joined and cut come out as they went in.

use florenetes_segments::{Fault, HEADER_SIZE, Joiner, Packets, cut};
use proptest::prelude::*;

/// The sum of RFC 1071, word by word.
fn sum(bytes: &[u8], begin: u32) -> u16 {
    let words = bytes.chunks(2).map(|word| u32::from(word[0]) << 8 | u32::from(*word.get(1).unwrap_or(&0)));
    let mut sum = words.fold(begin, |sum, word| sum + word);
    while sum > 0xffff {
        sum = (sum >> 16) + (sum & 0xffff);
    }
    sum as u16
}

/// A segment of TCP, with all checksums.
struct Segment {
    version: u8,
    port: u16,
    sequence: u32,
    flags: u8,
    options: Vec<u8>,
    payload: Vec<u8>,
}

impl Segment {
    fn new(version: u8, sequence: u32, payload: Vec<u8>) -> Self {
        Self {
            version,
            port: 4_000,
            sequence,
            flags: 0x10,
            options: vec![1, 1, 8, 10, 0, 0, 0, 1, 0, 0, 0, 2],
            payload,
        }
    }

    fn bytes(&self) -> Vec<u8> {
        let tcp_length = 20 + self.options.len() + self.payload.len();
        let (mut packet, addresses) = match self.version {
            4 => {
                let mut ip = vec![0x45, 0, 0, 0, 0, 7, 0x40, 0, 64, 6, 0, 0, 10, 0, 0, 1, 10, 0, 0, 2];
                ip[2..4].copy_from_slice(&((20 + tcp_length) as u16).to_be_bytes());
                let checksum = !sum(&ip, 0);
                ip[10..12].copy_from_slice(&checksum.to_be_bytes());
                (ip, 12)
            }
            _ => {
                let mut ip = vec![0x60, 0, 0, 9];
                ip.extend((tcp_length as u16).to_be_bytes());
                ip.extend([6, 64]);
                ip.extend([0xfd; 16]);
                ip.extend([0xfe; 16]);
                (ip, 8)
            }
        };
        let ip_size = packet.len();
        packet.extend(self.port.to_be_bytes());
        packet.extend(443_u16.to_be_bytes());
        packet.extend(self.sequence.to_be_bytes());
        packet.extend(77_u32.to_be_bytes());
        packet.extend([((20 + self.options.len()) as u8 / 4) << 4, self.flags, 1, 0, 0, 0, 0, 0]);
        packet.extend(&self.options);
        packet.extend(&self.payload);
        let pseudo = sum(&packet[addresses..ip_size], 6 + tcp_length as u32);
        let checksum = !sum(&packet[ip_size..], pseudo.into());
        packet[ip_size + 16..ip_size + 18].copy_from_slice(&checksum.to_be_bytes());
        packet
    }
}

/// The pieces that packets are joined to.
fn join(packets: &[Vec<u8>]) -> Vec<Vec<u8>> {
    let bytes = packets.concat();
    let lengths: Vec<u32> = packets.iter().map(|packet| packet.len() as u32).collect();
    let mut out = vec![0; bytes.len() + HEADER_SIZE * packets.len()];
    let mut ends = vec![0; packets.len()];
    let count = Joiner::default().join(Packets { bytes: &bytes, lengths: &lengths }, &mut out, &mut ends);
    let mut at = 0;
    ends[..count].iter().map(|end| out[std::mem::replace(&mut at, *end as usize)..*end as usize].to_vec()).collect()
}

/// The packets of a piece.
fn cut_piece(piece: &[u8]) -> Result<Vec<Vec<u8>>, Fault> {
    let (mut out, mut lengths) = (vec![0; 262_144], vec![0; 1_024]);
    let count = cut(piece, &[0], &mut out, &mut lengths)?;
    let mut at = 0;
    Ok(lengths[..count]
        .iter()
        .map(|length| {
            let packet = &out[at..at + *length as usize];
            at += *length as usize;
            assert_eq!(packet[0], 0);
            packet[1..].to_vec()
        })
        .collect())
}

/// The packet as it is behind its identification, which joining may change.
fn normal(mut packet: Vec<u8>) -> Vec<u8> {
    if packet[0] >> 4 == 4 {
        packet[4..6].fill(0);
        packet[10..12].fill(0);
    }
    packet
}

fn stream(version: u8, sizes: &[usize]) -> Vec<Vec<u8>> {
    let mut sequence = u32::MAX - 2_000;
    let segment = |size: &usize| {
        let payload = (0..*size).map(|at| (at * 7 + size) as u8).collect();
        let bytes = Segment::new(version, sequence, payload).bytes();
        sequence = sequence.wrapping_add(*size as u32);
        bytes
    };
    sizes.iter().map(segment).collect()
}

#[test]
fn a_connection_is_one_piece_and_comes_out_of_it_again() {
    for version in [4, 6] {
        let packets = stream(version, &[1_211; 40]);
        let pieces = join(&packets);
        assert_eq!(pieces.len(), 1, "IPv{version}");
        let headers = packets[0].len() - 1_211;
        assert_eq!(pieces[0].len(), HEADER_SIZE + headers + 40 * 1_211);
        let again: Vec<_> = cut_piece(&pieces[0]).unwrap().into_iter().map(normal).collect();
        assert_eq!(again, packets.into_iter().map(normal).collect::<Vec<_>>());
    }
}

#[test]
fn what_does_not_follow_is_not_joined() {
    let [first, second] = [stream(4, &[1_000, 1_000])[0].clone(), stream(4, &[1_000, 1_000])[1].clone()];
    assert_eq!(join(&[first.clone(), second.clone()]).len(), 1);
    let changed = |change: &dyn Fn(&mut Segment)| {
        let mut segment = Segment::new(4, (u32::MAX - 2_000).wrapping_add(1_000), vec![9; 1_000]);
        change(&mut segment);
        segment.bytes()
    };
    assert_eq!(join(&[first.clone(), changed(&|_| ())]).len(), 1);
    for (why, other) in [
        ("another port", changed(&|it| it.port = 4_001)),
        ("a gap", changed(&|it| it.sequence += 1)),
        ("it was sent before", changed(&|it| it.sequence -= 1_000)),
        ("a reset", changed(&|it| it.flags = 0x14)),
        ("congestion", changed(&|it| it.flags = 0x50)),
        ("other options", changed(&|it| it.options[11] = 9)),
        ("options of another length", changed(&|it| it.options.truncate(0))),
        ("more than the first", changed(&|it| it.payload.push(0))),
        ("no payload", changed(&|it| it.payload.clear())),
        ("a wrong checksum", {
            let mut it = second.clone();
            it[60] ^= 1;
            it
        }),
        ("a wrong checksum of the header", {
            let mut it = second.clone();
            it[10] ^= 1;
            it
        }),
        ("another type of service", {
            let mut it = second.clone();
            it[1] = 1;
            it[11] = it[11].wrapping_sub(1);
            it
        }),
        ("a fragment", {
            let mut it = second.clone();
            it[6] = 0x20;
            it
        }),
        ("it is cut", second[..second.len() - 1].to_vec()),
        ("no headers", second[..30].to_vec()),
        ("nothing", Vec::new()),
    ] {
        let pieces = join(&[first.clone(), other.clone()]);
        assert_eq!(pieces.len(), 2, "{why}");
        assert_eq!(pieces[1][..HEADER_SIZE], [0; HEADER_SIZE], "{why}");
        assert_eq!(pieces[1][HEADER_SIZE..], other, "{why}");
    }
}

#[test]
fn a_piece_ends_with_a_push_a_shorter_segment_or_what_cannot_be_joined() {
    let packets = stream(4, &[1_000, 500, 500, 500]);
    assert_eq!(join(&packets).iter().map(Vec::len).collect::<Vec<_>>(), [10 + 52 + 1_500, 10 + 52 + 1_000]);
    let mut pushed = Segment::new(4, 5_000, vec![1; 700]);
    pushed.flags = 0x18;
    let before = Segment::new(4, 4_300, vec![2; 700]).bytes();
    let after = Segment::new(4, 5_700, vec![3; 700]).bytes();
    let pieces = join(&[before, pushed.bytes(), after.clone()]);
    assert_eq!(pieces.len(), 2);
    let flags: Vec<u8> = cut_piece(&pieces[0]).unwrap().iter().map(|packet| packet[33]).collect();
    assert_eq!(flags, [0x10, 0x18]);
    // Nothing overtakes what was not joined.
    let reset = {
        let mut it = Segment::new(4, 6_400, vec![4; 700]);
        it.flags = 0x14;
        it.bytes()
    };
    let last = Segment::new(4, 7_100, vec![5; 700]).bytes();
    assert_eq!(join(&[after, reset, last]).len(), 3);
}

#[test]
fn no_piece_is_larger_than_a_packet_may_be() {
    for version in [4, 6] {
        let packets = stream(version, &[9_000; 20]);
        let pieces = join(&packets);
        assert_eq!(pieces.len(), 3, "IPv{version}");
        assert!(pieces.iter().all(|piece| piece.len() <= HEADER_SIZE + 65_535));
        assert_eq!(pieces.iter().map(|piece| cut_piece(piece).unwrap().len()).sum::<usize>(), 20);
    }
}

#[test]
fn connections_are_joined_beside_each_other() {
    let of = |port: u16, index: u32| {
        let mut segment = Segment::new(6, index * 100, vec![index as u8; 100]);
        segment.port = port;
        segment.bytes()
    };
    let packets: Vec<_> = (0..10).flat_map(|index| [of(1, index), of(2, index)]).collect();
    assert_eq!(join(&packets).len(), 2);
}

#[test]
fn the_kernels_segments_have_their_flags_where_they_belong() {
    let mut segment = Segment::new(4, 100, vec![5; 2_500]);
    segment.flags = 0x80 | 0x18 | 0x01;
    let header = [1, 1, 52, 0, 0xe8, 3, 20, 0, 16, 0];
    let packets = cut_piece(&[&header[..], &segment.bytes()].concat()).unwrap();
    let seen: Vec<_> = packets.iter().map(|it| (it.len() - 52, it[33], it[5])).collect();
    assert_eq!(seen, [(1_000, 0x90, 7), (1_000, 0x10, 8), (500, 0x19, 9)]);
    for packet in packets {
        assert_eq!(sum(&packet[..20], 0), 0xffff);
        let pseudo = sum(&packet[12..20], 6 + packet.len() as u32 - 20);
        assert_eq!(sum(&packet[20..], pseudo.into()), 0xffff);
    }
}

#[test]
fn a_checksum_that_was_left_to_the_device_is_made() {
    let whole = Segment::new(6, 1, vec![8; 33]).bytes();
    let mut partial = whole.clone();
    let pseudo = sum(&partial[8..40], 6 + partial.len() as u32 - 40);
    partial[56..58].copy_from_slice(&pseudo.to_be_bytes());
    let header = [1, 0, 0, 0, 0, 0, 40, 0, 16, 0];
    assert_eq!(cut_piece(&[&header[..], &partial].concat()).unwrap(), vec![whole.clone()]);
    // A packet that has its checksum stays as it is, whatever it is.
    assert_eq!(cut_piece(&[&[0; HEADER_SIZE][..], &whole].concat()).unwrap(), [whole]);
    assert_eq!(cut_piece(&[0; HEADER_SIZE]).unwrap(), [Vec::new()]);
}

#[test]
fn headers_that_lie_are_refused() {
    let packet = Segment::new(4, 1, vec![7; 3_000]).bytes();
    let piece = |header: [u8; HEADER_SIZE], packet: &[u8]| cut_piece(&[&header[..], packet].concat());
    let tcp = |kind: u8, size: u16| [1, kind, 52, 0, size.to_ne_bytes()[0], size.to_ne_bytes()[1], 20, 0, 16, 0];
    assert_eq!(piece(tcp(1, 1_000), &packet).map(|packets| packets.len()), Ok(3));
    assert_eq!(piece(tcp(1, 65_535), &packet).map(|packets| packets.len()), Ok(1));
    let mut options = packet.clone();
    options[0] = 0x46;
    let mut long = packet.clone();
    long[32] = 0xf0;
    for (why, header, packet) in [
        ("segments of no size", tcp(1, 0), packet.clone()),
        ("another version", tcp(4, 1_000), packet.clone()),
        ("fragments of UDP", tcp(3, 1_000), packet.clone()),
        ("segments of UDP", tcp(5, 1_000), packet.clone()),
        ("congestion, which was not asked for", tcp(0x81, 1_000), packet.clone()),
        ("no payload", tcp(1, 1_000), Segment::new(4, 1, Vec::new()).bytes()),
        ("a length that lies", tcp(1, 1_000), packet[..2_000].to_vec()),
        ("options of IPv4", tcp(1, 1_000), options),
        ("a header of TCP that is cut", tcp(1, 1_000), long[..60].to_vec()),
        ("nothing", tcp(1, 1_000), Vec::new()),
        ("a checksum behind the end", [1, 0, 0, 0, 0, 0, 255, 255, 16, 0], packet.clone()),
        ("a checksum at the end", [1, 0, 0, 0, 0, 0, 0, 0, 0xeb, 0x0b], packet.clone()),
    ] {
        assert_eq!(piece(header, &packet), Err(Fault::Malformed), "{why}");
    }
    assert_eq!(piece(tcp(1, 1), &packet), Err(Fault::Room), "three thousand packets");
    assert_eq!(cut(&[0; 5], &[], &mut [], &mut []), Err(Fault::Malformed), "half a header");
    assert_eq!(cut(&[0; HEADER_SIZE], &[], &mut [], &mut []), Err(Fault::Room), "no room for a length");
}

#[test]
fn what_has_no_room_is_left_out() {
    let packets = stream(4, &[100, 50, 100]);
    let bytes = packets.concat();
    let lengths: Vec<u32> = packets.iter().map(|packet| packet.len() as u32).collect();
    let mut joiner = Joiner::default();
    let (mut out, mut ends) = (vec![0; bytes.len() + 100], [0; 3]);
    let mut count = |packets, out: &mut [u8], ends: &mut [u32]| joiner.join(packets, out, ends);
    let whole = Packets { bytes: &bytes, lengths: &lengths };
    assert_eq!(count(whole, &mut out, &mut ends), 2);
    assert_eq!(count(whole, &mut out[..220], &mut ends), 1);
    assert_eq!(count(whole, &mut out, &mut ends[..1]), 1);
    assert_eq!(count(Packets { bytes: &bytes[..300], lengths: &lengths }, &mut out, &mut ends), 1);
    assert_eq!(count(Packets { bytes: &[], lengths: &[] }, &mut out, &mut ends), 0);
}

proptest! {
    #[test]
    fn connections_come_out_as_they_went_in(
        picks in prop::collection::vec((0..3_usize, 1..1_400_usize, prop::bool::weighted(0.1)), 1..80),
        is_whole in any::<bool>(),
    ) {
        let mut sequences = [7_u32, u32::MAX - 3_000, 1 << 31];
        let packets: Vec<_> = picks
            .iter()
            .map(|(connection, size, is_pushed)| {
                let size = if is_whole { 1_200 } else { *size };
                let version = if *connection == 2 { 6 } else { 4 };
                let mut segment = Segment::new(version, sequences[*connection], vec![size as u8; size]);
                segment.port = *connection as u16;
                segment.flags |= u8::from(*is_pushed) * 8;
                sequences[*connection] = sequences[*connection].wrapping_add(size as u32);
                segment.bytes()
            })
            .collect();
        let out: Vec<_> = join(&packets).iter().flat_map(|piece| cut_piece(piece).unwrap()).map(normal).collect();
        // Each connection keeps its order.
        let of = |packets: &[Vec<u8>], port: u8| -> Vec<Vec<u8>> {
            let at = |packet: &[u8]| if packet[0] >> 4 == 4 { 21 } else { 41 };
            packets.iter().filter(|packet| packet[at(packet)] == port).cloned().collect()
        };
        let expected: Vec<_> = packets.into_iter().map(normal).collect();
        for port in 0..3 {
            prop_assert_eq!(of(&out, port), of(&expected, port));
        }
        prop_assert_eq!(out.len(), expected.len());
    }
}
