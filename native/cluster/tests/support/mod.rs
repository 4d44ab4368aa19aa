//! Two data threads with a link between them, over real sockets, and a connection that was brought up in memory.
#![allow(dead_code)]

#[path = "../../../engine/tests/congestion/credentials.rs"]
mod credentials;
pub(crate) mod datagrams;
pub(crate) mod end;
pub(crate) mod events;
#[path = "../../../testing/in_memory.rs"]
mod in_memory;
pub(crate) mod peer;
#[path = "../../../io/tests/support/mod.rs"]
pub(crate) mod threads;
pub(crate) mod wire;

use std::time::Instant;

use florenetes_engine::{
    Beginning, CongestionControl, Connection, DatagramQueues, Guarded, ProcessLedger, Qlog, Settings,
};

/// The largest QUIC packet of the path.
pub(crate) const PAYLOAD: u16 = 4_000;
/// The window of a usual stream.
pub(crate) const WINDOW: u64 = 256 * 1024;
/// The owners' time when a data thread begins: later than all of the handshake.
pub(crate) const START_MS: f64 = 1_000.0;

/// Both ends of a connection, each of which has said hello: the originator's and the acceptor's.
pub(crate) fn connected(ledger: &ProcessLedger, window: u64, streams_max: u64) -> [Guarded; 2] {
    connected_with(ledger, window, streams_max, [None, None])
}

/// Both ends of a connection, as `connected` makes them; one end (0: the originator) is of a version that knows no datagrams.
pub(crate) fn connected_without_datagrams(ledger: &ProcessLedger, end: usize) -> [Guarded; 2] {
    let has_datagrams = [end != 0, end != 1];
    connected_by(ledger, |index| settings(index, WINDOW, 1_000, has_datagrams[index]), [None, None])
}

/// Both ends of a connection, as `connected` makes them, with logs of the packets of each end.
pub(crate) fn connected_with(
    ledger: &ProcessLedger,
    window: u64,
    streams_max: u64,
    qlogs: [Option<Qlog>; 2],
) -> [Guarded; 2] {
    connected_by(ledger, |index| settings(index, window, streams_max, true), qlogs)
}

fn connected_by(
    ledger: &ProcessLedger,
    settings: impl Fn(usize) -> Settings,
    mut qlogs: [Option<Qlog>; 2],
) -> [Guarded; 2] {
    let credentials = credentials::credentials();
    let mut beginning = |index: usize| Beginning {
        credentials: &credentials,
        settings: settings(index),
        source_id: &[],
        seed: [index as u8; 32],
        ledger: ledger.clone(),
        base: Instant::now(),
        now: 0.0,
        qlog: qlogs[index].take(),
    };
    let mut out = [0; PAYLOAD as usize];
    let mut client = Connection::connect(beginning(0));
    let length = client.poll_transmit(&mut out, 0.0);
    let mut server = Connection::accept(beginning(1), None, &out[..length]);
    let hello = [1, 0, 1, 9];
    for step in 1..30 {
        let now = f64::from(step);
        in_memory::step(&mut client, &mut server, now, &mut out);
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

/// Settings of cluster-flor (apps/cluster-flor/src/transport/connections/quic-settings.ts).
fn settings(index: usize, window: u64, streams_max: u64, has_datagrams: bool) -> Settings {
    Settings {
        idle_timeout_ms: 0,
        initial_rtt_ms: 0,
        receive_payload_max: PAYLOAD,
        send_payload_max: PAYLOAD,
        datagrams: has_datagrams.then_some(DatagramQueues { receive_max: 1_024, send_max: 1_024 }),
        connection_window: 1 << 40,
        stream_window: window,
        stream_window_max: 8 * 1024 * 1024,
        bidirectional_max: if index == 1 { streams_max } else { 0 },
        stateless_reset_token: (index == 1).then_some([7; 16]),
        congestion_control: CongestionControl::Steady,
        is_judging: false,
        carries_others: false,
    }
}
