//! The log of a connection, beside the figures of that connection.

#[path = "congestion/credentials.rs"]
mod credentials;

use std::sync::{Arc, Mutex};
use std::time::Instant;

use florenetes_engine::{
    Beginning, CongestionControl, Connection, DatagramQueues, ProcessLedger, Qlog, QlogSink, Settings, Stats,
};
use serde_json::Value;

const PAYLOAD: u16 = 1_452;
const BEGINS_MS: f64 = 5_000.0;
const UNIX_MS: f64 = 1_700_000_000_000.0;

/// A file in memory.
#[derive(Clone, Default)]
struct Memory(Arc<Mutex<Contents>>);

#[derive(Default)]
struct Contents {
    records: Vec<u8>,
    first_id: Vec<u8>,
    is_server: bool,
}

impl QlogSink for Memory {
    fn write(&mut self, first_id: &[u8], is_server: bool, records: Vec<u8>) -> bool {
        let mut file = self.0.lock().unwrap();
        file.records.extend(records);
        (file.first_id, file.is_server) = (first_id.to_vec(), is_server);
        true
    }
}

impl Memory {
    /// All records: the head, and the events.
    fn records(&self) -> Vec<Value> {
        let file = self.0.lock().unwrap();
        let text = std::str::from_utf8(&file.records).unwrap();
        assert!(text.is_ascii());
        let record = |line: &str| serde_json::from_str(line.strip_prefix('\x1e').expect("a separator")).unwrap();
        text.lines().map(record).collect()
    }

    fn events(&self, name: &str) -> Vec<Value> {
        let records = self.records().into_iter().skip(1);
        records.filter(|event| event["name"] == name).map(|mut event| event["data"].take()).collect()
    }
}

fn beginning<'a>(credentials: &'a florenetes_engine::Credentials, id: &'a [u8], file: &Memory) -> Beginning<'a> {
    Beginning {
        credentials,
        settings: Settings {
            idle_timeout_ms: 30_000,
            initial_rtt_ms: 0,
            receive_payload_max: PAYLOAD,
            send_payload_max: PAYLOAD,
            datagrams: Some(DatagramQueues { receive_max: 64, send_max: 64 }),
            connection_window: 1 << 20,
            stream_window: 1 << 20,
            stream_window_max: 1 << 20,
            bidirectional_max: 4,
            stateless_reset_token: None,
            congestion_control: CongestionControl::Steady,
            is_judging: false,
            carries_others: true,
        },
        source_id: id,
        seed: [id[0]; 32],
        ledger: ProcessLedger::default(),
        base: Instant::now(),
        now: BEGINS_MS,
        qlog: Some(Qlog { sink: Box::new(file.clone()), unix_ms: UNIX_MS }),
    }
}

/// Passes on what one end has to send, but each `nth` of its packets.
fn pass(from: &mut Connection, to: &mut Connection, now: f64, lost_every: u64, sent: &mut u64) {
    let mut out = [0; PAYLOAD as usize];
    loop {
        let length = from.poll_transmit(&mut out, now);
        if length == 0 {
            return;
        }
        *sent += 1;
        if !sent.is_multiple_of(lost_every) {
            to.handle_datagram(&out[..length], now);
        }
    }
}

/// A megabyte over a path that loses some packets, as both ends have told it, with their figures and the time.
fn transfer() -> ([Memory; 2], [Stats; 2], [Connection; 2], f64) {
    let credentials = credentials::credentials();
    let files = [Memory::default(), Memory::default()];
    let mut client = Connection::connect(beginning(&credentials, b"client-1", &files[0]));
    let mut out = [0; PAYLOAD as usize];
    let length = client.poll_transmit(&mut out, BEGINS_MS);
    let mut server = Connection::accept(beginning(&credentials, b"server-1", &files[1]), None, &out[..length]);
    let (mut now, mut sent, mut left, mut counts) = (BEGINS_MS, 0, 1_000_000, [1, 0]);
    while (left > 0 || sent < 1_000_000) && now < 60_000.0 {
        now += 5.0;
        let lost_every = if client.is_established() && server.is_established() { 50 } else { u64::MAX };
        if client.is_established() && left > 0 {
            left -= client.stream_send(0, &vec![7; left.min(65_536)], false).unwrap_or(0);
            client.send_datagram(b"datagram");
        }
        pass(&mut client, &mut server, now, lost_every, &mut counts[0]);
        let mut bytes = [0; 65_536];
        while let Ok(read) = server.stream_receive(0, &mut bytes) {
            sent += read.length;
            if read.length == 0 {
                break;
            }
        }
        pass(&mut server, &mut client, now, lost_every, &mut counts[1]);
        client.handle_timeout(now);
        server.handle_timeout(now);
    }
    assert_eq!((left, sent), (0, 1_000_000));
    let stats = [client.stats(), server.stats()];
    (files, stats, [client, server], now)
}

