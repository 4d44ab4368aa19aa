//! Changes of an owner while workloads are there: the trunk of a tunnel, what a target is told, the share of a connection.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};

use crate::support::WINDOW;
use crate::support::datagrams::{try_receive, udp, udp_to};
use crate::support::end::{CONNECTION, Pair, SERVICE, TRUNK, TUNNEL, accept, dial, target};
use crate::support::threads::until;
use florenetes_cluster::limits::OWN_NUMBERS_MIN;
use florenetes_cluster::{Account, Address, Event, Limits, Order};

/// A trunk that has no connection.
const OTHER: u32 = TRUNK + 1;
const OTHER_TUNNEL: u32 = TUNNEL + 1;
const ACCOUNT: u32 = 9;

fn listen(pair: &Pair, number: u32, to: u32, address: Address) -> SocketAddr {
    pair.a.order(Order::Listen { tunnel: number, trunk: to, address });
    let port = pair.a.event(|event| match event {
        Event::Listening { tunnel, port } if *tunnel == number => Some(*port),
        _ => None,
    });
    SocketAddr::from(([127, 0, 0, 1], port))
}

fn tcp() -> Address {
    Address::Tcp("127.0.0.1:0".parse().unwrap())
}

fn lead(pair: &Pair, trunk: u32) {
    pair.a.order(Order::LeadTunnel { tunnel: TUNNEL, trunk });
}

fn waiting(trunk: u32) -> impl Fn(&Event) -> Option<bool> {
    move |event| match event {
        Event::Waiting { trunk: of, is_any, .. } if *of == trunk => Some(*is_any),
        _ => None,
    }
}

fn says_to(from: &mut TcpStream, to: &mut TcpStream, bytes: &[u8]) {
    from.write_all(bytes).unwrap();
    let mut heard = vec![0; bytes.len()];
    to.read_exact(&mut heard).unwrap();
    assert_eq!(heard, bytes);
}

#[test]
fn clients_that_wait_go_along_with_their_tunnel_and_no_others() {
    let pair = Pair::connected();
    let (listener, target) = target();
    pair.b.serve(target);
    let [tunnel, other] = [TUNNEL, OTHER_TUNNEL].map(|number| listen(&pair, number, OTHER, tcp()));
    let mut client = dial(tunnel);
    assert!(pair.a.event(waiting(OTHER)));
    let _stays = dial(other);
    until(|| (pair.a.figures().workloads_open == 2).then_some(()));
    lead(&pair, TRUNK);
    let mut server = accept(&listener);
    says_to(&mut client, &mut server, b"at last");
    assert_eq!(pair.a.account(Account::Tunnel(TUNNEL)).open, 1);
    assert_eq!(pair.a.account(Account::Tunnel(OTHER_TUNNEL)).total, 0);
    assert!(pair.a.poll_event(waiting(OTHER)).is_none(), "one waits still");

    // The stream stays where it is, and a client that comes now waits.
    lead(&pair, OTHER);
    let mut late = dial(tunnel);
    until(|| (pair.a.figures().workloads_open == 3).then_some(()));
    says_to(&mut client, &mut server, b"on the former one");
    assert_eq!(pair.a.connection().streams_open, 1);
    // An order for the present trunk does nothing, nor does an order for a tunnel that does not exist.
    lead(&pair, OTHER);
    pair.a.order(Order::LeadTunnel { tunnel: 77, trunk: TRUNK });
    lead(&pair, TRUNK);
    let mut later = accept(&listener);
    says_to(&mut late, &mut later, b"late");
}

#[test]
fn clients_wait_for_the_other_trunk_where_it_has_no_connection_and_no_more_than_may() {
    let limits = Limits { waiting_max: 2, ..Limits::default() };
    let pair = Pair::with(limits, Limits::default());
    let (listener, target) = target();
    pair.b.serve(target);
    let tunnel = listen(&pair, TUNNEL, OTHER, tcp());
    let other = listen(&pair, OTHER_TUNNEL, TRUNK, tcp());
    let mut first = dial(other);
    assert!(pair.a.event(waiting(TRUNK)));
    let mut clients = [dial(tunnel), dial(tunnel)];
    assert!(pair.a.event(waiting(OTHER)), "some wait");
    until(|| (pair.a.figures().workloads_open == 3).then_some(()));
    lead(&pair, TRUNK);
    assert!(!pair.a.event(waiting(OTHER)), "nobody waits any more");
    until(|| (pair.a.figures().workloads_open == 2).then_some(()));
    assert_eq!(pair.a.account(Account::Tunnel(TUNNEL)).refused, [(0x80, 1)]);
    pair.connect(WINDOW, 10);
    for client in [&mut first, &mut clients[0]] {
        says_to(client, &mut accept(&listener), b"in the order in which they came");
    }
}

