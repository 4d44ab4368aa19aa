//! A burst leaves nothing behind: once all of it was read, or given up, an end holds little more than before. One test, as it counts all that the
//! process has allocated.

#[path = "congestion/credentials.rs"]
mod credentials;

use std::alloc::System;
use std::time::Instant;

use cap::Cap;
use credentials::credentials;
use florenetes_engine::{
    Beginning, CongestionControl, Connection, Credentials, DatagramQueues, ProcessLedger, Settings,
};

#[global_allocator]
static ALLOCATED: Cap<System> = Cap::new(System, usize::MAX);

const PAYLOAD_MAX: u16 = 16_383;
const STREAMS: u64 = 4_000;
const PIECES: usize = 10_000;
const DATAGRAMS: usize = 4_000;
/// Bytes that an end may keep: empty tables keep room for some entries, and so do ranges of packets.
const LITTLE: usize = 64 * 1024;

type Burst = fn(&mut Pair);

struct Pair {
    client: Connection,
    server: Connection,
    now: f64,
    out: Vec<u8>,
}

impl Pair {
    fn connect(credentials: &Credentials) -> Self {
        let mut out = vec![0; PAYLOAD_MAX.into()];
        let mut client = Connection::connect(beginning(credentials, &[1; 8]));
        let length = client.poll_transmit(&mut out, 0.0);
        let server = Connection::accept(beginning(credentials, &[2; 8]), None, &out[..length]);
        let mut pair = Self { client, server, now: 0.0, out };
        pair.exchange();
        assert!(pair.client.is_established() && pair.server.is_established());
        pair
    }

    /// Lets packets pass until both ends have nothing to say.
    fn exchange(&mut self) {
        for _ in 0..2_000 {
            self.now += 30.0;
            let Self { client, server, now, out } = self;
            let packets = pass(client, server, *now, out) + pass(server, client, *now, out);
            if packets == 0 {
                return;
            }
        }
        panic!("the two ends do not come to rest");
    }

    /// Sends bytes on stream 0, each in a packet of its own.
    fn send_pieces(&mut self) {
        for sent in 0..PIECES {
            assert_eq!(self.client.stream_send(0, &[7], false), Ok(1));
            let length = self.client.poll_transmit(&mut self.out, self.now);
            assert!(length > 0);
            self.server.handle_datagram(&self.out[..length], self.now);
            if sent % 8 == 0 {
                self.exchange();
            }
        }
        self.exchange();
    }

    fn read_stream(&mut self, id: u64) -> usize {
        let mut bytes = vec![0; PIECES + 1];
        let mut read = 0;
        while let Ok(received) = self.server.stream_receive(id, &mut bytes) {
            read += received.length;
            if received.is_ended {
                break;
            }
        }
        read
    }
}

/// Lets all packets of one end reach the other; returns how many.
fn pass(from: &mut Connection, to: &mut Connection, now: f64, out: &mut [u8]) -> usize {
    from.handle_timeout(now);
    let mut packets = 0;
    loop {
        let length = from.poll_transmit(out, now);
        if length == 0 {
            break;
        }
        packets += 1;
        to.handle_datagram(&out[..length], now);
    }
    while from.poll_event().is_some() {}
    packets
}

fn beginning<'a>(credentials: &'a Credentials, source_id: &'a [u8]) -> Beginning<'a> {
    let settings = Settings {
        idle_timeout_ms: 0,
        initial_rtt_ms: 0,
        receive_payload_max: PAYLOAD_MAX,
        send_payload_max: PAYLOAD_MAX,
        datagrams: Some(DatagramQueues { receive_max: 16, send_max: DATAGRAMS }),
        connection_window: 1 << 30,
        stream_window: 1 << 20,
        stream_window_max: 1 << 20,
        bidirectional_max: STREAMS,
        stateless_reset_token: None,
        congestion_control: CongestionControl::Cubic,
        is_judging: false,
        carries_others: true,
    };
    Beginning {
        credentials,
        settings,
        source_id,
        seed: [3; 32],
        ledger: ProcessLedger::default(),
        base: Instant::now(),
        now: 0.0,
        qlog: None,
    }
}

fn many_streams_at_once(pair: &mut Pair) {
    let ids = (0..STREAMS).map(|index| 4 * index);
    for id in ids.clone() {
        pair.client.stream_send(id, &[7], true).unwrap();
    }
    pair.exchange();
    for id in ids.clone() {
        assert_eq!(pair.read_stream(id), 1);
        pair.server.stream_send(id, &[], true).unwrap();
    }
    pair.exchange();
    let mut bytes = [0; 8];
    for id in ids {
        assert!(pair.client.stream_receive(id, &mut bytes).unwrap().is_ended);
    }
    pair.exchange();
}

fn pieces_that_were_read(pair: &mut Pair) {
    pair.send_pieces();
    assert_eq!(pair.read_stream(0), PIECES);
    pair.exchange();
}

fn pieces_that_were_given_up(pair: &mut Pair) {
    pair.send_pieces();
    pair.client.stream_reset(0, 5);
    pair.exchange();
}

fn empty_datagrams_in_one_packet(pair: &mut Pair) {
    while pair.client.send_datagram(&[]) {}
    pair.exchange();
    while pair.server.poll_datagram().is_some() {}
}

/// Bytes that a server's end holds after `happens`, with its client gone.
fn held(credentials: &Credentials, happens: impl FnOnce(&mut Pair)) -> usize {
    let before = ALLOCATED.allocated();
    let mut pair = Pair::connect(credentials);
    happens(&mut pair);
    let Pair { client, server, out, .. } = pair;
    drop((client, out));
    let held = ALLOCATED.allocated() - before;
    drop(server);
    held
}

#[test]
fn a_burst_leaves_nothing_behind() {
    let credentials = credentials();
    let nothing = held(&credentials, |_| {});
    let bursts: [(&str, Burst); 4] = [
        ("many streams at once", many_streams_at_once),
        ("pieces that were read", pieces_that_were_read),
        ("pieces that were given up", pieces_that_were_given_up),
        ("empty datagrams in one packet", empty_datagrams_in_one_packet),
    ];
    let mut too_much = Vec::new();
    for (name, burst) in bursts {
        let more = held(&credentials, burst).saturating_sub(nothing);
        if more > LITTLE {
            too_much.push((name, more));
        }
    }
    assert_eq!(too_much, []);
}
