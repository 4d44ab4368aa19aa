//! Packets that leave together are padded to one size, where little is missing.

#[path = "congestion/credentials.rs"]
mod credentials;
#[path = "../../testing/in_memory.rs"]
mod in_memory;

use std::time::Instant;

use florenetes_engine::{Beginning, CongestionControl, Connection, DatagramQueues, ProcessLedger, Settings};

const PAYLOAD: u16 = 1_452;

/// Two ends that are established and have nothing more to say.
fn connected() -> [Connection; 2] {
    let credentials = credentials::credentials();
    let beginning = |source_id: &'static [u8]| Beginning {
        credentials: &credentials,
        settings: Settings {
            idle_timeout_ms: 0,
            initial_rtt_ms: 0,
            receive_payload_max: PAYLOAD,
            send_payload_max: PAYLOAD,
            datagrams: Some(DatagramQueues { receive_max: 16, send_max: 16 }),
            connection_window: 1 << 20,
            stream_window: 1 << 20,
            stream_window_max: 1 << 20,
            bidirectional_max: 4,
            stateless_reset_token: None,
            congestion_control: CongestionControl::Steady,
            is_judging: false,
            carries_others: true,
        },
        source_id,
        seed: [source_id[0]; 32],
        ledger: ProcessLedger::default(),
        base: Instant::now(),
        now: 0.0,
        qlog: None,
    };
    let mut out = [0; PAYLOAD as usize];
    let mut client = Connection::connect(beginning(&[1; 8]));
    let length = client.poll_transmit(&mut out, 0.0);
    let mut server = Connection::accept(beginning(&[2; 8]), None, &out[..length]);
    for turn in 1..50 {
        in_memory::step(&mut client, &mut server, f64::from(turn) * 30.0, &mut out);
    }
    [client, server]
}

/// Sends a datagram of that length in a packet that leaves with others of `segment` bytes; the packet's length.
fn send([client, server]: &mut [Connection; 2], length: usize, segment: usize) -> usize {
    const NOW: f64 = 1_500.0;
    let (mut out, mut heard) = ([0; PAYLOAD as usize], [0; PAYLOAD as usize]);
    let datagram: Vec<u8> = (0..length).map(|index| index as u8 | 1).collect();
    assert!(client.send_datagram(&datagram));
    let sent = client.poll_segment(&mut out, segment, NOW);
    server.handle_datagram(&out[..sent], NOW);
    let received = server.receive_datagram(&mut heard).expect("it arrives");
    assert_eq!(heard[..received], datagram, "{length} beside {segment}");
    // Both ends have nothing more to say afterwards: acknowledgements are not acknowledged.
    in_memory::step(client, server, NOW, &mut out);
    sent
}

/// Two ends, and the length of a packet with a datagram of 1,368 bytes.
fn sending() -> ([Connection; 2], usize) {
    let mut pair = connected();
    // The first packet has an acknowledgement beside the datagram.
    send(&mut pair, 1_368, 0);
    let usual = send(&mut pair, 1_368, 0);
    (pair, usual)
}

#[test]
fn a_packet_that_is_a_little_shorter_than_those_before_it_is_made_as_long() {
    let (mut pair, usual) = sending();
    for missing in [0, 1, 2, 20, 32] {
        assert_eq!(send(&mut pair, 1_368 - missing, usual), usual, "{missing}");
    }
    for missing in [33, 100, 1_300] {
        assert_eq!(send(&mut pair, 1_368 - missing, usual), usual - missing, "{missing}");
    }
}

#[test]
fn a_packet_that_is_longer_or_the_first_stays_as_it_is() {
    let (mut pair, usual) = sending();
    assert_eq!(send(&mut pair, 1_370, usual), usual + 2);
    assert_eq!(send(&mut pair, 1_366, 0), usual - 2);
    // No packet is larger than its room, either.
    assert_eq!(send(&mut pair, 1_400, 20_000), usize::from(PAYLOAD));
}

#[test]
fn an_acknowledgement_alone_is_not_padded() {
    let mut pair = connected();
    send(&mut pair, 100, 0);
    let mut out = [0; PAYLOAD as usize];
    let length = pair[1].poll_transmit(&mut out, 2_000.0);
    send(&mut pair, 100, 0);
    assert_eq!(pair[1].poll_segment(&mut out, length + 10, 2_500.0), length);
}
