//! Originators that mean no good: the memory that is kept for them is bounded.

use std::io::{ErrorKind, Read};
use std::time::Duration;

use crate::support::end::{CONNECTION, Pair, SERVICE, TRUNK, dial, settings, target};
use crate::support::events::{closed, left};
use crate::support::peer::Peer;
use crate::support::threads::until;
use crate::support::{PAYLOAD, WINDOW, connected};
use florenetes_cluster::limits::{CLOSING_FACTOR, CONTROL_WAITING_MAX, REFUSALS_WAITING_MAX};
use florenetes_cluster::{Event, Figures, Limits, Order, Settings, Target};
use florenetes_engine::{CloseCause, Guarded, ProcessLedger};

const UNSUPPORTED: u64 = 0x06;
const MALFORMED: u64 = 0x07;
const OVER_BUDGET: u64 = 0x08;
const STOPPING: u64 = 0x09;
const OPEN_TIMEOUT: u64 = 0x11;
const TOO_MANY_STREAMS: u64 = 0x12;

/// The message that begins a stream to the target.
const OPEN: [u8; 5] = [1, 0, 2, 0, 1];

fn refused(event: &Event) -> Option<u64> {
    match event {
        Event::Refused { code, .. } => Some(*code),
        _ => None,
    }
}

fn failed(event: &Event) -> Option<u64> {
    match event {
        Event::Failed { connection: CONNECTION, streams } => Some(*streams),
        _ => None,
    }
}

fn few_workloads(workloads_max: usize) -> Settings {
    Settings { workloads_max, ..settings(Limits::default()) }
}

/// Begins streams, from the first one on; each begins with these bytes.
fn begin(peer: &mut Peer, count: u64, head: &[u8]) {
    for stream in 1..=count {
        assert_eq!(peer.with(|quic| quic.stream_send(4 * stream, head, false)), Ok(head.len()));
    }
}

/// Waits until this many streams have failed by the peer's own doing.
fn wait_failed(pair: &Pair, peer: &mut Peer, count: u64) {
    let mut so_far = 0;
    peer.until(pair, |_| {
        so_far += pair.b.poll_event(failed).unwrap_or(0);
        (so_far == count).then_some(())
    });
}

#[test]
fn streams_that_begin_and_say_nothing_are_given_up() {
    let limits = Limits { open: Duration::from_millis(50), ..Limits::default() };
    let pair = Pair::with(limits, limits);
    let mut peer = Peer::join(&pair);
    begin(&mut peer, 300, &[1]);
    let figures = peer.until(&pair, |_| {
        let is_over =
            |figures: &Figures| figures.accounts.first().is_some_and(|it| it.refused == [(OPEN_TIMEOUT, 300)]);
        Some(pair.b.figures()).filter(is_over)
    });
    assert_eq!(figures.memory_held, 0);
    // The owner has taken no event so far.
    assert_eq!(figures.drops.refusals_untold, 300 - REFUSALS_WAITING_MAX as u64);
    wait_failed(&pair, &mut peer, 300);
}

#[test]
fn streams_that_say_more_before_it_is_their_turn_begin_once() {
    const STREAMS: u64 = 300;
    let limits = Limits { opens_per_turn: 1, ..Limits::default() };
    let pair = Pair::with(limits, limits);
    let (listener, target) = target();
    pair.b.serve(target);
    let mut peer = Peer::join(&pair);
    begin(&mut peer, STREAMS, &OPEN);
    for _ in 0..20 {
        peer.turn(&pair);
        begin(&mut peer, STREAMS, b"m");
    }
    let mut servers = Vec::new();
    let mut said = 0;
    peer.until(&pair, |_| {
        servers.extend(listener.accept().map(|(server, _)| server));
        for server in &mut servers {
            server.set_nonblocking(true).unwrap();
            match server.read(&mut [0; 20]) {
                Ok(length) => said += length,
                Err(error) => assert_eq!(error.kind(), ErrorKind::WouldBlock),
            }
        }
        (said as u64 == 20 * STREAMS).then_some(())
    });
    let connection = pair.b.connection();
    assert_eq!((connection.streams_opened, connection.streams_opening), (STREAMS, 0));
}

