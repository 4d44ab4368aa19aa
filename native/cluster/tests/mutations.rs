//! Peers of end-to-end connections that say what they like on any stream, on a path that changes packets and makes some up, while the
//! workloads at the other end do what they like: the thread goes on, and keeps nothing of a connection that is over.

mod support;

use std::io::{Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream, UdpSocket};
use std::time::Duration;

use florenetes_cluster::limits::OWN_NUMBERS_MIN;
use florenetes_cluster::{Event, Figures, Limits, Order, Target};
use florenetes_fuzz::{Random, rounds};
use support::datagrams::{try_receive, udp, udp_to};
use support::end::{CONNECTION, End, Pair, TRUNK, dial, target};
use support::events::left;
use support::peer::Peer;
use support::threads::until;

const CONNECTIONS: u64 = 6;
/// Turns of a peer on each connection.
const TURNS: usize = 40;
/// The streams that most of the peer's acts are about.
const STREAMS: usize = 12;
const WORKLOADS_MAX: usize = 8;

/// Messages at the head of streams, and what may come behind them.
fn heads() -> Vec<Vec<u8>> {
    // The first is OPEN at one end, and at the other an ANSWER that tells what is taken.
    let heads: [&[u8]; 7] = [
        &[1, 0, 2, 0, 1],
        &[1, 0, 3, 0, 1, 1],
        &[1, 0, 1, 0],
        &[1, 0, 2, 0, 9],
        &[2, 0, 0],
        &[1, 4, 0],
        b"bytes of a workload",
    ];
    heads.map(<[u8]>::to_vec).into()
}

/// Messages at the head of flows' streams, and their ends.
fn flow_heads() -> Vec<Vec<u8>> {
    let heads: [&[u8]; 5] = [&[1, 0, 2, 0, 2], &[1, 0, 2, 0, 2, 0], &[1, 0, 1, 0], &[1, 0, 1, 0, 0], &[0]];
    heads.map(<[u8]>::to_vec).into()
}

/// Datagrams of flows: whole, empty, and in pieces.
fn payloads() -> Vec<Vec<u8>> {
    let mut payloads: Vec<Vec<u8>> = Vec::new();
    for flow in 1..=STREAMS as u8 {
        payloads.extend([vec![flow, 0], vec![flow, 0, 1, 2, 3], [&[flow, 0][..], &[9; 3_000]].concat()]);
        for index in 0..3 {
            payloads.push([&[flow, 1, 0, 1, index, 2][..], &[7; 1_000]].concat());
        }
    }
    payloads
}

/// Messages of the control stream: STOP, RENEW, SIZE, STREAM_TAKEN, and a message of an unknown kind.
fn messages() -> Vec<Vec<u8>> {
    let messages: [&[u8]; 6] = [
        &[1, 0, 11, 1, 0, 0, 0, 0, 0, 0, 0, 8, 0, 1],
        &[1, 0, 1, 2],
        &[1, 0, 3, 3, 5, 0],
        &[1, 0, 18, 9, 0, 0, 0, 0, 0, 0, 0, 8, 0, 0, 0, 0, 0, 0, 0, 1, 0],
        &[1, 0, 18, 9, 0, 0, 0, 0, 0, 0, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0, 1],
        &[1, 0, 2, 77, 0],
    ];
    messages.map(<[u8]>::to_vec).into()
}

struct Chaos<'a> {
    pair: &'a Pair,
    peer: Peer,
    random: &'a mut Random,
    heads: Vec<Vec<u8>>,
    messages: Vec<Vec<u8>>,
    payloads: Vec<Vec<u8>>,
    workloads: Vec<TcpStream>,
}

