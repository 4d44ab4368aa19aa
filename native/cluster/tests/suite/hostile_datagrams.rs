//! Peers in flows that mean no good, or are early: the memory that is kept for them is bounded.

use std::net::UdpSocket;
use std::time::Duration;

use crate::support::connected_without_datagrams;
use crate::support::datagrams::{try_receive, udp, udp_to};
use crate::support::end::{CONNECTION, Pair, TRUNK};
use crate::support::peer::Peer;
use crate::support::threads::until;
use florenetes_cluster::limits::{JOINED_BYTES_MAX, UNOPENED_BYTES_MAX, UNOPENED_MAX};
use florenetes_cluster::{Event, FlowDrops, Limits, Order, Target};

const UNSUPPORTED: u64 = 0x06;
const MALFORMED: u64 = 0x07;
const TARGET_DOWN: u64 = 0x02;
const OPEN_TIMEOUT: u64 = 0x11;

/// The message that begins a flow, and the one that accepts it.
const OPEN: [u8; 5] = [1, 0, 2, 0, 2];
const ANSWER: [u8; 4] = [1, 0, 1, 0];
const END_MARK: [u8; 1] = [0];

/// An originator in the test's hand, and the target of the service that it may open flows to.
fn join(limits: Limits) -> (Pair, Peer, UdpSocket) {
    let pair = Pair::with(limits, limits);
    let target = udp();
    pair.b.serve_udp(&target);
    let peer = Peer::join(&pair);
    (pair, peer, target)
}

fn say(peer: &mut Peer, stream: u64, bytes: &[u8], is_end: bool) {
    assert_eq!(peer.with(|quic| quic.stream_send(stream, bytes, is_end)), Ok(bytes.len()));
}

/// Sends a payload in a DATAGRAM frame.
fn send(peer: &mut Peer, pair: &Pair, payload: &[u8]) {
    while !peer.with(|quic| quic.send_datagram(payload)) {
        peer.turn(pair);
    }
}

fn drops(pair: &Pair) -> FlowDrops {
    pair.b.flows().drops
}

#[test]
fn datagrams_may_come_before_their_open_but_not_many() {
    let (pair, mut peer, target) = join(Limits::default());
    for index in 0..100 {
        send(&mut peer, &pair, &[1, 0, index]);
    }
    peer.until(&pair, |_| (drops(&pair).unknown_flow == 100 - UNOPENED_MAX as u64).then_some(()));
    say(&mut peer, 4, &OPEN, false);
    for index in 0..UNOPENED_MAX as u8 {
        assert_eq!(peer.until(&pair, |_| try_receive(&target)).0, [index]);
    }
    // Datagrams of a flow that does not come are forgotten; so are large datagrams beyond their bound.
    send(&mut peer, &pair, &[33, 0]);
    for _ in 0..UNOPENED_MAX {
        send(&mut peer, &pair, &[&[2, 0], &[7; 3_000][..]].concat());
    }
    let kept = (UNOPENED_BYTES_MAX / 3_002) as u64;
    peer.until(&pair, |_| (drops(&pair).unknown_flow == 100 - kept).then_some(()));
    peer.until(&pair, |_| (drops(&pair).unknown_flow == 101).then_some(()));
    // A flow that has ended does not come again: its datagrams are not kept.
    say(&mut peer, 4, &END_MARK, true);
    peer.until(&pair, |_| (pair.b.flows_open() == 0).then_some(()));
    for _ in 0..100 {
        send(&mut peer, &pair, &[1, 0]);
    }
    peer.until(&pair, |_| (drops(&pair).unknown_flow == 201).then_some(()));
}

#[test]
fn payloads_that_make_no_sense_are_counted() {
    let (pair, mut peer, target) = join(Limits::default());
    say(&mut peer, 4, &OPEN, false);
    let payloads: [&[u8]; 7] =
        [&[], &[1], &[0x41], &[1, 2, 0], &[1, 1, 0, 0, 0, 0, 7], &[1, 1, 0, 0, 2, 1, 7], &[1, 1, 0, 0, 0, 1]];
    for payload in payloads {
        send(&mut peer, &pair, payload);
    }
    peer.until(&pair, |_| (drops(&pair).malformed == payloads.len() as u64).then_some(()));
    // The pieces do not go together.
    for piece in [[1, 1, 0, 0, 0, 2, 7, 7], [1, 1, 0, 0, 1, 3, 7, 7]] {
        send(&mut peer, &pair, &piece);
    }
    peer.until(&pair, |_| (drops(&pair).malformed == payloads.len() as u64 + 1).then_some(()));
    send(&mut peer, &pair, &[1, 0, 42]);
    assert_eq!(peer.until(&pair, |_| try_receive(&target)).0, [42]);
}