#[test]
fn an_open_that_makes_no_sense_is_refused_and_counts_against_the_peer() {
    for (head, code) in [(&[1, 0, 1, 0][..], MALFORMED), (&[1, 0, 2, 0, 9], UNSUPPORTED), (&[2, 0, 0], UNSUPPORTED)] {
        let pair = Pair::start();
        let mut peer = Peer::join(&pair);
        begin(&mut peer, 3, head);
        wait_failed(&pair, &mut peer, 3);
        assert_eq!(pair.b.figures().accounts[0].refused, [(code, 3)], "{head:?}");
    }
}

#[test]
fn streams_are_refused_where_memory_is_short() {
    let limits = Limits { memory_max: 5 * Limits::default().memory_per_stream, ..Limits::default() };
    let pair = Pair::with(limits, limits);
    let mut peer = Peer::join(&pair);
    begin(&mut peer, 50, &[1]);
    peer.until(&pair, |_| {
        let figures = pair.b.figures();
        let refused = figures.accounts.first().and_then(|account| account.refused.first().copied());
        refused.filter(|refused| *refused == (OVER_BUDGET, 46))
    });
    assert!(pair.b.figures().memory_held < limits.memory_max);
}

#[test]
fn workloads_are_refused_where_descriptors_are_short() {
    let pair = Pair::of([few_workloads(2); 2], ProcessLedger::default());
    let tunnel = pair.a.listen();
    let clients = [dial(tunnel), dial(tunnel)];
    until(|| (pair.a.figures().workloads_open == 2).then_some(()));
    let mut third = dial(tunnel);
    assert_eq!(third.read(&mut [0]).unwrap_err().kind(), ErrorKind::ConnectionReset);
    assert_eq!(pair.a.event(refused), OVER_BUDGET);
    pair.a.order(Order::RefuseWaiting { trunk: TRUNK, code: STOPPING, text: String::new() });
    drop(clients);
    let _fourth = dial(tunnel);
    until(|| (pair.a.figures().workloads_open == 1).then_some(()));
}

#[test]
fn targets_are_not_dialled_where_descriptors_are_short() {
    for is_named in [false, true] {
        let pair = Pair::of([few_workloads(3); 2], ProcessLedger::default());
        let (listener, target) = target();
        let Target::Addresses(addresses) = target.clone() else { unreachable!() };
        pair.b.serve(if is_named { Target::Name } else { target });
        let mut peer = Peer::join(&pair);
        begin(&mut peer, 5, &OPEN);
        if is_named {
            // All five streams wait for one answer, and none has a socket yet.
            peer.until(&pair, |_| (pair.b.connection().streams_opening == 5).then_some(()));
            pair.b.order(Order::Resolved { service: SERVICE, addresses: Ok(addresses) });
        }
        let refused = peer.until(&pair, |_| pair.b.figures().accounts.first()?.refused.first().copied());
        let figures = peer.until(&pair, |_| Some(pair.b.figures()).filter(|it| it.accounts[0].total == 5));
        assert_eq!((refused.0, figures.workloads_open), (OVER_BUDGET, 3));
        assert_eq!(figures.accounts[0].refused, [(OVER_BUDGET, 2)]);
        drop(listener);
    }
}

#[test]
fn who_opens_more_streams_than_its_share_is_asked_to_renew_and_then_closed() {
    let limits = Limits { streams_per_connection: 4, ..Limits::default() };
    let pair = Pair::with(limits, limits);
    let mut peer = Peer::join(&pair);
    begin(&mut peer, 6, &[1]);
    let mut message = [0; 10];
    let length = peer.until(&pair, |peer| peer.with(|quic| quic.stream_receive(0, &mut message)).ok());
    assert_eq!(message[..length.length], [1, 0, 1, 2], "RENEW");
    assert!(pair.b.poll_event(closed).is_none());
    begin(&mut peer, CLOSING_FACTOR * 4 + 1, &[0]);
    assert_eq!(peer.until(&pair, |_| pair.b.poll_event(closed)), (CloseCause::Local, TOO_MANY_STREAMS));
}

