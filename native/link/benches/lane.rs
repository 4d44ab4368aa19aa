//! CPU time per packet through two data threads, over loopback, and of the engine by itself: `cargo bench -p florenetes-link`.
//! `cargo bench -p florenetes-io` has the sockets' part.
#![allow(clippy::print_stdout)]

#[path = "../tests/support/mod.rs"]
mod support;

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use florenetes_engine::Connection;
use florenetes_florio::PortEvent;
use florenetes_florio::frame::DataFrame;
use florenetes_io::data_thread::{DataThread, Handler, PortId, Ports, Sockets, UdpId, UdpSockets};
use florenetes_io::udp::Datagrams;
use florenetes_link::{Adoption, Lane, Order, SessionFigures};
use support::threads::{Folder, until};
use support::{PAYLOAD, PROBE_KEY, START_MS, connected};

const SIZES: [usize; 4] = [64, 1_388, 4_200, 16_000];
/// The cheapest of so many runs counts: the others had company.
const RUNS: usize = 4;
const BYTES: usize = 150_000_000;
const PACKETS_MAX: u64 = 400_000;
/// Bytes that are under way at a time: less than any queue holds.
const WINDOW: usize = 400_000;

/// The cluster vertex: it sends packets while few of them are under way, or counts those that come.
struct Vertex {
    packet: Vec<u8>,
    left: u64,
    sent: u64,
    port: Option<PortId>,
    received: Arc<AtomicU64>,
    timeout: Option<Instant>,
}

impl Handler for Vertex {
    type Command = (PathBuf, PathBuf);

    fn handle_command(&mut self, (bind, connect): (PathBuf, PathBuf), sockets: &mut Sockets, now: Instant) {
        self.port = Some(sockets.open_port(bind, connect, now).unwrap());
    }

