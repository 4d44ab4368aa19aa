use std::io;
use std::net::SocketAddr;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};

use super::send::Held;
use crate::limits::UDP_KERNEL_BUFFER_SIZE;
use crate::name::SocketName;
use crate::sys::socket;

/// Counts since the socket was opened.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct UdpCounters {
    /// Datagrams, each by itself.
    pub received: u64,
    /// Datagrams that were taken for sending.
    pub sent: u64,
    /// Bytes of their payloads.
    pub bytes_received: u64,
    /// Bytes of their payloads.
    pub bytes_sent: u64,
    /// How often sending had to wait since the kernel's buffer was full.
    pub socket_full: u64,
    /// Datagrams that the system refused to send (no route, not permitted, …).
    pub send_errors: u64,
    /// An ICMP answer, and the like.
    pub receive_errors: u64,
}

/// A UDP socket of links, which takes and gives datagrams in batches where the system has that.
///
/// It is connected to nobody, so that the kernel reports no ICMP errors to it: who knows a four-tuple can forge them, and a link tells
/// by its heartbeats what is lost.
pub struct UdpSocket {
    /// Counts of datagrams, by what became of them.
    pub counters: UdpCounters,
    pub(super) socket: OwnedFd,
    pub(super) is_ipv6: bool,
    /// Not where the system, or the way to somebody, cannot cut batches up.
    pub(super) is_joining: bool,
    pub(super) held: Option<Held>,
    local: SocketAddr,
}

impl UdpSocket {
    /// Binds to an address of this machine; port 0: to a free one.
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
        // The size of a segment comes with each batch: here it is only asked whether there is such a thing.
        let is_joining = socket::set_option(fd, libc::SOL_UDP, libc::UDP_SEGMENT, 0).is_ok();
        for (level, option, value) in [
            (libc::SOL_UDP, libc::UDP_GRO, 1),
            (libc::SOL_SOCKET, libc::SO_RCVBUF, UDP_KERNEL_BUFFER_SIZE),
            (libc::SOL_SOCKET, libc::SO_SNDBUF, UDP_KERNEL_BUFFER_SIZE),
            (libc::IPPROTO_IP, libc::IP_RECVTOS, 1),
            (libc::IPPROTO_IPV6, libc::IPV6_RECVTCLASS, 1),
            // A payload goes in one packet or not at all, whatever the system believes of the path: who sends looks for the size by
            // himself (RFC 9000, 14; ip(7)).
            (libc::IPPROTO_IP, libc::IP_MTU_DISCOVER, libc::IP_PMTUDISC_PROBE),
            (libc::IPPROTO_IPV6, libc::IPV6_MTU_DISCOVER, libc::IPV6_PMTUDISC_PROBE),
        ] {
            // Without any of them the socket works, if not as well, and one of IPv4 has none of IPv6's.
            let _ = socket::set_option(fd, level, option, value);
        }
        Ok(Self { counters: UdpCounters::default(), socket: descriptor, is_ipv6, is_joining, held: None, local })
    }

    /// The address and port that it is bound to.
    pub fn local(&self) -> SocketAddr {
        self.local
    }

    /// Whether batches leave as one; else datagram by datagram.
    pub fn is_joining(&self) -> bool {
        self.is_joining
    }
}

impl AsFd for UdpSocket {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.socket.as_fd()
    }
}