#[test]
fn a_control_stream_that_ends_or_makes_no_sense_is_the_end() {
    for (message, is_end, code) in
        [(&[9, 0, 0][..], false, UNSUPPORTED), (&[1, 255, 255], false, UNSUPPORTED), (&[1], true, MALFORMED)]
    {
        let pair = Pair::start();
        let mut peer = Peer::join(&pair);
        assert!(peer.with(|quic| quic.stream_send(0, message, is_end)).is_ok());
        assert_eq!(peer.until(&pair, |_| pair.b.poll_event(closed)), (CloseCause::Local, code), "{message:?}");
    }
}

#[test]
fn control_messages_that_are_never_read_are_the_end() {
    let stop = [1, 0, 11, 1, 0, 0, 0, 0, 0, 0, 0, 8, 0, 1];
    let pair = Pair::start();
    let mut peer = Peer::join(&pair);
    let send = |count: usize| {
        let before = pair.b.connection().quic.bytes_sent;
        pair.b.order(Order::SendControl { connection: CONNECTION, bytes: stop.repeat(count) });
        before
    };
    // The bytes are all that the peer gives credit for, and all that may wait behind them.
    let credit = WINDOW as usize / stop.len();
    for count in [1_000].repeat(credit / 1_000).into_iter().chain([credit % 1_000]) {
        let before = send(count);
        peer.until(&pair, |_| {
            let it = pair.b.connection();
            (it.quic.bytes_sent >= before + (stop.len() * count) as u64 && !it.is_in_flight).then_some(())
        });
    }
    send(CONTROL_WAITING_MAX / stop.len());
    for _ in 0..3 {
        peer.turn(&pair);
        assert!(pair.b.poll_event(closed).is_none());
    }
    send(2);
    assert_eq!(peer.until(&pair, |_| pair.b.poll_event(closed)), (CloseCause::Local, OVER_BUDGET));
}

#[test]
fn messages_about_streams_that_are_not_there_are_nothing() {
    let pair = Pair::start();
    let mut peer = Peer::join(&pair);
    let stop = [1, 0, 11, 1, 0, 0, 0, 0, 0, 0, 0, 8, 0, 1];
    for _ in 0..2_000 {
        assert!(peer.with(|quic| quic.stream_send(0, &stop, false)).is_ok());
    }
    begin(&mut peer, 1, &[2, 0, 0]);
    wait_failed(&pair, &mut peer, 1);
    assert!(pair.b.poll_event(closed).is_none());
}

#[test]
fn who_hides_most_of_all_goes_though_it_is_silent() {
    /// The bytes that a stream costs that was passed over, and the number of such streams of a connection.
    const COST: u64 = 192;
    const STREAMS: u64 = 1_000;
    let never = Duration::from_secs(3_600);
    let limits = Limits {
        ping_idle: never,
        ping_path: never,
        ping_busy: never,
        silence: 2 * never,
        open: never,
        ..Limits::default()
    };
    let pair = Pair::of([settings(limits); 2], ProcessLedger::with_max(COST * STREAMS * 3 / 2));
    let mut peer = Peer::join(&pair);
    begin_last(&mut peer.connection, STREAMS);
    let before = pair.b.connection().quic.packets_received;
    // The last packet has been acknowledged, so that nothing more is to be done for the connection.
    peer.until(&pair, |_| {
        let figures = pair.b.connection();
        (figures.quic.packets_received > before && !figures.is_in_flight).then_some(())
    });
    assert!(pair.b.poll_event(closed).is_none());
    // Another connection of the process hides less, and all together hide too much.
    let [mut client, mut server] = connected(&pair.ledger, 256 * 1024, 10_000);
    begin_last(&mut client, STREAMS - 100);
    let mut out = [0; PAYLOAD as usize];
    let length = client.with(0, |quic| quic.poll_transmit(&mut out, 30.0));
    server.with((), |quic| quic.handle_datagram(&out[..length], 30.0));
    assert_eq!(pair.b.event(closed).0, CloseCause::Local);
    assert!(server.poll_event().is_none());
}

