//! The owner is told what it has to decide about, and its orders are carried out.

use std::net::{SocketAddr, UdpSocket};
use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::support::end::{CLUSTER, End, HANDLE, NEVER, SESSION, pair};
use crate::support::peer::Peer;
use crate::support::threads::until;
use crate::support::{PROBE_KEY, RESET_TOKEN, connected};
use florenetes_engine::{CloseCause, Connection, Event as QuicEvent};
use florenetes_florio::Heard;
use florenetes_link::{Drops, Event, Order};
use florenetes_wire::mesh::{Seeds, TransitChange, TransitLimits};

fn closed(event: &Event) -> Option<florenetes_engine::Closed> {
    match event {
        Event::Closed { session: SESSION, closed } => Some(closed.clone()),
        _ => None,
    }
}

#[test]
fn datagrams_of_strangers_go_up_and_answers_go_out() {
    let end = End::start();
    let stranger = UdpSocket::bind("127.0.0.1:0").unwrap();
    let sent = [vec![0xc3; 1_200], vec![0x20; 49], vec![0x41; 40], vec![7; 3]];
    for bytes in &sent {
        stranger.send_to(bytes, end.address).unwrap();
    }
    for bytes in &sent {
        let told = end.event(|event| match event {
            Event::Datagram { cluster: CLUSTER, from, bytes } => Some((from.address, bytes.clone())),
            _ => None,
        });
        assert_eq!(told, (stranger.local_addr().unwrap(), bytes.clone()));
    }
    end.order(Order::SendDatagram { cluster: CLUSTER, to: stranger.local_addr().unwrap().into(), bytes: vec![9; 77] });
    let mut answer = [0; 100];
    assert_eq!(stranger.recv_from(&mut answer).unwrap(), (77, end.address));
}

#[test]
fn messages_and_news_of_the_port_go_up_and_answers_go_out() {
    let end = End::start();
    end.event(|event| matches!(event, Event::PortConnected { cluster: CLUSTER }).then_some(()));
    end.message_of_partner();
    let message = end.event(|event| match event {
        Event::Message { cluster: CLUSTER, message } => Some(message.clone()),
        _ => None,
    });
    assert_eq!(message, [1]);
    end.order(Order::SendMessage { cluster: CLUSTER, message: vec![3, 2, 1] });
    until(|| end.partner.ask(|recorder, _, _| recorder.messages == [vec![3, 2, 1]]).then_some(()));
    // The owner has received the packet before the session was handed over.
    end.order(Order::SendPacket { cluster: CLUSTER, handle: HANDLE, packet: vec![5; 9] });
    assert_eq!(end.packets(1), [vec![5; 9]]);
    end.order(Order::ClosePort { cluster: CLUSTER });
    until(|| end.figures().port.is_none().then_some(()));
}

#[test]
fn heartbeats_that_are_no_news_stay_in_the_thread() {
    let mut end = End::start();
    end.event(|event| matches!(event, Event::PortConnected { cluster: CLUSTER }).then_some(()));
    let interval = Duration::from_millis(5);
    end.order(Order::RepeatMessage { cluster: CLUSTER, message: vec![7], interval });
    until(|| end.partner.ask(|recorder, _, _| recorder.messages.len() >= 3).then_some(()));
    // Each message of the partner is [1].
    let heard = Arc::new(Heard::new(Instant::now()));
    end.order(Order::SetKnownMessage { cluster: CLUSTER, message: vec![1], heard: Arc::clone(&heard) });
    end.settle();
    assert_eq!(heard.at(), None);
    end.message_of_partner();
    let heard_at = until(|| heard.at());
    end.message_of_partner();
    until(|| heard.at().filter(|at| *at > heard_at));
    let is_message = |event: &Event| matches!(event, Event::Message { .. }).then_some(());
    assert!(end.poll_event(is_message).is_none());
    // The thread sends nothing and still finds out that the partner is gone.
    end.restart_partner();
    end.event(|event| matches!(event, Event::PortDisconnected { cluster: CLUSTER }).then_some(()));
}

#[test]
fn what_cannot_be_opened_is_told_with_its_error() {
    let end = End::start();
    end.order(Order::OpenUdp { cluster: 2, listen: end.address });
    let error = end.event(|event| match event {
        Event::UdpFailed { cluster: 2, error } => Some(error.kind()),
        _ => None,
    });
    assert_eq!(error, std::io::ErrorKind::AddrInUse);
    end.order(Order::OpenPort { cluster: 2, bind: "/nowhere/a".into(), connect: "/nowhere/b".into() });
    end.event(|event| matches!(event, Event::PortFailed { cluster: 2, .. }).then_some(()));
}

