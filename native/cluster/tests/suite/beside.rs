//! Connections whose streams are used up, and those beside them.

use std::collections::VecDeque;
use std::io::{ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream, UdpSocket};
use std::time::Duration;

use crate::support::connected;
use crate::support::end::{CONNECTION, Pair, SERVICE, TRUNK, TUNNEL, accept, dial, target};
use crate::support::threads::until;
use florenetes_cluster::limits::{OWN_NUMBERS_MIN, TRUNK_CONNECTIONS_MAX};
use florenetes_cluster::{Account, Address, Event, Limits, Order, Target};

const STREAM_LIMIT: u64 = 0x83;
const WINDOW: u64 = 256 * 1024;
/// With the control stream, an acceptor that gives credit for three streams takes two of workloads.
const STREAMS_MAX: u64 = 3;
const OWN: u32 = OWN_NUMBERS_MIN + 7;

/// The connection after which the trunk's streams are used up.
fn used_up(event: &Event) -> Option<u32> {
    match event {
        Event::Waiting { trunk: TRUNK, is_any: true, used_up } => *used_up,
        _ => None,
    }
}

fn are_served(event: &Event) -> Option<()> {
    matches!(event, Event::Waiting { trunk: TRUNK, is_any: false, .. }).then_some(())
}

fn opened(pair: &Pair, connection: u32) -> u64 {
    pair.a.connection_of(connection).streams_opened
}

fn refused(pair: &Pair) -> Vec<(u64, u64)> {
    pair.a.account(Account::Tunnel(TUNNEL)).refused
}

/// Gives the trunk one more connection beside the ones that it has.
fn add_beside(pair: &Pair, connections: &[u32]) {
    let [client, server] = connected(&pair.ledger, WINDOW, STREAMS_MAX);
    let last = *connections.last().unwrap();
    pair.b.adopt(last, server, false);
    let _ = pair.b.figures();
    pair.a.adopt(last, client, true);
    pair.a.order(Order::SetBeside { trunk: TRUNK, connections: connections.to_vec() });
    pair.a.order(Order::SetCurrent { trunk: TRUNK, connection: Some(CONNECTION) });
}

/// A pair whose connection takes no further stream, with both ends of its streams, and a workload that waits.
struct Full {
    pair: Pair,
    tunnel: SocketAddr,
    listener: TcpListener,
    open: Vec<(TcpStream, TcpStream)>,
    waiting: TcpStream,
}

fn full(limits: Limits) -> Full {
    let pair = Pair::with(limits, Limits::default());
    let (listener, target) = target();
    pair.b.serve(target);
    let tunnel = pair.a.listen();
    pair.connect(WINDOW, STREAMS_MAX);
    let open = (0..2).map(|_| (dial(tunnel), accept(&listener))).collect();
    let mut waiting = dial(tunnel);
    waiting.write_all(b"third").unwrap();
    assert_eq!(pair.a.event(used_up), CONNECTION);
    assert_eq!(opened(&pair, CONNECTION), 2);
    Full { pair, tunnel, listener, open, waiting }
}

fn assert_joined(client: &mut TcpStream, server: &mut TcpStream) {
    let mut bytes = [0; 5];
    server.read_exact(&mut bytes).unwrap();
    assert_eq!(&bytes, b"third");
    server.write_all(b"reply").unwrap();
    client.read_exact(&mut bytes).unwrap();
    assert_eq!(&bytes, b"reply");
}

#[test]
fn who_finds_all_streams_used_up_waits_and_gets_one_on_the_next_connection() {
    let Full { pair, tunnel, listener, mut open, mut waiting } = full(Limits::default());
    add_beside(&pair, &[CONNECTION + 1]);
    assert_joined(&mut waiting, &mut accept(&listener));
    assert_eq!((opened(&pair, CONNECTION), opened(&pair, CONNECTION + 1)), (2, 1));
    // The first connection has room again, and is preferred.
    drop(open.pop());
    until(|| (pair.a.connection().streams_open == 1).then_some(()));
    let _more = until(|| {
        let more = (dial(tunnel), accept(&listener));
        (opened(&pair, CONNECTION) == 3).then_some(more)
    });
    assert_eq!(refused(&pair), []);
}

#[test]
fn all_connections_are_used_up_when_the_last_one_is_and_that_is_told_anew_for_each() {
    let Full { pair, tunnel, listener, open: _open, waiting: _waiting } = full(Limits::default());
    add_beside(&pair, &[CONNECTION + 1]);
    let _third = accept(&listener);
    let _fourth = (dial(tunnel), accept(&listener));
    let _fifth = dial(tunnel);
    assert_eq!(pair.a.event(used_up), CONNECTION + 1);
    add_beside(&pair, &[CONNECTION + 1, CONNECTION + 2]);
    let _taken = accept(&listener);
    assert_eq!(opened(&pair, CONNECTION + 2), 1);
    // A connection that ends is beside the others no more.
    let close = Order::Close { connection: CONNECTION + 2, code: 0, reason: String::new(), is_repeated: false };
    pair.a.order(close);
    until(|| pair.a.connection_of(CONNECTION + 2).is_closing.then_some(()));
    let _sixth = dial(tunnel);
    assert_eq!(pair.a.event(used_up), CONNECTION + 1);
    assert_eq!(refused(&pair), []);
}

