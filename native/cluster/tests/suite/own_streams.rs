//! Streams to services that are the owner of the data thread.

use std::cell::RefCell;
use std::collections::HashMap;
use std::io::{ErrorKind, Read, Write};
use std::net::{Shutdown, TcpStream};

use crate::support::WINDOW;
use crate::support::end::{CONNECTION, End, Pair, SERVICE, TUNNEL, dial};
use crate::support::peer::Peer;
use crate::support::threads::until;
use florenetes_cluster::limits::CHUNK_SIZE;
use florenetes_cluster::{Account, Event, Limits, Order, Target};

const WORKLOAD_RESET: u64 = 0x01;
const OPEN: [u8; 5] = [1, 0, 2, 0, 1];
const ANSWER: [u8; 4] = [1, 0, 1, 0];

/// The number of a stream that was asked for, and that nobody has accepted yet.
fn asked(event: &Event) -> Option<u32> {
    match event {
        Event::StreamAsked { workload, service: SERVICE, is_flow: false, .. } => Some(*workload),
        _ => None,
    }
}

/// The number of a stream that was asked for; the stream is accepted at once.
fn poll_begun(end: &End) -> Option<u32> {
    let workload = end.poll_event(asked)?;
    end.order(Order::AnswerStream { workload });
    Some(workload)
}

fn reset_order(workload: u32) -> Order {
    Order::ResetStream { workload, code: WORKLOAD_RESET, text: String::new() }
}

fn bytes_of(event: &Event) -> Option<Vec<u8>> {
    match event {
        Event::StreamBytes { bytes, .. } => Some(bytes.clone()),
        _ => None,
    }
}

fn ended(event: &Event) -> Option<()> {
    matches!(event, Event::StreamEnded { .. }).then_some(())
}

fn writable(event: &Event) -> Option<()> {
    matches!(event, Event::StreamWritable { .. }).then_some(())
}

fn reset(event: &Event) -> Option<u64> {
    match event {
        Event::StreamReset { code, .. } => Some(*code),
        _ => None,
    }
}

fn write(end: &End, workload: u32, bytes: &[u8]) {
    end.order(Order::WriteStream { workload, bytes: bytes.to_vec() });
}

/// A stream from a workload to the owner of b, and its number there.
fn stream(pair: &Pair) -> (TcpStream, u32) {
    pair.b.serve(Target::Owner);
    let client = dial(pair.a.listen());
    (client, until(|| poll_begun(&pair.b)))
}

fn wait_over(pair: &Pair) {
    until(|| [&pair.a, &pair.b].iter().all(|end| end.figures().memory_held == 0).then_some(()));
}

#[test]
fn bytes_go_both_ways_and_each_half_ends_by_itself() {
    let pair = Pair::connected();
    let (mut client, workload) = stream(&pair);
    client.write_all(b"question").unwrap();
    client.shutdown(Shutdown::Write).unwrap();
    assert_eq!(pair.b.event(bytes_of), b"question");
    pair.b.event(ended);
    let usual = Limits::default().memory_per_stream;
    let wait_held = |bytes| until(|| (pair.b.figures().memory_held == usual + bytes).then_some(()));
    wait_held(8);
    pair.b.order(Order::TakeStream { workload });
    wait_held(0);
    write(&pair.b, workload, b"ans");
    pair.b.event(writable);
    wait_held(0);
    write(&pair.b, workload, b"wer");
    pair.b.order(Order::EndStream { workload });
    let mut all = Vec::new();
    client.read_to_end(&mut all).unwrap();
    assert_eq!(all, b"answer");
    wait_over(&pair);
    let counts = pair.b.account(Account::Service(SERVICE));
    assert_eq!((counts.open, counts.total, counts.refused, counts.cut), (0, 1, vec![], vec![]));
    assert!(pair.b.poll_event(reset).is_none(), "both halves have ended");
    // The thread no longer knows the stream: late orders do nothing.
    write(&pair.b, workload, b"late");
    pair.b.order(reset_order(workload));
    assert_eq!(pair.b.figures().workloads_open, 0);
}

