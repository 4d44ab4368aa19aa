//! Flows of datagrams whose workload is the owner of the data thread, at either end.

use std::time::Duration;

use crate::support::WINDOW;
use crate::support::datagrams::{receive, udp};
use crate::support::end::{CONNECTION, End, Pair, SERVICE, TRUNK};
use crate::support::events::is_any_waiting;
use crate::support::peer::Peer;
use crate::support::threads::until;
use florenetes_cluster::limits::{
    FLOW_KEPT_MAX, OWN_DATAGRAM_BYTES_WAITING_MAX, OWN_DATAGRAMS_WAITING_MAX, OWN_NUMBERS_MIN,
};
use florenetes_cluster::{Account, Event, FlowFigures, Limits, Order, Target};

const ACCOUNT: u32 = 9;
const FIRST: u32 = OWN_NUMBERS_MIN;
const DONE: u64 = 0x00;
const WORKLOAD_RESET: u64 = 0x01;
const TARGET_DOWN: u64 = 0x02;
const OVER_BUDGET: u64 = 0x08;
const TARGET_TIMEOUT: u64 = 0x03;
const WRONG_KIND: u64 = 0x14;
const NO_ANSWER: u64 = 0x80;
const IDLE: Duration = Duration::from_secs(600);
const OPEN_FLOW: [u8; 5] = [1, 0, 2, 0, 2];
const ANSWER: [u8; 4] = [1, 0, 1, 0];

fn open(end: &End, workload: u32) {
    end.order(Order::OpenStream { workload, trunk: TRUNK, account: ACCOUNT, is_flow: true });
}

fn send(end: &End, workload: u32, bytes: &[u8]) {
    send_all(end, &[(workload, bytes)]);
}

/// Sends datagrams in one order.
fn send_all(end: &End, datagrams: &[(u32, &[u8])]) {
    let head = |workload: u32, length: usize| [&workload.to_be_bytes()[..], &(length as u16).to_be_bytes()].concat();
    let bytes = datagrams.iter().flat_map(|(workload, bytes)| [head(*workload, bytes.len()), bytes.to_vec()].concat());
    end.order(Order::SendDatagrams { bytes: bytes.collect() });
}

fn reset(end: &End, workload: u32, code: u64) {
    end.order(Order::ResetStream { workload, code, text: String::new() });
}

fn asked(event: &Event) -> Option<u32> {
    match event {
        Event::StreamAsked { workload, service: SERVICE, is_flow: true, .. } => Some(*workload),
        _ => None,
    }
}

fn answered(event: &Event) -> Option<u32> {
    match event {
        Event::StreamAnswered { workload, .. } => Some(*workload),
        _ => None,
    }
}

fn datagram(event: &Event) -> Option<(u32, Vec<u8>)> {
    match event {
        Event::Datagrams { workload, bytes } => Some((*workload, bytes[2..].to_vec())),
        _ => None,
    }
}

fn over(event: &Event) -> Option<(u32, u64)> {
    match event {
        Event::StreamReset { workload, code, .. } => Some((*workload, *code)),
        _ => None,
    }
}

fn figures(end: &End, account: Account) -> FlowFigures {
    end.account(account).flows
}

/// A flow between the owners of a and b, and its number at b.
fn joined(pair: &Pair) -> u32 {
    pair.b.serve_flows(Target::Owner, IDLE);
    open(&pair.a, FIRST);
    send(&pair.a, FIRST, b"first");
    let workload = pair.b.event(asked);
    pair.b.order(Order::AnswerStream { workload });
    assert_eq!(pair.a.event(answered), FIRST);
    assert_eq!(pair.b.event(datagram), (workload, b"first".to_vec()), "it was kept");
    workload
}

fn wait_over(pair: &Pair) {
    until(|| [&pair.a, &pair.b].iter().all(|end| end.figures().memory_held == 0).then_some(()));
}

