//! Sockets of data sessions that the thread reads in the owner's place: datagrams of joined flows go on, and all else is the owner's.

use std::io::{Read, Write};
use std::net::Shutdown;
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;
use std::time::Duration;

use crate::support::end::{End, Pair, SERVICE, TRUNK};
use crate::support::threads::until;
use florenetes_cluster::limits::{DATAGRAM_SIZE_MAX, OWN_NUMBERS_MIN, SESSION_EVENT_SIZE, SESSION_UNTAKEN_MAX};
use florenetes_cluster::{Account, Event, Order, Target};

const ACCOUNT: u32 = 9;
const WORKLOAD: u32 = OWN_NUMBERS_MIN;
const SESSION: u32 = 6;
/// The flow, by its number in the session.
const FLOW: u64 = 3;
const DATA: u8 = 5;
const DATAGRAM: u8 = 15;

fn frame(kind: u8, flow: u64, body: &[u8]) -> Vec<u8> {
    [&[kind, 0][..], &(body.len() as u16).to_be_bytes(), &flow.to_be_bytes(), body].concat()
}

/// A flow between the owners of a and b, and a workload's end of a session that a reads, as session number `SESSION`.
fn reading(pair: &Pair) -> (u32, UnixStream) {
    pair.b.serve_flows(Target::Owner, Duration::from_secs(600));
    pair.a.order(Order::OpenStream { workload: WORKLOAD, trunk: TRUNK, account: ACCOUNT, is_flow: true });
    let far = pair.b.event(|event| match event {
        Event::StreamAsked { workload, service: SERVICE, .. } => Some(*workload),
        _ => None,
    });
    pair.b.order(Order::AnswerStream { workload: far });
    pair.a.event(|event| matches!(event, Event::StreamAnswered { .. }).then_some(()));
    (far, session(&pair.a, SESSION, &[]))
}

/// Has a thread read a session, with its flow joined. The socket's other descriptors are closed: that is the owner's doing.
fn session(end: &End, session: u32, rest: &[u8]) -> UnixStream {
    let (workload, socket) = UnixStream::pair().unwrap();
    socket.set_nonblocking(true).unwrap();
    end.order(Order::ReadSession { session, socket: OwnedFd::from(socket), rest: rest.into() });
    end.order(Order::JoinFlow { session, flow: FLOW, workload: WORKLOAD });
    // The orders are carried out.
    let _ = end.figures();
    workload
}

fn datagram(far: u32) -> impl Fn(&Event) -> Option<Vec<u8>> {
    move |event| match event {
        Event::Datagrams { workload, bytes } if *workload == far => Some(bytes[2..].to_vec()),
        _ => None,
    }
}

/// Bytes that the owner is told: without them an event says that the workload is there.
fn told(event: &Event) -> Option<Vec<u8>> {
    match event {
        Event::SessionBytes { session: SESSION, bytes } if !bytes.is_empty() => Some(bytes.clone()),
        _ => None,
    }
}

fn left(event: &Event) -> Option<(u32, Vec<u8>)> {
    match event {
        Event::SessionLeft { session, bytes } => Some((*session, bytes.clone())),
        _ => None,
    }
}

#[test]
fn datagrams_of_a_joined_flow_go_on_and_all_else_is_the_owners_in_its_order() {
    let pair = Pair::connected();
    let (far, mut workload) = reading(&pair);
    let largest = vec![7; DATAGRAM_SIZE_MAX];
    let others = [frame(DATA, 1, &[0; 50]), frame(DATAGRAM, 5, b"of another flow"), frame(7, 0, &[0; 8])];
    let mut bytes = Vec::new();
    for (datagram, other) in [&b"one"[..], b"", &largest].iter().zip(&others) {
        bytes.extend(frame(DATAGRAM, FLOW, datagram));
        bytes.extend(other);
    }
    workload.write_all(&bytes).unwrap();
    for expected in [&b"one"[..], b"", &largest] {
        assert!(pair.b.event(datagram(far)) == expected, "{} bytes", expected.len());
    }
    let mut all = Vec::new();
    while all.len() < others.concat().len() {
        all.extend(pair.a.event(told));
    }
    assert_eq!(all, others.concat());
    let figures = pair.a.account(Account::Tunnel(ACCOUNT)).flows;
    assert_eq!(figures.datagrams_sent, 3);
    // A flow that has parted is the owner's again.
    pair.a.order(Order::PartFlow { session: SESSION, flow: FLOW });
    let _ = pair.a.figures();
    let parted = frame(DATAGRAM, FLOW, b"parted");
    workload.write_all(&parted).unwrap();
    assert_eq!(pair.a.event(told), parted);
}