#[test]
fn a_peer_that_is_silent_is_told_once_and_closed_by_the_owner() {
    let end = End::start();
    let _peer = Peer::join_for(&end, false, Duration::from_millis(200));
    end.event(|event| matches!(event, Event::Silent { session: SESSION }).then_some(()));
    end.order(Order::Close { session: SESSION, code: 3, reason: "nothing was heard".into() });
    end.event(|event| matches!(event, Event::Left { session: SESSION }).then_some(()));
    until(|| end.figures().sessions.is_empty().then_some(()));
    assert!(end.poll_event(|event| matches!(event, Event::Silent { .. }).then_some(())).is_none());
    assert!(end.poll_event(closed).is_none(), "it is the owner who ended it");
}

#[test]
fn an_idle_link_lives_by_its_pings() {
    let (a, b) = (End::start(), End::start());
    let (client, server) = connected();
    let dead_after = Duration::from_millis(400);
    a.adopt(client, b.address, true, dead_after);
    b.adopt(server, a.address, false, dead_after);
    let begin = a.session().last_heard_ms;
    until(|| (a.session().last_heard_ms > begin + 1_000.0).then_some(()));
    let is_silent = |event: &Event| matches!(event, Event::Silent { .. }).then_some(());
    assert!(a.poll_event(is_silent).is_none() && b.poll_event(is_silent).is_none());
}

#[test]
fn a_quiet_link_lives_by_few_packets_and_asks_for_none_while_it_rests() {
    let (a, b) = (End::start(), End::start());
    let (client, server) = connected();
    let pause = Duration::from_millis(500);
    for end in [&a, &b] {
        end.quiet.set(pause);
    }
    a.adopt(client, b.address, true, Duration::from_millis(200));
    b.adopt(server, a.address, false, Duration::from_millis(200));
    let begin = a.session().last_heard_ms;
    let before = a.session().quic.packets_sent + b.session().quic.packets_sent;
    until(|| (a.session().last_heard_ms > begin + 2_000.0).then_some(()));
    let is_silent = |event: &Event| matches!(event, Event::Silent { .. }).then_some(());
    assert!(a.poll_event(is_silent).is_none() && b.poll_event(is_silent).is_none());
    let sent = a.session().quic.packets_sent + b.session().quic.packets_sent - before;
    // Four questions or five, and their answers; what came with the first seconds of the path is on top. A link that is not quiet sends 80.
    assert!(sent <= 24, "{sent} packets");
}

#[test]
fn a_peer_that_is_gone_is_told_silent_once_something_was_sent_over_a_quiet_link() {
    let end = End::start();
    end.quiet.set(NEVER);
    let _peer = Peer::join_for(&end, false, Duration::from_millis(200));
    // The peer acknowledges nothing, and the end has nothing under way.
    until(|| (end.session().quic.packets_received > 0).then_some(()));
    // Another session of the same thread, which is not quiet, is over meanwhile.
    end.quiet.set(Duration::ZERO);
    let nobody = UdpSocket::bind("127.0.0.1:0").unwrap();
    end.adopt_as(SESSION + 1, connected().0, nobody.local_addr().unwrap(), true, Duration::from_millis(400));
    end.event(|event| matches!(event, Event::Silent { session } if *session == SESSION + 1).then_some(()));
    let is_silent = |event: &Event| matches!(event, Event::Silent { session: SESSION }).then_some(());
    assert!(end.poll_event(is_silent).is_none(), "nobody is owed a sign of life");
    end.send(vec![vec![1; 10]]);
    end.event(is_silent);
}

#[test]
fn the_peers_end_is_told_with_its_code_and_words() {
    let (a, b) = pair();
    b.order(Order::Close { session: SESSION, code: 0x11, reason: "both call".into() });
    let told = a.event(closed);
    assert_eq!((told.cause, told.is_application, told.code), (CloseCause::Peer, true, 0x11));
    assert_eq!(told.reason, "both call");
    b.event(|event| matches!(event, Event::Left { session: SESSION }).then_some(()));
    // Packets still come for the session.
    a.send(vec![vec![1; 10]]);
    until(|| (a.figures().drops.packets_no_route == 1).then_some(()));
    until(|| (a.figures().sessions.is_empty() && b.figures().sessions.is_empty()).then_some(()));
    a.send(vec![vec![1; 10]; 2]);
    until(|| (a.figures().drops.packets_no_route == 3).then_some(()));
}

