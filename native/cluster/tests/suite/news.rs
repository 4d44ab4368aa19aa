//! News that a peer can cause, while the owner stands still.

use std::time::Duration;

use crate::support::end::{CONNECTION, Pair};
use crate::support::peer::Peer;
use crate::support::threads::until;
use florenetes_cluster::{Event, Limits, Order};

fn failed(event: &Event) -> Option<u64> {
    match event {
        Event::Failed { connection: CONNECTION, streams } => Some(*streams),
        _ => None,
    }
}

#[test]
fn failures_of_streams_are_told_together_while_the_owner_stands_still() {
    let pair = Pair::start();
    let mut peer = Peer::join(&pair);
    for stream in 1..=5 {
        assert!(peer.with(|quic| quic.stream_send(4 * stream, &[2, 0, 0], false)).is_ok());
        peer.until(&pair, |_| (pair.b.figures().accounts.first()?.total == stream).then_some(()));
    }
    let mut told = Vec::new();
    until(|| {
        told.extend(pair.b.lane.take_events().iter().filter_map(failed));
        (told.iter().sum::<u64>() == 5).then_some(())
    });
    assert_eq!(told, [1, 4]);
}

#[test]
fn news_of_an_originators_connection_wait_once() {
    let soon = Duration::from_millis(5);
    let limits = Limits { repeat_after: soon, repeat_every: soon, ..Limits::default() };
    let pair = Pair::with(limits, limits);
    let mut peer = Peer::join_as_acceptor(&pair);
    for _ in 0..5 {
        let before = pair.a.connection().quic.packets_received;
        assert!(peer.with(|quic| quic.stream_send(0, &[1, 0, 1, 2], false)).is_ok());
        peer.until(&pair, |_| (pair.a.connection().quic.packets_received > before).then_some(()));
    }
    // The peer answers no more: each packet that is repeated raises a doubt about the path's size.
    let before = pair.a.connection().quic.packets_sent;
    pair.a.order(Order::SendControl { connection: CONNECTION, bytes: vec![1, 0, 1, 9] });
    until(|| (pair.a.connection().quic.packets_sent > before + 5).then_some(()));
    let events = pair.a.lane.take_events();
    let count = |is_it: fn(&Event) -> bool| events.iter().filter(|event| is_it(event)).count();
    assert_eq!(count(|event| matches!(event, Event::Renewal { connection: CONNECTION })), 1);
    assert_eq!(count(|event| matches!(event, Event::SizeDoubt { connection: CONNECTION, .. })), 1);
}

/// The reasons of a peer's pressure, by which the test tells its messages apart.
fn pressure(event: &Event) -> Option<u16> {
    match event {
        Event::Pressure { connection: CONNECTION, pressure } => Some(pressure.reasons),
        _ => None,
    }
}

#[test]
fn what_a_peer_says_of_its_pressure_is_told_once_while_the_owner_stands_still_and_then_what_it_said_last() {
    let pair = Pair::start();
    let mut peer = Peer::join(&pair);
    for reasons in 1..=5 {
        let before = pair.b.connection().quic.packets_received;
        assert!(peer.with(|quic| quic.stream_send(0, &[1, 0, 5, 5, 2, 90, 0, reasons], false)).is_ok());
        peer.until(&pair, |_| (pair.b.connection().quic.packets_received > before).then_some(()));
    }
    let mut told = Vec::new();
    until(|| {
        told.extend(pair.b.lane.take_events().iter().filter_map(pressure));
        (told.last() == Some(&5)).then_some(())
    });
    assert_eq!(told, [1, 5]);
}
