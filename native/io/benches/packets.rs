//! CPU time per packet of the sockets, over loopback: `cargo bench -p florenetes-io`. Both ends are in it, and the kernel's part.
#![allow(clippy::print_stdout)]

use std::path::PathBuf;
use std::sync::mpsc::{Sender, channel};
use std::time::Instant;

use florenetes_florio::PortEvent;
use florenetes_florio::frame::DataFrame;
use florenetes_io::data_thread::{DataThread, Handler, PortId, Ports, Sockets, UdpId, UdpSockets};
use florenetes_io::udp::{Datagrams, UdpSocket};
use florenetes_io::{Ecn, Inbox};

const UDP_PAYLOAD: usize = 1_280;
const UDP_PACKETS: usize = 400_000;
const FLORIO_FRAMES: u64 = 60_000;

/// Nanoseconds for which a thread of this process has been on a CPU: the first field of schedstat.
fn cpu_ns(thread: &str) -> u64 {
    let text = std::fs::read_to_string(format!("/proc/{thread}/schedstat")).unwrap();
    text.split_whitespace().next().unwrap().parse().unwrap()
}

fn udp(batch: usize) {
    let open = || UdpSocket::open("127.0.0.1:0".parse().unwrap()).unwrap();
    let (mut a, mut b, mut inbox) = (open(), open(), Inbox::default());
    let (to, bytes) = (b.local(), vec![7; batch * UDP_PAYLOAD]);
    let mut round = || {
        assert!(a.send(&bytes, UDP_PAYLOAD, to, Ecn::Capable0));
        let mut received = 0;
        while received < batch {
            b.receive(&mut inbox, |mut datagrams| {
                received += datagrams.iter_mut().map(|datagram| datagram.len()).sum::<usize>() / UDP_PAYLOAD
            });
        }
    };
    (0..100).for_each(|_| round());
    let begin = cpu_ns("thread-self");
    let rounds = UDP_PACKETS / batch;
    (0..rounds).for_each(|_| round());
    let ns = (cpu_ns("thread-self") - begin) / (rounds * batch) as u64;
    println!("UDP, {UDP_PAYLOAD} bytes, batches of {batch}: {ns} ns a packet");
}

/// The kernel's part of a datagram by itself, without any code of ours.
fn bare_udp() {
    let open = || std::net::UdpSocket::bind("127.0.0.1:0").unwrap();
    let (a, b, mut bytes) = (open(), open(), [7; UDP_PAYLOAD]);
    let to = b.local_addr().unwrap();
    let begin = cpu_ns("thread-self");
    for _ in 0..UDP_PACKETS {
        a.send_to(&bytes, to).unwrap();
        b.recv_from(&mut bytes).unwrap();
    }
    println!(
        "UDP, {UDP_PAYLOAD} bytes, bare send_to and recv_from: {} ns a packet",
        (cpu_ns("thread-self") - begin) / UDP_PACKETS as u64
    );
}

/// An end of a FlorIO pair: it sends frames of so many packets for as long as the socket takes them, or only counts.
struct End {
    packets: u64,
    size: usize,
    to_send: u64,
    received: u64,
    port: Option<PortId>,
    /// Tells the CPU time of its thread when it is done.
    done: Sender<u64>,
}

impl Handler for End {
    type Command = (PathBuf, PathBuf);

    fn handle_command(&mut self, (bind, connect): (PathBuf, PathBuf), sockets: &mut Sockets, now: Instant) {
        self.port = Some(sockets.open_port(bind, connect, now).unwrap());
    }

    fn handle_datagrams(&mut self, _: UdpId, _: Datagrams<'_>, _: &mut Ports, _: Instant) {}

    fn handle_data(&mut self, _: PortId, frame: DataFrame<'_>, _: &mut Ports, _: Instant) {
        self.received += frame.packets as u64;
        if self.received == FLORIO_FRAMES * self.packets {
            self.done.send(cpu_ns("thread-self")).unwrap();
        }
    }

    fn handle_message(&mut self, _: PortId, _: &[u8], _: &mut Ports, _: Instant) {}

    fn handle_port_event(&mut self, _: PortId, _: PortEvent, _: &mut Ports, _: Instant) {}

    fn next_timeout(&self) -> Option<Instant> {
        None
    }

    fn handle_timeout(&mut self, _: Instant) {}

    fn handle_turn(&mut self, ports: &mut Ports, _: Instant) {
        let Some(port) = self.port.map(|port| &mut ports[port]) else { return };
        let packet = vec![7; self.size];
        while self.to_send > 0 && port.is_connected() && !port.is_blocked() {
            for _ in 0..self.packets {
                assert!(port.send_packet(1, &packet));
            }
            self.to_send -= 1;
            // A turn for each frame, as under a load that comes in batches.
            port.handle_turn_end(Instant::now());
            if self.to_send == 0 {
                self.done.send(cpu_ns("thread-self")).unwrap();
            }
        }
    }

    fn transmit(&mut self, _: &mut UdpSockets, _: Instant) {}
}

fn florio(packets: u64, size: usize) {
    let folder = std::env::temp_dir().join(format!("florenetes-bench-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let (a, b) = (folder.join("a"), folder.join("b"));
    let (done, ends) = channel();
    let start = |to_send: u64| {
        let done = done.clone();
        DataThread::start(move |_| End { packets, size, to_send, received: 0, port: None, done }).unwrap()
    };
    let (receiver, sender) = (start(0), start(FLORIO_FRAMES));
    assert!(receiver.send((b.clone(), a.clone())).is_ok() && sender.send((a, b)).is_ok());
    let ns: u64 = ends.iter().take(2).sum();
    println!("FlorIO, frames of {packets} times {size} bytes: {} ns a frame", ns / FLORIO_FRAMES);
    drop((receiver, sender));
    std::fs::remove_dir_all(folder).unwrap();
}

fn main() {
    bare_udp();
    for batch in [1, 4, 16, 32, 44] {
        udp(batch);
    }
    for (packets, size) in [(1, 1_300), (15, 1_300), (50, 1_280)] {
        florio(packets, size);
    }
}
