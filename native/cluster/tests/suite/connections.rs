//! The life of connections, and workloads that meet them at each of its moments.

use std::io::{ErrorKind, Read, Write};
use std::os::unix::net::{UnixListener, UnixStream};
use std::time::Duration;

use crate::support::connected;
use crate::support::end::{CONNECTION, HANDLE, Pair, SERVICE, TRUNK, TUNNEL, accept, dial, target};
use crate::support::events::{closed, is_any_waiting, left};
use crate::support::threads::until;
use florenetes_cluster::{Account, Address, Event, Limits, Order, Target};
use florenetes_engine::CloseCause;

const TARGET_DOWN: u64 = 0x02;
const TARGET_TIMEOUT: u64 = 0x03;
const STOPPING: u64 = 0x09;
const SILENT: u64 = 0x0c;
const NO_ANSWER: u64 = 0x80;

/// Code and text of a refusal.
fn refused(event: &Event) -> Option<(Account, u64, String)> {
    match event {
        Event::Refused { account, code, text, .. } => Some((*account, *code, text.clone())),
        _ => None,
    }
}

#[test]
fn workloads_wait_for_a_connection() {
    let pair = Pair::start();
    let (listener, target) = target();
    pair.b.serve(target);
    let mut client = dial(pair.a.listen());
    client.write_all(b"early").unwrap();
    assert!(pair.a.event(is_any_waiting));
    pair.connect(256 * 1024, 10);
    let mut server = accept(&listener);
    let mut bytes = [0; 5];
    server.read_exact(&mut bytes).unwrap();
    assert_eq!(&bytes, b"early");
    assert!(pair.a.event(|event| matches!(event, Event::Used { trunk: TRUNK }).then_some(true)));
}

#[test]
fn workloads_go_on_waiting_when_the_connection_that_is_named_has_ended() {
    let pair = Pair::connected();
    let (listener, target) = target();
    pair.b.serve(target);
    let tunnel = pair.a.listen();
    let close = Order::Close { connection: CONNECTION, code: STOPPING, reason: String::new(), is_repeated: false };
    pair.a.order(close);
    let _client = dial(tunnel);
    assert!(pair.a.event(is_any_waiting));
    // The closed connection still has its number in the first round, and is gone in the second.
    for _ in 0..2 {
        pair.a.order(Order::SetCurrent { trunk: TRUNK, connection: Some(CONNECTION) });
        assert!(pair.a.event(is_any_waiting), "the giver of the order took them for served");
        until(|| pair.a.figures().connections.is_empty().then_some(()));
    }
    pair.connect_as(CONNECTION + 1, 256 * 1024, 10);
    accept(&listener);
    assert_eq!(pair.a.account(Account::Tunnel(TUNNEL)).refused, []);
}

#[test]
fn workloads_get_no_stream_of_an_acceptor_that_has_the_number_of_a_connection_that_was_not_there() {
    let pair = Pair::start();
    pair.a.order(Order::SetCurrent { trunk: TRUNK, connection: Some(CONNECTION) });
    let [_client, server] = connected(&pair.ledger, 256 * 1024, 10);
    pair.a.adopt(CONNECTION, server, false);
    let _workload = dial(pair.a.listen());
    assert!(pair.a.event(is_any_waiting));
    let figures = pair.a.connection();
    assert_eq!((figures.streams_open, figures.streams_opening), (0, 0));
}

#[test]
fn who_has_waited_for_long_enough_is_turned_away() {
    let limits = Limits { connect_wait: Duration::from_millis(20), ..Limits::default() };
    let pair = Pair::with(limits, limits);
    let mut client = dial(pair.a.listen());
    assert_eq!(client.read(&mut [0]).unwrap_err().kind(), ErrorKind::ConnectionReset);
    assert_eq!(pair.a.event(refused).1, NO_ANSWER);
    until(|| (pair.a.figures().workloads_open == 0).then_some(()));
}

