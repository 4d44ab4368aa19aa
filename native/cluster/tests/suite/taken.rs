//! The ends of a stream tell each other how much their workloads have taken.

use std::io::{ErrorKind, Read, Write};
use std::net::Shutdown;

use crate::support::end::{Pair, SERVICE, TRUNK, accept, target};
use crate::support::peer::Peer;
use crate::support::threads::until;
use florenetes_cluster::limits::{CHUNK_SIZE, OWN_NUMBERS_MIN};
use florenetes_cluster::{Account, Event, Limits, Order, Target};

const FIRST: u32 = OWN_NUMBERS_MIN;
const MALFORMED: u64 = 0x07;
const OPEN: &[u8] = &[1, 0, 2, 0, 1];
const OPEN_ASKING: &[u8] = &[1, 0, 3, 0, 1, 1];
const ANSWER: &[u8] = &[1, 0, 1, 0];
const ANSWER_TELLING: &[u8] = &[1, 0, 2, 0, 1];

fn message(stream: u64, offset: u64, is_end: bool) -> Vec<u8> {
    [&[1, 0, 18, 9], &stream.to_be_bytes()[..], &offset.to_be_bytes(), &[u8::from(is_end)]].concat()
}

fn taken(event: &Event) -> Option<(u64, bool)> {
    match event {
        Event::StreamTaken { offset, is_end, .. } => Some((*offset, *is_end)),
        _ => None,
    }
}

fn reset(event: &Event) -> Option<u64> {
    match event {
        Event::StreamReset { code, .. } => Some(*code),
        _ => None,
    }
}

fn asked(event: &Event) -> Option<(u32, bool)> {
    match event {
        Event::StreamAsked { workload, tells_taken, .. } => Some((*workload, *tells_taken)),
        _ => None,
    }
}

fn bytes_of(event: &Event) -> Option<usize> {
    match event {
        Event::StreamBytes { bytes, .. } => Some(bytes.len()),
        _ => None,
    }
}

fn is_writable(event: &Event) -> Option<()> {
    matches!(event, Event::StreamWritable { .. }).then_some(())
}

fn acknowledge(workload: u32, offset: u64, is_end: bool) -> Order {
    Order::AcknowledgeStream { workload, offset, is_end }
}

fn open(pair: &Pair) {
    pair.a.order(Order::OpenStream { workload: FIRST, trunk: TRUNK, account: 9, is_flow: false });
}

/// Whether the far end tells what is taken, from the answer to a stream of a's owner.
fn answered(event: &Event) -> Option<bool> {
    match event {
        Event::StreamAnswered { tells_taken, .. } => Some(*tells_taken),
        _ => None,
    }
}

#[test]
fn a_socket_that_is_not_read_takes_what_fits_and_the_rest_when_it_is() {
    let pair = Pair::connected();
    let (listener, target) = target();
    pair.b.serve(target);
    open(&pair);
    let mut workload = accept(&listener);
    assert!(pair.a.event(answered));
    // The owner writes more than the sockets' buffers take.
    let write = || pair.a.order(Order::WriteStream { workload: FIRST, bytes: vec![7; CHUNK_SIZE] });
    let mut said = 0;
    let mut last = 0;
    write();
    while said < 400 * CHUNK_SIZE && pair.b.figures().memory_held <= 64 * 1024 {
        if pair.a.poll_event(is_writable).is_some() {
            said += CHUNK_SIZE;
            write();
        }
        last = pair.a.poll_event(taken).map_or(last, |(offset, _)| offset);
    }
    assert!(said < 400 * CHUNK_SIZE, "the buffers of sockets end somewhere");
    assert!(last < said as u64 + CHUNK_SIZE as u64);
    pair.a.event(is_writable);
    said += CHUNK_SIZE;
    pair.a.order(Order::EndStream { workload: FIRST });
    let mut heard = 0;
    let mut chunk = vec![0; CHUNK_SIZE];
    while heard < said {
        heard += workload.read(&mut chunk).unwrap();
    }
    assert_eq!(workload.read(&mut chunk).unwrap(), 0);
    until(|| pair.a.poll_event(taken).filter(|last| *last == (said as u64, true)));
    assert_eq!(pair.a.connection().streams_open, 1, "the other half goes on");
    workload.write_all(b"answer").unwrap();
    workload.shutdown(Shutdown::Write).unwrap();
    assert_eq!(pair.a.event(bytes_of), 6);
    pair.a.order(acknowledge(FIRST, 6, false));
    // The stream there ends, as its owner has nothing left to learn.
    until(|| (pair.b.connection().streams_open == 0).then_some(()));
    pair.a.event(|event| matches!(event, Event::StreamEnded { .. }).then_some(()));
    assert_eq!(pair.a.connection().streams_open, 1, "the end was not taken");
    pair.a.order(acknowledge(FIRST, 6, true));
    until(|| (pair.a.figures().memory_held + pair.b.figures().memory_held == 0).then_some(()));
    assert!(pair.a.poll_event(reset).is_none());
}