impl Chaos<'_> {
    fn act(&mut self) {
        for _ in 0..self.random.below(6) {
            self.speak();
        }
        let mut packets = Vec::new();
        for packet in self.peer.packets(self.pair) {
            match self.random.below(8) {
                0 => packets.push(self.random.mutate(std::slice::from_ref(&packet))),
                1 => packets.insert(0, packet),
                2 => packets.extend([packet.clone(), packet]),
                _ => packets.push(packet),
            }
        }
        // An empty packet has no place in a frame.
        packets.retain(|packet| !packet.is_empty());
        self.peer.inject(self.pair, packets);
        for _ in 0..self.random.below(3) {
            self.work();
        }
    }

    /// The peer does something to a stream, or says a datagram.
    fn speak(&mut self) {
        if self.random.below(2) == 0 && !self.payloads.is_empty() {
            let payload = match self.random.below(3) {
                0 => self.random.mutate(&self.payloads),
                _ => self.random.pick(&self.payloads).clone(),
            };
            return self.peer.with(|quic| _ = quic.send_datagram(&payload));
        }
        let stream = 4 * self.random.below(STREAMS) as u64;
        let corpus = if stream == 0 { &self.messages } else { &self.heads };
        // Most of the bytes make sense, or a connection would not last.
        let bytes = match self.random.below(4) {
            0 if stream > 0 || self.random.below(8) == 0 => self.random.mutate(corpus),
            _ => self.random.pick(corpus).clone(),
        };
        let (what, code) = (self.random.below(16), self.random.number() >> 40);
        self.peer.with(|quic| match what {
            0 if stream > 0 => quic.stream_reset(stream, code),
            1 if stream > 0 => quic.stream_stop(stream, code),
            2 if stream > 0 => drop(quic.stream_send(stream, &bytes, true)),
            3..6 => while quic.stream_receive(stream, &mut [0; 999]).is_ok_and(|received| received.length > 0) {},
            _ => drop(quic.stream_send(stream, &bytes, false)),
        });
    }

    /// A workload does something.
    fn work(&mut self) {
        if self.workloads.is_empty() {
            return;
        }
        let index = self.random.below(self.workloads.len());
        let workload = &mut self.workloads[index];
        let _ = match self.random.below(6) {
            0 => workload.write(&[7; 70_000]).map(drop),
            1 => workload.write(b"some").map(drop),
            2 => workload.shutdown(Shutdown::Write),
            3 => {
                drop(self.workloads.swap_remove(index));
                return;
            }
            _ => workload.read(&mut [0; 5_000]).map(drop),
        };
    }

    fn add_workload(&mut self, workload: TcpStream) {
        workload.set_nonblocking(true).unwrap();
        self.workloads.push(workload);
        if self.workloads.len() > WORKLOADS_MAX {
            self.workloads.remove(0);
        }
    }
}

/// Has the connection end, if it is still open, and looks what is left of it.
fn end(end: &End) {
    end.order(Order::Close { connection: CONNECTION, code: 9, reason: String::new(), is_repeated: false });
    end.event(left);
    // Datagrams that clients have sent last may wait for a connection until it is refused.
    let is_over = |figures: &Figures| figures.workloads_open == 0 && figures.memory_held == 0;
    let figures = until(|| Some(end.figures()).filter(is_over));
    assert_eq!(figures.connections.len(), 0);
    assert!(figures.accounts.iter().all(|account| account.open == 0));
}

fn limits() -> Limits {
    let short = Duration::from_millis(20);
    Limits {
        open: short,
        dial: short,
        connect_wait: short,
        closing: short,
        streams_per_connection: 100,
        ..Limits::default()
    }
}