#[test]
fn a_stateless_reset_is_the_end_of_the_session_that_it_names() {
    let end = End::start();
    let peer = Peer::join(&end, false);
    let mut reset = vec![0x55; 40];
    // The reset is of another acceptor at the same address.
    peer.socket.send_to(&reset, end.address).unwrap();
    end.event(|event| matches!(event, Event::Datagram { .. }).then_some(()));
    reset[24..].copy_from_slice(&RESET_TOKEN);
    let stranger = UdpSocket::bind("127.0.0.1:0").unwrap();
    stranger.send_to(&reset, end.address).unwrap();
    end.event(|event| matches!(event, Event::Datagram { .. }).then_some(()));
    assert!(end.poll_event(closed).is_none(), "it has to come from the peer");
    peer.socket.send_to(&reset, end.address).unwrap();
    assert_eq!(end.event(closed).cause, CloseCause::Reset);
}

/// The session has ended just before, and the reset that comes next is not its own.
#[test]
fn a_session_that_has_ended_takes_no_reset() {
    let end = End::start();
    let mut peer = Peer::join(&end, false);
    let mut out = [0; 1_200];
    let now = peer.now();
    let length = peer.with(|connection| {
        connection.close(1, "bye");
        connection.poll_transmit(&mut out, now)
    });
    for datagram in [&out[..length], &[0x55; 40]] {
        peer.socket.send_to(datagram, end.address).unwrap();
    }
    end.event(|event| matches!(event, Event::Datagram { .. }).then_some(()));
    assert_eq!(end.event(closed).cause, CloseCause::Peer);
}

#[test]
fn bytes_of_the_control_stream_go_both_ways() {
    let end = End::start();
    let mut peer = Peer::join(&end, false);
    end.order(Order::SendStream { session: SESSION, bytes: b"hello".to_vec() });
    let mut bytes = [0; 10];
    let received = until(|| {
        peer.turn();
        peer.with(|connection| connection.stream_receive(0, &mut bytes)).ok()
    });
    assert_eq!(&bytes[..received.length], b"hello");
    assert_eq!(peer.with(|connection| connection.stream_send(0, b"renew", false)), Ok(5));
    peer.turn();
    let told = end.event(|event| match event {
        Event::Stream { session: SESSION, bytes } => Some(bytes.clone()),
        _ => None,
    });
    assert_eq!(told, b"renew");
}

#[test]
fn probes_go_up_and_are_counted_nowhere() {
    let (a, b) = pair();
    let probe = |size: usize| [&PROBE_KEY[..], &[1], &vec![0; size - 17]].concat();
    for size in [21, 1_000, 16_384] {
        a.order(Order::SendProbe { session: SESSION, packet: probe(size) });
        let (packet, is_whole) = b.event(|event| match event {
            Event::Probe { session: SESSION, packet, spread } => Some((packet.clone(), spread.is_none())),
            _ => None,
        });
        assert!(packet == probe(size), "{size} bytes");
        assert_eq!(is_whole, size < 1_400, "{size} bytes");
    }
    a.send(vec![vec![8; 60], probe(20)]);
    assert_eq!(b.packets(2), [vec![8; 60], probe(20)], "too short for a probe");
    assert_eq!((a.session().sent.packets_sent, a.session().sent.bytes_sent), (2, 80));
    assert_eq!(b.session().packets_received, 2);
}

#[test]
fn a_peer_that_moves_is_told_and_gets_what_the_owner_lets_it_have() {
    let end = End::start();
    let mut peer = Peer::join(&end, true);
    let home = peer.socket.try_clone().unwrap();
    let newest = |event: &Event| match event {
        Event::Newest { session: SESSION, from, bytes } => Some((from.address, *bytes)),
        _ => None,
    };
    peer.send(&[0, 1]);
    assert_eq!(end.packets(1), [vec![1]]);
    assert!(end.poll_event(newest).is_none(), "it is at home");
    let away = peer.move_away();
    peer.send(&[0, 2]);
    assert_eq!(end.packets(1), [vec![2]]);
    let (from, bytes) = end.event(newest);
    assert!(from == away && bytes > 10, "{bytes} bytes");
    end.order(Order::AddCopies { session: SESSION, to: away.into(), bytes: 3_000 });
    end.settle();
    end.send(vec![vec![3; 1_000]; 5]);
    let received = |peer: &mut Peer| {
        peer.turn();
        peer.with(Connection::poll_datagram)
    };
    assert_eq!(until(|| received(&mut peer)).len(), 1_001);
    assert_eq!(until(|| received(&mut peer)).len(), 1_001);
    end.order(Order::SetAddress { session: SESSION, to: away.into() });
    end.settle();
    end.send(vec![vec![4; 30]]);
    until(|| received(&mut peer).filter(|datagram| datagram.len() == 31));
    // The datagram was not copied without end.
    let mut bytes = [0; 2_000];
    let mut at_home = 0;
    while home.recv(&mut bytes).is_ok() {
        at_home += 1;
    }
    assert!(at_home >= 5, "{at_home} packets");
}

