//! Neighbours, strangers and cluster vertices that mean no good: links carry on, and the memory kept for them is bounded.

use std::net::UdpSocket;
use std::time::Duration;

use crate::support::PROBE_KEY;
use crate::support::end::{CLUSTER, End, SESSION, pair};
use crate::support::peer::Peer;
use crate::support::threads::{is_in_namespace, until};
use florenetes_lane::limits::{MESSAGES_WAITING_MAX, STRANGERS_WAITING_MAX};
use florenetes_link::limits::{NEWEST_WAITING_MAX, PROBES_WAITING_MAX};
use florenetes_link::{Event, Order};

#[test]
fn garbage_with_the_id_of_a_session_is_ignored_and_counted() {
    let end = End::start();
    let mut peer = Peer::join(&end, false);
    let mut random = fastrand::Rng::with_seed(3);
    let stranger = UdpSocket::bind("127.0.0.1:0").unwrap();
    for round in 0..200 {
        let mut datagram: Vec<u8> = (0..random.usize(30..1_400)).map(|_| random.u8(..)).collect();
        datagram[0] = 0x40 | datagram[0] & 0x3f;
        datagram[1..9].copy_from_slice(&peer.id);
        let socket = if round % 2 == 0 { &peer.socket } else { &stranger };
        socket.send_to(&datagram, end.address).unwrap();
    }
    until(|| (end.figures().drops.datagrams_ignored == 200).then_some(()));
    peer.send(&[0, 42]);
    assert_eq!(end.packets(1), [vec![42]]);
}

#[test]
fn pieces_that_make_no_sense_or_never_end_are_dropped() {
    let end = End::start();
    let mut peer = Peer::join(&end, false);
    // The datagrams: nothing, a packet of nothing, headers of one piece, an index beyond the last, a piece of nothing.
    for datagram in [&[][..], &[0], &[0x01, 0, 1, 9], &[0x12, 0, 2, 9], &[0x11, 0, 3], &[0xf0]] {
        peer.send(datagram);
    }
    // Each datagram is the first piece of a packet that never goes on.
    for number in 0..500_u16 {
        peer.send(&[&[0xf0][..], &number.to_be_bytes(), &[7; 1_000]].concat());
    }
    peer.send(&[0, 42]);
    assert_eq!(end.packets(1), [vec![42]]);
    let joined = end.session().joined;
    assert_eq!(joined.pieces_refused, 4);
    until(|| (end.session().joined.given_up == 500).then_some(()));
    assert_eq!(end.session().packets_received, 1);
}

#[test]
fn a_flood_of_strangers_is_bounded_while_a_link_carries_on() {
    let (a, b) = pair();
    let stranger = UdpSocket::bind("127.0.0.1:0").unwrap();
    for round in 0..40_u8 {
        for _ in 0..100 {
            stranger.send_to(&[0xc0; 1_200], b.address).unwrap();
        }
        a.send(vec![vec![round; 100]]);
        assert_eq!(b.packets(1), [vec![round; 100]]);
    }
    until(|| (b.figures().drops.datagrams_untold > 0).then_some(()));
    let is_strangers = |event: &Event| matches!(event, Event::Datagram { .. }).then_some(());
    let told = std::iter::from_fn(|| b.poll_event(is_strangers)).count() as u64;
    assert!(told >= STRANGERS_WAITING_MAX as u64, "{told} were told");
    let udp = b.figures().udp.unwrap().counters;
    assert_eq!(b.session().packets_received, 40);
    assert!(told + b.figures().drops.datagrams_untold <= udp.received);
}

#[test]
fn a_flood_of_probes_is_bounded() {
    let end = End::start();
    let mut peer = Peer::join(&end, false);
    let probe = [&[0][..], &PROBE_KEY, &[1; 40]].concat();
    for _ in 0..100 {
        peer.send(&probe);
    }
    until(|| (end.figures().drops.probes_untold == 100 - PROBES_WAITING_MAX as u64).then_some(()));
    let is_probe = |event: &Event| matches!(event, Event::Probe { .. }).then_some(());
    assert_eq!(std::iter::from_fn(|| end.poll_event(is_probe)).count(), PROBES_WAITING_MAX);
    peer.send(&probe);
    end.event(is_probe);
}

/// Somebody passes a peer's packets on, each from another address.
#[test]
fn a_flood_of_addresses_is_bounded() {
    let end = End::start();
    let mut peer = Peer::join(&end, true);
    for round in 0..3 * NEWEST_WAITING_MAX {
        peer.move_away();
        peer.send(&[0, 1]);
        until(|| (end.session().packets_received > round as u64).then_some(()));
    }
    let is_newest = |event: &Event| matches!(event, Event::Newest { .. }).then_some(());
    assert_eq!(std::iter::from_fn(|| end.poll_event(is_newest)).count(), NEWEST_WAITING_MAX);
}

