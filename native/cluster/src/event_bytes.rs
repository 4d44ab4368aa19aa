//! Events of the lane as bytes, one behind the other, for one call takes all that wait. packages/data-plane/src/cluster-events.ts reads them. Integers are big-endian, and `text` and `bytes` stand behind their length (4).
//!
//! ```text
//!   0 kind   1 its subject's number (4)   5 the rest, by kind
//!
//!   of ports                        of tunnels, trunks, services        of connections
//!    1 opened                       10 listening     port (2)           16 full
//!    2 failed     code, text        11 not listening errno (4), text    17 failed streams  how many (8, a double)
//!    3 message    bytes             12 waiting       any (1)            18 renewal
//!    4 connected                    13 used                             19 size doubt      by an end (1)
//!    5 disconnected                 14 resolve                          20 closed   cause (1), is application's (1),
//!    6 writable                     15 refused  is a service's (1),              code (8, a double), text
//!    7 version    version (1)          connection (4), code (8, a       21 left
//!   of links                           double), text
//!    8 packet     service (4), guessing (1), bytes
//!    9 guessing                                                        31 over  see below
//!   32 question   out-link (4), cause (1), word (1), guessing (1), bytes
//!                                                                      27 pressure level (1), score (1), reasons (2)
//!   of streams and flows of the owner's, by their numbers
//!   22 asked      service (4),      24 ended                            28 answered   tells what is taken (1)
//!      flow (1), tells what is      25 writable                         29 datagram   bytes
//!      taken (1), class (1), text   26 reset    code (8, a double),     30 taken      offset (8, a double),
//!   23 bytes      bytes                         text                                  the end, too (1)
//! ```
//!
//! Over: stream (8), account (4), is a service's (1), flow (1), refused (1), and doubles (8): start, bytes sent, received, code.
//!
//! Where there is no service, connection, link or word, all bits of its number are set.

use crate::event::{Account, Event, StreamOver};
use florenetes_florio::PortEvent;
use florenetes_lane::event_bytes::{begin, write_bytes, write_closed};
use florenetes_wire::mesh::Destination;

const NONE: u32 = u32::MAX;
const NO_WORD: u8 = u8::MAX;

/// Appends all events, in the layout of this file's head.
pub fn write_events(events: &[Event], out: &mut Vec<u8>) {
    for event in events {
        write_event(event, out);
    }
}

