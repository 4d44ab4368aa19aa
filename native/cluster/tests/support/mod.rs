//! Two lanes with a link between them, over real sockets, and a connection that was brought up in memory.
#![allow(dead_code)]

#[path = "../../../engine/tests/congestion/credentials.rs"]
mod credentials;
pub(crate) mod end;
pub(crate) mod peer;
#[path = "../../../io/tests/support/mod.rs"]
pub(crate) mod threads;
pub(crate) mod wire;

use std::time::Instant;

use florenetes_engine::{Beginning, CongestionControl, Connection, Guarded, ProcessLedger, Settings};

/// The largest QUIC packet of the path.
pub(crate) const PAYLOAD: u16 = 4_000;
/// The owners' time when a lane begins: later than all of the handshake.
pub(crate) const START_MS: f64 = 1_000.0;

/// Both ends of a connection, each of which has said hello: the originator's and the acceptor's.
pub(crate) fn connected(window: u64, streams_max: u64) -> [Guarded; 2] {
    let credentials = credentials::credentials();
    let beginning = |index: usize| Beginning {
        credentials: &credentials,
        settings: settings(index, window, streams_max),
        source_id: &[],
        seed: [index as u8; 32],
        ledger: ProcessLedger::default(),
        base: Instant::now(),
        now: 0.0,
    };
    let mut out = [0; PAYLOAD as usize];
    let mut client = Connection::connect(beginning(0));
    let length = client.poll_transmit(&mut out, 0.0);
    let mut server = Connection::accept(beginning(1), None, &out[..length]);
    let hello = [1, 0, 1, 9];
    for step in 1..30 {
        let now = f64::from(step);
        pass(&mut server, &mut client, now, &mut out);
        pass(&mut client, &mut server, now, &mut out);
        client.handle_timeout(now);
        server.handle_timeout(now);
        if step == 10 {
            assert_eq!(client.stream_send(0, &hello, false), Ok(hello.len()));
        }
        if step == 15 {
            assert_eq!(server.stream_send(0, &hello, false), Ok(hello.len()));
        }
    }
    [client, server].map(|mut connection| {
        assert!(connection.is_established());
        while connection.poll_event().is_some() {}
        assert_eq!(connection.stream_receive(0, &mut out).map(|received| received.length), Ok(hello.len()));
        Guarded::new(|| connection)
    })
}

/// Those of cluster-flor (apps/cluster-flor/src/transport/connections/quic-settings.ts).
fn settings(index: usize, window: u64, streams_max: u64) -> Settings {
    Settings {
        idle_timeout_ms: 0,
        receive_payload_max: PAYLOAD,
        send_payload_max: PAYLOAD,
        datagrams: None,
        connection_window: 1 << 40,
        stream_window: window,
        stream_window_max: 8 * 1024 * 1024,
        bidirectional_max: if index == 1 { streams_max } else { 0 },
        stateless_reset_token: (index == 1).then_some([7; 16]),
        congestion_control: CongestionControl::Steady,
        is_judging: false,
    }
}

fn pass(from: &mut Connection, to: &mut Connection, now: f64, out: &mut [u8]) {
    loop {
        let length = from.poll_transmit(out, now);
        if length == 0 {
            return;
        }
        to.handle_datagram(&out[..length], now);
    }
}