#[test]
fn an_acceptor_that_gives_no_credit_at_all_draws_no_more_than_one_word_for_each_connection() {
    let Full { pair, tunnel, listener: _listener, open: _open, waiting: _waiting } = full(Limits::default());
    let [client, server] = connected(&pair.ledger, WINDOW, 1);
    pair.b.adopt(CONNECTION + 1, server, false);
    pair.a.adopt(CONNECTION + 1, client, true);
    pair.a.order(Order::SetBeside { trunk: TRUNK, connections: vec![CONNECTION + 1] });
    pair.a.order(Order::SetCurrent { trunk: TRUNK, connection: Some(CONNECTION) });
    assert_eq!(pair.a.event(used_up), CONNECTION + 1);
    let _others = [dial(tunnel), dial(tunnel)];
    until(|| (pair.a.figures().workloads_open == 5).then_some(()));
    assert_eq!(pair.a.poll_event(used_up), None, "that they wait is known");
}

#[test]
fn who_waits_gets_a_stream_as_soon_as_another_one_has_ended() {
    let Full { pair, listener, mut open, mut waiting, tunnel: _tunnel } = full(Limits::default());
    drop(open.pop());
    assert_joined(&mut waiting, &mut accept(&listener));
    pair.a.event(are_served);
    assert_eq!((opened(&pair, CONNECTION), refused(&pair)), (3, vec![]));
}

#[test]
fn who_has_waited_for_room_in_vain_is_told_that_streams_are_used_up() {
    let limits = Limits { connect_wait: Duration::from_millis(300), waiting_max: 1, ..Limits::default() };
    let Full { pair, tunnel, listener: _listener, open: _open, mut waiting } = full(limits);
    // No more than one may wait.
    let mut beyond = dial(tunnel);
    for client in [&mut beyond, &mut waiting] {
        assert_eq!(client.read(&mut [0]).unwrap_err().kind(), ErrorKind::ConnectionReset);
    }
    assert_eq!(refused(&pair), [(STREAM_LIMIT, 2)]);
}

#[test]
fn who_does_not_wait_waits_for_one_more_connection_and_not_for_room_on_the_last() {
    let Full { pair, tunnel, listener: _listener, open: _open, waiting: _waiting } = full(Limits::default());
    pair.a.order(Order::SetConnectWait { account: TUNNEL, wait: Duration::ZERO });
    let _waits = dial(tunnel);
    until(|| (pair.a.figures().workloads_open == 4).then_some(()));
    for last in 1..TRUNK_CONNECTIONS_MAX as u32 {
        let [client, server] = connected(&pair.ledger, WINDOW, 1);
        pair.b.adopt(CONNECTION + last, server, false);
        pair.a.adopt(CONNECTION + last, client, true);
        let connections = (1..=last).map(|number| CONNECTION + number).collect();
        pair.a.order(Order::SetBeside { trunk: TRUNK, connections });
        pair.a.order(Order::SetCurrent { trunk: TRUNK, connection: Some(CONNECTION) });
        assert_eq!(pair.a.event(used_up), CONNECTION + last);
    }
    let mut refused_at_once = dial(tunnel);
    assert_eq!(refused_at_once.read(&mut [0]).unwrap_err().kind(), ErrorKind::ConnectionReset);
    assert_eq!(refused(&pair), [(STREAM_LIMIT, 1)]);
}