#[test]
fn those_who_wait_are_turned_away_by_an_order_and_are_never_too_many() {
    let limits = Limits { waiting_max: 2, ..Limits::default() };
    let pair = Pair::with(limits, limits);
    let tunnel = pair.a.listen();
    let mut clients = [dial(tunnel), dial(tunnel), dial(tunnel)];
    let (_, code, text) = pair.a.event(refused);
    assert_eq!((code, &*text), (NO_ANSWER, "too many wait for a handshake"));
    assert_eq!(pair.a.figures().workloads_open, 2);
    pair.a.order(Order::RefuseWaiting { trunk: TRUNK, code: STOPPING, text: "it stops".into() });
    for client in &mut clients {
        assert_eq!(client.read(&mut [0]).unwrap_err().kind(), ErrorKind::ConnectionReset);
    }
    let counts = pair.a.account(Account::Tunnel(TUNNEL));
    assert_eq!((counts.open, counts.total), (0, 3));
    assert_eq!(counts.refused, [(NO_ANSWER, 1), (STOPPING, 2)]);
}

#[test]
fn those_who_are_held_wait_and_are_let_in_when_one_more_could_not() {
    let limits = Limits { waiting_max: 2, ..Limits::default() };
    let pair = Pair::with(limits, limits);
    pair.connect(256 * 1024, 10);
    let (listener, target) = target();
    pair.b.serve(target);
    let tunnel = pair.a.listen();
    pair.a.order(Order::Hold { trunk: TRUNK, connection: CONNECTION });
    let mut kept = Vec::new();
    for round in 1..=2 {
        kept.extend([dial(tunnel), dial(tunnel)]);
        assert!(pair.a.event(is_any_waiting));
        until(|| (pair.a.figures().workloads_open == 3 * round - 1).then_some(()));
        assert_eq!(pair.a.connection().streams_opened, 3 * (round as u64 - 1), "they wait");
        kept.push(dial(tunnel));
        until(|| (pair.a.connection().streams_opened == 3 * round as u64).then_some(()));
        kept.extend((0..3).map(|_| accept(&listener)));
        assert!(!pair.a.event(is_any_waiting), "the owner has given no order");
        pair.a.order(Order::SetCurrent { trunk: TRUNK, connection: Some(CONNECTION) });
        pair.a.order(Order::Hold { trunk: TRUNK, connection: CONNECTION });
    }
    assert_eq!(pair.a.account(Account::Tunnel(TUNNEL)).refused, []);
}

#[test]
fn a_target_that_is_down_is_told_at_both_ends() {
    let pair = Pair::connected();
    let (listener, target) = target();
    drop(listener);
    pair.b.serve(target);
    let mut client = dial(pair.a.listen());
    assert_eq!(client.read(&mut [0]).unwrap_err().kind(), ErrorKind::ConnectionReset);
    let (account, code, text) = pair.b.event(refused);
    assert_eq!((account, code), (Account::Service(SERVICE), TARGET_DOWN));
    assert!(text.ends_with("ECONNREFUSED"), "{text}");
    let (account, code, _) = pair.a.event(refused);
    assert_eq!((account, code), (Account::Tunnel(TUNNEL), TARGET_DOWN));
    assert_eq!(pair.b.figures().memory_held, 0);
}

#[test]
fn the_owner_is_asked_for_the_addresses_behind_a_name_once_for_all_who_wait() {
    let pair = Pair::connected();
    let (listener, Target::Addresses(addresses)) = target() else { unreachable!() };
    pair.b.serve(Target::Name);
    let tunnel = pair.a.listen();
    let clients = [dial(tunnel), dial(tunnel)];
    let asked = |event: &Event| matches!(event, Event::Resolve { service: SERVICE }).then_some(());
    pair.b.event(asked);
    until(|| (pair.b.connection().streams_opening == 2).then_some(()));
    assert!(pair.b.poll_event(asked).is_none());
    pair.b.order(Order::Resolved { service: SERVICE, addresses: Ok(addresses) });
    let servers = [accept(&listener), accept(&listener)];
    drop((clients, servers));
    let mut client = dial(tunnel);
    pair.b.event(asked);
    pair.b.order(Order::Resolved { service: SERVICE, addresses: Err("no such name".into()) });
    assert_eq!(client.read(&mut [0]).unwrap_err().kind(), ErrorKind::ConnectionReset);
    assert_eq!(pair.b.event(refused).2, "no such name");
}

#[test]
fn a_target_that_does_not_answer_in_time_is_given_up() {
    let limits = Limits { dial: Duration::from_millis(50), ..Limits::default() };
    let pair = Pair::with(limits, limits);
    pair.connect(256 * 1024, 10);
    // The name is not looked up.
    pair.b.serve(Target::Name);
    let mut client = dial(pair.a.listen());
    assert_eq!(client.read(&mut [0]).unwrap_err().kind(), ErrorKind::ConnectionReset);
    assert_eq!(pair.b.event(refused).1, TARGET_TIMEOUT);
    assert_eq!(pair.b.figures().memory_held, 0);
}

