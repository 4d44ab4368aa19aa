//! Streams that the owner of the data thread opens.

use std::io::{Read, Write};
use std::net::Shutdown;
use std::time::Duration;

use crate::support::WINDOW;
use crate::support::end::{CONNECTION, End, Pair, TRUNK, accept, dial, target};
use crate::support::events::is_any_waiting;
use crate::support::peer::Peer;
use crate::support::threads::until;
use florenetes_cluster::limits::{CHUNK_SIZE, OWN_NUMBERS_MIN, OWN_OPENED_MAX};
use florenetes_cluster::{Account, Event, Limits, Order};

/// Streams of the owner are counted as if they were of this tunnel.
const ACCOUNT: u32 = 9;
const FIRST: u32 = OWN_NUMBERS_MIN;
const WORKLOAD_RESET: u64 = 0x01;
const TARGET_DOWN: u64 = 0x02;
const OVER_BUDGET: u64 = 0x08;
const STOPPING: u64 = 0x09;
const NO_ANSWER: u64 = 0x80;
const ANSWER: [u8; 4] = [1, 0, 1, 0];

fn open(end: &End, workload: u32) {
    end.order(Order::OpenStream { workload, trunk: TRUNK, account: ACCOUNT, is_flow: false });
}

fn write(end: &End, workload: u32, bytes: &[u8]) {
    end.order(Order::WriteStream { workload, bytes: bytes.to_vec() });
}

fn reset(end: &End, workload: u32, code: u64) {
    end.order(Order::ResetStream { workload, code, text: String::new() });
}

fn acknowledge_end(end: &End, offset: u64) {
    end.order(Order::AcknowledgeStream { workload: FIRST, offset, is_end: true });
}

fn answered(event: &Event) -> Option<u32> {
    match event {
        Event::StreamAnswered { workload, .. } => Some(*workload),
        _ => None,
    }
}

fn bytes_of(event: &Event) -> Option<Vec<u8>> {
    match event {
        Event::StreamBytes { bytes, .. } => Some(bytes.clone()),
        _ => None,
    }
}

fn ended(event: &Event) -> Option<u32> {
    match event {
        Event::StreamEnded { workload } => Some(*workload),
        _ => None,
    }
}

fn over(event: &Event) -> Option<(u32, u64, String)> {
    match event {
        Event::StreamReset { workload, code, text } => Some((*workload, *code, text.clone())),
        _ => None,
    }
}

fn wait_over(pair: &Pair) {
    until(|| [&pair.a, &pair.b].iter().all(|end| end.figures().memory_held == 0).then_some(()));
}

#[test]
fn bytes_go_both_ways_and_each_half_ends_by_itself() {
    let pair = Pair::connected();
    let (listener, target) = target();
    pair.b.serve(target);
    open(&pair.a, FIRST);
    write(&pair.a, FIRST, b"question");
    pair.a.order(Order::EndStream { workload: FIRST });
    let mut workload = accept(&listener);
    let mut heard = Vec::new();
    workload.read_to_end(&mut heard).unwrap();
    assert_eq!(heard, b"question");
    assert_eq!(pair.a.event(answered), FIRST);
    workload.write_all(b"answer").unwrap();
    workload.shutdown(Shutdown::Write).unwrap();
    assert_eq!(pair.a.event(bytes_of), b"answer");
    assert_eq!(pair.a.event(ended), FIRST);
    pair.a.order(Order::TakeStream { workload: FIRST });
    acknowledge_end(&pair.a, 6);
    wait_over(&pair);
    let counts = pair.a.account(Account::Tunnel(ACCOUNT));
    assert_eq!((counts.open, counts.total, counts.refused, counts.cut), (0, 1, vec![], vec![]));
    assert!(pair.a.poll_event(over).is_none() && pair.a.poll_event(answered).is_none());
    // The number may be used again.
    open(&pair.a, FIRST);
    reset(&pair.a, FIRST, OVER_BUDGET);
    assert_eq!(pair.a.event(over), (FIRST, OVER_BUDGET, String::new()));
    wait_over(&pair);
}

#[test]
fn one_whose_number_is_in_use_does_nothing() {
    let pair = Pair::connected();
    let (listener, target) = target();
    pair.b.serve(target);
    (0..3).for_each(|_| open(&pair.a, FIRST));
    let _workload = accept(&listener);
    assert_eq!(pair.a.event(answered), FIRST);
    assert_eq!(pair.a.account(Account::Tunnel(ACCOUNT)).total, 1);
    assert_eq!(pair.a.connection().streams_open, 1);
}

