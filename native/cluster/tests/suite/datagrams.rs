//! Flows of datagrams from end to end.

use std::collections::HashSet;
use std::net::{SocketAddr, UdpSocket};
use std::thread::sleep;
use std::time::Duration;

use crate::support::datagrams::{joined, receive, try_receive, udp, udp_to};
use crate::support::end::{CONNECTION, Pair, TRUNK, settings};
use crate::support::threads::until;
use crate::support::{PAYLOAD, WINDOW};
use florenetes_cluster::limits::{FLOW_WAITING_BYTES_MAX, FLOWS_MAX, WAITING_AGE_MAX};
use florenetes_cluster::{Event, FlowDrops, FlowFigures, Limits, Order, Settings, Target};
use florenetes_engine::ProcessLedger;

const OVER_BUDGET: u64 = 0x08;
const NO_ANSWER: u64 = 0x80;
const WRONG_KIND: u64 = 0x14;

#[test]
fn datagrams_of_any_size_are_echoed() {
    let pair = Pair::connected();
    let (client, target, from) = joined(&pair);
    for size in [0, 1, 1_200, 3_900, 4_000, 20_000, 65_507] {
        let datagram: Vec<u8> = (0..size).map(|byte| (byte % 251) as u8).collect();
        client.send(&datagram).unwrap();
        assert_eq!(receive(&target), (datagram.clone(), from), "{size}");
        target.send_to(&datagram, from).unwrap();
        assert_eq!(receive(&client).0, datagram, "{size}");
    }
    let [a, b] = [pair.a.flows(), pair.b.flows()];
    assert_eq!((a.datagrams_sent, a.datagrams_received, b.datagrams_sent, b.datagrams_received), (8, 7, 7, 8));
    assert_eq!((a.bytes_sent, a.bytes_received), (b.bytes_received, b.bytes_sent));
    assert_eq!([a.drops, b.drops], [FlowFigures::default().drops; 2]);
    assert_eq!((pair.a.flows_open(), pair.b.flows_open()), (1, 1));
}

#[test]
fn on_a_connection_that_does_not_cut_large_datagrams_are_dropped_by_whichever_end_sends_them() {
    let mut pair = Pair::start();
    (pair.a.is_uncut, pair.b.is_uncut) = (true, true);
    pair.connect(WINDOW, 1_000);
    let (client, target, from) = joined(&pair);
    // QUIC needs less than 32 bytes of a packet.
    let (fitting, large) = (vec![5; usize::from(PAYLOAD) - 32], vec![6; usize::from(PAYLOAD)]);
    for datagram in [&large, &fitting] {
        client.send(datagram).unwrap();
        target.send_to(datagram, from).unwrap();
    }
    assert_eq!((receive(&target).0, receive(&client).0), (fitting.clone(), fitting));
    let drops = FlowDrops { too_large: 1, ..FlowDrops::default() };
    assert_eq!([pair.a.flows().drops, pair.b.flows().drops], [drops; 2]);
}

#[test]
fn each_client_has_a_flow_and_gets_its_own_answers() {
    let pair = Pair::connected();
    let target = udp();
    pair.b.serve_udp(&target);
    let tunnel = pair.a.listen_udp();
    let clients: Vec<UdpSocket> = (0..20).map(|_| udp_to(tunnel)).collect();
    for (index, client) in clients.iter().enumerate() {
        client.send(&[index as u8]).unwrap();
    }
    let mut sources = HashSet::new();
    for _ in &clients {
        let (bytes, from) = receive(&target);
        sources.insert(from);
        target.send_to(&[bytes[0], bytes[0]], from).unwrap();
    }
    assert_eq!(sources.len(), clients.len());
    for (index, client) in clients.iter().enumerate() {
        assert_eq!(receive(client).0, [index as u8; 2]);
    }
}

/// The tunnel listens on all addresses, and a client hears only the one that it has sent to.
#[test]
fn a_client_is_answered_from_the_address_that_it_has_sent_to() {
    for (listen, hosts) in [("0.0.0.0:0", ["127.0.0.2", "127.0.0.3"]), ("[::]:0", ["127.0.0.2", "::1"])] {
        let pair = Pair::connected();
        let target = udp();
        pair.b.serve_udp(&target);
        let port = pair.a.listen_udp_on(listen);
        for host in hosts {
            let tunnel = SocketAddr::new(host.parse().unwrap(), port);
            let client = UdpSocket::bind(if tunnel.is_ipv6() { "[::1]:0" } else { "127.0.0.1:0" }).unwrap();
            client.set_nonblocking(true).unwrap();
            client.connect(tunnel).unwrap();
            client.send(b"hello").unwrap();
            let (_, from) = receive(&target);
            for answer in [b"one", b"two"] {
                target.send_to(answer, from).unwrap();
                assert_eq!(receive(&client), (answer.to_vec(), tunnel));
            }
        }
        assert_eq!(pair.a.flows_open(), 2);
    }
}

