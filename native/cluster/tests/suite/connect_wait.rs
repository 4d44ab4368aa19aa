//! Workloads that come while no acceptor is reached.

use std::io::{ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream, UdpSocket};
use std::time::{Duration, Instant};

use crate::support::end::{CONNECTION, Pair, TRUNK, TUNNEL, dial, target};
use crate::support::events::is_any_waiting;
use crate::support::threads::until;
use florenetes_cluster::limits::OWN_NUMBERS_MIN;
use florenetes_cluster::{Account, Event, Limits, Order};

const NO_ANSWER: u64 = 0x80;
const SHORT: Duration = Duration::from_millis(200);
/// A time that is longer than any test takes.
const LONG: Duration = Duration::from_secs(3_600);

fn set_wait(pair: &Pair, account: u32, wait: Duration) {
    pair.a.order(Order::SetConnectWait { account, wait });
}

fn set_unreachable(pair: &Pair, is_unreachable: bool) {
    pair.a.order(Order::SetUnreachable { trunk: TRUNK, is_unreachable });
    // The thread answers in order: a workload that dials from now on meets the trunk as it was ordered to be.
    pair.a.figures();
}

/// A pair whose b does not answer on the trunk's connection, and says nothing at all.
fn unanswered() -> (Pair, TcpListener) {
    let limits = Limits { unreachable: Duration::from_millis(100), connect_wait: LONG, ..Limits::default() };
    let pair = Pair::with(limits, limits);
    let (listener, target) = target();
    pair.b.serve(target);
    let [client, _] = crate::support::connected(&pair.ledger, 256 * 1024, 1_000);
    pair.a.adopt(CONNECTION, client, true);
    pair.a.order(Order::SetCurrent { trunk: TRUNK, connection: Some(CONNECTION) });
    (pair, listener)
}

/// How long a client waited for its reset.
fn refused(client: &mut TcpStream, since: Instant) -> Duration {
    assert_eq!(client.read(&mut [0]).unwrap_err().kind(), ErrorKind::ConnectionReset);
    since.elapsed()
}

fn refusals(pair: &Pair, account: u32) -> u64 {
    let refused = pair.a.account(Account::Tunnel(account)).refused;
    assert!(refused.iter().all(|(code, _)| *code == NO_ANSWER), "{refused:?}");
    refused.iter().map(|(_, count)| count).sum()
}

fn listen(pair: &Pair, wait: Duration) -> SocketAddr {
    set_wait(pair, TUNNEL, wait);
    pair.a.listen()
}

#[test]
fn a_stream_that_nobody_answers_is_over_when_its_workload_has_waited() {
    let (pair, _listener) = unanswered();
    let tunnel = listen(&pair, SHORT);
    let begin = Instant::now();
    let mut client = dial(tunnel);
    client.write_all(b"question").unwrap();
    assert!(refused(&mut client, begin) >= SHORT);
    until(|| (refusals(&pair, TUNNEL) == 1).then_some(()));
    let counts = pair.a.account(Account::Tunnel(TUNNEL));
    assert_eq!((counts.open, counts.total), (0, 1));
    assert_eq!((pair.a.connection().streams_open, pair.a.figures().memory_held), (0, 0));
    // Another wait holds for workloads that come from then on.
    let mut patient = dial(tunnel);
    until(|| (pair.a.connection().streams_open == 1).then_some(()));
    set_wait(&pair, TUNNEL, LONG);
    let _more_patient = dial(tunnel);
    refused(&mut patient, begin);
    until(|| (pair.a.connection().streams_open == 1).then_some(()));
}