#[test]
fn datagrams_of_any_size_go_both_ways() {
    let pair = Pair::connected();
    let workload = joined(&pair);
    for size in [0, 1, 1_200, 4_000, 65_507] {
        let bytes: Vec<u8> = (0..size).map(|byte| (byte % 251) as u8).collect();
        send(&pair.a, FIRST, &bytes);
        assert!(pair.b.event(datagram) == (workload, bytes.clone()), "{size}");
        send(&pair.b, workload, &bytes);
        assert!(pair.a.event(datagram) == (FIRST, bytes), "{size}");
    }
    let [a, b] = [figures(&pair.a, Account::Tunnel(ACCOUNT)), figures(&pair.b, Account::Service(SERVICE))];
    assert_eq!((a.datagrams_sent, a.datagrams_received, b.datagrams_sent, b.datagrams_received), (6, 5, 5, 6));
    // Several in one order, of which one is of no flow.
    send_all(&pair.a, &[(FIRST, b"1"), (FIRST + 7, b"2"), (FIRST, b""), (FIRST, b"3")]);
    for bytes in [&b"1"[..], b"", b"3"] {
        assert_eq!(pair.b.event(datagram), (workload, bytes.to_vec()));
    }
    assert_eq!([a.drops, b.drops], [FlowFigures::default().drops; 2]);
    // Orders for streams do nothing to a flow.
    pair.a.order(Order::WriteStream { workload: FIRST, bytes: b"x".to_vec() });
    pair.a.order(Order::TakeStream { workload: FIRST });
    pair.a.order(Order::EndStream { workload: FIRST });
    pair.a.order(Order::AnswerStream { workload: FIRST });
    reset(&pair.a, FIRST, DONE);
    assert_eq!((pair.a.event(over), pair.b.event(over)), ((FIRST, DONE), (workload, DONE)));
    wait_over(&pair);
    for (end, account) in [(&pair.a, Account::Tunnel(ACCOUNT)), (&pair.b, Account::Service(SERVICE))] {
        let counts = until(|| Some(end.account(account)).filter(|counts| counts.open == 0));
        assert_eq!((counts.total, counts.refused, counts.cut), (1, vec![], vec![]));
    }
}

#[test]
fn either_owner_ends_or_resets_it_by_its_code() {
    for code in [DONE, OVER_BUDGET] {
        let pair = Pair::connected();
        let workload = joined(&pair);
        reset(&pair.b, workload, code);
        assert_eq!((pair.b.event(over), pair.a.event(over)), ((workload, code), (FIRST, code)));
        send(&pair.a, FIRST, b"late");
        wait_over(&pair);
    }
}

#[test]
fn a_service_of_the_owner_takes_both_kinds_or_streams_alone() {
    let pair = Pair::connected();
    pair.b.serve_flows(Target::Owner, IDLE);
    pair.a.order(Order::OpenStream { workload: FIRST, trunk: TRUNK, account: ACCOUNT, is_flow: false });
    let is_flow = pair.b.event(|event| match event {
        Event::StreamAsked { is_flow, .. } => Some(*is_flow),
        _ => None,
    });
    assert!(!is_flow);
    pair.b.serve(Target::Owner);
    open(&pair.a, FIRST + 1);
    assert_eq!(pair.a.event(over), (FIRST + 1, WRONG_KIND));
}

#[test]
fn an_owner_that_refuses_or_says_nothing_has_it_refused() {
    let limits = Limits { dial: Duration::from_secs(3), ..Limits::default() };
    let pair = Pair::with(Limits::default(), limits);
    pair.connect(WINDOW, 1_000);
    pair.b.serve_flows(Target::Owner, IDLE);
    for code in [TARGET_DOWN, TARGET_TIMEOUT] {
        open(&pair.a, FIRST);
        let workload = pair.b.event(asked);
        if code == TARGET_DOWN {
            send(&pair.a, FIRST, b"waits");
            until(|| (figures(&pair.b, Account::Service(SERVICE)).datagrams_received == 1).then_some(()));
            reset(&pair.b, workload, code);
        }
        assert_eq!((pair.b.event(over), pair.a.event(over)), ((workload, code), (FIRST, code)));
        wait_over(&pair);
    }
    assert_eq!(figures(&pair.b, Account::Service(SERVICE)).drops.no_room, 1);
}

#[test]
fn those_that_are_silent_end() {
    let pair = Pair::connected();
    pair.b.serve_flows(Target::Owner, Duration::from_millis(500));
    open(&pair.a, FIRST);
    let workload = pair.b.event(asked);
    pair.b.order(Order::AnswerStream { workload });
    assert_eq!((pair.b.event(over), pair.a.event(over)), ((workload, DONE), (FIRST, DONE)));
    assert_eq!(figures(&pair.b, Account::Service(SERVICE)).ended_idle, 1);
}