/// A client who sends to two addresses of a tunnel has a flow at each.
#[test]
fn the_same_client_at_two_addresses_has_two_flows() {
    let pair = Pair::connected();
    let target = udp();
    pair.b.serve_udp(&target);
    let port = pair.a.listen_udp_on("0.0.0.0:0");
    let client = UdpSocket::bind("127.0.0.1:0").unwrap();
    client.set_nonblocking(true).unwrap();
    let tunnels = [2, 3].map(|host| SocketAddr::from(([127, 0, 0, host], port)));
    let flows = tunnels.map(|tunnel| {
        client.send_to(b"hello", tunnel).unwrap();
        receive(&target).1
    });
    for (tunnel, flow) in tunnels.iter().zip(flows) {
        target.send_to(b"answer", flow).unwrap();
        assert_eq!(receive(&client), (b"answer".to_vec(), *tunnel));
    }
}

#[test]
fn a_burst_arrives_in_its_order() {
    let pair = Pair::connected();
    let target = udp();
    pair.b.serve_udp(&target);
    let client = udp_to(pair.a.listen_udp());
    // A round has no more datagrams than may wait, if all of them come in one turn.
    for round in 0..20_u8 {
        for index in 0..40 {
            client.send(&[round, index]).unwrap();
        }
        for index in 0..40 {
            assert_eq!(receive(&target).0, [round, index]);
        }
    }
}

#[test]
fn a_flow_that_is_silent_ends_and_the_next_datagram_begins_another() {
    let pair = Pair::connected();
    let target = udp();
    let idle = Duration::from_millis(100);
    pair.b.serve_flows(Target::Addresses(vec![target.local_addr().unwrap()]), idle);
    let client = udp_to(pair.a.listen_udp());
    for round in 1..4 {
        client.send(b"x").unwrap();
        receive(&target);
        until(|| (pair.a.flows_open() == 0 && pair.b.flows_open() == 0).then_some(()));
        until(|| (pair.b.flows().ended_idle == round).then_some(()));
    }
    let [a, b] = [&pair.a, &pair.b].map(|end| end.figures());
    assert!(a.accounts[0].refused.is_empty() && b.accounts[0].refused.is_empty());
    assert_eq!((a.accounts[0].total, b.accounts[0].total), (3, 3));
    let held = || pair.a.figures().memory_held + pair.b.figures().memory_held;
    until(|| (held() == 0 && pair.b.figures().workloads_open == 0).then_some(()));
    assert_eq!(pair.b.poll_event(|event| matches!(event, Event::Failed { .. }).then_some(())), None);
}

/// UDP over IPv6 carries some bytes more than over IPv4.
#[test]
fn what_is_larger_than_a_datagram_may_be_is_dropped_where_it_comes_in() {
    let pair = Pair::connected();
    let target = udp();
    pair.b.serve_udp(&target);
    let port = pair.a.listen_udp_on("[::1]:0");
    let client = UdpSocket::bind("[::1]:0").unwrap();
    client.connect(("::1", port)).unwrap();
    for size in [65_507, 65_508, 65_527, 1] {
        client.send(&vec![7; size]).unwrap();
    }
    assert_eq!([receive(&target).0.len(), receive(&target).0.len()], [65_507, 1]);
    let flows = pair.a.flows();
    assert_eq!((flows.datagrams_sent, flows.drops.malformed), (2, 2));
}