#[test]
fn unix_sockets_are_tunnels_and_targets_too() {
    let pair = Pair::connected();
    let (tunnel, target) = (pair.folder.join("tunnel"), pair.folder.join("target"));
    let listener = UnixListener::bind(&target).unwrap();
    pair.b.serve(Target::Unix(target));
    let address = Address::Unix { path: tunnel.clone(), mode: 0o600, owner: None };
    pair.a.order(Order::Listen { tunnel: TUNNEL, trunk: TRUNK, address });
    pair.a.event(|event| matches!(event, Event::Listening { tunnel: TUNNEL, port: 0 }).then_some(()));
    let mut client = UnixStream::connect(&tunnel).unwrap();
    client.write_all(b"hello").unwrap();
    client.shutdown(std::net::Shutdown::Write).unwrap();
    let (mut server, _) = listener.accept().unwrap();
    let mut bytes = Vec::new();
    server.read_to_end(&mut bytes).unwrap();
    assert_eq!(bytes, b"hello");
    pair.a.order(Order::StopListening { tunnel: TUNNEL });
    until(|| (!tunnel.exists()).then_some(()));
}

#[test]
fn closing_resets_all_streams_and_is_told_to_the_peer() {
    let pair = Pair::connected();
    let (mut client, mut server) = pair.joined();
    let close = Order::Close { connection: CONNECTION, code: STOPPING, reason: "bye".into(), is_repeated: false };
    pair.b.order(close);
    assert_eq!(pair.a.event(closed), (CloseCause::Peer, STOPPING));
    for workload in [&mut client, &mut server] {
        assert_eq!(workload.read(&mut [0]).unwrap_err().kind(), ErrorKind::ConnectionReset);
    }
    pair.b.event(left);
    assert!(pair.b.poll_event(closed).is_none(), "its owner knows");
    assert_eq!(pair.b.figures().workloads_open, 0);
}

#[test]
fn an_outage_is_survived() {
    let pair = Pair::connected();
    let (mut client, mut server) = pair.joined();
    pair.wire.cut(true);
    pair.a.set_link(0);
    client.write_all(b"during").unwrap();
    until(|| (pair.a.figures().links[0].dropped_down > 0).then_some(()));
    pair.wire.cut(false);
    pair.a.set_link(HANDLE);
    let mut bytes = [0; 6];
    server.read_exact(&mut bytes).unwrap();
    assert_eq!(&bytes, b"during");
}

#[test]
fn silence_is_the_end_at_both_ends() {
    let limits = Limits { silence: Duration::from_millis(300), ..Limits::default() };
    let pair = Pair::with(limits, limits);
    pair.wire.cut(true);
    pair.connect(256 * 1024, 10);
    for end in [&pair.a, &pair.b] {
        assert_eq!(end.event(closed), (CloseCause::Idle, SILENT));
        end.event(left);
    }
}

#[test]
fn packets_that_come_before_their_link_are_handled_when_it_is_told() {
    let pair = Pair::start();
    let (listener, target) = target();
    pair.b.serve(target);
    pair.b.set_link(0);
    let _client = dial(pair.a.listen());
    pair.connect(256 * 1024, 10);
    until(|| (pair.wire.ask(|passing, _, _| passing.passed) > 0).then_some(()));
    until(|| (pair.b.figures().ports[0].florio.counters.packets_received > 0).then_some(()));
    assert_eq!(pair.b.figures().ports[0].frames_no_link, 0);
    pair.wire.cut(true);
    pair.b.set_link(HANDLE);
    until(|| (pair.b.figures().links[0].packets_delivered > 0).then_some(()));
    drop(listener);
}

#[test]
fn a_lane_that_is_dropped_resets_its_workloads() {
    let pair = Pair::connected();
    let (listener, target) = target();
    pair.b.serve(target);
    let mut client = dial(pair.a.listen());
    let _server = accept(&listener);
    let Pair { a, b, .. } = pair;
    drop(a);
    assert_eq!(client.read(&mut [0]).unwrap_err().kind(), ErrorKind::ConnectionReset);
    assert_eq!(b.connection().streams_open, 1);
}