#[test]
fn a_frame_that_the_owner_has_begun_to_read_goes_on() {
    let pair = Pair::connected();
    reading(&pair);
    let bytes = frame(DATA, 1, &[9; 30]);
    pair.a.order(Order::LeaveSession { session: SESSION });
    let mut workload = session(&pair.a, SESSION, &bytes[..20]);
    workload.write_all(&bytes[20..]).unwrap();
    let mut all = Vec::new();
    while all.len() < bytes.len() {
        all.extend(pair.a.event(told));
    }
    assert_eq!(all, bytes);
}

/// A workload that ends within a frame, or whose socket fails: the owner finds what has happened, and the thread keeps nothing.
#[test]
fn a_session_that_ends_is_the_owners_with_what_was_not_whole() {
    let pair = Pair::connected();
    let (_, mut workload) = reading(&pair);
    let workloads = pair.a.figures().workloads_open;
    let cut = &frame(DATAGRAM, FLOW, &[1; 3_000])[..2_000];
    workload.write_all(cut).unwrap();
    workload.shutdown(Shutdown::Write).unwrap();
    assert_eq!(pair.a.event(left), (SESSION, cut.to_vec()));
    let figures = pair.a.figures();
    assert_eq!(figures.workloads_open, workloads - 1);
    // The number is nobody's: orders that are late do nothing.
    for order in [
        Order::JoinFlow { session: SESSION, flow: 1, workload: WORKLOAD },
        Order::PartFlow { session: SESSION, flow: FLOW },
        Order::TakeSession { session: SESSION, size: 1 },
        Order::LeaveSession { session: SESSION },
    ] {
        pair.a.order(order);
    }
    let other = session(&pair.a, SESSION + 1, &[]);
    drop(other);
    assert_eq!(pair.a.event(left), (SESSION + 1, vec![]));
}

/// The workload sends more than the owner takes: it waits, as do its own datagrams, while another session's go on.
#[test]
fn who_is_not_heard_by_the_owner_waits_and_holds_up_nobody_else() {
    let pair = Pair::connected();
    let (far, mut loud) = reading(&pair);
    let mut quiet = session(&pair.a, SESSION + 1, &[]);
    loud.set_nonblocking(true).unwrap();
    let flood = frame(DATA, 1, &[3; 16_000]);
    let mut sent = 0;
    let mut refused = 0;
    // A full socket that stays full: the thread has stopped reading.
    while refused < 100 {
        match loud.write(&flood[sent % flood.len()..]) {
            Ok(length) => (sent, refused) = (sent + length, 0),
            Err(_) => {
                refused += 1;
                let _ = pair.a.figures();
            }
        }
    }
    quiet.write_all(&frame(DATAGRAM, FLOW, b"in peace")).unwrap();
    assert_eq!(pair.b.event(datagram(far)), b"in peace");
    let mut all = 0;
    while let Some(bytes) = pair.a.poll_event(told) {
        all += bytes.len() + SESSION_EVENT_SIZE;
    }
    assert!((SESSION_UNTAKEN_MAX..2 * SESSION_UNTAKEN_MAX).contains(&all), "{all} of {sent}");
    pair.a.order(Order::TakeSession { session: SESSION, size: all as u32 });
    assert!(!pair.a.event(told).is_empty());
}

