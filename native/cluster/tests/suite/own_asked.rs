//! Streams that the owner of the data thread is asked for, and has not answered.

use std::time::Duration;

use crate::support::end::{CONNECTION, End, Pair, SERVICE, TRAFFIC_CLASS};
use crate::support::peer::Peer;
use crate::support::threads::until;
use florenetes_cluster::limits::{OWN_ASKED_MAX, OWN_ASKS_WAITING_MAX};
use florenetes_cluster::{Account, Event, Limits, Order, Target};
use florenetes_engine::StreamError;

const WORKLOAD_RESET: u64 = 0x01;
const TARGET_TIMEOUT: u64 = 0x03;
const OVER_BUDGET: u64 = 0x08;
const OPEN: [u8; 5] = [1, 0, 2, 0, 1];

fn asked(event: &Event) -> Option<u32> {
    match event {
        Event::StreamAsked { workload, service: SERVICE, is_flow: false, .. } => Some(*workload),
        _ => None,
    }
}

fn bytes_of(event: &Event) -> Option<Vec<u8>> {
    match event {
        Event::StreamBytes { bytes, .. } => Some(bytes.clone()),
        _ => None,
    }
}

fn reset(event: &Event) -> Option<u64> {
    match event {
        Event::StreamReset { code, .. } => Some(*code),
        _ => None,
    }
}

fn reset_order(workload: u32) -> Order {
    Order::ResetStream { workload, code: WORKLOAD_RESET, text: String::new() }
}

fn write(end: &End, workload: u32, bytes: &[u8]) {
    end.order(Order::WriteStream { workload, bytes: bytes.to_vec() });
}

fn wait_over(pair: &Pair) {
    until(|| [&pair.a, &pair.b].iter().all(|end| end.figures().memory_held == 0).then_some(()));
}

#[test]
fn the_owner_hears_who_asks_and_may_take_its_time_or_refuse() {
    let pair = Pair::start();
    pair.b.serve(Target::Owner);
    let mut peer = Peer::join(&pair);
    assert!(peer.with(|quic| quic.stream_send(4, &[&OPEN[..], b"question"].concat(), false)).is_ok());
    let (workload, class, who) = peer.until(&pair, |_| {
        pair.b.poll_event(|event| match event {
            Event::StreamAsked { workload, service: SERVICE, is_flow: false, traffic_class, peer, .. } => {
                Some((*workload, *traffic_class, peer.to_string()))
            }
            _ => None,
        })
    });
    assert_eq!((class, who.as_str()), (TRAFFIC_CLASS as u8, "spiffe://mesh.test/peer"));
    let counts = || (pair.b.connection().streams_opening, pair.b.connection().streams_open);
    assert_eq!(counts(), (1, 0));
    // The peer gets nothing before the answer.
    write(&pair.b, workload, b"too soon");
    pair.b.order(Order::EndStream { workload });
    (0..20).for_each(|_| peer.turn(&pair));
    assert_eq!(counts(), (1, 0));
    assert!(peer.with(|quic| quic.stream_receive(4, &mut [0; 9])).is_err());
    pair.b.order(Order::AnswerStream { workload });
    assert_eq!(peer.until(&pair, |_| pair.b.poll_event(bytes_of)), b"question");
    assert_eq!(counts(), (0, 1));
    pair.b.order(Order::AnswerStream { workload });
    pair.b.order(reset_order(workload));

    assert!(peer.with(|quic| quic.stream_send(8, &OPEN, false)).is_ok());
    let workload = peer.until(&pair, |_| pair.b.poll_event(asked));
    pair.b.order(Order::ResetStream { workload, code: OVER_BUDGET, text: "it has too many".into() });
    let refused = peer.until(&pair, |peer| match peer.with(|quic| quic.stream_receive(8, &mut [0; 9])) {
        Err(StreamError::Reset(code)) => Some(code),
        _ => None,
    });
    assert_eq!(refused, OVER_BUDGET);
    assert_eq!(pair.b.account(Account::Service(SERVICE)).refused, [(OVER_BUDGET, 1)]);
    let told = pair.b.event(|event| match event {
        Event::Refused { code, text, .. } => Some((*code, text.clone())),
        _ => None,
    });
    assert_eq!(told, (OVER_BUDGET, "it has too many".into()));
    wait_over(&pair);
}

#[test]
fn an_owner_that_does_not_answer_hears_that_nobody_waits() {
    let limits = Limits { dial: Duration::from_millis(200), ..Limits::default() };
    let pair = Pair::with(Limits::default(), limits);
    pair.b.serve(Target::Owner);
    let mut peer = Peer::join(&pair);
    for (stream, code) in [(4, TARGET_TIMEOUT), (8, WORKLOAD_RESET), (12, 9)] {
        assert!(peer.with(|quic| quic.stream_send(stream, &OPEN, false)).is_ok());
        let workload = peer.until(&pair, |_| pair.b.poll_event(asked));
        match stream {
            8 => peer.with(|quic| quic.stream_reset(8, 1)),
            12 => pair.b.order(Order::Close {
                connection: CONNECTION,
                code: 9,
                reason: String::new(),
                is_repeated: false,
            }),
            _ => {}
        }
        assert_eq!(peer.until(&pair, |_| pair.b.poll_event(reset)), code);
        pair.b.order(Order::AnswerStream { workload });
        wait_over(&pair);
    }
}

#[test]
fn streams_that_the_owner_is_asked_for_are_bounded() {
    let pair = Pair::start();
    pair.b.serve(Target::Owner);
    let mut peer = Peer::join(&pair);
    let refused = || pair.b.figures().accounts.first().map_or(0, |it| it.refused.first().map_or(0, |it| it.1));
    let begin = |peer: &mut Peer, streams: std::ops::Range<u64>| {
        for stream in streams {
            assert!(peer.with(|quic| quic.stream_send(4 * stream, &OPEN, false)).is_ok());
        }
    };
    let come = || pair.b.connection().streams_opening as u64 + pair.b.figures().accounts[0].total;
    // The owner takes no events. A single peer gets half of what may wait, and of all places.
    let waiting = OWN_ASKS_WAITING_MAX as u64 / 2;
    let more = waiting + 100;
    begin(&mut peer, 1..more + 1);
    peer.until(&pair, |_| (come() == more).then_some(()));
    assert_eq!(refused(), 100);
    assert_eq!(pair.b.account(Account::Service(SERVICE)).refused, [(OVER_BUDGET, 100)]);
    // The owner takes all events, answers some, and is asked for no more meanwhile than it may be told of.
    let take_all = || {
        while let Some(workload) = pair.b.poll_event(asked) {
            if workload % 2 == 0 {
                pair.b.order(Order::AnswerStream { workload });
            }
        }
    };
    let held = || pair.b.connection().streams_opening as u64 + pair.b.connection().streams_open as u64;
    let most = OWN_ASKED_MAX as u64 / 2;
    let end = most + 1_000;
    for first in (more + 1..end).step_by(waiting as usize) {
        take_all();
        let next = end.min(first + waiting);
        begin(&mut peer, first..next);
        peer.until(&pair, |_| (held() + refused() == next - 1).then_some(()));
    }
    assert_eq!(held(), most);
    // Other streams may take the places of streams that are over.
    take_all();
    let before = refused();
    (1..=10).for_each(|stream| peer.with(|quic| quic.stream_reset(4 * stream, 1)));
    peer.until(&pair, |_| (held() == most - 10).then_some(()));
    begin(&mut peer, most + 1_000..most + 1_010);
    peer.until(&pair, |_| (held() == most).then_some(()));
    assert_eq!(refused(), before);
}
