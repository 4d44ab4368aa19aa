//! Congestion control begins anew where packets take another way, but not for a peer that changes its way all the time.

use std::io::{Read, Write};
use std::net::Shutdown;
use std::time::{Duration, Instant};

use crate::support::PAYLOAD;
use crate::support::end::{CONNECTION, End, HANDLE, LINK, Pair, SERVICE_LABEL, target};
use crate::support::peer::Peer;
use crate::support::threads::until;
use florenetes_cluster::{Event, Order, Way};

const OTHER_LINK: u32 = LINK + 1;
const OTHER_HANDLE: u32 = HANDLE + 1;
/// The message that opens a stream.
const OPEN: [u8; 5] = [1, 0, 2, 0, 1];
const STREAM: u64 = 4;
/// The first window of a path: four of its packets.
const WINDOW_FIRST: u64 = 4 * PAYLOAD as u64;
/// The least time between two first windows of an acceptor.
const FOLLOW_INTERVAL: Duration = Duration::from_secs(1);

fn add_links(pair: &Pair) {
    for end in [&pair.a, &pair.b] {
        end.add_link(OTHER_LINK, OTHER_HANDLE);
    }
}

fn other_way() -> Way {
    Way { out_link: Some(OTHER_LINK), words: vec![SERVICE_LABEL << 12] }
}

fn is_over(end: &End, link: u32) -> Option<()> {
    (end.connection().way.out_link == Some(link)).then_some(())
}

fn window(end: &End) -> u64 {
    end.connection().quic.congestion_window
}

#[test]
fn streams_leave_a_dead_link_and_both_ends_begin_anew() {
    const SIZE: usize = 8_000_000;
    let pair = Pair::connected();
    add_links(&pair);
    let (mut client, mut server) = pair.joined();
    let echo = std::thread::spawn(move || {
        let mut bytes = vec![0; 65_536];
        while let Ok(count @ 1..) = server.read(&mut bytes) {
            server.write_all(&bytes[..count]).unwrap();
        }
    });
    let mut writer = client.try_clone().unwrap();
    let bytes: Vec<u8> = (0..SIZE).map(|index| (index % 251) as u8).collect();
    let said = bytes.clone();
    let writing = std::thread::spawn(move || {
        writer.write_all(&said).unwrap();
        writer.shutdown(Shutdown::Write).unwrap();
    });
    let mut heard = vec![0; SIZE];
    client.read_exact(&mut heard[..SIZE / 4]).unwrap();
    until(|| (window(&pair.a) > WINDOW_FIRST && window(&pair.b) > WINDOW_FIRST).then_some(()));

    pair.wire.ask(|passing, _, _| passing.cut_handle = Some(HANDLE));
    pair.a.event(|event| matches!(event, Event::Unanswered { connection: CONNECTION, .. }).then_some(()));
    let before = pair.a.connection();
    // Nothing gets through the other way either, so that the first window stays as it is.
    pair.wire.cut(true);
    pair.a.order(Order::SetWay { connection: CONNECTION, way: other_way() });
    until(|| (window(&pair.a) == WINDOW_FIRST).then_some(()));
    let moved = pair.a.connection();
    assert_eq!((moved.way, moved.payload_max), (other_way(), PAYLOAD));
    let (rtt_ms, former_ms) = (moved.quic.rtt_ms, before.quic.rtt_ms);
    assert!(rtt_ms > 0.0 && rtt_ms <= former_ms, "no guess is shown for a round trip: {rtt_ms} {former_ms}");
    assert!(moved.unanswered >= before.unanswered);
    assert_eq!(moved.quic.packets_lost, before.quic.packets_lost);

    pair.wire.cut(false);
    let since = Instant::now();
    pair.a.event(|event| matches!(event, Event::Answered { connection: CONNECTION }).then_some(()));
    client.read_exact(&mut heard[SIZE / 4..]).unwrap();
    assert!(since.elapsed() < Duration::from_secs(30), "{:?}", since.elapsed());
    assert!(heard == bytes, "nothing is lost, and nothing comes twice");
    is_over(&pair.b, OTHER_LINK).expect("the acceptor follows");
    writing.join().unwrap();
    drop(client);
    echo.join().unwrap();
}

/// An originator in the test's hand, and bytes without end that b sends it.
struct Flapping {
    pair: Pair,
    peer: Peer,
    is_over_other: bool,
}

