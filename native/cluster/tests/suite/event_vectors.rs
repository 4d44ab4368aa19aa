//! Events as TypeScript reads them: the vectors are packages/data-plane/vectors, which tests in TypeScript read, too.

#[path = "../../../testing/event_vectors.rs"]
mod vectors;

use std::io;

use florenetes_cluster::{Account, Event, Pressure, StreamOver};
use florenetes_florio::{FlorioError, FlorioErrorCode};
use florenetes_wire::mesh::{Destination, DropCause};
use serde_json::Value;
use vectors::{bytes, closed_of};

#[test]
fn events_are_written_as_the_vectors_have_them() {
    vectors::check("cluster-events.json", event_of);
}

fn event_of(event: &Value) -> Event {
    let maybe = |name: &str| event[name].as_u64().map(|number| u32::try_from(number).unwrap());
    let number = |name: &str| maybe(name).expect(name);
    let is = |name: &str| event[name].as_bool().expect(name);
    let text = |name: &str| event[name].as_str().expect(name).to_owned();
    let connection = || number("connection");
    let port = || number("port");
    match event["kind"].as_str().unwrap() {
        "portOpened" => Event::PortOpened { port: port() },
        "portFailed" => {
            let error = FlorioError::new(FlorioErrorCode::PathTooLong, text("text"));
            Event::PortFailed { port: port(), error }
        }
        "message" => Event::Message { port: port(), message: bytes(&event["bytes"]) },
        "portConnected" => Event::PortConnected { port: port() },
        "portDisconnected" => Event::PortDisconnected { port: port() },
        "portWritable" => Event::PortWritable { port: port() },
        "portVersion" => Event::PortVersion { port: port(), version: number("version") as u8 },
        "packet" => Event::Packet {
            destination: maybe("service").map_or(Destination::Connection, Destination::Service),
            in_link: event["inLink"].as_u64().map(|link| link as u32),
            is_guessing: is("isGuessing"),
            packet: bytes(&event["bytes"]),
        },
        "question" => Event::Question {
            in_link: number("inLink"),
            out_link: event["outLink"].as_u64().map(|link| link as u32),
            cause: DropCause::ALL[number("cause") as usize - 1],
            at: maybe("at").map(|at| at as u8),
            is_guessing: is("isGuessing"),
            packet: bytes(&event["bytes"]),
        },
        "guessing" => Event::Guessing { link: number("link") },
        "listening" => Event::Listening { tunnel: number("tunnel"), port: number("tcpPort") as u16 },
        "listenFailed" => {
            let error = io::Error::from_raw_os_error(number("errno").try_into().unwrap());
            Event::ListenFailed { tunnel: number("tunnel"), error }
        }
        "waiting" => Event::Waiting { trunk: number("trunk"), is_any: is("areWaiting"), used_up: maybe("usedUp") },
        "used" => Event::Used { trunk: number("trunk") },
        "resolve" => Event::Resolve { service: number("service") },
        "refused" => Event::Refused {
            account: if is("isService") { Account::Service } else { Account::Tunnel }(number("number")),
            connection: maybe("connection"),
            code: event["code"].as_u64().unwrap(),
            text: text("text"),
        },
        "full" => Event::Full { connection: connection() },
        "failed" => Event::Failed { connection: connection(), streams: event["streams"].as_u64().unwrap() },
        "pressure" => {
            let (level, score, reasons) = (number("level") as u8, number("score") as u8, number("reasons") as u16);
            Event::Pressure { connection: connection(), pressure: Pressure { level, score, reasons } }
        }
        "renewal" => Event::Renewal { connection: connection() },
        "sizeDoubt" => Event::SizeDoubt { connection: connection(), is_by_end: is("isByEnd") },
        "unanswered" => Event::Unanswered { connection: connection(), ms: event["ms"].as_u64().unwrap() },
        "silent" => Event::Silent { connection: connection() },
        "answered" => Event::Answered { connection: connection() },
        "closed" => Event::Closed { connection: connection(), closed: closed_of(event) },
        "left" => Event::Left { connection: connection() },
        "over" => Event::StreamOver(StreamOver {
            connection: maybe("connection"),
            stream: event["stream"].as_u64().unwrap(),
            account: if is("isService") { Account::Service } else { Account::Tunnel }(number("number")),
            is_flow: is("isFlow"),
            is_refused: is("isRefused"),
            started_ms: event["startedMs"].as_f64().unwrap(),
            sent: event["sent"].as_u64().unwrap(),
            received: event["received"].as_u64().unwrap(),
            code: event["code"].as_u64().unwrap(),
        }),
        "streamAsked" => Event::StreamAsked {
            workload: number("workload"),
            service: number("service"),
            is_flow: is("isFlow"),
            tells_taken: is("tellsTaken"),
            traffic_class: number("trafficClass") as u8,
            peer: text("peer").into(),
        },
        "streamAnswered" => Event::StreamAnswered { workload: number("workload"), tells_taken: is("tellsTaken") },
        "datagrams" => Event::Datagrams { workload: number("workload"), bytes: bytes(&event["bytes"]) },
        "streamBytes" => Event::StreamBytes { workload: number("workload"), bytes: bytes(&event["bytes"]) },
        "streamEnded" => Event::StreamEnded { workload: number("workload") },
        "streamWritable" => Event::StreamWritable { workload: number("workload") },
        "streamTaken" => Event::StreamTaken {
            workload: number("workload"),
            offset: event["offset"].as_u64().unwrap(),
            is_end: is("isEnd"),
        },
        "sessionBytes" => Event::SessionBytes { session: number("session"), bytes: bytes(&event["bytes"]) },
        "sessionLeft" => Event::SessionLeft { session: number("session"), bytes: bytes(&event["bytes"]) },
        "streamReset" => Event::StreamReset {
            workload: number("workload"),
            code: event["code"].as_u64().unwrap(),
            text: text("text"),
        },
        kind => panic!("there is no event of kind {kind}"),
    }
}