#[test]
fn packets_are_told_as_often_as_they_are_counted() {
    let (files, stats, mut ends, now) = transfer();
    let files_so_far = files.clone();
    ends[0].close(7, "done \u{1b}");
    let mut out = [0; PAYLOAD as usize];
    let length = ends[0].poll_transmit(&mut out, now);
    ends[1].handle_datagram(&out[..length], now);
    drop(ends);
    // The packet with CONNECTION_CLOSE comes after the figures were taken, and the client's is not counted at all.
    for (end, (file, stats)) in files_so_far.iter().zip(stats).enumerate() {
        let closing = |packet: &Value| packet["frames"].to_string().contains("connection_close");
        let count = |name: &str| file.events(name).iter().filter(|packet| !closing(packet)).count() as u64;
        assert_eq!(count("transport:packet_sent"), stats.packets_sent, "end {end}");
        assert_eq!(count("transport:packet_received"), stats.packets_received, "end {end}");
        assert_eq!(count("recovery:packet_lost"), stats.packets_lost, "end {end}");
    }
    assert!(stats[0].packets_lost > 5, "{:?}", stats[0]);
    let close = &files[1].events("connectivity:connection_closed")[0];
    assert_eq!(close["owner"], "remote");
    assert_eq!(close["application_code"], 7);
    assert_eq!(close["trigger"], "application");
    assert_eq!(close["reason"], "done \u{1b}");
    assert_eq!(files[0].events("connectivity:connection_closed")[0]["owner"], "local");
}

#[test]
fn records_have_the_names_of_the_schema() {
    let (files, stats, ends, now) = transfer();
    drop(ends);
    for (file, side) in files.iter().zip(["client", "server"]) {
        let records = file.records();
        let head = &records[0];
        assert_eq!(head["qlog_version"], "0.3");
        assert_eq!(head["qlog_format"], "JSON-SEQ");
        assert_eq!(head["trace"]["vantage_point"]["type"], side);
        let common = &head["trace"]["common_fields"];
        assert_eq!(common["time_format"], "relative");
        assert_eq!(common["reference_time"], UNIX_MS);
        let id: String = file.0.lock().unwrap().first_id.iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(common["ODCID"], id);
        assert_eq!(file.0.lock().unwrap().is_server, side == "server");
        assert_eq!(records[1]["name"], "connectivity:connection_started");
        let mut before = 0.0;
        for event in &records[1..] {
            let time = event["time"].as_f64().unwrap();
            assert!(time >= before && time <= now - BEGINS_MS + 0.01, "{event}");
            before = time;
        }
        let kinds: Vec<_> = file
            .events("transport:packet_sent")
            .iter()
            .map(|packet| packet["header"]["packet_type"].as_str().unwrap().to_owned())
            .collect();
        for kind in ["initial", "handshake", "1RTT"] {
            assert!(kinds.iter().any(|other| other == kind), "{kind}");
        }
    }
    let ids: Vec<_> = files.iter().map(|file| file.0.lock().unwrap().first_id.clone()).collect();
    assert_eq!(ids[0], ids[1], "both ends name the connection alike");
    let sent = files[0].events("transport:packet_sent");
    let bytes: u64 = sent.iter().map(|packet| packet["raw"]["length"].as_u64().unwrap()).sum();
    assert_eq!(bytes, stats[0].bytes_sent);
    let is_stream = |frame: &&Value| frame["frame_type"] == "stream";
    let frames = sent.iter().flat_map(|packet| packet["frames"].as_array().unwrap()).filter(is_stream);
    assert!(frames.map(|frame| frame["length"].as_u64().unwrap()).sum::<u64>() >= 1_000_000);
    let metrics = files[0].events("recovery:metrics_updated");
    let last = |name: &str| metrics.iter().rev().find_map(|data| data[name].as_f64()).unwrap();
    assert!((last("smoothed_rtt") - stats[0].rtt_ms).abs() < 0.01, "{} {}", last("smoothed_rtt"), stats[0].rtt_ms);
    assert_eq!(last("congestion_window"), stats[0].congestion_window as f64);
    for name in ["min_rtt", "latest_rtt", "rtt_variance", "pto_count", "bytes_in_flight"] {
        assert!(last(name) >= 0.0, "{name}");
    }
    let triggers = files[0].events("recovery:packet_lost");
    assert!(triggers.iter().any(|lost| lost["trigger"] == "reordering_threshold"), "{triggers:?}");
}

#[test]
fn who_never_has_a_peer_leaves_no_file() {
    let credentials = credentials::credentials();
    let files = [Memory::default(), Memory::default()];
    let mut client = Connection::connect(beginning(&credentials, b"client-2", &files[0]));
    let mut out = [0; PAYLOAD as usize];
    let length = client.poll_transmit(&mut out, BEGINS_MS);
    let mut server = Connection::accept(beginning(&credentials, b"server-2", &files[1]), None, &out[..length]);
    server.poll_transmit(&mut out, BEGINS_MS);
    for step in 1..100 {
        let now = BEGINS_MS + 1_000.0 * f64::from(step);
        for end in [&mut client, &mut server] {
            end.handle_timeout(now);
            while end.poll_transmit(&mut out, now) > 0 {}
        }
    }
    assert!(client.is_closed() && server.is_closed());
    drop((client, server));
    assert!(files.iter().all(|file| file.0.lock().unwrap().records.is_empty()));
}
