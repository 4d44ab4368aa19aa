//! The life of connections, and workloads that meet them in all of it.

mod support;

use std::io::{ErrorKind, Read, Write};
use std::os::unix::net::{UnixListener, UnixStream};
use std::time::Duration;

use florenetes_cluster::{Account, Address, Event, Limits, Order, Target};
use florenetes_engine::CloseCause;
use support::end::{CONNECTION, HANDLE, Pair, SERVICE, TRUNK, TUNNEL, accept, dial, target};
use support::threads::until;

const TARGET_DOWN: u64 = 0x02;
const STOPPING: u64 = 0x09;
const SILENT: u64 = 0x0c;
const NO_ANSWER: u64 = 0x80;

fn is_any_waiting(event: &Event) -> Option<bool> {
    match event {
        Event::Waiting { trunk: TRUNK, is_any } => Some(*is_any),
        _ => None,
    }
}

/// Code and text of a refusal.
fn refused(event: &Event) -> Option<(Account, u64, String)> {
    match event {
        Event::Refused { account, code, text, .. } => Some((*account, *code, text.clone())),
        _ => None,
    }
}

fn closed(event: &Event) -> Option<(CloseCause, u64)> {
    match event {
        Event::Closed { connection: CONNECTION, closed } => Some((closed.cause, closed.code)),
        _ => None,
    }
}

fn left(event: &Event) -> Option<()> {
    matches!(event, Event::Left { connection: CONNECTION }).then_some(())
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
fn who_has_waited_for_long_enough_is_turned_away() {
    let limits = Limits { no_answer: Duration::from_millis(20), ..Limits::default() };
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
fn a_connection_that_drains_ends_with_its_last_stream() {
    let pair = Pair::connected();
    let (listener, target) = target();
    pair.b.serve(target);
    let mut client = dial(pair.a.listen());
    let mut server = accept(&listener);
    pair.a.order(Order::Drain { connection: CONNECTION });
    client.write_all(b"last").unwrap();
    client.shutdown(std::net::Shutdown::Write).unwrap();
    let mut bytes = Vec::new();
    server.read_to_end(&mut bytes).unwrap();
    assert_eq!(bytes, b"last");
    assert!(pair.a.poll_event(closed).is_none(), "a stream is open still");
    drop(server);
    assert_eq!(pair.a.event(closed), (CloseCause::Local, 0));
    assert_eq!(pair.b.event(closed), (CloseCause::Peer, 0));
    pair.a.event(left);
    pair.b.event(left);
    assert!(pair.a.figures().connections.is_empty());
}

#[test]
fn the_current_connection_watches_its_peer_while_former_ones_drain() {
    let never = Duration::from_secs(3_600);
    let limits =
        Limits { ping_busy: Duration::from_millis(20), ping_idle: never, silence: 2 * never, ..Limits::default() };
    let pair = Pair::with(limits, limits);
    pair.connect(256 * 1024, 10);
    let (listener, target) = target();
    pair.b.serve(target);
    let _client = dial(pair.a.listen());
    let _server = accept(&listener);
    pair.connect_as(CONNECTION + 1, 256 * 1024, 10);
    let sent = || pair.a.connection_of(CONNECTION + 1).quic.packets_sent;
    until(|| (!pair.a.connection_of(CONNECTION + 1).is_in_flight).then_some(()));
    let before = sent();
    pair.a.order(Order::Drain { connection: CONNECTION });
    until(|| (sent() >= before + 20).then_some(()));
}

#[test]
fn closing_resets_all_streams_and_is_told_to_the_peer() {
    let pair = Pair::connected();
    let (listener, target) = target();
    pair.b.serve(target);
    let mut client = dial(pair.a.listen());
    let mut server = accept(&listener);
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
    let (listener, target) = target();
    pair.b.serve(target);
    let mut client = dial(pair.a.listen());
    let mut server = accept(&listener);
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
    until(|| (pair.b.figures().ports[0].counters.packets_received > 0).then_some(()));
    assert_eq!(pair.b.figures().drops.packets_no_link, 0);
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
