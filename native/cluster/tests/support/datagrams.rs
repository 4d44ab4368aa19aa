//! Tunnels and targets of datagrams.

use std::ffi::OsStr;
use std::io::{Write, stderr};
use std::net::{SocketAddr, UdpSocket};
use std::process::Command;
use std::time::Duration;

use florenetes_cluster::{Address, Event, FlowFigures, Order, Target};

use super::end::{End, Pair, SERVICE, TRUNK, TUNNEL};
use super::threads::until;

/// An idle time that is longer than any test.
const IDLE: Duration = Duration::from_secs(600);

impl End {
    /// Opens a tunnel of datagrams, and returns its address.
    pub(crate) fn listen_udp(&self) -> SocketAddr {
        SocketAddr::from(([127, 0, 0, 1], self.listen_udp_on("127.0.0.1:0")))
    }

    /// Opens a tunnel of datagrams on an address, and returns its port.
    pub(crate) fn listen_udp_on(&self, address: &str) -> u16 {
        let address = Address::Udp(address.parse().unwrap());
        self.order(Order::Listen { tunnel: TUNNEL, trunk: TRUNK, address });
        self.event(|event| match event {
            Event::Listening { tunnel: TUNNEL, port } => Some(*port),
            _ => None,
        })
    }

    pub(crate) fn serve_udp(&self, target: &UdpSocket) {
        self.serve_flows(Target::Addresses(vec![target.local_addr().unwrap()]), IDLE);
    }

    pub(crate) fn serve_flows(&self, target: Target, idle: Duration) {
        self.order(Order::SetService {
            service: SERVICE,
            target,
            flow_idle: Some(idle),
            tells_principal: false,
            is_stopped: false,
        });
    }

    /// The figures of flows of the only tunnel or service.
    pub(crate) fn flows(&self) -> FlowFigures {
        self.figures().accounts[0].flows
    }

    pub(crate) fn flows_open(&self) -> u64 {
        self.figures().accounts[0].open
    }
}

/// A socket that never blocks.
pub(crate) fn udp() -> UdpSocket {
    let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
    socket.set_nonblocking(true).unwrap();
    socket
}

/// A client of a tunnel.
pub(crate) fn udp_to(tunnel: SocketAddr) -> UdpSocket {
    let socket = udp();
    socket.connect(tunnel).unwrap();
    socket
}

/// A client of a's tunnel whose flow has reached b's target, the target, and the address at which the target answers the client.
pub(crate) fn joined(pair: &Pair) -> (UdpSocket, UdpSocket, SocketAddr) {
    let target = udp();
    pair.b.serve_udp(&target);
    let client = udp_to(pair.a.listen_udp());
    client.send(b"hello").unwrap();
    let (bytes, from) = receive(&target);
    assert_eq!(bytes, b"hello");
    (client, target, from)
}

/// Waits for a datagram, and says who has sent it.
pub(crate) fn receive(socket: &UdpSocket) -> (Vec<u8>, SocketAddr) {
    until(|| try_receive(socket))
}

pub(crate) fn try_receive(socket: &UdpSocket) -> Option<(Vec<u8>, SocketAddr)> {
    let mut bytes = vec![0; 65_536];
    let (length, from) = socket.recv_from(&mut bytes).ok()?;
    bytes.truncate(length);
    Some((bytes, from))
}

/// Runs the rest of a test on one processor after the other, as a system may tell nobody of closed ports (ICMP) on some of them: each processor
/// has a queue of such packets, which stays full as long as packets wait in the slow interface of some namespace. The test calls this function
/// first, and ends when it has returned false: then child processes have done the rest.
pub(crate) fn is_on_one_processor(test: &str) -> bool {
    const MARK: &str = "FLORENETES_TEST_PROCESSOR";
    const PROCESSORS_MAX: usize = 4;
    if std::env::var_os(MARK).is_some() {
        return true;
    }
    let program = std::env::current_exe().unwrap();
    let processors = std::thread::available_parallelism().map_or(1, usize::from).min(PROCESSORS_MAX);
    for processor in (0..processors).map(|processor| processor.to_string()) {
        let on_it = |program: &OsStr, arguments: &[&str]| {
            let mut command = Command::new("taskset");
            command.args(["-c", &processor]).arg(program).args(arguments).env(MARK, "1").output()
        };
        if !on_it("true".as_ref(), &[]).is_ok_and(|done| done.status.success()) {
            let _ = writeln!(stderr(), "left out: {test} on processor {processor}, which is not this process's");
            continue;
        }
        let done = on_it(program.as_os_str(), &["--exact", test, "--nocapture"]).unwrap();
        assert!(done.status.success(), "{test} on processor {processor}: {}", String::from_utf8_lossy(&done.stderr));
    }
    false
}

/// Repeats an act until it returns something, on a system that tells of closed ports: see `is_on_one_processor`.
/// Returns none if the system does not tell.
pub(crate) fn while_unreachable_is_told<T>(mut act: impl FnMut() -> Option<T>) -> Option<T> {
    const TOLD_MAX: u32 = 5_000;
    const SILENT_MAX: u32 = 2_000;
    let asker = udp_to(udp().local_addr().unwrap());
    let (mut told, mut silent) = (0, 0);
    while silent < SILENT_MAX {
        if let Some(found) = act() {
            return Some(found);
        }
        let is_told = asker.send(b"who is there").is_err();
        (told, silent) = if is_told { (told + 1, 0) } else { (told, silent + 1) };
        assert!(told < TOLD_MAX, "what must come has not come, though the system tells of closed ports");
        std::thread::sleep(Duration::from_millis(1));
    }
    let _ = writeln!(stderr(), "left out: the system tells nobody that a port is closed");
    None
}