#[test]
fn flows_of_clients_and_of_the_owner_wait_in_the_same_way() {
    let pair = Pair::start();
    let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
    let target = Target::Addresses(vec![socket.local_addr().unwrap()]);
    let flow_idle = Some(Duration::from_secs(60));
    let order = Order::SetService { service: SERVICE, target, flow_idle, tells_principal: false, is_stopped: false };
    pair.b.order(order);
    let address = Address::Udp("127.0.0.1:0".parse().unwrap());
    pair.a.order(Order::Listen { tunnel: TUNNEL, trunk: TRUNK, address });
    let port = pair.a.event(|event| match event {
        Event::Listening { tunnel: TUNNEL, port } => Some(*port),
        _ => None,
    });
    let clients = (0..4).map(|_| UdpSocket::bind("127.0.0.1:0").unwrap()).collect::<Vec<_>>();
    for (index, client) in clients.iter().enumerate() {
        client.send_to(&[index as u8], ("127.0.0.1", port)).unwrap();
    }
    // All four wait for a connection at first. Two get flows on it, and two wait for the next.
    until(|| (pair.a.account(Account::Tunnel(TUNNEL)).total == 0 && pair.a.figures().memory_held > 0).then_some(()));
    pair.a.order(Order::OpenStream { workload: OWN, trunk: TRUNK, account: TUNNEL, is_flow: true });
    pair.connect(WINDOW, STREAMS_MAX);
    assert_eq!(pair.a.event(used_up), CONNECTION);
    assert_eq!(opened(&pair, CONNECTION), 2);
    add_beside(&pair, &[CONNECTION + 1]);
    let mut heard = [0; 4].map(|_: u8| {
        let mut bytes = [0; 8];
        socket.set_read_timeout(Some(Duration::from_secs(60))).unwrap();
        let (length, _) = socket.recv_from(&mut bytes).unwrap();
        bytes[..length].to_vec()
    });
    heard.sort();
    assert_eq!(heard, [vec![0], vec![1], vec![2], vec![3]]);
    assert_eq!(opened(&pair, CONNECTION + 1), 2);
    assert_eq!(pair.a.event(used_up), CONNECTION + 1);
    add_beside(&pair, &[CONNECTION + 1, CONNECTION + 2]);
    until(|| (opened(&pair, CONNECTION + 2) == 1).then_some(()));
    assert_eq!(refused(&pair), []);
}

#[test]
fn streams_of_the_owner_wait_in_the_same_way() {
    let Full { pair, listener, tunnel: _tunnel, open: _open, waiting: _waiting } = full(Limits::default());
    pair.a.order(Order::OpenStream { workload: OWN, trunk: TRUNK, account: TUNNEL, is_flow: false });
    pair.a.order(Order::OpenStream { workload: OWN + 1, trunk: TRUNK, account: TUNNEL, is_flow: false });
    add_beside(&pair, &[CONNECTION + 1]);
    // The workload has waited for longest, and there is room for one more.
    let _both = [accept(&listener), accept(&listener)];
    assert_eq!(pair.a.event(used_up), CONNECTION + 1);
    add_beside(&pair, &[CONNECTION + 1, CONNECTION + 2]);
    until(|| (opened(&pair, CONNECTION + 2) == 1).then_some(()));
    assert_eq!(refused(&pair), []);
}

#[test]
fn who_is_held_back_is_let_in_on_all_connections_and_the_rest_is_told_of() {
    let Full { pair, tunnel, listener, open: _open, waiting: _waiting } = full(Limits::default());
    add_beside(&pair, &[CONNECTION + 1]);
    let _third = accept(&listener);
    pair.a.order(Order::Hold { trunk: TRUNK, connection: CONNECTION });
    let _held = [dial(tunnel), dial(tunnel)];
    until(|| (pair.a.figures().workloads_open == 5).then_some(()));
    pair.a.order(Order::SetCurrent { trunk: TRUNK, connection: Some(CONNECTION) });
    pair.a.order(Order::Hold { trunk: TRUNK, connection: CONNECTION });
    let _let_in = accept(&listener);
    assert_eq!(pair.a.event(used_up), CONNECTION + 1);
    assert_eq!((opened(&pair, CONNECTION), opened(&pair, CONNECTION + 1)), (2, 2));
}

/// Each round gives back one stream while further workloads come.
#[test]
fn whoever_waits_goes_before_those_that_come_when_room_comes() {
    const ROUNDS: u32 = 40;
    let Full { pair, tunnel, listener, mut open, mut waiting } = full(Limits::default());
    let mut queue = VecDeque::new();
    let mut number = 0_u32;
    let mut come = |queue: &mut VecDeque<TcpStream>| {
        let mut client = dial(tunnel);
        client.write_all(&number.to_be_bytes()).unwrap();
        number += 1;
        queue.push_back(client);
    };
    drop(open.remove(0));
    let mut first = accept(&listener);
    assert_joined(&mut waiting, &mut first);
    open.push((waiting, first));
    come(&mut queue);
    for round in 0..ROUNDS {
        until(|| (pair.a.figures().workloads_open >= 2 + queue.len()).then_some(()));
        drop(open.remove(0));
        for _ in 0..3 {
            come(&mut queue);
        }
        let mut server = accept(&listener);
        let mut bytes = [0; 4];
        server.read_exact(&mut bytes).unwrap();
        assert_eq!(u32::from_be_bytes(bytes), round);
        open.push((queue.pop_front().unwrap(), server));
    }
    assert_eq!(refused(&pair), []);
}

#[test]
fn who_was_let_in_and_found_no_room_is_served_as_soon_as_there_is_room_though_the_connection_is_held_back() {
    let Full { pair, listener, mut open, mut waiting, tunnel: _tunnel } = full(Limits::default());
    for _ in 0..2 {
        pair.a.order(Order::Hold { trunk: TRUNK, connection: CONNECTION });
    }
    let _ = pair.a.figures();
    drop(open.pop());
    assert_joined(&mut waiting, &mut accept(&listener));
    pair.a.event(are_served);
    assert_eq!(refused(&pair), []);
}
