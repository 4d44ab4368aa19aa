//! Originators, strangers and link vertices that mean no good: connections carry on, and what is kept is bounded.

mod support;

use std::time::Duration;

use florenetes_cluster::limits::{CLOSING_FACTOR, EARLY_BYTES_MAX, EARLY_FRAMES_MAX, REFUSALS_WAITING_MAX};
use florenetes_cluster::{Event, Figures, Limits};
use florenetes_engine::CloseCause;
use florenetes_lane::limits::{MESSAGES_WAITING_MAX, STRANGERS_WAITING_MAX};
use florenetes_wire::mesh::write_header;
use support::end::{CONNECTION, HANDLE, Pair, SERVICE_LABEL, accept, dial, target};
use support::peer::Peer;
use support::threads::until;

const UNSUPPORTED: u64 = 0x06;
const MALFORMED: u64 = 0x07;
const OVER_BUDGET: u64 = 0x08;
const OPEN_TIMEOUT: u64 = 0x11;
const TOO_MANY_STREAMS: u64 = 0x12;

/// A packet of nobody's, to the service.
fn stranger(size: usize) -> Vec<u8> {
    let mut packet = vec![0xc0; size];
    write_header(&mut packet, fastrand::u64(..), [SERVICE_LABEL << 12].into_iter(), 32);
    packet
}

fn closed(event: &Event) -> Option<(CloseCause, u64)> {
    match event {
        Event::Closed { connection: CONNECTION, closed } => Some((closed.cause, closed.code)),
        _ => None,
    }
}

fn failed(event: &Event) -> Option<u64> {
    match event {
        Event::Failed { connection: CONNECTION, streams } => Some(*streams),
        _ => None,
    }
}

/// Begins streams with these bytes, from the first on.
fn begin(peer: &mut Peer, count: u64, head: &[u8]) {
    for stream in 1..=count {
        assert_eq!(peer.with(|quic| quic.stream_send(4 * stream, head, false)), Ok(head.len()));
    }
}

/// Waits until so many streams have failed by the peer's own doing.
fn wait_failed(pair: &Pair, peer: &mut Peer, count: u64) {
    let mut so_far = 0;
    peer.until(pair, |_| {
        so_far += pair.b.poll_event(failed).unwrap_or(0);
        (so_far == count).then_some(())
    });
}

#[test]
fn a_flood_of_strangers_is_bounded_while_streams_carry_on() {
    let pair = Pair::connected();
    let (listener, target) = target();
    pair.b.serve(target);
    for _ in 0..40 {
        pair.wire.inject((0..100).map(|_| stranger(200)).collect());
    }
    // The bell is not answered all that time.
    let drops = until(|| Some(pair.b.figures()).filter(|it| it.links[0].packets_delivered >= 4_000)).drops;
    let _client = dial(pair.a.listen());
    let _server = accept(&listener);
    let events = pair.b.lane.take_events();
    let told = events.iter().filter(|event| matches!(event, Event::Packet { .. })).count();
    assert_eq!(told, STRANGERS_WAITING_MAX);
    assert!(drops.packets_untold >= 4_000 - STRANGERS_WAITING_MAX as u64);
}

#[test]
fn a_flood_of_messages_is_bounded() {
    let pair = Pair::start();
    let _ = pair.b.lane.take_events();
    // A link vertex drops messages, too, when its socket is full.
    until(|| {
        pair.wire.message();
        (pair.b.figures().drops.messages_untold > 0).then_some(())
    });
    let is_message = |event: &&Event| matches!(event, Event::Message { .. } | Event::Port { .. });
    assert_eq!(pair.b.lane.take_events().iter().filter(is_message).count(), MESSAGES_WAITING_MAX);
}

#[test]
fn frames_of_no_link_are_few() {
    const SIZE: usize = 2_000;
    let pair = Pair::start();
    let figures = until(|| {
        pair.wire.inject_as(HANDLE + 1, (0..EARLY_FRAMES_MAX).map(|_| stranger(SIZE)).collect());
        Some(pair.b.figures()).filter(|figures| figures.drops.packets_no_link > 0)
    });
    let kept = figures.ports[0].counters.packets_received - figures.drops.packets_no_link;
    assert!(kept as usize * SIZE <= EARLY_BYTES_MAX, "{kept}");
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
    // Nobody has taken any event before this.
    assert_eq!(figures.drops.refusals_untold, 300 - REFUSALS_WAITING_MAX as u64);
    wait_failed(&pair, &mut peer, 300);
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
