use std::io;
use std::net::SocketAddr;
use std::os::fd::AsFd;

use super::UdpSocket;
use crate::control::ControlBuffer;
use crate::ecn::Ecn;
use crate::limits::{BATCH_BYTES_MAX, BATCH_PAYLOADS_MAX, UDP_PAYLOAD_MAX};
use crate::name::SocketName;
use crate::sys::send::send;

/// Where datagrams go, and how they are marked and cut up.
#[derive(Clone, Copy)]
struct Way {
    name: SocketName,
    ecn: Ecn,
    is_ipv6_peer: bool,
    segment: usize,
}

/// Datagrams that the kernel had no room for.
pub(super) struct Held {
    way: Way,
    bytes: Vec<u8>,
}

/// The fate of a batch.
enum Fate {
    Done,
    /// The kernel took none from this offset on, and says when it has room.
    Blocked(usize),
}

impl UdpSocket {
    /// Sends datagrams that stand one behind the other, each of `segment` bytes but the last, which may be shorter. They leave now.
    ///
    /// False: the kernel has no room. What it did not take is kept, and no more may be given before `is_writable`; `handle_writable` is to
    /// be called when the descriptor is ready for writing.
    ///
    /// # Panics
    ///
    /// When `segment` is 0 or more than `UDP_PAYLOAD_MAX`, or the socket is not writable: mistakes of the caller.
    pub fn send(&mut self, bytes: &[u8], segment: usize, to: SocketAddr, ecn: Ecn) -> bool {
        assert!((1..=UDP_PAYLOAD_MAX).contains(&segment), "a datagram has 1 to {UDP_PAYLOAD_MAX} bytes");
        assert!(self.is_writable(), "what the kernel had no room for goes first");
        let count = bytes.len().div_ceil(segment) as u64;
        self.counters.sent += count;
        self.counters.bytes_sent += bytes.len() as u64;
        let Some(name) = SocketName::ip(to, self.is_ipv6) else {
            self.counters.send_errors += count;
            return true;
        };
        // Mapped addresses are reached by IPv4, whose mark is another option.
        let is_ipv6_peer = matches!(to, SocketAddr::V6(to) if to.ip().to_ipv4_mapped().is_none());
        let way = Way { name, ecn, is_ipv6_peer, segment };
        match self.send_all(&way, bytes) {
            Fate::Done => true,
            Fate::Blocked(at) => {
                self.counters.socket_full += 1;
                self.held = Some(Held { way, bytes: bytes[at..].into() });
                false
            }
        }
    }

    /// Whether more is taken.
    pub fn is_writable(&self) -> bool {
        self.held.is_none()
    }

    /// Sends what was kept. The kernel has room again, or so it says.
    pub fn handle_writable(&mut self) {
        let Some(mut held) = self.held.take() else { return };
        if let Fate::Blocked(at) = self.send_all(&held.way, &held.bytes) {
            held.bytes.drain(..at);
            self.held = Some(held);
        }
    }

    fn send_all(&mut self, way: &Way, bytes: &[u8]) -> Fate {
        let most = (BATCH_BYTES_MAX / way.segment).min(BATCH_PAYLOADS_MAX) * way.segment;
        let mut at = 0;
        while at < bytes.len() {
            let batch = &bytes[at..bytes.len().min(at + most)];
            let is_joined = self.is_joining && batch.len() > way.segment;
            let sent = if is_joined { self.send_joined(way, batch) } else { self.send_singly(way, batch) };
            match sent {
                Fate::Done => at += batch.len(),
                Fate::Blocked(offset) => return Fate::Blocked(at + offset),
            }
        }
        Fate::Done
    }

    fn send_joined(&mut self, way: &Way, batch: &[u8]) -> Fate {
        let control = ControlBuffer::for_sending(way.segment as u16, way.ecn, way.is_ipv6_peer);
        let Err(error) = send(self.socket.as_fd(), way.name.as_bytes(), control.as_bytes(), batch) else {
            return Fate::Done;
        };
        if is_full(&error) {
            return Fate::Blocked(0);
        }
        // Refused as one. When they are not so one by one, the way leads through what cannot cut them up (IPsec, an old card). Those
        // that are larger than the interface's MTU are probes, and say nothing of others.
        let errors_before = self.counters.send_errors;
        let fate = self.send_singly(way, batch);
        let is_any_sent = match fate {
            Fate::Done => self.counters.send_errors - errors_before < batch.len().div_ceil(way.segment) as u64,
            Fate::Blocked(at) => at as u64 > (self.counters.send_errors - errors_before) * way.segment as u64,
        };
        if is_any_sent && error.raw_os_error() != Some(libc::EMSGSIZE) {
            self.is_joining = false;
        }
        fate
    }

    fn send_singly(&mut self, way: &Way, batch: &[u8]) -> Fate {
        let control = ControlBuffer::for_sending(0, way.ecn, way.is_ipv6_peer);
        for (index, datagram) in batch.chunks(way.segment).enumerate() {
            match send(self.socket.as_fd(), way.name.as_bytes(), control.as_bytes(), datagram) {
                Ok(()) => {}
                Err(error) if is_full(&error) => return Fate::Blocked(index * way.segment),
                Err(_) => self.counters.send_errors += 1,
            }
        }
        Fate::Done
    }
}

/// The socket's buffer, or the interface's queue.
fn is_full(error: &io::Error) -> bool {
    error.kind() == io::ErrorKind::WouldBlock || error.raw_os_error() == Some(libc::ENOBUFS)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::inbox::Inbox;
    use crate::sys::socket::set_option;

    /// The kernel joins only what it makes checksums for.
    fn refuse_batches(socket: &UdpSocket) {
        set_option(socket.as_fd(), libc::SOL_SOCKET, libc::SO_NO_CHECK, 1).unwrap();
    }

    #[test]
    fn where_batches_are_refused_they_leave_one_by_one_from_then_on() {
        let mut a = UdpSocket::open("127.0.0.1:0".parse().unwrap()).unwrap();
        let mut b = UdpSocket::open("127.0.0.1:0".parse().unwrap()).unwrap();
        refuse_batches(&a);
        assert!(a.is_joining());
        for _ in 0..2 {
            assert!(a.send(&[7; 2_500], 1_000, b.local(), Ecn::NotCapable));
            assert!(!a.is_joining());
        }
        let (mut inbox, mut lengths) = (Inbox::default(), Vec::new());
        while b.receive(&mut inbox, |mut datagrams| lengths.extend(datagrams.iter_mut().map(|datagram| datagram.len())))
        {
        }
        assert_eq!(lengths, [1_000, 1_000, 500, 1_000, 1_000, 500]);
        assert_eq!((a.counters.sent, a.counters.send_errors), (6, 0));
    }
}
