//! Pieces that are cut.

use florenetes_segments::{Fault, HEADER_SIZE, cut};

use crate::segment::{Segment, cut_piece, left_to_device, normal, sum};

#[test]
fn the_kernels_segments_have_their_flags_where_they_belong() {
    let mut segment = Segment::new(4, 100, vec![5; 2_500]);
    segment.flags = 0x80 | 0x18 | 0x01;
    let header = [1, 1, 52, 0, 0xe8, 3, 20, 0, 16, 0];
    let packets = cut_piece(&[&header[..], &left_to_device(segment.bytes(), 20)].concat()).unwrap();
    let seen: Vec<_> = packets.iter().map(|it| (it.len() - 52, it[33], it[5])).collect();
    assert_eq!(seen, [(1_000, 0x90, 7), (1_000, 0x10, 8), (500, 0x19, 9)]);
    for packet in packets {
        assert_eq!(sum(&packet[..20], 0), 0xffff);
        let pseudo = sum(&packet[12..20], 6 + packet.len() as u32 - 20);
        assert_eq!(sum(&packet[20..], pseudo.into()), 0xffff);
    }
}

#[test]
fn the_kernels_segments_may_have_options_of_ip() {
    // Options of IPv4 that do nothing, and options for the destination of IPv6 that only fill.
    for (version, ip_size, more) in [(4, 20, vec![1, 1, 1, 1]), (6, 40, vec![6, 0, 1, 4, 0, 0, 0, 0])] {
        let with_options = |segment: Segment| {
            let mut packet = segment.bytes();
            packet.splice(ip_size..ip_size, more.iter().copied());
            if version == 4 {
                packet[0] += 1;
                packet[3] += 4;
                packet[10..12].fill(0);
                let checksum = !sum(&packet[..24], 0);
                packet[10..12].copy_from_slice(&checksum.to_be_bytes());
            } else {
                packet[5] += 8;
                packet[6] = 60;
            }
            packet
        };
        let tcp = (ip_size + more.len()) as u8;
        let header = [1, if version == 4 { 1 } else { 4 }, 0, 0, 100, 0, tcp, 0, 16, 0];
        let whole = left_to_device(with_options(Segment::new(version, 7, vec![5; 150])), tcp.into());
        let packets = cut_piece(&[&header[..], &whole].concat()).unwrap();
        let of = |sequence, size| normal(with_options(Segment::new(version, sequence, vec![5; size])));
        let expected = [of(7, 100), of(107, 50)];
        assert_eq!(packets.iter().cloned().map(normal).collect::<Vec<_>>(), expected, "IPv{version}");
        assert!(version == 6 || packets.iter().all(|it| sum(&it[..24], 0) == 0xffff));
        let lie = |change: &dyn Fn(&mut Vec<u8>)| {
            let mut piece = [&header[..], &whole].concat();
            change(&mut piece);
            cut_piece(&piece)
        };
        assert_eq!(lie(&|it| it[6] -= 4), Err(Fault::Malformed), "TCP begins elsewhere");
        assert_eq!(lie(&|it| it[0] = 0), Err(Fault::Malformed), "nobody says where TCP begins");
        assert_eq!(lie(&|it| it[8] = 6), Err(Fault::Malformed), "the checksum is elsewhere");
        let next = HEADER_SIZE + if version == 4 { 9 } else { 40 };
        assert_eq!(lie(&|it| it[next] = 17), Err(Fault::Malformed), "it is no TCP");
        if version == 6 {
            assert_eq!(lie(&|it| it[HEADER_SIZE + 41] = 1), Err(Fault::Malformed), "a header goes on in TCP");
            assert_eq!(lie(&|it| it[HEADER_SIZE + 6] = 44), Err(Fault::Malformed), "a fragment");
        }
    }
}

#[test]
fn a_checksum_that_was_left_to_the_device_is_made() {
    let whole = Segment::new(6, 1, vec![8; 33]).bytes();
    let partial = left_to_device(whole.clone(), 40);
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
