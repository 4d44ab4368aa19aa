//! Packets that pass from link to link inside a data thread, over sockets of the kernel.
//!
//! ```text
//!   a ══════ b ══════ c
//!            └ cluster vertex
//! ```

use crate::support::connected;
use crate::support::end::{CLUSTER, End, HANDLE, NEVER, SESSION};
use crate::support::threads::until;
use florenetes_link::{ClassCounts, Event, Order};
use florenetes_wire::mesh::{LinkRow, Seeds, TrafficClass, TransitChange, TransitLimits, write_header};
use std::net::UdpSocket;

/// The session, and the handle, of the link from b to c.
const TO_C: (u32, u32) = (SESSION + 1, HANDLE + 1);
/// Adjacency labels of b's links.
const LABELS: [u32; 2] = [20, 21];
const LIMITS: TransitLimits = TransitLimits { packets_per_second: 1_000_000, bytes_per_second: 1_000_000_000 };

struct Line {
    a: End,
    b: End,
    c: End,
}

impl Line {
    fn new() -> Self {
        let (a, b, c) = (End::start(), End::start(), End::start());
        let (client, server) = connected();
        a.adopt(client, b.address, true, NEVER);
        b.adopt(server, a.address, false, NEVER);
        let (client, server) = connected();
        let (session, handle) = TO_C;
        b.adopt_as(session, client, c.address, true, NEVER);
        b.order(Order::SetHandle { session, handle });
        b.order(Order::SetRoute { cluster: CLUSTER, handle, session });
        c.adopt(server, b.address, false, NEVER);
        b.order(Order::OpenTransit { cluster: CLUSTER, seeds: Seeds { packets: 1, table: 2 } });
        for (link, handle) in [(0, HANDLE), (1, TO_C.1)] {
            let row = LinkRow { handle, mtu: 16_384, preferred_mtu: 16_384 };
            b.order(Order::SetTransitLink { cluster: CLUSTER, link, row });
        }
        Self { a, b, c }
    }

    fn with_table() -> Self {
        let line = Self::new();
        line.hand_over();
        line
    }

    /// Has adjacency labels lead from a to c and back.
    fn hand_over(&self) {
        let changes = vec![
            TransitChange::Link { link: 0, label: LABELS[0] },
            TransitChange::Link { link: 1, label: LABELS[1] },
            TransitChange::Permit { link: 0, out_link: 1, share: 0, allowance: None },
            TransitChange::Permit { link: 1, out_link: 0, share: 0, allowance: None },
        ];
        self.b.order(Order::BeginTransit { cluster: CLUSTER, table: 1, whole: 4, limits: LIMITS });
        self.b.order(Order::ChangeTransit { cluster: CLUSTER, table: 1, first: 0, changes });
        assert_eq!(self.taken(), 4);
    }

    fn taken(&self) -> u32 {
        self.b.event(|event| match event {
            Event::TransitTaken { table: 1, taken, .. } => Some(taken.changes),
            _ => None,
        })
    }
}

/// A packet of that size for b, with a label, and with another one behind it.
fn packet(label: u32, number: u64, size: usize) -> Vec<u8> {
    let mut packet = vec![number as u8; size];
    write_header(&mut packet, number, [label, 900].map(|label| label << 12).into_iter(), 32);
    packet
}

/// The packet as it leaves, after it came with another adjacency label.
fn passed(mut packet: Vec<u8>, back: u32) -> Vec<u8> {
    packet[1] = 31;
    packet[3] = 1;
    packet[12..16].copy_from_slice(&(back << 12).to_be_bytes());
    packet
}

#[test]
fn packets_of_all_sizes_pass_both_ways_and_the_cluster_vertex_sees_none() {
    let Line { a, b, c } = Line::with_table();
    for (number, size) in [20, 64, 1_388, 1_420, 1_421, 4_200, 16_000, 16_384].into_iter().enumerate() {
        let there = packet(LABELS[1], number as u64, size);
        a.send(vec![there.clone()]);
        assert_eq!(c.packets(1), [passed(there, LABELS[0])], "{size} bytes");
        let back = packet(LABELS[0], 100 + number as u64, size);
        c.send(vec![back.clone()]);
        assert_eq!(a.packets(1), [passed(back, LABELS[1])], "{size} bytes");
    }
    let figures = b.figures();
    assert_eq!(figures.transit.packets_decided, 16);
    assert_eq!(figures.port.unwrap().counters.packets_sent, 0);
    b.order(Order::TellTransit { cluster: CLUSTER, table: 1, reader: 1, taken: 0 });
    let report = b.event(|event| match event {
        Event::TransitCounted { reader: 1, report, .. } => Some(report.clone()),
        _ => None,
    });
    assert_eq!(report.links.iter().map(|row| row.packets_forwarded).collect::<Vec<_>>(), [8, 8]);
    assert_eq!(report.pairs.iter().map(|row| row.packets_passed).collect::<Vec<_>>(), [8, 8]);
    assert_eq!(report.labels.iter().map(|row| (row.link, row.packets)).collect::<Vec<_>>(), [(0, 8), (1, 8)]);
}

