//! Tunnels and targets of datagrams.

use std::net::{SocketAddr, UdpSocket};
use std::time::Duration;

use florenetes_cluster::{Address, Event, FlowFigures, Order, Target};

use super::end::{End, SERVICE, TRUNK, TUNNEL};
use super::threads::until;

/// A flow that nobody ends within a test.
const IDLE: Duration = Duration::from_secs(600);

impl End {
    /// Opens a tunnel of datagrams, and returns where clients find it.
    pub(crate) fn listen_udp(&self) -> SocketAddr {
        SocketAddr::from(([127, 0, 0, 1], self.listen_udp_on("127.0.0.1:0")))
    }

    /// Returns the port.
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
        self.order(Order::SetService { service: SERVICE, target, flow_idle: Some(idle), is_stopped: false });
    }

    /// Flows of the one tunnel or service that there is.
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

/// Whether the system says that nobody is at a port (ICMP), at least now.
pub(crate) fn tells_unreachable() -> bool {
    let client = udp_to(udp().local_addr().unwrap());
    (0..200).any(|_| {
        std::thread::sleep(Duration::from_millis(1));
        client.send(b"who is there").is_err()
    })
}