/// Begins a stream, and passes over all below it.
fn begin_last(originator: &mut Guarded, streams: u64) {
    assert_eq!(originator.with(None, |quic| quic.stream_send(4 * streams, &[1], false).ok()), Some(1));
}

#[test]
fn a_stream_that_was_stopped_does_not_begin_again() {
    let pair = Pair::start();
    pair.b.serve(Target::Name);
    let mut peer = Peer::join(&pair);
    begin(&mut peer, 1, &OPEN);
    peer.until(&pair, |_| (pair.b.connection().streams_opening == 1).then_some(()));
    let stop = [1, 0, 11, 1, 0, 0, 0, 0, 0, 0, 0, 4, 0, 1];
    assert!(peer.with(|quic| quic.stream_send(0, &stop, false)).is_ok());
    assert!(peer.with(|quic| quic.stream_send(4, &OPEN, false)).is_ok());
    wait_failed(&pair, &mut peer, 1);
    assert!(peer.with(|quic| quic.stream_send(8, &[2, 0, 0], false)).is_ok());
    wait_failed(&pair, &mut peer, 1);
    assert_eq!(pair.b.connection().streams_opening, 0);
}

/// A peer that closes or breaks a connection whose streams have not lasted has lost the streams by its own doing; so has a former life of the peer.
#[test]
fn streams_that_end_with_their_connection_before_they_have_lasted_count_against_the_peer() {
    const STREAMS: u64 = 20;
    type Ending = fn(&Pair, &mut Peer);
    let by_peer: Ending = |pair, peer| {
        peer.with(|quic| quic.close(0, ""));
        peer.turn(pair);
    };
    let by_breach: Ending = |_, peer| {
        peer.with(|quic| quic.stream_send(0, &[], true)).unwrap();
    };
    fn order(code: u64) -> Order {
        Order::Close { connection: CONNECTION, code, reason: String::new(), is_repeated: false }
    }
    let by_successor: Ending = |pair, _| pair.b.order(order(0x0b));
    let by_owner: Ending = |pair, _| pair.b.order(order(STOPPING));
    for (end, count) in [(by_peer, STREAMS), (by_breach, STREAMS), (by_successor, STREAMS), (by_owner, 0)] {
        let pair = Pair::start();
        pair.b.serve(Target::Owner);
        let mut peer = Peer::join(&pair);
        begin(&mut peer, STREAMS, &OPEN);
        peer.until(&pair, |_| (pair.b.connection().streams_opening as u64 == STREAMS).then_some(()));
        end(&pair, &mut peer);
        peer.until(&pair, |_| pair.b.figures().connections.iter().all(|it| it.is_closing).then_some(()));
        if count > 0 {
            assert_eq!(pair.b.event(failed), count);
        }
        // Each event about the connection has come before its last one.
        pair.b.event(left);
        assert_eq!(pair.b.poll_event(failed), None);
    }
    let limits = Limits { open: Duration::from_millis(1), ..Limits::default() };
    let pair = Pair::with(limits, limits);
    let (listener, target) = target();
    pair.b.serve(target);
    let mut peer = Peer::join(&pair);
    begin(&mut peer, 1, &OPEN);
    let server = peer.until(&pair, |_| listener.accept().ok());
    peer.until(&pair, |_| (pair.b.connection().streams_open == 1).then_some(()));
    std::thread::sleep(2 * limits.open);
    peer.with(|quic| quic.close(0, ""));
    peer.until(&pair, |_| pair.b.poll_event(closed));
    assert_eq!(pair.b.poll_event(failed), None);
    drop(server);
}
