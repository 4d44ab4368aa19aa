//! Events as TypeScript reads them: the vectors are packages/data-plane/vectors, which tests in TypeScript read, too.

use std::io;
use std::net::{IpAddr, Ipv6Addr, SocketAddr, SocketAddrV6};
use std::time::Duration;

use florenetes_florio::{FlorioError, FlorioErrorCode};
use florenetes_io::udp::UdpPeer;
use florenetes_link::Event;
use florenetes_wire::mesh::{
    DropCause, LabelRow, LinkCountsRow, PairCounts, PermitCounts, PermitRow, Refusal, Taken, TransitReport,
};
use serde_json::Value;

#[path = "../../../testing/event_vectors.rs"]
mod vectors;

use vectors::{bytes, closed_of};

#[test]
fn events_are_written_as_the_vectors_have_them() {
    vectors::check("lane-events.json", event_of);
}

fn event_of(event: &Value) -> Event {
    let number = |name: &str| u32::try_from(event[name].as_u64().expect(name)).unwrap();
    let text = |name: &str| event[name].as_str().expect(name).to_owned();
    let cluster = || number("cluster");
    let session = || number("session");
    let address = || address_of(&text("host"), number("port") as u16);
    let peer = || {
        let local = Some(text("local")).filter(|local| !local.is_empty());
        UdpPeer { address: address(), local: local.map(|local| address_of(&local, 0).into()) }
    };
    match event["kind"].as_str().unwrap() {
        "udpOpened" => Event::UdpOpened { cluster: cluster(), local: address() },
        "udpFailed" => {
            let error = io::Error::from_raw_os_error(number("errno").try_into().unwrap());
            Event::UdpFailed { cluster: cluster(), error }
        }
        "portOpened" => Event::PortOpened { cluster: cluster() },
        "portFailed" => {
            let error = FlorioError::new(FlorioErrorCode::PathTooLong, text("text"));
            Event::PortFailed { cluster: cluster(), error }
        }
        "clusterRemoved" => Event::Removed { cluster: cluster() },
        "datagram" => Event::Datagram { cluster: cluster(), from: peer(), bytes: bytes(&event["bytes"]) },
        "message" => Event::Message { cluster: cluster(), message: bytes(&event["bytes"]) },
        "portConnected" => Event::PortConnected { cluster: cluster() },
        "portDisconnected" => Event::PortDisconnected { cluster: cluster() },
        "portWritable" => Event::PortWritable { cluster: cluster() },
        "portVersion" => Event::PortVersion { cluster: cluster(), version: number("version").try_into().unwrap() },
        "stream" => Event::Stream { session: session(), bytes: bytes(&event["bytes"]) },
        "probe" => {
            let spread = event["spreadMs"].as_f64().map(|ms| Duration::from_secs_f64(ms / 1_000.0));
            Event::Probe { session: session(), packet: bytes(&event["bytes"]), spread }
        }
        "newest" => Event::Newest { session: session(), from: peer(), bytes: number("size") },
        "congested" => {
            Event::Congested { session: session(), classes: event["congestedClasses"].as_u64().unwrap() as u8 }
        }
        "silent" => Event::Silent { session: session() },
        "closed" => Event::Closed { session: session(), closed: closed_of(event) },
        "left" => Event::Left { session: session() },
        "transitTaken" => {
            let refusal = match event["refusal"].as_str().unwrap() {
                "invalid" => Some(Refusal::Invalid),
                "full" => Some(Refusal::Full),
                _ => None,
            };
            let taken = Taken { changes: number("changes"), refusal };
            Event::TransitTaken { cluster: cluster(), table: number("table"), taken }
        }
        "transitCounted" => Event::TransitCounted {
            cluster: cluster(),
            reader: number("reader"),
            report: Box::new(report_of(number("number"), &event["rows"])),
        },
        kind => panic!("there is no event of kind {kind}"),
    }
}

fn report_of(number: u32, rows: &Value) -> TransitReport {
    let of_kind = |kind: &str| rows[kind].as_array().unwrap().iter();
    let small = |row: &Value, name: &str| u32::try_from(row[name].as_u64().expect(name)).unwrap();
    let count = |row: &Value, name: &str| row[name].as_u64().expect(name);
    let drop = |row: &Value| {
        let cause = DropCause::ALL[count(row, "cause") as usize - 1];
        (cause, count(row, "packets"), small(row, "label"))
    };
    let links = of_kind("links").map(|row| LinkCountsRow {
        link: small(row, "link"),
        packets_forwarded: count(row, "packetsForwarded"),
        bytes_in: count(row, "bytesIn"),
        drops: row["drops"].as_array().unwrap().iter().map(drop).collect(),
        packets_out: count(row, "packetsOut"),
        bytes_out: count(row, "bytesOut"),
        packets_refused: count(row, "packetsRefused"),
    });
    let pairs = of_kind("pairs").map(|row| PairCounts {
        in_link: small(row, "link"),
        out_link: small(row, "outLink"),
        packets_passed: count(row, "packetsPassed"),
        packets_dropped: count(row, "packetsLimited"),
    });
    let labels = of_kind("labels").map(|row| LabelRow {
        link: small(row, "link"),
        label: small(row, "label"),
        packets: count(row, "packets"),
    });
    let classes = of_kind("classes").map(|row| PermitRow {
        in_link: small(row, "link"),
        out_link: small(row, "outLink"),
        share: small(row, "share") as u16,
        class: small(row, "trafficClass") as u8,
        counts: PermitCounts {
            packets: count(row, "packets"),
            bytes: count(row, "bytes"),
            packets_denied: count(row, "packetsDenied"),
        },
    });
    TransitReport {
        number,
        links: links.collect(),
        pairs: pairs.collect(),
        labels: labels.collect(),
        classes: classes.collect(),
    }
}

/// Reads an address, which may have the number of its interface.
fn address_of(host: &str, port: u16) -> SocketAddr {
    match host.split_once('%') {
        Some((ip, scope)) => SocketAddrV6::new(ip.parse::<Ipv6Addr>().unwrap(), port, 0, scope.parse().unwrap()).into(),
        None => SocketAddr::new(host.parse::<IpAddr>().unwrap(), port),
    }
}