#[test]
fn owners_at_both_ends_hear_of_each_others_workloads() {
    let pair = Pair::connected();
    pair.b.serve(Target::Owner);
    open(&pair);
    let (number, tells_taken) = pair.b.event(asked);
    assert!(tells_taken);
    pair.b.order(Order::AnswerStream { workload: number });
    assert!(pair.a.event(answered));
    pair.a.order(Order::WriteStream { workload: FIRST, bytes: b"question".to_vec() });
    pair.a.order(Order::EndStream { workload: FIRST });
    assert_eq!(pair.b.event(bytes_of), 8);
    pair.b.order(Order::TakeStream { workload: number });
    pair.b.order(Order::EndStream { workload: number });
    pair.a.event(|event| matches!(event, Event::StreamEnded { .. }).then_some(()));
    assert!(pair.a.poll_event(taken).is_none(), "it was heard, and not acknowledged");
    // A part of the bytes is not worth a message.
    pair.b.order(acknowledge(number, 5, false));
    pair.b.order(acknowledge(number, 8, false));
    assert_eq!(pair.a.event(taken), (8, false));
    assert_eq!([pair.a.connection().streams_open, pair.b.connection().streams_open], [1, 1]);
    let usual = Limits::default().memory_per_stream;
    assert_eq!([pair.a.figures().memory_held, pair.b.figures().memory_held], [usual; 2], "they are charged for");
    pair.b.order(acknowledge(number, 8, true));
    pair.a.order(acknowledge(FIRST, 0, true));
    assert_eq!(pair.a.event(taken), (8, true));
    assert_eq!(pair.b.event(taken), (0, true));
    until(|| (pair.a.figures().memory_held + pair.b.figures().memory_held == 0).then_some(()));
    assert!(pair.a.poll_event(reset).is_none() && pair.b.poll_event(reset).is_none());
}

#[test]
fn a_stream_whose_end_was_not_taken_may_still_be_reset() {
    let pair = Pair::connected();
    pair.b.serve(Target::Owner);
    open(&pair);
    let (number, _) = pair.b.event(asked);
    pair.b.order(Order::AnswerStream { workload: number });
    pair.a.order(Order::EndStream { workload: FIRST });
    pair.b.order(Order::EndStream { workload: number });
    for end in [&pair.a, &pair.b] {
        end.event(|event| matches!(event, Event::StreamEnded { .. }).then_some(()));
    }
    pair.b.order(Order::ResetStream { workload: number, code: 1, text: String::new() });
    assert_eq!(pair.b.event(reset), 1);
    assert_eq!(pair.a.event(reset), 1);
    until(|| (pair.a.figures().memory_held + pair.b.figures().memory_held == 0).then_some(()));
}

/// A peer that has asked b's owner for a stream, on which the owner has written five bytes.
fn begun(pair: &Pair, open: &[u8], answer: &[u8]) -> (Peer, u32) {
    let mut peer = Peer::join(pair);
    pair.b.serve(Target::Owner);
    assert!(peer.with(|quic| quic.stream_send(4, open, false)).is_ok());
    let (number, tells_taken) = peer.until(pair, |_| pair.b.poll_event(asked));
    assert_eq!(tells_taken, answer == ANSWER_TELLING);
    pair.b.order(Order::AnswerStream { workload: number });
    pair.b.order(Order::WriteStream { workload: number, bytes: b"hello".to_vec() });
    let mut heard = Vec::new();
    peer.until(pair, |peer| {
        let mut chunk = [0; 32];
        while let Ok(received) = peer.with(|quic| quic.stream_receive(4, &mut chunk)) {
            heard.extend_from_slice(&chunk[..received.length]);
        }
        (heard.len() == answer.len() + 5).then_some(())
    });
    assert_eq!(heard, [answer, b"hello"].concat());
    (peer, number)
}

#[test]
fn an_offset_that_cannot_be_ends_its_stream_and_counts_for_the_peer() {
    for (what, said) in [
        ("nothing new", vec![message(4, 0, false)]),
        ("beyond what was sent", vec![message(4, 6, false)]),
        ("far beyond", vec![message(4, u64::MAX, false)]),
        ("back", vec![message(4, 4, false), message(4, 3, false)]),
        ("the same", vec![message(4, 4, false), message(4, 4, false)]),
        ("an end that was not sent", vec![message(4, 5, true)]),
    ] {
        let pair = Pair::start();
        let (mut peer, _) = begun(&pair, OPEN_ASKING, ANSWER_TELLING);
        assert!(peer.with(|quic| quic.stream_send(0, &said.concat(), false)).is_ok());
        assert_eq!(peer.until(&pair, |_| pair.b.poll_event(reset)), MALFORMED, "{what}");
        assert_eq!(pair.b.account(Account::Service(SERVICE)).cut, [(MALFORMED, 1)], "{what}");
        pair.b.event(|event| matches!(event, Event::Failed { streams: 1, .. }).then_some(()));
        assert_eq!(pair.b.figures().memory_held, 0, "{what}");
    }
}

