//! A process with one FlorIO port, told line by line what to do, which answers in lines of JSON. It beats every 100 ms, and answers every
//! packet with a packet: packages/florio/test/fixtures/vertex-process.ts in Rust, so that each can be the other's partner.
//!
//! ```text
//! florio-vertex BIND CONNECT
//! ```
#![allow(clippy::print_stdout)]

use std::io::stdin;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use florenetes_florio::PortEvent;
use florenetes_florio::frame::DataFrame;
use florenetes_io::data_thread::{DataThread, Handler, PortId, Ports, Sockets, UdpId, UdpSockets};
use florenetes_io::udp::Datagrams;
use serde_json::json;

const BEAT_INTERVAL: Duration = Duration::from_millis(100);
const FLOOD_PACKETS: usize = 50;

enum Order {
    Open { bind: PathBuf, connect: PathBuf },
    Told(String),
}

struct Vertex {
    port: Option<PortId>,
    beat: String,
    beat_at: Instant,
    is_flooding: bool,
    connects: u32,
    disconnects: u32,
    writables: u32,
    /// The instance of the partner whose heartbeat came last.
    partner: String,
}

impl Vertex {
    fn new() -> Self {
        let now = Instant::now();
        Self {
            port: None,
            beat: format!("beat of {}", std::process::id()),
            beat_at: now,
            is_flooding: false,
            connects: 0,
            disconnects: 0,
            writables: 0,
            partner: String::new(),
        }
    }

    fn print_status(&self, sockets: &Sockets) {
        let Some(port) = self.port.map(|port| &sockets.ports[port]) else { return };
        let counters = port.counters();
        let status = json!({
            "isConnected": port.is_connected(),
            "isWritable": port.is_writable(),
            "waitingFor": port.waiting_for(),
            "partner": self.partner,
            "connects": self.connects,
            "disconnects": self.disconnects,
            "writables": self.writables,
            "counters": {
                "packetsSent": counters.packets_sent,
                "packetsReceived": counters.packets_received,
                "packetsRefusedQueueFull": counters.packets_refused_queue_full,
                "packetsRefusedNotConnected": counters.packets_refused_not_connected,
                "packetsDroppedNotConnected": counters.packets_dropped_not_connected,
                "socketFull": counters.socket_full,
                "disconnects": counters.disconnects,
                "framesDroppedMalformed": counters.frames_dropped_malformed,
            },
        });
        println!("{status}");
    }
}

impl Handler for Vertex {
    type Command = Order;

    fn handle_command(&mut self, order: Order, sockets: &mut Sockets, now: Instant) {
        match order {
            Order::Open { bind, connect } => match sockets.open_port(bind, connect, now) {
                Ok(port) => {
                    self.port = Some(port);
                    println!("{}", json!("ready"));
                }
                Err(error) => println!("{}", json!(error.code.as_str())),
            },
            Order::Told(word) => match word.as_str() {
                "flood" => self.is_flooding = true,
                "calm" => self.is_flooding = false,
                "status" => self.print_status(sockets),
                "close" => {
                    if let Some(port) = self.port.take() {
                        sockets.close_port(port);
                    }
                }
                _ => {}
            },
        }
    }

    fn handle_datagrams(&mut self, _: UdpId, _: Datagrams<'_>, _: &mut Ports, _: Instant) {}

    fn handle_data(&mut self, port: PortId, mut frame: DataFrame<'_>, ports: &mut Ports, _: Instant) {
        if frame.handle == 1 {
            for packet in frame.packets_mut() {
                ports[port].send_packet(2, packet);
            }
        }
    }

    fn handle_message(&mut self, port: PortId, message: &[u8], ports: &mut Ports, _: Instant) {
        if message.len() > 1 {
            self.partner = String::from_utf8_lossy(message).into_owned();
            ports[port].send_control(&[0]);
        }
    }

    fn handle_port_event(&mut self, port: PortId, event: PortEvent, ports: &mut Ports, _: Instant) {
        match event {
            PortEvent::Connected => {
                self.connects += 1;
                ports[port].send_control(self.beat.as_bytes());
            }
            PortEvent::Disconnected => self.disconnects += 1,
            PortEvent::Writable => self.writables += 1,
            PortEvent::ForeignVersion(_) => {}
        }
    }

    fn next_timeout(&self) -> Option<Instant> {
        // A flood goes on at once: the time of the last beat is over.
        Some(if self.is_flooding { self.beat_at - BEAT_INTERVAL } else { self.beat_at })
    }

    fn handle_timeout(&mut self, _: Instant) {}

    fn handle_turn(&mut self, ports: &mut Ports, now: Instant) {
        let is_beating = self.beat_at <= now;
        if is_beating {
            self.beat_at = now + BEAT_INTERVAL;
        }
        let Some(port) = self.port.map(|port| &mut ports[port]) else { return };
        if is_beating {
            port.send_control(self.beat.as_bytes());
        }
        if self.is_flooding {
            for _ in 0..FLOOD_PACKETS {
                port.send_packet(1, &[0; 1_300]);
            }
        }
    }

    fn transmit(&mut self, _: &mut UdpSockets, _: Instant) {}
}

fn main() -> std::io::Result<()> {
    let mut arguments = std::env::args_os().skip(1).map(PathBuf::from);
    let (Some(bind), Some(connect)) = (arguments.next(), arguments.next()) else {
        return Err(std::io::Error::other("florio-vertex BIND CONNECT"));
    };
    let thread = DataThread::start(|_| Vertex::new())?;
    let is_taken = thread.send(Order::Open { bind, connect }).is_ok();
    assert!(is_taken, "the first order is taken");
    for line in stdin().lines() {
        let is_taken = thread.send(Order::Told(line?)).is_ok();
        assert!(is_taken, "a person, or a test, gives orders one by one");
    }
    Ok(())
}
