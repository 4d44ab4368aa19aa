//! Segments that share a datagram.

use florenetes_segments::{HEADER_SIZE, Leads, cut};

use crate::segment::{Segment, join, join_shared, left_to_device, shared_of, stream, sum};

#[test]
fn segments_share_datagrams_as_far_as_they_fit() {
    for version in [4, 6] {
        let packets = stream(version, &[1_211; 40]);
        let piece = &join(&packets)[0];
        let headers = packets[0].len() - 1_211;
        for (max, together) in [
            (0, 1),
            (3 + headers + 2 * 1_211 - 1, 1),
            (3 + headers + 2 * 1_211, 2),
            (4_050, 3),
            (9_000, 7),
            (65_535, 40),
        ] {
            let (datagrams, sizes) = shared_of(piece, max);
            assert_eq!(datagrams.len(), 40_usize.div_ceil(together), "IPv{version}, {max}");
            assert!(sizes[..datagrams.len() - 1].iter().all(|size| *size == if together > 1 { 1_211 } else { 0 }));
            assert_eq!(join_shared(&datagrams, &sizes), std::slice::from_ref(piece), "IPv{version}, {max}");
        }
    }
}

#[test]
fn shared_segments_have_their_flags_and_numbers_where_they_belong() {
    let mut segment = Segment::new(4, u32::MAX - 999, vec![5; 2_700]);
    segment.flags = 0x80 | 0x18 | 0x01;
    let header = [1, 1, 52, 0, 0xe8, 3, 20, 0, 16, 0];
    let piece = [&header[..], &left_to_device(segment.bytes(), 20)].concat();
    let (datagrams, sizes) = shared_of(&piece, 2_100);
    let seen: Vec<_> = datagrams.iter().map(|it| (it.len() - 52, it[33], it[5], it[24..28].to_vec())).collect();
    let sequence = |number: u32| number.to_be_bytes().to_vec();
    assert_eq!(seen, [(2_000, 0x90, 7, sequence(u32::MAX - 999)), (700, 0x19, 9, sequence(1_000))]);
    assert_eq!(sizes, [1_000, 0]);
    let mut counts = [0; 2];
    let leads = Leads { packet: &[0], shared: &[2], shared_max: 2_100 };
    cut(&piece, leads, &mut [0; 4_000], (&mut [0; 2], &mut counts)).unwrap();
    assert_eq!(counts, [2, 1]);
    // The second is a packet, with its checksum, and the first has none.
    assert_eq!(datagrams[0][36..38], [0, 0]);
    let pseudo = sum(&datagrams[1][12..20], 6 + datagrams[1].len() as u32 - 20);
    assert_eq!(sum(&datagrams[1][20..], pseudo.into()), 0xffff);
    assert!(datagrams.iter().all(|datagram| sum(&datagram[..20], 0) == 0xffff));
}

#[test]
fn small_segments_share_nothing() {
    for (size, shared) in [(255, 0), (256, 256)] {
        let piece = &join(&stream(4, &[size; 10]))[0];
        assert_eq!(shared_of(piece, 4_000).1[0], shared);
    }
}

#[test]
fn packets_and_segments_of_a_connection_are_one_piece() {
    let packets = stream(6, &[1_000; 9]);
    let (datagrams, sizes) = shared_of(&join(&packets[3..6])[0], 4_000);
    assert_eq!(sizes, [1_000]);
    let all = [&packets[..3], &datagrams, &packets[6..]].concat();
    assert_eq!(join_shared(&all, &[0, 0, 0, 1_000, 0, 0, 0]), join(&packets));
    // Segments of another size do not belong to it, nor does what comes behind a shorter one.
    let (others, sizes) = shared_of(&join(&stream(6, &[1_000, 1_000, 500])[..])[0], 4_000);
    let last = Segment::new(6, (u32::MAX - 2_000).wrapping_add(2_500), vec![1; 500]).bytes();
    assert_eq!(join_shared(&[others[0].clone(), last], &[sizes[0], 0]).len(), 2);
    assert_eq!(join_shared(&[packets[0].clone(), others[0].clone()], &[0, 600]).len(), 2);
}

#[test]
fn what_only_says_that_it_has_segments_is_left_out() {
    let packet = Segment::new(4, 1, vec![7; 3_000]).bytes();
    let joined = |packet: &[u8], size: u32| join_shared(&[packet.to_vec()], &[size]).len();
    assert_eq!(joined(&packet, 1_000), 1);
    let changed = |change: &dyn Fn(&mut Vec<u8>)| {
        let mut it = packet.clone();
        change(&mut it);
        it
    };
    for (why, packet, size) in [
        ("small segments", packet.clone(), 255),
        ("a single segment", packet.clone(), 3_000),
        ("a size beyond all", packet.clone(), u32::MAX),
        ("UDP", changed(&|it| it[9] = 17), 1_000),
        ("a fragment", changed(&|it| it[6] = 0x20), 1_000),
        ("options of IPv4", changed(&|it| it[0] = 0x46), 1_000),
        ("a length that lies", packet[..2_999].to_vec(), 1_000),
        ("headers of TCP that are cut", changed(&|it| it[32] = 0x10), 1_000),
        ("nothing", Vec::new(), 1_000),
    ] {
        assert_eq!(joined(&packet, size), 0, "{why}");
        // The packet behind it is there.
        let after = stream(6, &[100])[0].clone();
        assert_eq!(join_shared(&[packet, after.clone()], &[size, 0])[0][HEADER_SIZE..], after, "{why}");
    }
}
