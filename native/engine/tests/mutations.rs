//! Datagrams that are no good, at random: from a stranger, who can seal packets of type Initial as everybody can, and between two honest ends.
//! Nothing panics, nothing is answered with more than three times its size and a datagram before the address is proven, and no byte is changed.

#[path = "congestion/credentials.rs"]
mod credentials;

use std::time::Instant;

use credentials::credentials;
use florenetes_engine::{
    Beginning, CongestionControl, Connection, Credentials, DatagramQueues, ProcessLedger, Settings,
};
use florenetes_fuzz::{Random, rounds};
use rustls::crypto::ring::cipher_suite::TLS13_AES_128_GCM_SHA256;
use rustls::quic::{Keys, Version};
use rustls::{Side, quic};

const STRANGERS: u64 = 2_000;
const EXCHANGES: u64 = 200;
const PAYLOAD_MAX: usize = 1_452;
const INITIAL_MIN: usize = 1_200;
const TAG: usize = 16;
/// The ID that a stranger's packets go to, which the stranger chooses (RFC 9001, 5.2).
const DESTINATION: [u8; 8] = [3; 8];
const SOURCE: [u8; 8] = [4; 8];
/// The length of a header: fixed bit, type Initial, a number of four bytes; version, both IDs, no token, a length of two bytes.
const HEADER: usize = 1 + 4 + 1 + 8 + 1 + 8 + 1 + 2;

fn begin<'a>(credentials: &'a Credentials, source_id: &'a [u8], seed: u64) -> Beginning<'a> {
    let settings = Settings {
        idle_timeout_ms: 60_000,
        initial_rtt_ms: 0,
        receive_payload_max: PAYLOAD_MAX as u16,
        send_payload_max: PAYLOAD_MAX as u16,
        datagrams: Some(DatagramQueues { receive_max: 16, send_max: 16 }),
        connection_window: 1 << 20,
        stream_window: 1 << 16,
        stream_window_max: 1 << 18,
        bidirectional_max: 4,
        stateless_reset_token: Some([9; 16]),
        congestion_control: CongestionControl::Cubic,
        is_judging: false,
        carries_others: true,
    };
    let mut chance = [0; 32];
    chance[..8].copy_from_slice(&seed.to_be_bytes());
    Beginning {
        credentials,
        settings,
        source_id,
        seed: chance,
        ledger: ProcessLedger::default(),
        base: Instant::now(),
        now: 0.0,
        qlog: None,
    }
}

/// All that an end sends now.
fn flight(connection: &mut Connection, now: f64) -> Vec<Vec<u8>> {
    let mut out = vec![0; PAYLOAD_MAX];
    let mut datagrams = Vec::new();
    loop {
        match connection.poll_transmit(&mut out, now) {
            0 => return datagrams,
            length => datagrams.push(out[..length].to_vec()),
        }
        assert!(datagrams.len() < 1_000, "an end sends without end");
    }
}

fn initial_keys(side: Side) -> Keys {
    let suite =
        TLS13_AES_128_GCM_SHA256.tls13().and_then(rustls::Tls13CipherSuite::quic_suite).expect("it serves QUIC");
    suite.keys(&DESTINATION, side, Version::V1)
}

/// A datagram with one Initial packet that holds these frames.
fn seal(keys: &quic::DirectionalKeys, number: u32, frames: &[u8]) -> Vec<u8> {
    let mut payload = frames.to_vec();
    payload.resize(payload.len().max(INITIAL_MIN - HEADER - 4 - TAG), 0);
    let mut packet = vec![0xc3, 0, 0, 0, 1, 8];
    packet.extend_from_slice(&DESTINATION);
    packet.push(8);
    packet.extend_from_slice(&SOURCE);
    packet.push(0);
    packet.extend_from_slice(&(0x4000 | (4 + payload.len() + TAG) as u16).to_be_bytes());
    packet.extend_from_slice(&number.to_be_bytes());
    let tag = keys.packet.encrypt_in_place(number.into(), &packet, &mut payload).expect("it can be sealed");
    packet.extend_from_slice(&payload);
    packet.extend_from_slice(tag.as_ref());
    let (head, rest) = packet.split_at_mut(HEADER);
    let (place, sample) = rest.split_at_mut(4);
    keys.header.encrypt_in_place(&sample[..16], &mut head[0], place).expect("it can be masked");
    packet
}

/// Frames of Initial packets: a client's first frames, and others that may stand there.
fn frames(credentials: &Credentials) -> Vec<Vec<u8>> {
    let mut client = Connection::connect(begin(credentials, &SOURCE, 1));
    let mut found = vec![
        vec![0x01],
        vec![0x02, 0, 0, 0, 0],
        vec![0x03, 5, 0, 1, 0, 0, 1, 0, 0, 0],
        vec![0x06, 0x44, 0, 4, 1, 2, 3, 4],
        vec![0x1c, 0, 0, 3, 65, 66, 67],
        vec![0x08, 0, 1, 2, 3],
    ];
    for datagram in flight(&mut client, 0.0) {
        found.push(open(&datagram));
    }
    found
}