#[test]
fn a_connection_that_does_not_cut_takes_no_pieces() {
    let mut pair = Pair::start();
    pair.b.is_uncut = true;
    let target = udp();
    pair.b.serve_udp(&target);
    let mut peer = Peer::join(&pair);
    say(&mut peer, 4, &OPEN, false);
    for payload in [&[1, 1, 0, 0, 0, 1, 7][..], &[1, 1, 0, 0, 1, 1, 7], &[1, 0, 42]] {
        send(&mut peer, &pair, payload);
    }
    assert_eq!(peer.until(&pair, |_| try_receive(&target)).0, [42]);
    assert_eq!(drops(&pair), FlowDrops { malformed: 2, ..FlowDrops::default() });
}

#[test]
fn pieces_that_never_end_are_bounded_and_forgotten() {
    let (pair, mut peer, target) = join(Limits::default());
    const FLOWS: u8 = 50;
    for flow in 1..=FLOWS {
        say(&mut peer, 4 * u64::from(flow), &OPEN, false);
    }
    let mut sent = 0;
    for number in 0..20 {
        for flow in 1..=FLOWS {
            send(&mut peer, &pair, &[&[flow, 1, 0, number, 0, 20], &[9; 1_000][..]].concat());
            sent += 1;
        }
        peer.turn(&pair);
        let memory = pair.b.figures().memory_held;
        assert!(memory <= u64::from(FLOWS) * Limits::default().memory_per_stream + JOINED_BYTES_MAX as u64, "{memory}");
    }
    // The peer does not send datagrams that have waited in it for too long, on a busy machine.
    let sent = peer.until(&pair, |peer| {
        let left = sent - peer.with(|quic| quic.late_datagrams());
        (drops(&pair).unfinished == left).then_some(left)
    });
    peer.until(&pair, |_| {
        (pair.b.figures().memory_held == u64::from(FLOWS) * Limits::default().memory_per_stream).then_some(())
    });
    // The loss of one piece loses its datagram; the next datagram is whole.
    for (number, index, last) in [(30, 0, 2), (30, 2, 2), (31, 1, 1), (31, 0, 1)] {
        send(&mut peer, &pair, &[1, 1, 0, number, index, last, index]);
    }
    assert_eq!(peer.until(&pair, |_| try_receive(&target)).0, [0, 1]);
    peer.until(&pair, |_| (drops(&pair).unfinished == sent + 1).then_some(()));
}

#[test]
fn a_stream_of_a_flow_that_says_more_is_reset() {
    let (pair, mut peer, _target) = join(Limits::default());
    let streams: [(&[u8], bool); 4] = [(&[1], false), (&[], true), (&[0, 0], true), (b"more", true)];
    for (index, (bytes, is_end)) in streams.into_iter().enumerate() {
        say(&mut peer, 4 * (index as u64 + 1), &[&OPEN, bytes].concat(), is_end);
    }
    // The refused stream ends before it has become a flow.
    peer.until(&pair, |_| {
        let account = pair.b.figures().accounts.remove(0);
        (account.refused == [(MALFORMED, 1)] && account.cut == [(MALFORMED, 3)]).then_some(())
    });
    assert_eq!((pair.b.figures().memory_held, pair.b.figures().workloads_open), (0, 0));
    let mut failed = 0;
    until(|| {
        failed += pair.b.poll_event(|event| match event {
            Event::Failed { connection: CONNECTION, streams } => Some(*streams),
            _ => None,
        })?;
        (failed == streams.len() as u64).then_some(())
    });
}

