//! Packets through two data threads, over sockets of the kernel.

use std::net::SocketAddr;

use crate::support::connected;
use crate::support::end::{CLUSTER, End, HANDLE, NEVER, SESSION, pair};
use crate::support::peer::Peer;
use crate::support::threads::until;
use florenetes_link::{Counts, Event, Order};

/// A packet of that size that is like no other.
fn packet(random: &mut fastrand::Rng, size: usize) -> Vec<u8> {
    (0..size).map(|_| random.u8(..)).collect()
}

#[test]
fn packets_of_all_sizes_come_as_they_were_both_ways() {
    let (a, b) = pair();
    let mut random = fastrand::Rng::with_seed(1);
    let sizes = [1, 2, 64, 1_200, 1_388, 1_419, 1_420, 1_421, 2_834, 4_200, 8_400, 16_000, 16_384];
    for (from, to) in [(&a, &b), (&b, &a)] {
        for size in sizes {
            let packet = packet(&mut random, size);
            from.send(vec![packet.clone()]);
            assert_eq!(to.packets(1), [packet], "{size} bytes");
        }
        let (sent, received) = (from.session(), to.session());
        assert_eq!(sent.sent.packets_sent, sizes.len() as u64);
        assert_eq!(sent.sent.bytes_sent, sizes.iter().sum::<usize>() as u64);
        assert_eq!(
            (received.packets_received, received.bytes_received),
            (sent.sent.packets_sent, sent.sent.bytes_sent)
        );
        assert_eq!(received.joined.joined, sent.sent.packets_split);
    }
}

#[test]
fn a_flow_of_mixed_sizes_loses_nothing_while_its_sender_waits_for_it() {
    let (a, b) = pair();
    let mut random = fastrand::Rng::with_seed(2);
    for _ in 0..60 {
        let mut packets: Vec<_> = (0..64)
            .map(|_| {
                let size = random.usize(1..3_000);
                packet(&mut random, size)
            })
            .collect();
        a.send(packets.clone());
        let mut received = b.packets(packets.len());
        // Small packets overtake a packet that goes in pieces.
        packets.sort_unstable();
        received.sort_unstable();
        assert!(packets == received, "the same packets");
    }
    for end in [&a, &b] {
        // Acknowledgements may still come between two looks at the figures.
        until(|| {
            let counts = Counts {
                packets_sent: end.session().sent.packets_sent,
                quic_packets_sent: end.session().quic.packets_sent,
                quic_packets_received: end.session().quic.packets_received,
                quic_packets_lost: end.session().quic.packets_lost,
            };
            (counts.quic_packets_sent > 60 && end.counts.read() == counts).then_some(())
        });
    }
    let (sent, received) = (a.session(), b.session());
    assert_eq!((sent.dropped_by_queue(), sent.sent.dropped_by_engine), (0, 0));
    assert_eq!((received.joined.given_up, received.joined.pieces_refused), (0, 0));
    assert!(sent.quic.rtt_ms > 0.0 && sent.last_heard_ms > crate::support::START_MS);
}

#[test]
fn a_packet_that_no_link_carries_is_dropped_and_the_next_one_is_not() {
    let (a, b) = pair();
    a.send(vec![vec![1; 16_385], vec![2; 100]]);
    assert_eq!(b.packets(1), [vec![2; 100]]);
    assert_eq!(a.session().dropped_too_large, 1);
}

#[test]
fn packets_under_a_handle_that_is_not_there_are_counted() {
    let (a, b) = pair();
    a.send_as(HANDLE + 1, vec![vec![1; 100]; 3]);
    a.send(vec![vec![2; 100]]);
    assert_eq!(b.packets(1), [vec![2; 100]]);
    assert_eq!(a.figures().drops.packets_no_route, 3);
    a.order(Order::RemoveRoute { cluster: CLUSTER, handle: HANDLE });
    a.settle();
    a.send(vec![vec![3; 100]; 2]);
    until(|| (a.figures().drops.packets_no_route == 5).then_some(()));
    b.order(Order::SetHandle { session: SESSION, handle: 0 });
    a.order(Order::SetRoute { cluster: CLUSTER, handle: HANDLE, session: SESSION });
    a.settle();
    b.settle();
    a.send(vec![vec![4; 100]]);
    until(|| (b.session().dropped_no_handle == 1).then_some(()));
}

#[test]
fn what_comes_before_the_handle_is_known_waits_for_it() {
    let end = End::start();
    let (mut client, mut server) = connected();
    let mut datagram_with = |packet: u8| {
        let mut out = [0; 1_200];
        let length = client.connection.with(0, |connection| {
            assert!(connection.send_datagram(&[0, packet]));
            connection.poll_transmit(&mut out, 900.0)
        });
        out[..length].to_vec()
    };
    let early = datagram_with(1);
    server.connection.with((), |connection| connection.handle_datagram(&early, 900.0));
    let from: SocketAddr = "127.0.0.1:9".parse().unwrap();
    end.adopt_as(SESSION, server, from, false, NEVER);
    end.order(Order::HandleDatagram { cluster: CLUSTER, from: from.into(), bytes: datagram_with(2) });
    end.settle();
    end.order(Order::SetHandle { session: SESSION, handle: HANDLE });
    assert_eq!(end.packets(2), [[1], [2]]);
    assert_eq!(end.session().dropped_no_handle, 0);
}

/// Packets that come faster than the link can send wait, or are dropped by the bounds of the queue, and are counted.
#[test]
fn a_queue_that_is_full_says_so_and_drops() {
    let a = End::start();
    // A window of packets leaves, and then nothing more.
    let silent = Peer::join(&a, false);
    for _ in 0..20 {
        a.send(vec![vec![1; 1_400]; 100]);
    }
    let is_on = |event: &Event| matches!(event, Event::Congested { classes: 1.., .. }).then_some(());
    a.event(is_on);
    until(|| {
        let counts = a.session();
        (counts.classes[0].dropped_full > 0).then_some(())
    });
    assert!(a.session().queue_length <= florenetes_wire::limits::QUEUE_PACKETS_MAX);
    drop(silent);
}

#[test]
fn a_renewed_link_goes_on_in_another_session_and_the_old_one_still_delivers() {
    let (a, b) = pair();
    let (client, server) = connected();
    a.adopt_as(6, client, b.address, true, NEVER);
    b.adopt_as(6, server, a.address, false, NEVER);
    b.order(Order::SetHandle { session: 6, handle: HANDLE + 1 });
    a.order(Order::SetRoute { cluster: CLUSTER, handle: HANDLE + 1, session: 6 });
    a.settle();
    b.settle();
    a.send_as(HANDLE + 1, vec![vec![1; 50]]);
    a.send(vec![vec![2; 50]]);
    let mut packets = b.packets(2);
    packets.sort_unstable();
    assert_eq!(packets, [vec![1; 50], vec![2; 50]]);
    a.order(Order::Close { session: SESSION, code: 4, reason: "superseded".into() });
    b.event(|event| matches!(event, Event::Closed { session: SESSION, .. }).then_some(()));
    a.event(|event| matches!(event, Event::Left { session: SESSION }).then_some(()));
    a.send_as(HANDLE + 1, vec![vec![3; 50]]);
    assert_eq!(b.packets(1), [vec![3; 50]]);
    until(|| (a.figures().sessions.len() == 1 && b.figures().sessions.len() == 1).then_some(()));
}