/// The frames of a client's first datagram, whose destination ID says its keys.
fn open(datagram: &[u8]) -> Vec<u8> {
    let mut datagram = datagram.to_vec();
    let id_end = 6 + usize::from(datagram[5]);
    let suite =
        TLS13_AES_128_GCM_SHA256.tls13().and_then(rustls::Tls13CipherSuite::quic_suite).expect("it serves QUIC");
    let keys = suite.keys(&datagram[6..id_end], Side::Server, Version::V1).remote;
    // The length stands behind the client's own ID and the length of an empty token, and has two bytes.
    let at = id_end + 1 + usize::from(datagram[id_end]) + 1;
    let length = usize::from(u16::from_be_bytes([datagram[at], datagram[at + 1]]) & 0x3fff);
    let (head, rest) = datagram.split_at_mut(at + 2);
    let (number, sample) = rest.split_at_mut(4);
    keys.header.decrypt_in_place(&sample[..16], &mut head[0], number).expect("it can be unmasked");
    let number_length = usize::from(head[0] & 0x03) + 1;
    let header_end = at + 2 + number_length;
    let number = datagram[at + 2..header_end].iter().fold(0, |sum, byte| (sum << 8) | u64::from(*byte));
    // Bytes beyond the number belong to the payload, and were never masked.
    let (header, payload) = datagram.split_at_mut(header_end);
    let payload = &mut payload[..length - number_length];
    keys.packet.decrypt_in_place(number, header, payload).expect("it is the client's own").to_vec()
}

#[test]
fn a_stranger_is_answered_with_three_times_what_it_sent_and_a_datagram_at_most() {
    let credentials = credentials();
    let corpus = frames(&credentials);
    let keys = initial_keys(Side::Client).local;
    let mut answered = 0;
    rounds(STRANGERS, |round, random| {
        let make = |number: u32, random: &mut Random| {
            let datagram = seal(&keys, number, &random.mutate(&corpus));
            if random.below(4) == 0 { random.mutate(&[datagram]) } else { datagram }
        };
        let first = make(0, random);
        let mut victim = Connection::accept(begin(&credentials, b"victim", round), None, &first);
        let (mut received, mut sent, mut now) = (first.len(), 0, 0.0);
        for number in 1..=1 + random.below(4) as u32 {
            sent += flight(&mut victim, now).iter().map(Vec::len).sum::<usize>();
            // quinn-proto sends a whole datagram where a single byte may still be sent.
            assert!(sent < 3 * received + INITIAL_MIN, "{sent} bytes for {received}");
            while victim.poll_event().is_some() {}
            let next = make(number, random);
            received += next.len();
            victim.handle_datagram(&next, now);
            now += random.below(2_000) as f64;
            victim.handle_timeout(now);
        }
        answered += usize::from(sent > 0);
        assert!(!victim.is_established());
    });
    assert!(answered > 10, "some got an answer: {answered}");
}

/// The two ends, and what is between them.
struct Exchange<'a> {
    credentials: &'a Credentials,
    client: Connection,
    server: Option<Connection>,
    seed: u64,
    now: f64,
    written: u64,
    read: u64,
}

impl Exchange<'_> {
    /// Both ends act once; datagrams that they send meet chance.
    fn step(&mut self, random: &mut Random) {
        let mut chunk: Vec<u8> = (0..random.below(3_000)).map(|at| (self.written + at as u64) as u8).collect();
        chunk.truncate(random.below(chunk.len() + 1));
        if let Ok(taken) = self.client.stream_send(0, &chunk, false) {
            self.written += taken as u64;
        }
        self.client.send_datagram(&chunk[..chunk.len().min(20)]);
        for datagram in flight(&mut self.client, self.now) {
            for datagram in meet(datagram, random) {
                match &mut self.server {
                    Some(server) => server.handle_datagram(&datagram, self.now),
                    None => {
                        let beginning = begin(self.credentials, b"server", self.seed);
                        self.server = Some(Connection::accept(beginning, None, &datagram));
                    }
                }
            }
        }
        let Some(server) = &mut self.server else { return };
        let mut out = vec![0; 4_096];
        while let Ok(received) = server.stream_receive(0, &mut out) {
            for byte in &out[..received.length] {
                assert_eq!(*byte, self.read as u8, "byte {} is another", self.read);
                self.read += 1;
            }
            if received.length == 0 {
                break;
            }
        }
        while server.receive_datagram(&mut out).is_some() {}
        for datagram in flight(server, self.now) {
            for datagram in meet(datagram, random) {
                self.client.handle_datagram(&datagram, self.now);
            }
        }
        self.now += random.below(100) as f64;
        for end in [&mut self.client, server] {
            end.handle_timeout(self.now);
            while end.poll_event().is_some() {}
        }
    }
}

/// A datagram is lost, comes twice, is worse than it was, or whole.
fn meet(datagram: Vec<u8>, random: &mut Random) -> Vec<Vec<u8>> {
    match random.below(10) {
        0 => vec![],
        1 => vec![datagram.clone(), datagram],
        2 => vec![random.mutate(&[datagram])],
        _ => vec![datagram],
    }
}

#[test]
fn what_is_changed_on_the_way_changes_no_byte() {
    let credentials = credentials();
    let (mut read, mut established) = (0, 0);
    rounds(EXCHANGES, |round, random| {
        let mut exchange = Exchange {
            credentials: &credentials,
            client: Connection::connect(begin(&credentials, b"client", round)),
            server: None,
            seed: round,
            now: 0.0,
            written: 0,
            read: 0,
        };
        for _ in 0..60 {
            exchange.step(random);
        }
        read += exchange.read;
        established += u64::from(exchange.client.is_established());
    });
    assert!(established > 0 && read > 100_000, "{established} exchanges came about, and {read} bytes through");
}