fn write_event(event: &Event, out: &mut Vec<u8>) {
    match event {
        Event::PortOpened { port } => begin(out, 1, *port),
        Event::PortFailed { port, error } => {
            begin(out, 2, *port);
            write_bytes(out, error.code.as_str().as_bytes());
            write_bytes(out, error.message.as_bytes());
        }
        Event::Message { port, message } => write_with(out, 3, *port, message),
        Event::Port { port, event } => write_port_event(out, *port, *event),
        Event::Packet { destination, in_link, is_guessing, packet } => {
            begin(out, 8, in_link.unwrap_or(NONE));
            let service = match destination {
                Destination::Service(service) => *service,
                Destination::Connection => NONE,
            };
            out.extend_from_slice(&service.to_be_bytes());
            out.push(u8::from(*is_guessing));
            write_bytes(out, packet);
        }
        Event::Question { in_link, out_link, cause, at, is_guessing, packet } => {
            begin(out, 32, *in_link);
            out.extend_from_slice(&out_link.unwrap_or(NONE).to_be_bytes());
            out.extend_from_slice(&[*cause as u8, at.unwrap_or(NO_WORD), u8::from(*is_guessing)]);
            write_bytes(out, packet);
        }
        Event::Guessing { link } => begin(out, 9, *link),
        Event::Listening { tunnel, port } => {
            begin(out, 10, *tunnel);
            out.extend_from_slice(&port.to_be_bytes());
        }
        Event::ListenFailed { tunnel, error } => {
            begin(out, 11, *tunnel);
            out.extend_from_slice(&error.raw_os_error().unwrap_or(0).to_be_bytes());
            write_bytes(out, error.to_string().as_bytes());
        }
        Event::Waiting { trunk, is_any } => {
            begin(out, 12, *trunk);
            out.push(u8::from(*is_any));
        }
        Event::Used { trunk } => begin(out, 13, *trunk),
        Event::Resolve { service } => begin(out, 14, *service),
        Event::Refused { account, connection, code, text } => {
            let (number, is_service) = parts_of(*account);
            begin(out, 15, number);
            out.push(u8::from(is_service));
            out.extend_from_slice(&connection.unwrap_or(NONE).to_be_bytes());
            out.extend_from_slice(&(*code as f64).to_be_bytes());
            write_bytes(out, text.as_bytes());
        }
        Event::StreamOver(over) => write_over(out, over),
        Event::StreamAsked { workload, service, is_flow, tells_taken, traffic_class, peer } => {
            begin(out, 22, *workload);
            out.extend_from_slice(&service.to_be_bytes());
            out.extend_from_slice(&[u8::from(*is_flow), u8::from(*tells_taken), *traffic_class]);
            write_bytes(out, peer.as_bytes());
        }
        Event::StreamAnswered { workload, tells_taken } => {
            begin(out, 28, *workload);
            out.push(u8::from(*tells_taken));
        }
        Event::StreamTaken { workload, offset, is_end } => {
            begin(out, 30, *workload);
            out.extend_from_slice(&(*offset as f64).to_be_bytes());
            out.push(u8::from(*is_end));
        }
        Event::Datagram { workload, bytes } => write_with(out, 29, *workload, bytes),
        Event::StreamBytes { workload, bytes } => write_with(out, 23, *workload, bytes),
        Event::StreamEnded { workload } => begin(out, 24, *workload),
        Event::StreamWritable { workload } => begin(out, 25, *workload),
        Event::StreamReset { workload, code, text } => {
            begin(out, 26, *workload);
            out.extend_from_slice(&(*code as f64).to_be_bytes());
            write_bytes(out, text.as_bytes());
        }
        Event::Full { connection } => begin(out, 16, *connection),
        Event::Failed { connection, streams } => {
            begin(out, 17, *connection);
            out.extend_from_slice(&(*streams as f64).to_be_bytes());
        }
        Event::Renewal { connection } => begin(out, 18, *connection),
        Event::Pressure { connection, pressure } => {
            begin(out, 27, *connection);
            out.extend_from_slice(&[pressure.level, pressure.score]);
            out.extend_from_slice(&pressure.reasons.to_be_bytes());
        }
        Event::SizeDoubt { connection, is_by_end } => {
            begin(out, 19, *connection);
            out.push(u8::from(*is_by_end));
        }
        Event::Closed { connection, closed } => {
            begin(out, 20, *connection);
            write_closed(out, closed);
        }
        Event::Left { connection } => begin(out, 21, *connection),
    }
}

/// An event of which there is nothing more to say than some bytes.
fn write_with(out: &mut Vec<u8>, kind: u8, subject: u32, bytes: &[u8]) {
    begin(out, kind, subject);
    write_bytes(out, bytes);
}

fn write_over(out: &mut Vec<u8>, over: &StreamOver) {
    let (number, is_service) = parts_of(over.account);
    begin(out, 31, over.connection.unwrap_or(NONE));
    out.extend_from_slice(&over.stream.to_be_bytes());
    out.extend_from_slice(&number.to_be_bytes());
    out.extend_from_slice(&[is_service, over.is_flow, over.is_refused].map(u8::from));
    for number in [over.started_ms, over.sent as f64, over.received as f64, over.code as f64] {
        out.extend_from_slice(&number.to_be_bytes());
    }
}

/// The number of a tunnel or a service, and whether it is a service.
fn parts_of(account: Account) -> (u32, bool) {
    match account {
        Account::Tunnel(tunnel) => (tunnel, false),
        Account::Service(service) => (service, true),
    }
}

fn write_port_event(out: &mut Vec<u8>, port: u32, event: PortEvent) {
    match event {
        PortEvent::Connected => begin(out, 4, port),
        PortEvent::Disconnected => begin(out, 5, port),
        PortEvent::Writable => begin(out, 6, port),
        PortEvent::ForeignVersion(version) => {
            begin(out, 7, port);
            out.push(version);
        }
    }
}
