//! Data threads over real sockets, with sessions that were brought up in memory.
#![allow(dead_code)]

#[path = "../../../engine/tests/congestion/credentials.rs"]
mod credentials;
pub(crate) mod end;
pub(crate) mod forwarder;
#[path = "../../../testing/in_memory.rs"]
mod in_memory;
pub(crate) mod peer;
#[path = "../../../io/tests/support/mod.rs"]
pub(crate) mod threads;

use std::time::Instant;

use florenetes_engine::{Beginning, CongestionControl, Connection, DatagramQueues, Guarded, ProcessLedger, Settings};
use florenetes_link::limits::ID_LENGTH;

/// The UDP payload of a usual path.
pub(crate) const PAYLOAD: u16 = 1_452;
/// The owners' time when a data thread begins: later than all of the handshake.
pub(crate) const START_MS: f64 = 1_000.0;
/// The bytes that probes begin with.
pub(crate) const PROBE_KEY: [u8; 16] = *b"the key of probe";
/// The token that proves that an acceptor has lost its state.
pub(crate) const RESET_TOKEN: [u8; 16] = *b"a token of reset";

/// An end of a connection that is established, and the ID that leads to it.
pub(crate) struct ReadyEnd {
    pub(crate) connection: Guarded,
    pub(crate) id: [u8; ID_LENGTH],
}

/// Both ends of a connection: the originator's and the acceptor's.
pub(crate) fn connected() -> (ReadyEnd, ReadyEnd) {
    let credentials = credentials::credentials();
    let ids = [fastrand::u64(..), fastrand::u64(..)].map(u64::to_be_bytes);
    let beginning = |index: usize| Beginning {
        credentials: &credentials,
        settings: settings(index),
        source_id: &ids[index],
        seed: [index as u8; 32],
        ledger: ProcessLedger::default(),
        base: Instant::now(),
        now: 0.0,
        qlog: None,
    };
    let mut out = [0; PAYLOAD as usize];
    let mut client = Connection::connect(beginning(0));
    let length = client.poll_transmit(&mut out, 0.0);
    let mut server = Connection::accept(beginning(1), None, &out[..length]);
    for step in 1..20 {
        let now = f64::from(step);
        in_memory::step(&mut client, &mut server, now, &mut out);
    }
    assert!(client.is_established() && server.is_established());
    let ready = |mut connection: Connection, id| {
        while connection.poll_event().is_some() {}
        ReadyEnd { connection: Guarded::new(|| connection), id }
    };
    (ready(client, ids[0]), ready(server, ids[1]))
}

/// Settings of links (apps/link-flor/src/quic-link/quic-settings.ts).
fn settings(index: usize) -> Settings {
    Settings {
        idle_timeout_ms: 300_000,
        initial_rtt_ms: 0,
        receive_payload_max: PAYLOAD,
        send_payload_max: PAYLOAD,
        datagrams: Some(DatagramQueues { receive_max: 4_096, send_max: 128 }),
        connection_window: 16_384,
        stream_window: 16_384,
        stream_window_max: 16_384,
        bidirectional_max: 1,
        stateless_reset_token: (index == 1).then_some(RESET_TOKEN),
        congestion_control: CongestionControl::Steady,
        is_judging: false,
        carries_others: true,
    }
}