    fn handle_datagrams(&mut self, _: UdpId, _: Datagrams<'_>, _: &mut Ports, _: Instant) {}

    fn handle_data(&mut self, _: PortId, frame: DataFrame<'_>, _: &mut Ports, _: Instant) {
        self.received.fetch_add(frame.packets as u64, Ordering::Relaxed);
    }

    fn handle_message(&mut self, _: PortId, _: &[u8], _: &mut Ports, _: Instant) {}

    fn handle_port_event(&mut self, _: PortId, _: PortEvent, _: &mut Ports, _: Instant) {}

    fn next_timeout(&self) -> Option<Instant> {
        self.timeout
    }

    fn handle_timeout(&mut self, _: Instant) {}

    fn handle_turn(&mut self, ports: &mut Ports, now: Instant) {
        let Some(port) = self.port.map(|port| &mut ports[port]).filter(|_| self.left > 0) else { return };
        let most = (WINDOW / self.packet.len()).clamp(4, 400) as u64;
        let under_way = self.sent - self.received.load(Ordering::Relaxed).min(self.sent);
        let count = if port.is_writable() { most.saturating_sub(under_way).min(self.left) } else { 0 };
        // Frames are as large as those of a busy vertex: half of what may be under way.
        if count >= most / 2 || count == self.left {
            for _ in 0..count {
                port.send_packet(1, &self.packet);
            }
            (self.sent, self.left) = (self.sent + count, self.left - count);
        }
        self.timeout = (self.left > 0).then_some(now + Duration::from_micros(50));
    }

    fn transmit(&mut self, _: &mut UdpSockets, _: Instant) {}
}

/// The threads of this process.
fn threads() -> BTreeSet<String> {
    let tasks = std::fs::read_dir("/proc/self/task").unwrap();
    tasks.map(|task| task.unwrap().file_name().into_string().unwrap()).collect()
}

/// Nanoseconds for which a thread of this process has been on a CPU: the first field of schedstat.
fn cpu_ns(thread: &str) -> u64 {
    let text = std::fs::read_to_string(format!("/proc/self/task/{thread}/schedstat")).unwrap();
    text.split_whitespace().next().unwrap().parse().unwrap()
}

struct Node {
    lane: Lane,
    thread: String,
    address: std::net::SocketAddr,
}

fn node(ours: PathBuf, theirs: PathBuf) -> Node {
    let before = threads();
    let lane = florenetes_link::start(START_MS, || {}).unwrap();
    let thread = until(|| threads().difference(&before).next().cloned());
    let listen = "127.0.0.1:0".parse().unwrap();
    assert!(lane.order(Order::OpenUdp { cluster: 1, listen }).is_ok());
    assert!(lane.order(Order::OpenPort { cluster: 1, bind: ours, connect: theirs }).is_ok());
    let address = until(|| lane.figures(1)?.udp).local;
    Node { lane, thread, address }
}

fn session(lane: &Lane) -> SessionFigures {
    lane.figures(1).unwrap().sessions[0]
}

/// Figures of one run: nanoseconds for each packet, and a line about the rest.
struct Run {
    sending: u64,
    receiving: u64,
    rest: String,
}

fn lanes(size: usize) {
    let runs = (0..RUNS).map(|_| run(size));
    let Run { sending, receiving, rest } = runs.min_by_key(|run| run.sending + run.receiving).unwrap();
    println!("{size:>6} bytes: {sending:>6} ns to send, {receiving:>6} to receive; {rest}");
}

fn run(size: usize) -> Run {
    let packets = ((BYTES / size) as u64).min(PACKETS_MAX);
    let (folder, received) = (Folder::new(), Arc::new(AtomicU64::new(0)));
    let path = |name: &str| folder.join(name);
    let (a, b) = (node(path("a"), path("va")), node(path("b"), path("vb")));
    let (client, server) = connected();
    for (node, ready, peer, is_originator) in [(&a, client, b.address, true), (&b, server, a.address, false)] {
        let adoption = Adoption {
            session: 1,
            cluster: 1,
            connection: ready.connection,
            own_id: ready.id,
            peer: peer.into(),
            is_originator,
            payload: PAYLOAD,
            probe_key: PROBE_KEY,
            dead_after: Duration::from_secs(1_000),
            quiet: Duration::ZERO,
            counts: Arc::default(),
        };
        assert!(node.lane.order(Order::Adopt(Box::new(adoption))).is_ok());
        assert!(node.lane.order(Order::SetHandle { session: 1, handle: 1 }).is_ok());
        assert!(node.lane.order(Order::SetRoute { cluster: 1, handle: 1, session: 1 }).is_ok());
        let _ = node.lane.figures(1);
    }
    let vertex = |packets: u64| {
        let received = received.clone();
        DataThread::start(move |_| Vertex {
            packet: vec![7; size],
            left: packets,
            sent: 0,
            port: None,
            received,
            timeout: None,
        })
        .unwrap()
    };
    let counting = vertex(0);
    assert!(counting.send((path("vb"), path("b"))).is_ok());
    until(|| b.lane.figures(1)?.port.filter(|port| port.is_connected));
    let begin = (cpu_ns(&a.thread), cpu_ns(&b.thread), Instant::now());
    let sending = vertex(packets);
    assert!(sending.send((path("va"), path("a"))).is_ok());
    let dropped = || {
        let (sent, joined) = (session(&a.lane), session(&b.lane).joined);
        sent.dropped_by_queue() + joined.given_up
    };
    let end = Instant::now() + Duration::from_secs(60);
    while received.load(Ordering::Relaxed) + 100 < packets && Instant::now() < end {
        std::thread::sleep(Duration::from_millis(50));
    }
    let took = begin.2.elapsed().as_secs_f64();
    let arrived = received.load(Ordering::Relaxed);
    let each = |ns: u64| ns / arrived.max(1);
    let (sender, receiver) = (cpu_ns(&a.thread) - begin.0, cpu_ns(&b.thread) - begin.1);
    let quic = session(&a.lane).quic;
    let quic_packets = quic.packets_sent as f64 / arrived.max(1) as f64;
    let rate = arrived as f64 * size as f64 / took / 1e6;
    let rest = format!(
        "{quic_packets:.2} QUIC packets each, {rate:.0} MB/s, {} lost, {} dropped",
        quic.packets_lost,
        dropped()
    );
    drop((sending, counting));
    Run { sending: each(sender), receiving: each(receiver), rest }
}

/// The engine by itself: datagrams of such a size from one connection to the other, in memory.
fn engine(size: usize) {
    const PACKETS: u32 = 200_000;
    let (mut client, mut server) = connected();
    let (datagram, mut out) = (vec![0; size], [0; PAYLOAD as usize]);
    let (mut sending, mut receiving) = (Vec::new(), Vec::new());
    let mut taken = 0;
    for round in 0..PACKETS / 20 {
        let now = START_MS + f64::from(round) / 100.0;
        let mut packets = Vec::new();
        let begin = Instant::now();
        client.connection.with((), |connection| {
            for _ in 0..20 {
                assert!(connection.send_datagram(&datagram));
                let length = connection.poll_transmit(&mut out, now);
                packets.push(out[..length].to_vec());
            }
        });
        let mut took = begin.elapsed();
        let begin = Instant::now();
        let mut answers = Vec::new();
        server.connection.with((), |connection| {
            for packet in &packets {
                connection.handle_datagram(packet, now);
                taken += u32::from(connection.poll_datagram().is_some());
            }
            loop {
                let length = connection.poll_transmit(&mut out, now);
                if length == 0 {
                    break;
                }
                answers.push(out[..length].to_vec());
            }
            connection.handle_timeout(now);
        });
        receiving.push(begin.elapsed());
        let begin = Instant::now();
        client.connection.with((), |connection| {
            answers.iter().for_each(|answer| connection.handle_datagram(answer, now));
            Connection::handle_timeout(connection, now);
        });
        took += begin.elapsed();
        sending.push(took);
    }
    assert!(taken >= PACKETS - 100, "{taken} came");
    // In the median round nobody else had the processor.
    let each = |mut times: Vec<Duration>| {
        times.sort_unstable();
        times[times.len() / 2].as_nanos() / 20
    };
    println!("engine, datagrams of {size} bytes: {} ns to send, {} to receive", each(sending), each(receiving));
}

/// Sizes of packets may be given: `cargo bench -p florenetes-link -- 1388`.
fn main() {
    let sizes: Vec<usize> = std::env::args().filter_map(|argument| argument.parse().ok()).collect();
    if sizes.is_empty() {
        [65, 1_389, 1_403].into_iter().for_each(engine);
        SIZES.into_iter().for_each(lanes);
    }
    sizes.into_iter().for_each(lanes);
}