#[test]
fn a_flow_of_mixed_packets_parts_into_those_that_pass_and_those_that_end_here() {
    let Line { a, b, c } = Line::with_table();
    for round in 0..30 {
        let pass: Vec<_> = (0..20).map(|number| packet(LABELS[1], round * 100 + number, 600)).collect();
        let end: Vec<_> = (20..40).map(|number| packet(700, round * 100 + number, 600)).collect();
        a.send(pass.iter().zip(&end).flat_map(|(pass, end)| [pass.clone(), end.clone()]).collect());
        let (mut there, mut here) = (c.packets(20), b.packets(20));
        there.sort_unstable();
        here.sort_unstable();
        assert!(there == pass.into_iter().map(|packet| passed(packet, LABELS[0])).collect::<Vec<_>>());
        assert!(here == end, "they are as they came");
    }
    assert_eq!(b.figures().transit.packets_decided, 600);
}

#[test]
fn without_a_table_and_after_its_end_all_goes_up() {
    let line = Line::new();
    let early = packet(LABELS[1], 1, 100);
    line.a.send(vec![early.clone()]);
    assert_eq!(line.b.packets(1), [early]);
    line.hand_over();
    let Line { a, b, c } = line;
    let there = packet(LABELS[1], 2, 100);
    a.send(vec![there.clone()]);
    assert_eq!(c.packets(1), [passed(there, LABELS[0])]);
    b.order(Order::DropTransit { cluster: CLUSTER, table: 1 });
    b.settle();
    let late = packet(LABELS[1], 3, 100);
    a.send(vec![late.clone()]);
    assert_eq!(b.packets(1), [late]);
    assert_eq!(b.figures().transit.labels, 0);
}

/// A change is told as taken once no packet goes by the table before it.
#[test]
fn a_removal_holds_before_it_is_answered() {
    let line = Line::with_table();
    let changes = vec![TransitChange::Remove { link: 1, label: LABELS[1] }];
    line.b.order(Order::ChangeTransit { cluster: CLUSTER, table: 1, first: 4, changes });
    assert_eq!(line.taken(), 5);
    let late = packet(LABELS[1], 3, 100);
    line.a.send(vec![late.clone()]);
    assert_eq!(line.b.packets(1), [late]);
}

#[test]
fn what_crosses_to_a_link_without_a_session_is_counted() {
    let line = Line::with_table();
    line.b.order(Order::RemoveRoute { cluster: CLUSTER, handle: TO_C.1 });
    line.b.settle();
    line.a.send((0..7).map(|number| packet(LABELS[1], number, 100)).collect());
    until(|| (line.b.figures().drops.packets_no_route == 7).then_some(()));
}

/// Packets that cross have places of their own in the queue of their out-link, and do not hold back the vertex's own sources.
#[test]
fn what_crosses_to_a_link_that_is_full_is_counted_by_class_and_holds_no_source_back() {
    let Line { a, b, .. } = Line::with_table();
    let (session, handle) = (TO_C.0 + 1, TO_C.1 + 1);
    let silent = UdpSocket::bind("127.0.0.1:0").unwrap();
    let (client, _server) = connected();
    b.adopt_as(session, client, silent.local_addr().unwrap(), true, NEVER);
    b.order(Order::SetRoute { cluster: CLUSTER, handle, session });
    let row = LinkRow { handle, mtu: 16_384, preferred_mtu: 16_384 };
    b.order(Order::SetTransitLink { cluster: CLUSTER, link: 1, row });
    b.settle();
    let classes = || b.figures().sessions.into_iter().find(|figures| figures.session == session).unwrap().classes;
    let bulk: Vec<_> = (0..100)
        .map(|number| {
            let mut packet = packet(LABELS[1], number, 1_400);
            packet[0] |= (TrafficClass::Bulk as u8) << 1;
            packet
        })
        .collect();
    until(|| {
        a.send(bulk.clone());
        (classes()[TrafficClass::Bulk as usize].dropped_full > 100).then_some(())
    });
    assert!(classes()[TrafficClass::Bulk as usize].packets_sent > 0);
    assert_eq!(classes()[TrafficClass::Reliable as usize], ClassCounts::default());
    b.order(Order::TellTransit { cluster: CLUSTER, table: 1, reader: 1, taken: 0 });
    let is_held_back = b.event(|event| match event {
        Event::Congested { session: of, .. } if *of == session => Some(true),
        Event::TransitCounted { .. } => Some(false),
        _ => None,
    });
    assert!(!is_held_back);
    for _ in 0..5 {
        b.send_as(handle, vec![vec![1; 1_000]; 64]);
    }
    b.event(|event| matches!(event, Event::Congested { classes: 1.., .. }).then_some(()));
}

/// The owner asks for tables that do not exist, and tells nonsense.
#[test]
fn orders_that_make_no_sense_do_nothing() {
    let line = Line::new();
    let cluster = CLUSTER;
    for cluster in [cluster, 9] {
        line.b.order(Order::ChangeTransit { cluster, table: 7, first: 0, changes: vec![TransitChange::Unknown] });
        line.b.order(Order::TellTransit { cluster, table: 7, reader: 1, taken: 4 });
        line.b.order(Order::DropTransit { cluster, table: 7 });
        let row = LinkRow { handle: 5, mtu: 1, preferred_mtu: 1 };
        line.b.order(Order::SetTransitLink { cluster, link: u32::MAX, row });
    }
    line.hand_over();
    let there = packet(LABELS[1], 2, 100);
    line.a.send(vec![there.clone()]);
    assert_eq!(line.c.packets(1), [passed(there, LABELS[0])]);
}