#[test]
fn some_datagrams_wait_with_a_flow_for_its_connection() {
    let limits = Limits { connect_wait: Duration::from_secs(3), ..Limits::default() };
    let pair = Pair::with(limits, Limits::default());
    let target = udp();
    pair.b.serve_udp(&target);
    open(&pair.a, FIRST);
    (0..FLOW_KEPT_MAX + 1).for_each(|number| send(&pair.a, FIRST, &[number as u8]));
    assert!(pair.a.event(is_any_waiting));
    assert_eq!(pair.a.figures().memory_held, FLOW_KEPT_MAX as u64);
    pair.connect(WINDOW, 1_000);
    for number in 0..FLOW_KEPT_MAX {
        assert_eq!(receive(&target).0, [number as u8]);
    }
    let drops = || figures(&pair.a, Account::Tunnel(ACCOUNT)).drops;
    assert_eq!(drops().no_room, 1);
    // A flow that finds no connection is refused together with its datagrams.
    pair.a.order(Order::SetCurrent { trunk: TRUNK, connection: None });
    for number in 1..3 {
        open(&pair.a, FIRST + number);
        send(&pair.a, FIRST + number, b"kept");
    }
    reset(&pair.a, FIRST + 1, DONE);
    assert_eq!(pair.a.event(over), (FIRST + 1, DONE));
    assert_eq!(pair.a.event(over), (FIRST + 2, NO_ANSWER));
    assert_eq!(drops().no_room, 3);
    let counts = pair.a.account(Account::Tunnel(ACCOUNT));
    assert_eq!((counts.open, counts.total, counts.refused), (1, 3, vec![(WORKLOAD_RESET, 1), (NO_ANSWER, 1)]));
}

/// A peer that floods an owner who takes no events.
#[test]
fn datagrams_for_an_owner_that_takes_no_events_are_bounded() {
    let pair = Pair::start();
    let mut peer = Peer::join_as_acceptor(&pair);
    let flows = OWN_DATAGRAM_BYTES_WAITING_MAX / OWN_DATAGRAMS_WAITING_MAX / 1_000 + 10;
    for number in 0..flows as u32 {
        open(&pair.a, FIRST + number);
    }
    let last = 4 * flows as u64;
    peer.until(&pair, |peer| peer.with(|quic| quic.stream_receive(last, &mut [0; 32])).ok());
    let told = || figures(&pair.a, Account::Tunnel(ACCOUNT));
    for flow in 1..=flows as u64 {
        peer.with(|quic| quic.stream_send(4 * flow, &ANSWER, false)).unwrap();
        let head: Vec<u8> = if flow < 64 { vec![flow as u8, 0] } else { vec![0x40, flow as u8, 0] };
        let sent = OWN_DATAGRAMS_WAITING_MAX as u64 + 10;
        let before = told().datagrams_received;
        until(|| {
            peer.with(|quic| _ = quic.send_datagram(&[&head[..], &[1; 1_000]].concat()));
            peer.turn(&pair);
            (told().datagrams_received >= before + sent).then_some(())
        });
    }
    let waiting: Vec<(u32, Vec<u8>)> = std::iter::from_fn(|| pair.a.poll_event(datagram)).collect();
    assert!(waiting.len() * 1_000 <= OWN_DATAGRAM_BYTES_WAITING_MAX, "{}", waiting.len());
    assert_eq!(waiting.iter().filter(|(number, _)| *number == FIRST).count(), OWN_DATAGRAMS_WAITING_MAX);
    assert!(
        waiting.iter().filter(|(number, _)| *number == FIRST + flows as u32 - 1).count() < OWN_DATAGRAMS_WAITING_MAX
    );
    assert_eq!(told().drops.target, told().datagrams_received - waiting.len() as u64);
    // The owner has taken all datagrams, and hears later ones.
    peer.until(&pair, |peer| {
        peer.with(|quic| _ = quic.send_datagram(&[1, 0, 9]));
        pair.a.poll_event(datagram)
    });
}

/// An acceptor sends datagrams of flows that do not exist, on a trunk without a flow: nobody counts them.
#[test]
fn datagrams_where_nobody_has_a_flow_do_no_harm() {
    let pair = Pair::start();
    let mut peer = Peer::join_as_acceptor(&pair);
    for payload in [&b""[..], b"\x01", b"\x01\x00x"] {
        peer.with(|quic| _ = quic.send_datagram(payload));
    }
    (0..20).for_each(|_| peer.turn(&pair));
    assert!(pair.a.figures().accounts.is_empty());
}

#[test]
fn a_flow_that_is_asked_for_and_given_up_is_told() {
    let pair = Pair::start();
    pair.b.serve_flows(Target::Owner, IDLE);
    let mut peer = Peer::join(&pair);
    for (stream, code) in [(4, 1), (8, 9)] {
        peer.with(|quic| _ = quic.send_datagram(&[stream as u8 / 4, 0, 7]));
        assert!(peer.with(|quic| quic.stream_send(stream, &OPEN_FLOW, false)).is_ok());
        let workload = peer.until(&pair, |_| pair.b.poll_event(asked));
        match stream {
            4 => peer.with(|quic| quic.stream_reset(4, 1)),
            _ => pair.b.order(Order::Close {
                connection: CONNECTION,
                code: 9,
                reason: String::new(),
                is_repeated: false,
            }),
        }
        assert_eq!(peer.until(&pair, |_| pair.b.poll_event(over)), (workload, code));
        until(|| (pair.b.figures().memory_held == 0).then_some(()));
    }
}
