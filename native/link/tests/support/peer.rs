//! A peer that does what a data thread would not: its connection is in the test's own hand.

use std::net::{SocketAddr, UdpSocket};
use std::time::{Duration, Instant};

use florenetes_engine::{Connection, Guarded};

use super::end::{End, NEVER};
use super::threads::until;
use super::{PAYLOAD, START_MS, connected};

pub(crate) struct Peer {
    pub(crate) connection: Guarded,
    pub(crate) socket: UdpSocket,
    /// The ID that leads to the data thread's end of the connection.
    pub(crate) id: [u8; 8],
    to: SocketAddr,
    start: Instant,
}

impl Peer {
    /// The originator, or the acceptor, of a link that the data thread has the other end of.
    pub(crate) fn join(end: &End, is_originator: bool) -> Self {
        Self::join_for(end, is_originator, NEVER)
    }

    pub(crate) fn join_for(end: &End, is_originator: bool, dead_after: Duration) -> Self {
        let (client, server) = connected();
        let (own, other) = if is_originator { (client, server) } else { (server, client) };
        let (socket, id) = (socket(), other.id);
        end.adopt(other, socket.local_addr().unwrap(), !is_originator, dead_after);
        Self { connection: own.connection, socket, id, to: end.address, start: Instant::now() }
    }

    pub(crate) fn with<T>(&mut self, call: impl FnOnce(&mut Connection) -> T) -> T {
        self.connection.with(None, |connection| Some(call(connection))).expect("there was no panic")
    }

    pub(crate) fn now(&self) -> f64 {
        START_MS + self.start.elapsed().as_secs_f64() * 1_000.0
    }

    /// Sends all that there is to send, and reads all that has come.
    pub(crate) fn turn(&mut self) {
        let now = self.now();
        let mut bytes = [0; 65_536];
        while let Ok(length) = self.socket.recv(&mut bytes) {
            self.with(|connection| connection.handle_datagram(&bytes[..length], now));
        }
        self.with(|connection| connection.handle_timeout(now));
        let mut out = [0; PAYLOAD as usize];
        loop {
            let length = self.with(|connection| connection.poll_transmit(&mut out, now));
            if length == 0 {
                return;
            }
            self.socket.send_to(&out[..length], self.to).unwrap();
        }
    }

    /// Sends one DATAGRAM frame, as soon as the window has room for it.
    pub(crate) fn send(&mut self, datagram: &[u8]) {
        assert!(self.with(|connection| connection.send_datagram(datagram)));
        until(|| {
            self.turn();
            (self.with(Connection::datagram_send_queue_length) == 0).then_some(())
        });
    }

    /// Calls another address from now on, and hears that one alone.
    pub(crate) fn call(&mut self, (host, port): (&str, u16)) {
        self.to = SocketAddr::new(host.parse().unwrap(), port);
        self.socket.connect(self.to).unwrap();
    }

    /// Gives the peer a new address.
    pub(crate) fn move_away(&mut self) -> SocketAddr {
        self.socket = socket();
        self.socket.local_addr().unwrap()
    }
}

fn socket() -> UdpSocket {
    let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
    socket.set_nonblocking(true).unwrap();
    socket
}
