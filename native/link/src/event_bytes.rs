//! Events of the lane as bytes, one behind the other, for one call takes all that wait. packages/data-plane/src/lane-events.ts reads
//! them. Integers are big-endian, and `text` and `bytes` stand behind their length (4).
//!
//! ```text
//!   0 kind   1 cluster or session (4)   5 the rest, by kind
//!
//!   1 UDP opened    address             8 port disconnected           14 congested   classes (1)
//!   2 UDP failed    errno (4), text     9 port writable               15 silent
//!   3 port opened                      10 port version   version (1)  16 closed      cause (1), is application's (1),
//!   4 port failed   code, text         11 stream   bytes                             code (8, a double), text
//!   5 datagram      address, bytes     12 probe    ms (8, a double), bytes
//!   6 message       bytes              13 newest   address, how many bytes (4)
//!   7 port connected                                                  17 left
//!  18 transit taken     table (4), changes (4), refusal (1)
//!  19 transit counted   reader (4), report (4), its rows: see `report_bytes.rs`
//!  20 cluster removed
//!
//!   address: port (2), text
//! ```

use std::net::SocketAddr;

use crate::event::Event;
use crate::report_bytes::write_rows;
use florenetes_florio::PortEvent;
use florenetes_lane::event_bytes::{begin, write_bytes, write_closed};
use florenetes_wire::mesh::Refusal;

/// Stands where a probe came whole: there were no pieces to take their time.
const WHOLE: f64 = -1.0;

/// Appends all events, in the layout of this file's head.
pub fn write_events(events: &[Event], out: &mut Vec<u8>) {
    for event in events {
        write_event(event, out);
    }
}

fn write_event(event: &Event, out: &mut Vec<u8>) {
    match event {
        Event::UdpOpened { cluster, local } => {
            begin(out, 1, *cluster);
            write_address(out, local);
        }
        Event::UdpFailed { cluster, error } => {
            begin(out, 2, *cluster);
            out.extend_from_slice(&error.raw_os_error().unwrap_or(0).to_be_bytes());
            write_bytes(out, error.to_string().as_bytes());
        }
        Event::PortOpened { cluster } => begin(out, 3, *cluster),
        Event::PortFailed { cluster, error } => {
            begin(out, 4, *cluster);
            write_bytes(out, error.code.as_str().as_bytes());
            write_bytes(out, error.message.as_bytes());
        }
        Event::Removed { cluster } => begin(out, 20, *cluster),
        Event::Datagram { cluster, from, bytes } => {
            begin(out, 5, *cluster);
            write_address(out, from);
            write_bytes(out, bytes);
        }
        Event::Message { cluster, message } => {
            begin(out, 6, *cluster);
            write_bytes(out, message);
        }
        Event::Port { cluster, event } => write_port_event(out, *cluster, *event),
        Event::TransitTaken { cluster, table, taken } => {
            begin(out, 18, *cluster);
            out.extend_from_slice(&table.to_be_bytes());
            out.extend_from_slice(&taken.changes.to_be_bytes());
            out.push(match taken.refusal {
                None => 0,
                Some(Refusal::Invalid) => 1,
                Some(Refusal::Full) => 2,
            });
        }
        Event::TransitCounted { cluster, reader, report } => {
            begin(out, 19, *cluster);
            out.extend_from_slice(&reader.to_be_bytes());
            out.extend_from_slice(&report.number.to_be_bytes());
            write_rows(report, out);
        }
        Event::Stream { session, bytes } => {
            begin(out, 11, *session);
            write_bytes(out, bytes);
        }
        Event::Probe { session, packet, spread } => {
            begin(out, 12, *session);
            let ms = spread.map_or(WHOLE, |spread| spread.as_secs_f64() * 1_000.0);
            out.extend_from_slice(&ms.to_be_bytes());
            write_bytes(out, packet);
        }
        Event::Newest { session, from, bytes } => {
            begin(out, 13, *session);
            write_address(out, from);
            out.extend_from_slice(&u32::try_from(*bytes).unwrap_or(u32::MAX).to_be_bytes());
        }
        Event::Congested { session, classes } => {
            begin(out, 14, *session);
            out.push(*classes);
        }
        Event::Silent { session } => begin(out, 15, *session),
        Event::Closed { session, closed } => {
            begin(out, 16, *session);
            write_closed(out, closed);
        }
        Event::Left { session } => begin(out, 17, *session),
    }
}

fn write_port_event(out: &mut Vec<u8>, cluster: u32, event: PortEvent) {
    match event {
        PortEvent::Connected => begin(out, 7, cluster),
        PortEvent::Disconnected => begin(out, 8, cluster),
        PortEvent::Writable => begin(out, 9, cluster),
        PortEvent::ForeignVersion(version) => {
            begin(out, 10, cluster);
            out.push(version);
        }
    }
}

/// The interface of a link-local address is told by its number: `fe80::1%2`.
fn write_address(out: &mut Vec<u8>, address: &SocketAddr) {
    out.extend_from_slice(&address.port().to_be_bytes());
    let host = match address {
        SocketAddr::V6(v6) if v6.scope_id() != 0 => format!("{}%{}", v6.ip(), v6.scope_id()),
        _ => address.ip().to_string(),
    };
    write_bytes(out, host.as_bytes());
}