#[test]
fn a_reset_of_either_side_is_one_for_the_other() {
    let pair = Pair::connected();
    let (mut client, workload) = stream(&pair);
    client.write_all(b"x").unwrap();
    pair.b.event(bytes_of);
    pair.b.order(reset_order(workload));
    assert_eq!(client.read(&mut [0]).unwrap_err().kind(), ErrorKind::ConnectionReset);
    assert_eq!(pair.b.event(reset), WORKLOAD_RESET);
    wait_over(&pair);

    let mut peer = Peer::join(&pair);
    for code in [0, 77] {
        let stream = 4 + 4 * (code % 2);
        assert!(peer.with(|quic| quic.stream_send(stream, &OPEN, false)).is_ok());
        peer.until(&pair, |_| poll_begun(&pair.b));
        peer.with(|quic| quic.stream_reset(stream, code));
        assert_eq!(peer.until(&pair, |_| pair.b.poll_event(reset)), code);
    }
    assert!(peer.with(|quic| quic.stream_send(12, &OPEN, false)).is_ok());
    peer.until(&pair, |_| poll_begun(&pair.b));
    pair.b.order(Order::Close { connection: CONNECTION, code: 9, reason: String::new(), is_repeated: false });
    assert_eq!(peer.until(&pair, |_| pair.b.poll_event(reset)), 9, "with its connection");
    wait_over(&pair);
}

#[test]
fn an_owner_that_writes_out_of_turn_or_after_its_end_loses_the_stream() {
    for is_ended in [false, true] {
        let pair = Pair::connected();
        let (mut client, workload) = stream(&pair);
        // The bytes are more than the peer takes, so that some of them wait.
        let first = if is_ended { &b"x"[..] } else { &[0; CHUNK_SIZE] };
        for _ in 0..100 {
            write(&pair.b, workload, first);
            if is_ended {
                pair.b.order(Order::EndStream { workload });
            }
        }
        assert_eq!(pair.b.event(reset), WORKLOAD_RESET);
        // The workload may have got the end of that half before.
        let mut all = Vec::new();
        let read = client.read_to_end(&mut all).map_err(|error| error.kind());
        assert!(read == Err(ErrorKind::ConnectionReset) || is_ended, "{read:?}");
        wait_over(&pair);
    }
}

/// A peer floods an owner who takes nothing: a chunk is told, another is held, and the window stays as it was.
#[test]
fn an_owner_that_does_not_take_holds_the_peer_back_and_others_go_on() {
    let pair = Pair::start();
    pair.b.serve(Target::Owner);
    let mut peer = Peer::join(&pair);
    assert!(peer.with(|quic| quic.stream_send(4, &OPEN, false)).is_ok());
    let workload = peer.until(&pair, |_| poll_begun(&pair.b));
    let mut sent = 0;
    let flood = |peer: &mut Peer, sent: &mut usize| {
        while let Ok(length) = peer.with(|quic| quic.stream_send(4, &[5; 16_384], false)) {
            *sent += length;
        }
        peer.turn(&pair);
    };
    until(|| {
        let before = sent;
        for _ in 0..20 {
            flood(&mut peer, &mut sent);
        }
        (sent > 100_000 && sent == before).then_some(())
    });
    let kept = 2 * CHUNK_SIZE + WINDOW as usize;
    assert!(sent <= kept, "{sent}");
    let told: usize = std::iter::from_fn(|| pair.b.poll_event(bytes_of)).map(|bytes| bytes.len()).sum();
    assert!(told <= CHUNK_SIZE, "{told}");
    // The ledger has what QUIC may keep of it.
    peer.until(&pair, |_| (pair.b.figures().memory_held >= WINDOW).then_some(()));
    // Another stream of the same connection still passes.
    assert!(peer.with(|quic| quic.stream_send(8, &[&OPEN[..], b"passes"].concat(), false)).is_ok());
    let other = peer.until(&pair, |_| poll_begun(&pair.b));
    assert_eq!(peer.until(&pair, |_| pair.b.poll_event(bytes_of)), b"passes");
    write(&pair.b, other, b"yes");
    let (mut answer, mut length) = ([0; 100], 0);
    peer.until(&pair, |peer| {
        let received = peer.with(|quic| quic.stream_receive(8, &mut answer[length..]));
        length += received.map_or(0, |received| received.length);
        (length >= ANSWER.len() + 3).then_some(())
    });
    assert_eq!(answer[..length], [&ANSWER[..], b"yes"].concat());
    // The stream goes on when the owner takes.
    let before = sent;
    pair.b.order(Order::TakeStream { workload });
    until(|| {
        flood(&mut peer, &mut sent);
        while pair.b.poll_event(bytes_of).is_some() {
            pair.b.order(Order::TakeStream { workload });
        }
        (sent > before + 4 * kept).then_some(())
    });
}

