use std::io;
use std::net::SocketAddr;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};

use crate::batch::datagrams_of;
use crate::control::ControlBuffer;
use crate::ecn::Ecn;
use crate::inbox::Inbox;
use crate::limits::{BATCH_BYTES_MAX, BATCH_PAYLOADS_MAX, RECEIVE_SLOTS, UDP_KERNEL_BUFFER_SIZE, UDP_PAYLOAD_MAX};
use crate::name::SocketName;
use crate::sys::send::send;
use crate::sys::socket;
use crate::udp::{LocalAddress, UdpPeer};

/// Counts since the socket was opened.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct UdpCounters {
    /// Datagrams received; joined ones count each.
    pub received: u64,
    /// Datagrams given to `send`.
    pub sent: u64,
    /// Payload bytes of the datagrams received.
    pub bytes_received: u64,
    /// Payload bytes of the datagrams given to `send`.
    pub bytes_sent: u64,
    /// How often sending had to wait because the kernel's buffer was full.
    pub socket_full: u64,
    /// Datagrams that the system refused to send (no route, not permitted, …).
    pub send_errors: u64,
    /// Errors of receive calls.
    pub receive_errors: u64,
}

/// A UDP socket of links, which sends and receives datagrams in batches where the system can.
///
/// The socket is not connected, so that the kernel reports no ICMP errors to it. Anybody who knows the addresses and ports can forge such errors, and
/// the heartbeats of a link show losses.
pub struct UdpSocket {
    /// Counts of datagrams and errors.
    pub counters: UdpCounters,
    socket: OwnedFd,
    is_ipv6: bool,
    /// Whether the socket is bound to all addresses of this machine. Each sender is then answered from the address that it has sent to.
    is_wildcard: bool,
    /// Whether batches leave with one call; false once the system, or a route, could not cut a batch.
    is_joining: bool,
    held: Option<Held>,
    local: SocketAddr,
}

/// How a batch is sent: to whom, with which mark, and cut into which segments.
#[derive(Clone, Copy)]
struct Way {
    name: SocketName,
    local: Option<LocalAddress>,
    ecn: Ecn,
    is_ipv6_peer: bool,
    segment: usize,
}

impl Way {
    /// The control messages of a batch; a `segment` of 0: of one datagram.
    fn control(&self, segment: usize) -> ControlBuffer {
        let mut control = ControlBuffer::for_sending(segment as u16, self.ecn, self.is_ipv6_peer);
        if let Some(local) = self.local {
            control.push_local(local);
        }
        control
    }
}

/// Datagrams that wait until the kernel has room.
struct Held {
    way: Way,
    bytes: Vec<u8>,
}

/// The fate of a batch.
enum Fate {
    Done,
    /// The kernel had no room from this offset on, and will tell when it has.
    Blocked(usize),
}

/// A datagram, or several of one sender that the kernel has joined.
pub struct Datagrams<'a> {
    /// The sender, and the local address that it has sent to where the socket has several.
    pub from: UdpPeer,
    /// The ECN mark of all the datagrams.
    pub ecn: Ecn,
    bytes: &'a mut [u8],
    /// Bytes of each datagram but the last; 0 where nothing was joined.
    segment: usize,
}

impl Datagrams<'_> {
    /// The datagrams, each to be read and decrypted in place.
    pub fn iter_mut(&mut self) -> impl Iterator<Item = &mut [u8]> {
        datagrams_of(self.bytes, self.segment)
    }

    /// The number of datagrams.
    pub fn count(&self) -> usize {
        if self.segment == 0 { 1 } else { self.bytes.len().div_ceil(self.segment) }
    }
}

impl UdpSocket {
    /// Binds to an address of this machine. Port 0: the system chooses a free one.
    ///
    /// # Errors
    ///
    /// The system's: `EADDRINUSE`, `EADDRNOTAVAIL`, `EACCES`, ….
    pub fn open(listen: SocketAddr) -> io::Result<Self> {
        let is_ipv6 = listen.is_ipv6();
        let family = if is_ipv6 { libc::AF_INET6 } else { libc::AF_INET };
        let descriptor = socket::open_datagram(family)?;
        let fd = descriptor.as_fd();
        let name = SocketName::ip(listen, is_ipv6).expect("an address is of its own family");
        socket::bind(fd, &name)?;
        let local = socket::local_name(fd)?.to_ip().ok_or(io::ErrorKind::InvalidData)?;
        // The segment size comes with each batch. This call only finds out whether the system knows the option.
        let is_joining = socket::set_option(fd, libc::SOL_UDP, libc::UDP_SEGMENT, 0).is_ok();
        for (level, option, value) in [
            (libc::SOL_UDP, libc::UDP_GRO, 1),
            (libc::SOL_SOCKET, libc::SO_RCVBUF, UDP_KERNEL_BUFFER_SIZE),
            (libc::SOL_SOCKET, libc::SO_SNDBUF, UDP_KERNEL_BUFFER_SIZE),
            (libc::IPPROTO_IP, libc::IP_RECVTOS, 1),
            (libc::IPPROTO_IPV6, libc::IPV6_RECVTCLASS, 1),
            // A payload leaves unfragmented or not at all, whatever MTU the system assumes: the sender probes the path MTU itself (RFC 9000, 14;
            // ip(7)).
            (libc::IPPROTO_IP, libc::IP_MTU_DISCOVER, libc::IP_PMTUDISC_PROBE),
            (libc::IPPROTO_IPV6, libc::IPV6_MTU_DISCOVER, libc::IPV6_PMTUDISC_PROBE),
        ] {
            // The socket works without any of these options, though less well. An IPv4 socket refuses the IPv6 options.
            let _ = socket::set_option(fd, level, option, value);
        }
        let is_wildcard = listen.ip().is_unspecified();
        if is_wildcard {
            socket::tell_local_addresses(fd, is_ipv6)?;
        }
        let counters = UdpCounters::default();
        Ok(Self { counters, socket: descriptor, is_ipv6, is_wildcard, is_joining, held: None, local })
    }