#[test]
fn a_lost_connection_is_forgotten_and_the_next_one_carries_on() {
    let pair = Pair::connected();
    let (client, target, _) = joined(&pair);
    let close = Order::Close { connection: CONNECTION, code: 9, reason: String::new(), is_repeated: false };
    pair.a.order(close);
    until(|| (pair.a.flows_open() == 0).then_some(()));
    client.send(b"waits").unwrap();
    until(|| pair.a.poll_event(crate::support::events::is_any_waiting).filter(|is_any| *is_any));
    pair.connect_as(CONNECTION + 1, WINDOW, 1_000);
    assert_eq!(receive(&target).0, b"waits");
    // A connection that drains keeps its flows.
    pair.connect_as(CONNECTION + 2, WINDOW, 1_000);
    pair.a.order(Order::Drain { connection: CONNECTION + 1 });
    client.send(b"stays").unwrap();
    assert_eq!(receive(&target).0, b"stays");
    assert_eq!(
        (pair.a.connection_of(CONNECTION + 1).streams_open, pair.a.connection_of(CONNECTION + 2).streams_open),
        (1, 0)
    );
}

#[test]
fn flows_that_wait_for_too_long_are_refused() {
    let limits = Limits { connect_wait: Duration::from_millis(100), ..Limits::default() };
    let pair = Pair::with(limits, limits);
    let tunnel = pair.a.listen_udp();
    let clients: Vec<UdpSocket> = (0..3).map(|_| udp_to(tunnel)).collect();
    for client in &clients {
        for _ in 0..20 {
            client.send(&[0; 100]).unwrap();
        }
    }
    until(|| (pair.a.figures().accounts[0].refused == [(NO_ANSWER, 3)]).then_some(()));
    let figures = pair.a.figures();
    assert_eq!((figures.memory_held, figures.accounts[0].open, figures.accounts[0].flows.drops.no_room), (0, 0, 60));
    // The owner may refuse waiting flows, too.
    let late = udp_to(tunnel);
    late.send(b"x").unwrap();
    until(|| (pair.a.figures().memory_held == 1).then_some(()));
    pair.a.order(Order::RefuseWaiting { trunk: TRUNK, code: 9, text: String::new() });
    until(|| (pair.a.figures().memory_held == 0).then_some(()));
}

#[test]
fn the_kinds_of_tunnel_and_service_must_be_the_same() {
    let pair = Pair::connected();
    let target = udp();
    pair.b.serve(Target::Addresses(vec![target.local_addr().unwrap()]));
    let client = udp_to(pair.a.listen_udp());
    client.send(b"x").unwrap();
    for end in [&pair.a, &pair.b] {
        until(|| (end.figures().accounts[0].refused == [(WRONG_KIND, 1)]).then_some(()));
    }
    let pair = Pair::connected();
    pair.b.serve_udp(&target);
    let _client = crate::support::end::dial(pair.a.listen());
    for end in [&pair.a, &pair.b] {
        until(|| (end.figures().accounts[0].refused == [(WRONG_KIND, 1)]).then_some(()));
    }
}

#[test]
fn a_tunnel_that_is_closed_ends_its_flows() {
    let pair = Pair::connected();
    let (_client, _target, _) = joined(&pair);
    pair.a.order(Order::StopListening { tunnel: crate::support::end::TUNNEL });
    until(|| (pair.a.flows_open() == 0 && pair.b.flows_open() == 0).then_some(()));
    assert_eq!(pair.b.figures().workloads_open, 0);
}