#[test]
fn a_flow_that_nobody_answers_is_over_too_and_so_is_a_stream_of_the_owner() {
    let (pair, _listener) = unanswered();
    set_wait(&pair, TUNNEL, SHORT);
    let client = UdpSocket::bind("127.0.0.1:0").unwrap();
    client.connect(pair.a.listen_udp()).unwrap();
    client.send(b"x").unwrap();
    until(|| (refusals(&pair, TUNNEL) == 1).then_some(()));
    let account = TUNNEL + 1;
    set_wait(&pair, account, SHORT);
    for (workload, is_flow) in [(OWN_NUMBERS_MIN, false), (OWN_NUMBERS_MIN + 1, true)] {
        pair.a.order(Order::OpenStream { workload, trunk: TRUNK, account, is_flow });
        let code = pair.a.event(|event| match event {
            Event::StreamReset { workload: number, code, .. } => (*number == workload).then_some(*code),
            _ => None,
        });
        assert_eq!(code, NO_ANSWER);
    }
    until(|| (refusals(&pair, account) == 2 && pair.a.figures().memory_held == 0).then_some(()));
}

#[test]
fn an_accepted_stream_goes_on() {
    let limits = Limits { unreachable: Duration::from_millis(50), ..Limits::default() };
    let pair = Pair::with(limits, limits);
    set_wait(&pair, TUNNEL, SHORT);
    pair.connect(256 * 1024, 10);
    let (mut client, mut server) = pair.joined();
    pair.b.set_link(0);
    client.write_all(b"late").unwrap();
    let mut refused_one = TcpStream::connect(client.peer_addr().unwrap()).unwrap();
    refused(&mut refused_one, Instant::now());
    pair.b.set_link(crate::support::end::HANDLE);
    let mut bytes = [0; 4];
    server.read_exact(&mut bytes).unwrap();
    assert_eq!(&bytes, b"late");
    assert_eq!(refusals(&pair, TUNNEL), 1);
}

#[test]
fn who_does_not_wait_is_turned_away_where_nobody_answers() {
    let (pair, _listener) = unanswered();
    let tunnel = listen(&pair, Duration::ZERO);
    let mut first = dial(tunnel);
    assert!(refused(&mut first, Instant::now()) < LONG);
    let mut second = dial(tunnel);
    assert!(refused(&mut second, Instant::now()) < LONG);
    until(|| (refusals(&pair, TUNNEL) == 2).then_some(()));
    assert_eq!(pair.a.connection().streams_opened, 1, "the second was refused at once");
}

#[test]
fn who_does_not_wait_has_a_first_attempt_and_no_other() {
    let limits = Limits { connect_wait: LONG, ..Limits::default() };
    let pair = Pair::with(limits, limits);
    let tunnel = listen(&pair, Duration::ZERO);
    let (other, account) = (TUNNEL + 1, TUNNEL + 2);
    set_wait(&pair, other, Duration::ZERO);
    let mut client = dial(tunnel);
    assert!(pair.a.event(is_any_waiting));
    pair.a.order(Order::OpenStream { workload: OWN_NUMBERS_MIN, trunk: TRUNK, account: other, is_flow: true });
    pair.a.order(Order::OpenStream { workload: OWN_NUMBERS_MIN + 1, trunk: TRUNK, account, is_flow: false });
    set_unreachable(&pair, true);
    refused(&mut client, Instant::now());
    until(|| (refusals(&pair, TUNNEL) == 1 && refusals(&pair, other) == 1).then_some(()));
    assert_eq!(refusals(&pair, account), 0, "it waits for longer");
    let mut late = dial(tunnel);
    refused(&mut late, Instant::now());
    set_unreachable(&pair, false);
    let mut patient = dial(tunnel);
    until(|| (pair.a.figures().workloads_open == 1).then_some(()));
    patient.set_read_timeout(Some(Duration::from_millis(50))).unwrap();
    assert_eq!(patient.read(&mut [0]).unwrap_err().kind(), ErrorKind::WouldBlock);
}

#[test]
fn those_of_one_trunk_wait_as_long_as_their_own_tunnels_say() {
    let pair = Pair::start();
    set_wait(&pair, TUNNEL, LONG);
    let _patient = dial(pair.a.listen());
    assert!(pair.a.event(is_any_waiting));
    let brief = TUNNEL + 1;
    set_wait(&pair, brief, SHORT);
    pair.a.order(Order::OpenStream { workload: OWN_NUMBERS_MIN, trunk: TRUNK, account: brief, is_flow: false });
    until(|| (refusals(&pair, brief) == 1).then_some(()));
    assert_eq!(refusals(&pair, TUNNEL), 0);
}