/// Bytes of the owner wait for the peer's credit.
#[test]
fn a_peer_that_does_not_read_holds_the_owner_back() {
    let pair = Pair::start();
    pair.b.serve(Target::Owner);
    let mut peer = Peer::join(&pair);
    assert!(peer.with(|quic| quic.stream_send(4, &OPEN, false)).is_ok());
    let workload = peer.until(&pair, |_| poll_begun(&pair.b));
    let said = RefCell::new(0);
    let say = || {
        write(&pair.b, workload, &[9; CHUNK_SIZE]);
        *said.borrow_mut() += CHUNK_SIZE;
    };
    say();
    let credit = WINDOW as usize;
    let mut idle = 0;
    peer.until(&pair, |_| {
        match pair.b.poll_event(writable) {
            Some(()) => (idle, _) = (0, say()),
            None => idle += 1,
        }
        (*said.borrow() >= credit && idle > 50).then_some(())
    });
    assert!(*said.borrow() <= credit + CHUNK_SIZE, "{said:?}");
    let mut chunk = vec![0; CHUNK_SIZE];
    let mut read = 0;
    peer.until(&pair, |peer| {
        while let Ok(received) = peer.with(|quic| quic.stream_receive(4, &mut chunk)) {
            read += received.length;
        }
        if pair.b.poll_event(writable).is_some() {
            say();
        }
        (read > 4 * credit).then_some(())
    });
}

/// Bytes come back as they were, on many streams at once.
#[test]
fn many_streams_echo() {
    const STREAMS: usize = 50;
    const BYTES: usize = 1_000_000;
    let pair = Pair::with(Limits::default(), Limits::default());
    pair.connect(WINDOW, 1_000);
    pair.b.serve(Target::Owner);
    let tunnel = pair.a.listen();
    let threads: Vec<_> = (0..STREAMS)
        .map(|number| {
            let mut client = dial(tunnel);
            let said: Vec<u8> = (0..BYTES).map(|index| (index % 251 + number) as u8).collect();
            std::thread::spawn(move || {
                let mut reader = client.try_clone().unwrap();
                let expected = said.clone();
                let reading = std::thread::spawn(move || {
                    let mut all = Vec::new();
                    reader.read_to_end(&mut all).unwrap();
                    assert!(all == expected, "{} bytes", all.len());
                });
                client.write_all(&said).unwrap();
                client.shutdown(Shutdown::Write).unwrap();
                reading.join().unwrap();
            })
        })
        .collect();
    let mut echoed: HashMap<u32, usize> = HashMap::new();
    until(|| {
        while poll_begun(&pair.b).is_some() {}
        while let Some(event) = pair.b.poll_event(bytes_or_end) {
            match event {
                (workload, Some(bytes)) => {
                    *echoed.entry(workload).or_default() += bytes.len();
                    write(&pair.b, workload, &bytes);
                }
                (workload, None) => pair.b.order(Order::EndStream { workload }),
            }
        }
        while let Some(workload) = pair.b.poll_event(writable_of) {
            pair.b.order(Order::TakeStream { workload });
        }
        threads.iter().all(|thread| thread.is_finished()).then_some(())
    });
    threads.into_iter().for_each(|thread| thread.join().unwrap());
    assert!(echoed.len() == STREAMS && echoed.values().all(|bytes| *bytes == BYTES));
    assert_eq!(pair.a.account(Account::Tunnel(TUNNEL)).cut, []);
    wait_over(&pair);
}

fn bytes_or_end(event: &Event) -> Option<(u32, Option<Vec<u8>>)> {
    match event {
        Event::StreamBytes { workload, bytes } => Some((*workload, Some(bytes.clone()))),
        Event::StreamEnded { workload } => Some((*workload, None)),
        _ => None,
    }
}

fn writable_of(event: &Event) -> Option<u32> {
    match event {
        Event::StreamWritable { workload } => Some(*workload),
        _ => None,
    }
}