/// The owner reads late: until then the peer has no credit for more.
#[test]
fn a_flood_of_the_control_stream_waits_in_its_window() {
    let end = End::start();
    let mut peer = Peer::join(&end, false);
    end.order(Order::SendStream { session: SESSION, bytes: vec![1] });
    until(|| {
        peer.turn();
        peer.with(|connection| connection.stream_receive(0, &mut [0; 10])).ok()
    });
    let (mut sent, mut without_credit) = (0, 0);
    while without_credit < 50 {
        match peer.with(|connection| connection.stream_send(0, &[5; 1_000], false)) {
            Ok(taken @ 1..) => (sent, without_credit) = (sent + taken, 0),
            _ => without_credit += 1,
        }
        peer.turn();
        std::thread::sleep(std::time::Duration::from_millis(1));
    }
    assert!(sent < 3 * 16_384, "{sent} bytes were taken");
    let told = |event: &Event| match event {
        Event::Stream { bytes, .. } => Some(bytes.len()),
        _ => None,
    };
    let mut received = 0;
    while received < sent {
        received += end.event(told);
        peer.turn();
    }
    assert_eq!(received, sent);
}

#[test]
fn a_flood_of_messages_is_bounded_and_the_port_goes_on() {
    let (a, b) = pair();
    for _ in 0..1_000 {
        b.message_of_partner();
    }
    until(|| (b.figures().drops.messages_untold > 0).then_some(()));
    a.send(vec![vec![1; 100]]);
    assert_eq!(b.packets(1), [vec![1; 100]]);
    let is_message = |event: &Event| matches!(event, Event::Message { .. }).then_some(());
    let told = std::iter::from_fn(|| b.poll_event(is_message)).count();
    assert!(told >= MESSAGES_WAITING_MAX - 2, "{told} were told");
}

/// The owner of two clusters does not look for a while: the flood of one cluster leaves room for the events of the other.
#[test]
fn floods_of_one_cluster_are_not_those_of_another() {
    let flooded = End::start();
    let end = flooded.beside(CLUSTER + 1);
    let stranger = UdpSocket::bind("127.0.0.1:0").unwrap();
    until(|| {
        for _ in 0..50 {
            flooded.message_of_partner();
            (0..4).for_each(|_| _ = stranger.send_to(&[0xc0; 1_200], flooded.address).unwrap());
        }
        let drops = flooded.figures().drops;
        (drops.messages_untold > 0 && drops.datagrams_untold > 0).then_some(())
    });
    end.message_of_partner();
    stranger.send_to(&[0xc0; 1_200], end.address).unwrap();
    let told = |which: fn(&Event) -> Option<u32>| end.event(|event| which(event).filter(|of| *of == CLUSTER + 1));
    told(|event| if let Event::Message { cluster, .. } = event { Some(*cluster) } else { None });
    told(|event| if let Event::Datagram { cluster, .. } = event { Some(*cluster) } else { None });
    assert_eq!(end.figures().drops, florenetes_link::Drops::default());
}

/// A partner comes and goes while the owner does not look: in the end the owner knows the partner's present state.
#[test]
fn a_partner_that_flaps_is_told_as_it_is_at_last() {
    let mut end = End::start();
    for _ in 0..1_000 {
        end.message_of_partner();
    }
    until(|| (end.figures().drops.messages_untold > 0).then_some(()));
    let before = end.figures().drops.messages_untold;
    end.restart_partner();
    until(|| (end.figures().drops.messages_untold > before).then_some(()));
    let mut is_connected = None;
    let port = |event: &Event| match event {
        Event::PortConnected { .. } => Some(true),
        Event::PortDisconnected { .. } => Some(false),
        _ => None,
    };
    until(|| {
        is_connected = end.poll_event(port).or(is_connected);
        (is_connected == Some(true) && end.figures().port?.is_connected).then_some(())
    });
}

#[test]
fn an_originator_hears_its_peer_from_one_address_only() {
    let end = End::start();
    let mut peer = Peer::join(&end, false);
    let home = peer.socket.try_clone().unwrap();
    peer.move_away();
    peer.send(&[0, 1]);
    until(|| (end.figures().drops.datagrams_ignored > 0).then_some(()));
    peer.socket = home;
    peer.send(&[0, 2]);
    assert_eq!(end.packets(1), [vec![2]]);
}

/// The network takes nothing more for as long as the test lasts: neither silence nor an end waits for it.
#[test]
fn time_goes_on_while_the_socket_is_full() {
    let set_up = "ip link set lo up && tc qdisc add dev lo root tbf rate 8kbit burst 70kb limit 100mb";
    if !is_in_namespace("hostile::time_goes_on_while_the_socket_is_full", set_up) {
        return;
    }
    let end = End::start();
    let peer = Peer::join_for(&end, false, Duration::from_millis(200));
    let to = UdpSocket::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    until(|| {
        for _ in 0..50 {
            end.order(Order::SendDatagram { cluster: CLUSTER, to: to.into(), bytes: vec![9; 16_000] });
        }
        (end.figures().udp?.counters.socket_full > 0).then_some(())
    });
    end.event(|event| matches!(event, Event::Silent { session: SESSION }).then_some(()));
    end.order(Order::Close { session: SESSION, code: 3, reason: "nothing was heard".into() });
    end.event(|event| matches!(event, Event::Left { session: SESSION }).then_some(()));
    until(|| end.figures().sessions.is_empty().then_some(()));
    drop(peer);
}