#[test]
fn an_originator_that_says_what_it_likes_leaves_nothing_behind() {
    let pair = Pair::with(limits(), limits());
    let (listener, target): (TcpListener, _) = target();
    pair.b.serve(target);
    rounds(CONNECTIONS, |_, random| {
        let peer = Peer::join(&pair);
        let mut chaos = Chaos {
            pair: &pair,
            peer,
            random,
            heads: heads(),
            messages: messages(),
            payloads: Vec::new(),
            workloads: Vec::new(),
        };
        for _ in 0..TURNS {
            chaos.act();
            while let Ok((workload, _)) = listener.accept() {
                chaos.add_workload(workload);
            }
        }
        end(&pair.b);
        while listener.accept().is_ok() {}
    });
    // A peer that keeps to the rules gets what it asks for.
    let mut peer = Peer::join(&pair);
    assert!(peer.with(|quic| quic.stream_send(4, &[1, 0, 2, 0, 1, 42], false)).is_ok());
    let mut workload = peer.until(&pair, |_| listener.accept().ok()).0;
    workload.set_nonblocking(true).unwrap();
    let mut byte = [0];
    peer.until(&pair, |_| workload.read(&mut byte).ok());
    assert_eq!(byte, [42]);
}

#[test]
fn an_acceptor_that_says_what_it_likes_leaves_nothing_behind() {
    let pair = Pair::with(limits(), limits());
    let tunnel: SocketAddr = pair.a.listen();
    rounds(CONNECTIONS, |_, random| {
        let peer = Peer::join_as_acceptor(&pair);
        let mut chaos = Chaos {
            pair: &pair,
            peer,
            random,
            heads: heads(),
            messages: messages(),
            payloads: Vec::new(),
            workloads: Vec::new(),
        };
        for _ in 0..TURNS {
            if chaos.random.below(3) == 0 {
                chaos.add_workload(dial(tunnel));
            }
            chaos.act();
        }
        end(&pair.a);
    });
    let mut peer = Peer::join_as_acceptor(&pair);
    let mut workload = dial(tunnel);
    let open = peer.until(&pair, |peer| peer.with(|quic| quic.stream_receive(4, &mut [0; 9])).ok());
    assert_eq!(open.length, 5);
    assert!(peer.with(|quic| quic.stream_send(4, &[1, 0, 1, 0, 42], false)).is_ok());
    let mut byte = [0];
    workload.set_nonblocking(true).unwrap();
    peer.until(&pair, |_| workload.read(&mut byte).ok());
    assert_eq!(byte, [42]);
}

/// A stream that the chaos has nothing to do with.
const FLOW: u64 = 4 * (STREAMS as u64 + 1);

#[test]
fn an_originator_of_flows_that_says_what_it_likes_leaves_nothing_behind() {
    let pair = Pair::with(limits(), limits());
    let target = udp();
    rounds(CONNECTIONS, |round, random| {
        match round % 2 {
            0 => pair.b.serve_udp(&target),
            _ => pair.b.serve_flows(Target::Addresses(vec![target.local_addr().unwrap()]), Duration::from_millis(5)),
        }
        let mut chaos = flow_chaos(&pair, Peer::join(&pair), random);
        for _ in 0..TURNS {
            chaos.act();
            while let Some((bytes, from)) = try_receive(&target) {
                if chaos.random.below(2) == 0 {
                    target.send_to(&bytes, from).unwrap();
                }
            }
        }
        end(&pair.b);
    });
    pair.b.serve_udp(&target);
    while try_receive(&target).is_some() {}
    let mut peer = Peer::join(&pair);
    peer.with(|quic| assert!(quic.stream_send(FLOW, &[1, 0, 2, 0, 2], false).is_ok()));
    peer.with(|quic| assert!(quic.send_datagram(&[(FLOW / 4) as u8, 0, 42])));
    assert_eq!(peer.until(&pair, |_| try_receive(&target)).0, [42]);
}

