//! Packets that are joined come out of their pieces as they went in.

use florenetes_segments::{HEADER_SIZE, Joiner, Packets};
use proptest::prelude::*;

use crate::segment::{Segment, cut_piece, join, normal, repair, stream};

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

    #[test]
    fn packets_that_differ_in_any_byte_of_their_headers_come_out_as_they_went_in(
        version in prop::sample::select(vec![4_u8, 6]),
        picks in prop::collection::vec((0..20_usize, prop::option::weighted(0.3, (0..72_usize, any::<u8>()))), 2..30),
    ) {
        let mut sequence = u32::MAX - 300;
        let packets: Vec<_> = picks
            .iter()
            .map(|(size, change)| {
                let mut packet = Segment::new(version, sequence, vec![*size as u8; size / 4 * 10]).bytes();
                sequence = sequence.wrapping_add((size / 4 * 10) as u32);
                if let Some((at, value)) = change && *at < packet.len() {
                    packet[*at] = *value;
                    repair(&mut packet, version);
                }
                packet
            })
            .collect();
        let mut out: Vec<_> = join(&packets).iter().flat_map(|piece| cut_piece(piece).unwrap()).map(normal).collect();
        let mut expected: Vec<_> = packets.into_iter().map(normal).collect();
        // The order of a connection is that of its sequence numbers here, as far as packets are joined at all.
        out.sort();
        expected.sort();
        prop_assert_eq!(out, expected);
    }
}