#[test]
fn a_datagram_that_its_owner_gives_back_is_handled() {
    let end = End::start();
    let (client, server) = connected();
    let mut client = client.connection;
    let mut out = [0; 1_200];
    let length = client.with(0, |connection| {
        assert!(connection.send_datagram(&[0, 6, 6]));
        connection.poll_transmit(&mut out, 900.0)
    });
    let from: SocketAddr = "127.0.0.1:9".parse().unwrap();
    end.adopt(server, from, false, NEVER);
    end.order(Order::HandleDatagram { cluster: CLUSTER, from: from.into(), bytes: out[..length].to_vec() });
    assert_eq!(end.packets(1), [vec![6, 6]]);
}

#[test]
fn a_cluster_whose_socket_is_closed_has_no_sessions() {
    let (a, b) = pair();
    let stranger = UdpSocket::bind("127.0.0.1:0").unwrap();
    a.order(Order::SendDatagram { cluster: CLUSTER, to: stranger.local_addr().unwrap().into(), bytes: vec![9; 77] });
    a.order(Order::CloseUdp { cluster: CLUSTER });
    assert_eq!(stranger.recv(&mut [0; 100]).unwrap(), 77, "last words leave");
    until(|| (a.figures().sessions.is_empty() && a.figures().udp.is_none()).then_some(()));
    a.order(Order::OpenUdp { cluster: CLUSTER, listen: a.address });
    until(|| a.figures().udp);
    drop(b);
}

#[test]
fn of_a_cluster_that_is_removed_nothing_is_left_and_its_number_may_be_used_again() {
    let (a, b) = pair();
    a.order(Order::OpenTransit { cluster: CLUSTER, seeds: Seeds { packets: 1, table: 2 } });
    let limits = TransitLimits { packets_per_second: 1, bytes_per_second: 65_536 };
    a.order(Order::BeginTransit { cluster: CLUSTER, table: 1, whole: 1, limits });
    let changes = vec![TransitChange::Link { link: 0, label: 20 }];
    a.order(Order::ChangeTransit { cluster: CLUSTER, table: 1, first: 0, changes });
    until(|| (a.figures().transit.labels > 0).then_some(()));
    a.order(Order::RemoveCluster { cluster: CLUSTER });
    a.event(|event| matches!(event, Event::Removed { cluster: CLUSTER }).then_some(()));
    let figures = a.figures();
    assert!(figures.udp.is_none() && figures.port.is_none() && figures.sessions.is_empty());
    assert_eq!((figures.transit.labels, figures.drops), (0, Drops::default()));
    a.order(Order::OpenUdp { cluster: CLUSTER, listen: a.address });
    until(|| a.figures().udp);
    // A cluster that was never named may be removed, too.
    a.order(Order::RemoveCluster { cluster: 200 });
    a.event(|event| matches!(event, Event::Removed { cluster: 200 }).then_some(()));
    drop(b);
}

/// The peer closes the session before our order does.
#[test]
fn an_order_to_close_what_has_ended_does_nothing() {
    let end = End::start();
    let mut peer = Peer::join(&end, true);
    peer.with(|connection| connection.close(1, "bye"));
    peer.turn();
    end.event(closed);
    end.order(Order::Close { session: SESSION, code: 0, reason: String::new() });
    end.order(Order::Close { session: SESSION + 1, code: 0, reason: String::new() });
    until(|| end.figures().sessions.is_empty().then_some(()));
    assert!(end.poll_event(|event| matches!(event, Event::Left { .. }).then_some(())).is_none());
    let told = std::iter::from_fn(|| peer.with(Connection::poll_event));
    assert!(
        !told.into_iter().any(|event| matches!(event, QuicEvent::Closed(closed) if closed.cause != CloseCause::Local))
    );
}