#[test]
fn a_peer_that_does_not_end_what_has_ended_is_not_waited_for() {
    let short = Duration::from_millis(50);
    let (pair, mut peer, target) = join(Limits { open: short, ..Limits::default() });
    pair.b.serve_flows(Target::Addresses(vec![target.local_addr().unwrap()]), short);
    for flow in 1..=20 {
        say(&mut peer, 4 * flow, &OPEN, false);
    }
    peer.until(&pair, |_| (pair.b.figures().accounts[0].cut == [(OPEN_TIMEOUT, 20)]).then_some(()));
    let figures = pair.b.figures();
    assert_eq!((figures.accounts[0].flows.ended_idle, figures.memory_held, figures.workloads_open), (20, 0, 0));
}

#[test]
fn an_acceptor_may_say_what_it_likes() {
    let pair = Pair::start();
    let client = udp_to(pair.a.listen_udp());
    let mut peer = Peer::join_as_acceptor(&pair);
    send(&mut peer, &pair, &[1, 0, 1]);
    peer.until(&pair, |_| (pair.a.flows().drops.unknown_flow == 1).then_some(()));
    let begin = |peer: &mut Peer, stream: u64| {
        client.send(b"x").unwrap();
        let mut open = [0; 9];
        let length = peer.until(&pair, |peer| peer.with(|quic| quic.stream_receive(stream, &mut open)).ok());
        assert_eq!(open[..length.length], OPEN);
    };
    begin(&mut peer, 4);
    // The flow's datagrams may come before its answer; other flows are not known.
    for payload in [[1, 0, 7], [2, 0, 7], [1, 9, 7]] {
        send(&mut peer, &pair, &payload);
    }
    assert_eq!(peer.until(&pair, |_| try_receive(&client)).0, [7]);
    peer.until(&pair, |_| {
        let drops = pair.a.flows().drops;
        (drops.unknown_flow == 2 && drops.malformed == 1).then_some(())
    });
    say(&mut peer, 4, &[&ANSWER[..], &END_MARK].concat(), true);
    peer.until(&pair, |_| (pair.a.flows_open() == 0).then_some(()));
    begin(&mut peer, 8);
    peer.with(|quic| quic.stream_reset(8, TARGET_DOWN));
    peer.until(&pair, |_| (pair.a.figures().accounts[0].refused == [(TARGET_DOWN, 1)]).then_some(()));
    assert_eq!((pair.a.flows_open(), pair.a.figures().memory_held), (0, 0));
}

#[test]
fn flows_need_a_peer_that_knows_datagrams() {
    for end in 0..2 {
        let pair = Pair::start();
        pair.b.serve_udp(&udp());
        let [client, server] = connected_without_datagrams(&pair.ledger, end);
        pair.b.adopt(CONNECTION, server, false);
        let _ = pair.b.figures();
        pair.a.adopt(CONNECTION, client, true);
        pair.a.order(Order::SetCurrent { trunk: TRUNK, connection: Some(CONNECTION) });
        let client = udp_to(pair.a.listen_udp());
        client.send(b"x").unwrap();
        until(|| (pair.a.figures().accounts[0].refused == [(UNSUPPORTED, 1)]).then_some(()));
    }
}

#[test]
fn memory_that_is_short_keeps_no_datagrams() {
    let (pair, mut peer, target) =
        join(Limits { memory_max: Limits::default().memory_per_stream, ..Limits::default() });
    say(&mut peer, 4, &OPEN, false);
    peer.until(&pair, |_| (pair.b.figures().accounts[0].refused.len() == 1).then_some(()));
    let limits = Limits { memory_max: Limits::default().memory_per_stream + 1, ..Limits::default() };
    let (pair, mut peer, other) = join(limits);
    drop(target);
    say(&mut peer, 4, &OPEN, false);
    send(&mut peer, &pair, &[1, 0, 42]);
    let from = peer.until(&pair, |_| try_receive(&other)).1;
    // The memory has room for one byte.
    send(&mut peer, &pair, &[1, 1, 0, 0, 0, 2, 7]);
    peer.until(&pair, |_| (pair.b.figures().memory_held >= limits.memory_max).then_some(()));
    send(&mut peer, &pair, &[1, 1, 0, 2, 0, 2, 7]);
    peer.until(&pair, |_| (drops(&pair).no_room == 1).then_some(()));
    other.send_to(b"answer", from).unwrap();
    peer.until(&pair, |_| (drops(&pair).no_room == 2).then_some(()));
}