/// Octets that come one by one are an event each, and need more memory in the owner's queue than what they say.
#[test]
fn single_octets_that_the_owner_does_not_take_are_few() {
    let pair = Pair::connected();
    let (_, mut workload) = reading(&pair);
    workload.set_nonblocking(true).unwrap();
    let octets = frame(DATA, 1, &[3; 16_000]);
    let (mut written, mut heard, mut size) = (0, 0, 0);
    while written < 2 * SESSION_UNTAKEN_MAX / SESSION_EVENT_SIZE {
        match workload.write(&octets[written..=written]) {
            Ok(length) => written += length,
            // The thread reads no more, and the system keeps no more for it.
            Err(_) => break,
        }
        // Some turns of the thread go by.
        for _ in 0..3 {
            let _ = pair.a.figures();
        }
        while let Some(bytes) = pair.a.poll_event(told) {
            heard += bytes.len();
            size += bytes.len() + SESSION_EVENT_SIZE;
        }
    }
    assert!(size < SESSION_UNTAKEN_MAX + 2 * SESSION_EVENT_SIZE, "{size}: {heard} of {written}");
    pair.a.order(Order::TakeSession { session: SESSION, size: size as u32 });
    while heard < written {
        heard += pair.a.event(told).len();
    }
}

/// Empty datagrams cost the workload least. The flow's queue bounds them as those of any workload, and each is counted.
#[test]
fn a_flood_of_datagrams_is_counted_and_holds_up_nobody_else() {
    let pair = Pair::connected();
    let (far, mut loud) = reading(&pair);
    let mut quiet = session(&pair.a, SESSION + 1, &[]);
    let flood = frame(DATAGRAM, FLOW, b"").repeat(5_000);
    for _ in 0..20 {
        loud.write_all(&flood).unwrap();
    }
    let mut sent = 100_000;
    // The flow is the same one: what waits may have to make room for the flood.
    until(|| {
        quiet.write_all(&frame(DATAGRAM, FLOW, b"in peace")).unwrap();
        sent += 1;
        pair.b.poll_event(|event| datagram(far)(event).filter(|bytes| bytes == b"in peace"))
    });
    until(|| {
        let flows = pair.a.account(Account::Tunnel(ACCOUNT)).flows;
        (flows.datagrams_sent == sent).then_some(())
    });
    // A flow that is over takes none, and harms nobody.
    pair.a.order(Order::ResetStream { workload: WORKLOAD, code: 0, text: String::new() });
    loud.write_all(&flood).unwrap();
    let ping = frame(7, 0, &[0; 8]);
    loud.write_all(&ping).unwrap();
    assert_eq!(pair.a.event(told), ping);
}

/// The owner goes on to write to the socket that the thread reads, and lets the thread forget it: the socket stays.
#[test]
fn a_session_that_the_owner_takes_back_stays_open() {
    let pair = Pair::connected();
    // While nobody else comes or goes, the count is that of this test.
    let _other = reading(&pair);
    let (mut workload, mut owner) = UnixStream::pair().unwrap();
    owner.set_nonblocking(true).unwrap();
    let socket = OwnedFd::from(owner.try_clone().unwrap());
    pair.a.order(Order::ReadSession { session: SESSION + 1, socket, rest: vec![] });
    owner.write_all(b"to the workload").unwrap();
    let mut said = [0; 15];
    workload.read_exact(&mut said).unwrap();
    assert_eq!(&said, b"to the workload");
    pair.a.order(Order::LeaveSession { session: SESSION + 1 });
    let open = pair.a.figures().workloads_open;
    workload.write_all(b"to the owner").unwrap();
    let mut heard = [0; 12];
    until(|| owner.read(&mut heard).ok());
    assert_eq!((&heard, pair.a.figures().workloads_open), (b"to the owner", open));
}