/// Each datagram comes from another port: a client that floods makes room for itself, and earlier clients keep their flows.
#[test]
fn a_flood_of_flows_makes_room_for_itself() {
    const FLOOD: usize = FLOWS_MAX + 500;
    let pair = Pair::of(
        [settings(Limits::default()), Settings { workloads_max: 50, ..settings(Limits::default()) }],
        ProcessLedger::default(),
    );
    let target = udp();
    pair.b.serve_udp(&target);
    let tunnel = pair.a.listen_udp();
    let nice = UdpSocket::bind("127.0.0.2:0").unwrap();
    nice.set_nonblocking(true).unwrap();
    nice.send_to(b"nice", tunnel).unwrap();
    until(|| (pair.a.figures().memory_held == 4).then_some(()));
    // No port comes twice, as one of the system's choice may.
    let mut flooding = (10_000..60_000).filter_map(|port| UdpSocket::bind(("127.0.0.3", port)).ok());
    for sent in 1..=FLOOD {
        flooding.next().unwrap().send_to(b"flood", tunnel).unwrap();
        if sent % 50 == 0 {
            let is_heard = |drops: u64, held: u64| drops + (held - 4) / 5 >= sent as u64;
            until(|| {
                let figures = pair.a.figures();
                assert!(figures.memory_held <= 5 * FLOWS_MAX as u64);
                is_heard(figures.accounts[0].flows.drops.no_room, figures.memory_held).then_some(())
            });
        }
    }
    until(|| (pair.a.flows().drops.no_room == FLOOD as u64 + 1 - FLOWS_MAX as u64).then_some(()));
    // All flows are opened, as many are served as the acceptor has descriptors for, and each datagram of the nice client arrives.
    pair.connect(WINDOW, 50_000);
    let from = until(|| try_receive(&target).filter(|(bytes, _)| bytes == b"nice")).1;
    until(|| (pair.a.flows_open() == 50).then_some(()));
    for _ in 0..100 {
        nice.send_to(b"again", tunnel).unwrap();
        assert_eq!(until(|| try_receive(&target).filter(|(bytes, _)| bytes == b"again")).1, from);
    }
    let [a, b] = [&pair.a, &pair.b].map(|end| end.figures());
    assert_eq!(
        [&a, &b].map(|it| it.accounts[0].refused.clone()),
        [[(OVER_BUDGET, FLOWS_MAX as u64 - 50)]; 2].map(Vec::from)
    );
    assert_eq!((a.accounts[0].total, b.workloads_open), (FLOWS_MAX as u64, 50));
    assert_eq!([a.memory_held, b.memory_held], [50 * Limits::default().memory_per_stream; 2]);
}

/// No packet is acknowledged: datagrams that wait are bounded, and are not sent when they are late.
#[test]
fn what_cannot_be_sent_is_bounded_and_dropped_when_it_is_late() {
    let pair = Pair::connected();
    let (client, target, _) = joined(&pair);
    pair.wire.cut(true);
    let sent = 3_000;
    for index in 0..sent {
        client.send(&[0; 2_900]).unwrap();
        if index % 20 == 0 {
            until(|| (pair.a.flows().datagrams_sent >= index).then_some(()));
        }
    }
    until(|| (pair.a.flows().datagrams_sent == sent + 1).then_some(()));
    let queue = pair.a.flows().drops.queue;
    let memory = pair.a.figures().memory_held - Limits::default().memory_per_stream;
    assert!(queue > 0 && memory <= FLOW_WAITING_BYTES_MAX as u64, "{queue} {memory}");
    std::thread::sleep(WAITING_AGE_MAX);
    pair.wire.cut(false);
    client.send(b"in time").unwrap();
    until(|| try_receive(&target).filter(|(bytes, _)| bytes == b"in time"));
    let drops = pair.a.flows().drops;
    // The last datagram is small, and has found room.
    assert!(drops.late > 0 && drops.queue == queue, "{drops:?}");
    assert_eq!(pair.a.figures().memory_held, Limits::default().memory_per_stream);
}

/// Several flows, one of which sends as much as it can: the datagrams of the others arrive.
#[test]
fn a_greedy_flow_leaves_room_for_others() {
    let pair = Pair::connected();
    let (greedy, target, _) = joined(&pair);
    let tunnel = greedy.peer_addr().unwrap();
    let modest = udp_to(tunnel);
    for index in 0..30_u8 {
        for _ in 0..50 {
            greedy.send(&[0; 20_000]).unwrap();
        }
        modest.send(&[1, index]).unwrap();
        until(|| try_receive(&target).filter(|(bytes, _)| bytes[..] == [1, index]));
    }
}

/// Datagrams that wait over an outage (in a queue, in QUIC behind a full window, in a packet that is repeated) are too old when it ends.
#[test]
fn datagrams_of_an_outage_do_not_come_when_it_is_over() {
    for burst in [1, 40] {
        let pair = Pair::connected();
        let (client, target, _) = joined(&pair);
        pair.wire.ask(|passing, _, _| passing.is_cut = true);
        for round in 0..20 {
            for _ in 0..burst {
                client.send(&[b'o'; 1_000]).unwrap();
            }
            sleep(Duration::from_millis(if round < 10 { 5 } else { 50 }));
        }
        sleep(2 * WAITING_AGE_MAX);
        pair.wire.ask(|passing, _, _| passing.is_cut = false);
        let mut heard = Vec::new();
        until(|| {
            client.send(b"new").unwrap();
            heard.extend(try_receive(&target).map(|(bytes, _)| bytes[0]));
            (heard.last() == Some(&b'n')).then_some(())
        });
        assert_eq!(heard, b"n", "{burst}");
    }
}