    /// The address and port that the socket is bound to.
    pub fn local(&self) -> SocketAddr {
        self.local
    }

    /// Whether batches leave with one call, and not datagram by datagram.
    pub fn is_joining(&self) -> bool {
        self.is_joining
    }

    // ── Sending ─────────────────────────────────────────────────────────────────────────────────────────────────────────

    /// Sends consecutive datagrams at once, each of `segment` bytes except that the last may be shorter. They leave from the local address of `to`,
    /// if it has one.
    ///
    /// False: the kernel has no room. The rest is kept, and no more may be sent before `is_writable`; `handle_writable` is to be called when the
    /// descriptor is ready for writing.
    ///
    /// # Panics
    ///
    /// If `segment` is 0 or more than `UDP_PAYLOAD_MAX`, or the socket is not writable: mistakes of the caller.
    pub fn send(&mut self, bytes: &[u8], segment: usize, to: impl Into<UdpPeer>, ecn: Ecn) -> bool {
        assert!((1..=UDP_PAYLOAD_MAX).contains(&segment), "a datagram has 1 to {UDP_PAYLOAD_MAX} bytes");
        assert!(self.is_writable(), "what the kernel had no room for goes first");
        let count = bytes.len().div_ceil(segment) as u64;
        self.counters.sent += count;
        self.counters.bytes_sent += bytes.len() as u64;
        let UdpPeer { address: to, local } = to.into();
        let Some(name) = SocketName::ip(to, self.is_ipv6) else {
            self.counters.send_errors += count;
            return true;
        };
        // Mapped addresses are reached by IPv4, which has another option for ECN.
        let is_ipv6_peer = matches!(to, SocketAddr::V6(to) if to.ip().to_ipv4_mapped().is_none());
        let way = Way { name, local, ecn, is_ipv6_peer, segment };
        match self.send_all(&way, bytes) {
            Fate::Done => true,
            Fate::Blocked(at) => {
                self.counters.socket_full += 1;
                self.held = Some(Held { way, bytes: bytes[at..].into() });
                false
            }
        }
    }

    /// Whether `send` may be called: nothing is kept from before.
    pub fn is_writable(&self) -> bool {
        self.held.is_none()
    }

    /// Sends the kept rest, now that the kernel may have room again.
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
        let control = way.control(way.segment);
        let Err(error) = send(self.socket.as_fd(), way.name.as_bytes(), control.as_bytes(), batch) else {
            return Fate::Done;
        };
        if is_full(&error) {
            return Fate::Blocked(0);
        }
        // The kernel refused the batch. If it takes the datagrams one by one, the route cannot cut batches (IPsec, an old network card). EMSGSIZE
        // does not count, since datagrams above the interface's MTU are probes.
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
        let control = way.control(0);
        for (index, datagram) in batch.chunks(way.segment).enumerate() {
            match send(self.socket.as_fd(), way.name.as_bytes(), control.as_bytes(), datagram) {
                Ok(()) => {}
                Err(error) if is_full(&error) => return Fate::Blocked(index * way.segment),
                Err(_) => self.counters.send_errors += 1,
            }
        }
        Fate::Done
    }

    // ── Receiving ───────────────────────────────────────────────────────────────────────────────────────────────────────

    /// Gives waiting datagrams to `on_datagrams`, which is called at most `RECEIVE_SLOTS` times. False: probably no more are there.
    ///
    /// Errors of receiving, such as the answer of a router, are only counted: the socket goes on working.
    pub fn receive(&mut self, inbox: &mut Inbox, mut on_datagrams: impl FnMut(Datagrams<'_>)) -> bool {
        let deliveries = match inbox.receive(self.socket.as_fd(), ControlBuffer::CAPACITY) {
            Ok(deliveries) => deliveries,
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => return false,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => return true,
            Err(_) => {
                self.counters.receive_errors += 1;
                // The call has cleared the error, and datagrams may be waiting.
                return true;
            }
        };
        let may_be_more = deliveries.len() == RECEIVE_SLOTS;
        for delivery in deliveries {
            let Some(address) = delivery.sender.to_ip() else { continue };
            let from = UdpPeer { address, local: self.is_wildcard.then(|| delivery.control.local()).flatten() };
            let (segment, ecn) = delivery.control.segment_and_ecn();
            let datagrams = Datagrams { from, ecn, bytes: delivery.bytes, segment };
            self.counters.received += datagrams.count() as u64;
            self.counters.bytes_received += datagrams.bytes.len() as u64;
            on_datagrams(datagrams);
        }
        may_be_more
    }
}

impl AsFd for UdpSocket {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.socket.as_fd()
    }
}

/// Whether the socket's buffer or the interface's queue is full.
fn is_full(error: &io::Error) -> bool {
    error.kind() == io::ErrorKind::WouldBlock || error.raw_os_error() == Some(libc::ENOBUFS)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sys::socket::set_option;

    /// Makes the kernel refuse batches, which it takes only from sockets for which it makes checksums.
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