impl Flapping {
    fn start() -> Self {
        let pair = Pair::start();
        add_links(&pair);
        let mut peer = Peer::join(&pair);
        let (listener, target) = target();
        pair.b.serve(target);
        assert!(peer.with(|quic| quic.stream_send(STREAM, &OPEN, false)).is_ok());
        let mut server = peer.until(&pair, |_| listener.accept().ok()).0;
        std::thread::spawn(move || while server.write_all(&[7; 65_536]).is_ok() {});
        let mut flapping = Self { pair, peer, is_over_other: false };
        flapping.grow(4 * WINDOW_FIRST);
        flapping
    }

    /// Reads what b sends until b's window is so large.
    fn grow(&mut self, least: u64) {
        let pair = &self.pair;
        let mut bytes = vec![0; 65_536];
        let handle = if self.is_over_other { OTHER_HANDLE } else { HANDLE };
        until(|| {
            while self.peer.with(|quic| quic.stream_receive(STREAM, &mut bytes).is_ok_and(|read| read.length > 0)) {}
            let packets = self.peer.packets(pair);
            pair.wire.inject_as(handle, packets);
            (window(&pair.b) >= least).then_some(())
        });
    }

    /// Sends a new packet over the other link than the last one, without any acknowledgement.
    fn flap(&mut self) {
        self.is_over_other = !self.is_over_other;
        let packets = self.peer.ping_anew();
        assert!(!packets.is_empty());
        self.pair.wire.inject_as(if self.is_over_other { OTHER_HANDLE } else { HANDLE }, packets);
    }
}

#[test]
fn an_acceptor_begins_anew_and_then_keeps_its_window_for_a_while() {
    let mut flapping = Flapping::start();
    flapping.flap();
    until(|| is_over(&flapping.pair.b, OTHER_LINK));
    assert_eq!(window(&flapping.pair.b), WINDOW_FIRST);
    // A slow machine may need longer than the interval for what is to happen within it.
    for _ in 0..20 {
        let since = Instant::now();
        flapping.grow(2 * WINDOW_FIRST);
        let before = window(&flapping.pair.b);
        flapping.flap();
        let link = if flapping.is_over_other { OTHER_LINK } else { LINK };
        until(|| is_over(&flapping.pair.b, link));
        let after = window(&flapping.pair.b);
        if since.elapsed() < FOLLOW_INTERVAL / 2 && before >= 2 * WINDOW_FIRST {
            assert!(after >= WINDOW_FIRST, "{before} {after}");
            if after == before {
                return;
            }
        }
    }
    panic!("the window never stays");
}

#[test]
fn who_changes_its_way_a_thousand_times_gets_no_window_each_time() {
    let mut flapping = Flapping::start();
    let before = flapping.pair.b.connection().quic;
    let since = Instant::now();
    for _ in 0..1_000 {
        flapping.flap();
    }
    let last = flapping.is_over_other;
    until(|| is_over(&flapping.pair.b, if last { OTHER_LINK } else { LINK }));
    let after = flapping.pair.b.connection().quic;
    let seconds = since.elapsed().as_secs() + 2;
    let sent = after.bytes_sent - before.bytes_sent;
    // An acknowledgement for each packet, one first window, as nothing is acknowledged, and the former window.
    let acknowledgements = 1_000 * 200;
    let most = acknowledgements + before.congestion_window + WINDOW_FIRST + seconds * 10 * u64::from(PAYLOAD);
    assert!(sent < most, "{sent} of {most} in {seconds} s");
}

#[test]
fn copies_that_come_another_way_turn_no_answers() {
    let pair = Pair::start();
    add_links(&pair);
    let mut peer = Peer::join(&pair);
    for _ in 0..10 {
        peer.with(|quic| quic.ping());
        let packets = peer.packets(&pair);
        assert!(!packets.is_empty());
        let received = pair.b.connection().quic.packets_received;
        pair.wire.inject_as(HANDLE, packets.clone());
        until(|| (pair.b.connection().quic.packets_received > received).then_some(()));
        pair.wire.inject_as(OTHER_HANDLE, packets);
    }
    let bytes = pair.b.figures().links.iter().find(|link| link.link == OTHER_LINK).map(|link| link.packets_sent);
    assert_eq!(bytes, Some(0));
    is_over(&pair.b, LINK).expect("it stays where it is");
}