#[test]
fn an_acceptor_of_flows_that_says_what_it_likes_leaves_nothing_behind() {
    let pair = Pair::with(limits(), limits());
    let tunnel = pair.a.listen_udp();
    rounds(CONNECTIONS, |_, random| {
        let mut chaos = flow_chaos(&pair, Peer::join_as_acceptor(&pair), random);
        let mut clients: Vec<UdpSocket> = Vec::new();
        for _ in 0..TURNS {
            if clients.len() < STREAMS && chaos.random.below(3) == 0 {
                clients.push(udp_to(tunnel));
            }
            for client in &clients {
                client.send(&vec![1; chaos.random.below(9_000)]).unwrap();
                while try_receive(client).is_some() {}
            }
            chaos.act();
        }
        end(&pair.a);
    });
    let client = udp_to(tunnel);
    let mut peer = Peer::join_as_acceptor(&pair);
    let mut open = [0; 9];
    client.send(b"x").unwrap();
    let length = peer.until(&pair, |peer| peer.with(|quic| quic.stream_receive(4, &mut open)).ok()).length;
    assert_eq!(open[..length], [1, 0, 2, 0, 2]);
    peer.with(|quic| assert!(quic.send_datagram(&[1, 0, 42])));
    assert_eq!(peer.until(&pair, |_| try_receive(&client)).0, [42]);
}

/// The owner of a data thread, which does what it likes with streams and flows of its own.
struct Owner {
    numbers: Vec<u32>,
    next: u32,
}

impl Owner {
    fn new() -> Self {
        Self { numbers: vec![OWN_NUMBERS_MIN], next: OWN_NUMBERS_MIN }
    }

    fn act(&mut self, end: &End, random: &mut Random) {
        let asked = |event: &Event| match event {
            Event::StreamAsked { workload, .. } => Some(*workload),
            _ => None,
        };
        self.numbers.extend(std::iter::from_fn(|| end.poll_event(asked)));
        for _ in 0..random.below(8) {
            end.order(self.order(random));
        }
    }

    fn order(&mut self, random: &mut Random) -> Order {
        let workload = *random.pick(&self.numbers);
        match random.below(10) {
            0 | 1 => {
                self.next += 1;
                self.numbers.push(self.next);
                Order::OpenStream { workload: self.next, trunk: TRUNK, account: 9, is_flow: random.below(3) == 0 }
            }
            2 => Order::AnswerStream { workload },
            3 => Order::WriteStream { workload, bytes: vec![7; 1 + random.below(65_536)] },
            4 => {
                let length = random.below(9_000);
                let head = [&workload.to_be_bytes()[..], &(length as u16).to_be_bytes()].concat();
                Order::SendDatagrams { bytes: [head, vec![7; length]].concat() }
            }
            5 => Order::EndStream { workload },
            6 => Order::ResetStream { workload, code: random.below(20) as u64, text: String::new() },
            7 => Order::AcknowledgeStream {
                workload,
                offset: random.below(200_000) as u64,
                is_end: random.below(4) == 0,
            },
            _ => Order::TakeStream { workload },
        }
    }
}

#[test]
fn an_owner_and_an_originator_that_do_what_they_like_leave_nothing_behind() {
    let pair = Pair::with(limits(), limits());
    rounds(CONNECTIONS, |round, random| {
        let idle = Duration::from_millis(if round % 2 == 0 { 5 } else { 60_000 });
        pair.b.serve_flows(Target::Owner, idle);
        let mut owner = Owner::new();
        let mut chaos = flow_chaos(&pair, Peer::join(&pair), random);
        chaos.heads.extend(heads());
        for _ in 0..TURNS {
            chaos.act();
            owner.act(&pair.b, chaos.random);
        }
        end(&pair.b);
    });
}

#[test]
fn an_owner_and_an_acceptor_that_do_what_they_like_leave_nothing_behind() {
    let pair = Pair::with(limits(), limits());
    rounds(CONNECTIONS, |_, random| {
        let mut owner = Owner::new();
        let mut chaos = flow_chaos(&pair, Peer::join_as_acceptor(&pair), random);
        chaos.heads.extend(heads());
        for _ in 0..TURNS {
            owner.act(&pair.a, chaos.random);
            chaos.act();
        }
        end(&pair.a);
    });
}

fn flow_chaos<'a>(pair: &'a Pair, peer: Peer, random: &'a mut Random) -> Chaos<'a> {
    let (heads, messages, payloads) = (flow_heads(), messages(), payloads());
    Chaos { pair, peer, random, heads, messages, payloads, workloads: Vec::new() }
}