#[test]
fn flows_that_wait_go_along_and_those_that_are_open_stay() {
    let pair = Pair::connected();
    let target = udp();
    pair.b.serve_udp(&target);
    let tunnel = listen(&pair, TUNNEL, OTHER, Address::Udp("127.0.0.1:0".parse().unwrap()));
    let client = udp_to(tunnel);
    client.send(b"early").unwrap();
    assert!(pair.a.event(waiting(OTHER)));
    lead(&pair, TRUNK);
    // A datagram that has waited for WAITING_AGE_MAX is dropped, and a busy machine may take as long: the client repeats it.
    let says = |what: &[u8]| {
        until(|| {
            client.send(what).unwrap();
            try_receive(&target).filter(|(bytes, _)| bytes == what)
        });
    };
    says(b"early");
    lead(&pair, OTHER);
    says(b"more");
    assert_eq!(pair.a.account(Account::Tunnel(TUNNEL)).open, 1);
}

/// A stream and a flow of the owner for the trunk without a connection, and a stream of another account.
fn open_own(pair: &Pair) {
    for (at, account, is_flow) in [(0, ACCOUNT, false), (1, ACCOUNT, true), (2, ACCOUNT + 1, false)] {
        pair.a.order(Order::OpenStream { workload: OWN_NUMBERS_MIN + at, trunk: OTHER, account, is_flow });
    }
    assert!(pair.a.event(waiting(OTHER)));
}

fn lead_own(pair: &Pair, former: u32, trunk: u32) {
    pair.a.order(Order::LeadOwn { account: ACCOUNT, former, trunk });
}

#[test]
fn streams_and_flows_of_the_owner_that_wait_go_along_with_their_account_and_no_others() {
    let pair = Pair::connected();
    let (listener, target) = target();
    pair.b.serve(target);
    open_own(&pair);
    lead_own(&pair, TRUNK, OTHER);
    assert_eq!(pair.a.account(Account::Tunnel(ACCOUNT)).open, 0);
    lead_own(&pair, OTHER, TRUNK);
    let _server = accept(&listener);
    until(|| (pair.a.account(Account::Tunnel(ACCOUNT)).open == 1).then_some(()));
    assert_eq!(pair.a.account(Account::Tunnel(ACCOUNT + 1)).total, 0);
    assert!(pair.a.poll_event(waiting(OTHER)).is_none(), "the other account's stream waits still");
}

#[test]
fn no_more_of_the_owner_wait_for_the_other_trunk_than_may() {
    let limits = Limits { waiting_max: 3, ..Limits::default() };
    let pair = Pair::with(limits, Limits::default());
    for at in 10..12 {
        pair.a.order(Order::OpenStream {
            workload: OWN_NUMBERS_MIN + at,
            trunk: TRUNK,
            account: ACCOUNT,
            is_flow: false,
        });
    }
    open_own(&pair);
    lead_own(&pair, OTHER, TRUNK);
    until(|| (pair.a.account(Account::Tunnel(ACCOUNT)).refused == [(0x80, 1)]).then_some(()));
}

#[test]
fn a_target_is_told_who_connects_from_when_it_is_to_be_told() {
    let mut pair = Pair::start();
    pair.b.prefix = b"who it is".to_vec();
    pair.connect(WINDOW, 10);
    let (listener, target) = target();
    let tunnel = pair.a.listen();
    for tells_principal in [false, true, false] {
        let target = target.clone();
        pair.b.order(Order::SetService {
            service: SERVICE,
            target,
            flow_idle: None,
            tells_principal,
            is_stopped: false,
        });
        let _ = pair.b.figures();
        let mut client = dial(tunnel);
        client.write_all(b"!").unwrap();
        let mut server = accept(&listener);
        let wanted: &[u8] = if tells_principal { b"who it is!" } else { b"!" };
        let mut heard = vec![0; wanted.len()];
        server.read_exact(&mut heard).unwrap();
        assert_eq!(heard, wanted);
    }
}

#[test]
fn a_connection_that_has_had_more_than_the_new_share_is_full_at_its_next_stream_and_once() {
    let pair = Pair::connected();
    let (listener, target) = target();
    pair.b.serve(target);
    let tunnel = pair.a.listen();
    let full = |event: &Event| matches!(event, Event::Full { connection: CONNECTION }).then_some(());
    let next = || {
        let client = dial(tunnel);
        (client, accept(&listener))
    };
    let _three = [next(), next(), next()];
    pair.a.order(Order::SetStreamsPerConnection { streams: 2 });
    assert!(pair.a.poll_event(full).is_none());
    let _fourth = next();
    pair.a.event(full);
    let _fifth = next();
    let _ = pair.a.figures();
    assert!(pair.a.poll_event(full).is_none());
}