#[test]
fn who_has_not_asked_neither_hears_nor_is_heard() {
    let pair = Pair::start();
    let (mut peer, number) = begun(&pair, OPEN, ANSWER);
    for other in [4, 8, 400, u64::MAX] {
        assert!(peer.with(|quic| quic.stream_send(0, &message(other, 5, false), false)).is_ok());
    }
    assert!(peer.with(|quic| quic.stream_send(4, b"bytes", false)).is_ok());
    assert_eq!(peer.until(&pair, |_| pair.b.poll_event(bytes_of)), 5);
    pair.b.order(acknowledge(number, 5, false));
    pair.b.order(Order::EndStream { workload: number });
    assert!(peer.with(|quic| quic.stream_send(4, &[0], true)).is_ok());
    peer.until(&pair, |_| (pair.b.figures().memory_held == 0).then_some(()));
    assert!(pair.b.poll_event(taken).is_none() && pair.b.poll_event(reset).is_none());
    assert!(peer.with(|quic| quic.stream_receive(0, &mut [0; 32])).is_err(), "nothing was said");
}

#[test]
fn a_far_end_that_does_not_tell_leaves_it_at_that() {
    let pair = Pair::start();
    let mut peer = Peer::join_as_acceptor(&pair);
    open(&pair);
    let mut head = [0; 32];
    let received = peer.until(&pair, |peer| peer.with(|quic| quic.stream_receive(4, &mut head)).ok());
    assert_eq!(&head[..received.length], OPEN_ASKING);
    assert!(peer.with(|quic| quic.stream_send(4, ANSWER, false)).is_ok());
    assert!(!peer.until(&pair, |_| pair.a.poll_event(answered)));
    pair.a.order(Order::EndStream { workload: FIRST });
    assert!(peer.with(|quic| quic.stream_send(4, &[0], true)).is_ok());
    peer.until(&pair, |_| (pair.a.figures().memory_held == 0).then_some(()));
    assert!(pair.a.poll_event(reset).is_none());
}

#[test]
fn what_was_taken_may_be_told_before_the_answer() {
    let pair = Pair::start();
    let mut peer = Peer::join_as_acceptor(&pair);
    open(&pair);
    pair.a.order(Order::WriteStream { workload: FIRST, bytes: b"hello".to_vec() });
    peer.until(&pair, |_| pair.a.poll_event(is_writable));
    assert!(peer.with(|quic| quic.stream_send(0, &message(4, 5, false), false)).is_ok());
    assert_eq!(peer.until(&pair, |_| pair.a.poll_event(taken)), (5, false));
    // The packet that opens the stream may come later than what was taken of it.
    peer.until(&pair, |peer| peer.with(|quic| quic.stream_send(4, ANSWER_TELLING, false)).ok());
    assert!(peer.until(&pair, |_| pair.a.poll_event(answered)));
}

/// A peer that tells of every byte, while the owner stands still.
#[test]
fn a_flood_is_told_once_and_then_what_came_last() {
    let pair = Pair::start();
    let mut peer = Peer::join_as_acceptor(&pair);
    open(&pair);
    pair.a.order(Order::WriteStream { workload: FIRST, bytes: vec![7; 1_000] });
    peer.until(&pair, |_| pair.a.poll_event(is_writable));
    for offset in 1..=1_000 {
        while peer.with(|quic| quic.stream_room(0)).unwrap() < 32 {
            peer.turn(&pair);
        }
        assert!(peer.with(|quic| quic.stream_send(0, &message(4, offset, false), false)).is_ok());
        if offset % 100 == 0 {
            let before = pair.a.connection().quic.packets_received;
            peer.until(&pair, |_| (pair.a.connection().quic.packets_received > before).then_some(()));
        }
    }
    let mut told = Vec::new();
    until(|| {
        peer.turn(&pair);
        told.extend(pair.a.lane.take_events().iter().filter_map(taken));
        (told.last() == Some(&(1_000, false))).then_some(())
    });
    assert!(told.len() < 20, "{}", told.len());
}

#[test]
fn a_workload_that_is_gone_is_told_by_its_reset_alone() {
    let pair = Pair::connected();
    let (listener, target) = target();
    pair.b.serve(target);
    open(&pair);
    let workload = accept(&listener);
    pair.a.event(answered);
    pair.a.order(Order::WriteStream { workload: FIRST, bytes: b"hello".to_vec() });
    pair.a.order(Order::EndStream { workload: FIRST });
    assert_eq!(until(|| pair.a.poll_event(taken).filter(|(_, is_end)| *is_end)), (5, true));
    // The system resets a socket that is closed with unread bytes.
    drop(workload);
    assert_eq!(pair.a.event(reset), 1);
    assert_eq!(listener.accept().unwrap_err().kind(), ErrorKind::WouldBlock);
}