#[test]
fn the_owner_hears_why_one_is_refused_or_cut() {
    let pair = Pair::connected();
    let (listener, target) = target();
    drop(listener);
    pair.b.serve(target);
    open(&pair.a, FIRST);
    assert_eq!(pair.a.event(over), (FIRST, TARGET_DOWN, String::new()));
    assert_eq!(pair.a.account(Account::Tunnel(ACCOUNT)).refused, [(TARGET_DOWN, 1)]);
    assert!(pair.a.poll_event(answered).is_none());
    let (listener, target) = crate::support::end::target();
    pair.b.serve(target);
    open(&pair.a, FIRST);
    let workload = accept(&listener);
    pair.a.event(answered);
    drop(workload);
    open(&pair.a, FIRST + 1);
    let _workload = accept(&listener);
    pair.a.event(answered);
    pair.a.order(Order::Close { connection: CONNECTION, code: 9, reason: "stopping".into(), is_repeated: false });
    let cut = until(|| pair.a.poll_event(over).filter(|(number, ..)| *number == FIRST + 1));
    assert_eq!(cut, (FIRST + 1, STOPPING, "stopping".into()));
}

#[test]
fn those_without_a_connection_wait_and_say_their_first_bytes_then() {
    let pair = Pair::start();
    let (listener, target) = target();
    pair.b.serve(target);
    for number in 0..3 {
        open(&pair.a, FIRST + number);
        write(&pair.a, FIRST + number, &[b'0' + number as u8; 10]);
    }
    assert!(pair.a.event(is_any_waiting));
    assert_eq!(pair.a.figures().memory_held, 30);
    pair.a.order(Order::EndStream { workload: FIRST });
    reset(&pair.a, FIRST + 1, WORKLOAD_RESET);
    assert_eq!(pair.a.event(over), (FIRST + 1, WORKLOAD_RESET, String::new()));
    // The owner writes out of turn, before the stream is writable again.
    write(&pair.a, FIRST + 2, b"more");
    assert_eq!(pair.a.event(over), (FIRST + 2, WORKLOAD_RESET, String::new()));
    assert_eq!(pair.a.figures().memory_held, 10);
    pair.connect(WINDOW, 1_000);
    let mut workload = accept(&listener);
    let mut heard = Vec::new();
    workload.read_to_end(&mut heard).unwrap();
    assert_eq!(heard, b"0000000000");
    assert_eq!(pair.a.event(answered), FIRST);
    assert!(listener.accept().is_err(), "the others were given up");
    drop(workload);
    assert_eq!(pair.a.event(ended), FIRST);
    acknowledge_end(&pair.a, 0);
    wait_over(&pair);
    assert_eq!(pair.a.account(Account::Tunnel(ACCOUNT)).open, 0);
}

#[test]
fn those_that_wait_too_long_or_find_too_many_are_refused() {
    let limits = Limits { connect_wait: Duration::from_secs(2), waiting_max: 2, ..Limits::default() };
    let pair = Pair::with(limits, Limits::default());
    (0..3).for_each(|number| open(&pair.a, FIRST + number));
    assert_eq!(pair.a.event(over), (FIRST + 2, NO_ANSWER, "too many wait for a handshake".into()));
    for number in 0..2 {
        assert_eq!(pair.a.event(over), (FIRST + number, NO_ANSWER, String::new()));
    }
    (3..5).for_each(|number| open(&pair.a, FIRST + number));
    pair.a.order(Order::RefuseWaiting { trunk: TRUNK, code: STOPPING, text: "it stops".into() });
    for number in 3..5 {
        assert_eq!(pair.a.event(over), (FIRST + number, STOPPING, "it stops".into()));
    }
    let counts = pair.a.account(Account::Tunnel(ACCOUNT));
    assert_eq!((counts.open, counts.total, counts.refused), (0, 5, vec![(NO_ANSWER, 3), (STOPPING, 2)]));
    wait_over(&pair);
}

/// A peer that floods an owner who takes nothing.
#[test]
fn an_owner_that_does_not_take_holds_the_peer_back() {
    let pair = Pair::start();
    let mut peer = Peer::join_as_acceptor(&pair);
    open(&pair.a, FIRST);
    peer.until(&pair, |peer| peer.with(|quic| quic.stream_receive(4, &mut [0; 32])).ok());
    peer.with(|quic| quic.stream_send(4, &ANSWER, false)).unwrap();
    let mut sent = 0;
    until(|| {
        let before = sent;
        for _ in 0..20 {
            while let Ok(length) = peer.with(|quic| quic.stream_send(4, &[5; 16_384], false)) {
                sent += length;
            }
            peer.turn(&pair);
        }
        (sent > 100_000 && sent == before).then_some(())
    });
    assert!(sent <= 2 * CHUNK_SIZE + WINDOW as usize, "{sent}");
    let told: usize = std::iter::from_fn(|| pair.a.poll_event(bytes_of)).map(|bytes| bytes.len()).sum();
    assert!(told <= CHUNK_SIZE, "{told}");
}

/// An acceptor answers, ends and resets as it likes.
#[test]
fn a_peer_that_breaks_a_rule_has_the_stream_cut() {
    const MALFORMED: u64 = 0x07;
    let pair = Pair::start();
    let mut peer = Peer::join_as_acceptor(&pair);
    let cases: [(&[u8], bool, u64); 4] =
        [(&[1, 0, 1, 1], false, MALFORMED), (&[2, 0, 0], false, MALFORMED), (b"", true, MALFORMED), (b"", false, 77)];
    for (number, (bytes, is_end, code)) in cases.into_iter().enumerate() {
        let (workload, stream) = (FIRST + number as u32, 4 + 4 * number as u64);
        open(&pair.a, workload);
        peer.until(&pair, |peer| peer.with(|quic| quic.stream_receive(stream, &mut [0; 32])).ok());
        match bytes.is_empty() && !is_end {
            true => peer.with(|quic| quic.stream_reset(stream, code)),
            false => drop(peer.with(|quic| quic.stream_send(stream, bytes, is_end))),
        }
        assert_eq!(peer.until(&pair, |_| pair.a.poll_event(over)), (workload, code, String::new()));
    }
    until(|| (pair.a.figures().memory_held == 0).then_some(()));
    assert!(pair.a.poll_event(answered).is_none());
}

#[test]
fn streams_that_the_owner_opens_are_bounded() {
    let limits = Limits { waiting_max: 2 * OWN_OPENED_MAX, ..Limits::default() };
    let pair = Pair::with(limits, Limits::default());
    let most = OWN_OPENED_MAX as u32;
    (0..most + 10).for_each(|number| {
        until(|| {
            let order = Order::OpenStream {
                workload: FIRST + number,
                trunk: TRUNK,
                account: ACCOUNT,
                is_flow: number % 2 == 0,
            };
            pair.a.lane.order(order).ok()
        })
    });
    for number in most..most + 10 {
        assert_eq!(
            pair.a.event(over),
            (FIRST + number, OVER_BUDGET, "this process has as many streams as it can".into())
        );
    }
    (0..10).for_each(|number| reset(&pair.a, FIRST + number, WORKLOAD_RESET));
    until(|| {
        let counts = pair.a.account(Account::Tunnel(ACCOUNT));
        (counts.refused == [(OVER_BUDGET, 10), (WORKLOAD_RESET, 10)]).then_some(())
    });
    (0..10).for_each(|number| open(&pair.a, FIRST + number));
    assert_eq!(pair.a.account(Account::Tunnel(ACCOUNT)).refused, [(OVER_BUDGET, 10), (WORKLOAD_RESET, 10)]);
}

/// Workloads behind sockets and the owner share a trunk.
#[test]
fn workloads_of_both_kinds_share_a_connection() {
    let pair = Pair::connected();
    let (listener, target) = target();
    pair.b.serve(target);
    let mut client = dial(pair.a.listen());
    let mut other = accept(&listener);
    open(&pair.a, FIRST);
    let mut workload = accept(&listener);
    client.write_all(b"of a socket").unwrap();
    write(&pair.a, FIRST, b"of the owner");
    let mut heard = [0; 12];
    workload.read_exact(&mut heard).unwrap();
    assert_eq!(&heard, b"of the owner");
    other.read_exact(&mut heard[..11]).unwrap();
    assert_eq!(&heard[..11], b"of a socket");
}
