use std::cell::Cell;
use std::io;
use std::net::{SocketAddr, UdpSocket as PlainSocket};
use std::os::fd::{AsFd, BorrowedFd};

use crate::control::ControlBuffer;
use crate::ecn::Ecn;
use crate::inbox::Inbox;
use crate::limits::{JOINED_SIZE_MAX, UDP_KERNEL_BUFFER_SIZE};
use crate::name::SocketName;
use crate::sys::send::send;
use crate::sys::{socket, stream};
use crate::udp::UdpPeer;

/// A UDP socket to the workloads of this machine. It never blocks.
///
/// A bound socket receives from any sender. A connected socket receives from its target alone, and reports when no process is there (ICMP port
/// unreachable: the next call fails with `ConnectionRefused`).
pub struct WorkloadSocket {
    socket: PlainSocket,
    is_ipv6: bool,
    /// Whether the socket is bound to all addresses of this machine. Each sender is then answered from the address that it has sent to.
    is_wildcard: bool,
    /// Whether batches leave with one call; false once the system, or a route, could not cut a batch.
    is_joining: Cell<bool>,
}

impl WorkloadSocket {
    /// Binds to an address of this machine. Port 0: the system chooses a free one.
    ///
    /// # Errors
    ///
    /// The system's: `EADDRINUSE`, `EADDRNOTAVAIL`, `EACCES`, ….
    pub fn bind(listen: SocketAddr) -> io::Result<Self> {
        let (bound, name) = Self::open(listen)?;
        socket::bind(bound.as_fd(), &name)?;
        let is_wildcard = listen.ip().is_unspecified();
        if is_wildcard {
            socket::tell_local_addresses(bound.as_fd(), bound.is_ipv6)?;
        }
        Ok(Self { is_wildcard, ..bound })
    }

    /// Binds to a free port, and connects to a target.
    ///
    /// # Errors
    ///
    /// The system's: `ENETUNREACH`, `EMFILE`, ….
    pub fn connect(target: SocketAddr) -> io::Result<Self> {
        let (connected, name) = Self::open(target)?;
        stream::connect(connected.as_fd(), &name)?;
        Ok(connected)
    }

    fn open(address: SocketAddr) -> io::Result<(Self, SocketName)> {
        let is_ipv6 = address.is_ipv6();
        let descriptor = socket::open_datagram(if is_ipv6 { libc::AF_INET6 } else { libc::AF_INET })?;
        let name = SocketName::ip(address, is_ipv6).expect("an address is of its own family");
        // Large buffers keep a burst while the thread does something else. The system may grant less.
        for option in [libc::SO_RCVBUF, libc::SO_SNDBUF] {
            let _ = socket::set_option(descriptor.as_fd(), libc::SOL_SOCKET, option, UDP_KERNEL_BUFFER_SIZE);
        }
        Ok((Self { socket: descriptor.into(), is_ipv6, is_wildcard: false, is_joining: Cell::new(true) }, name))
    }

    /// The port that the socket is bound to.
    ///
    /// # Errors
    ///
    /// The system's.
    pub fn port(&self) -> io::Result<u16> {
        Ok(self.socket.local_addr()?.port())
    }

    /// Gives waiting datagrams, with their senders, to `on_datagram`.
    ///
    /// # Errors
    ///
    /// `WouldBlock`: nothing is there. `ConnectionRefused`: no process is at the target of a connected socket. Other errors can be ignored.
    pub fn receive(&self, inbox: &mut Inbox, mut on_datagram: impl FnMut(UdpPeer, &mut [u8])) -> io::Result<()> {
        let control_size = if self.is_wildcard { ControlBuffer::CAPACITY } else { 0 };
        for delivery in inbox.receive(self.as_fd(), control_size)? {
            if let Some(address) = delivery.sender.to_ip() {
                on_datagram(UdpPeer { address, local: delivery.control.local() }, delivery.bytes);
            }
        }
        Ok(())
    }

    /// Sends consecutive datagrams, each of `segment` bytes except that the last may be shorter; no bytes are one empty datagram. They go to the
    /// target of a connected socket, or to `to`. Returns how many the system did not take, for lack of room, of a route or of permission.
    ///
    /// # Errors
    ///
    /// `ConnectionRefused`, on a connected socket: no process was at the target of an earlier datagram.
    pub fn send(&self, bytes: &[u8], segment: usize, to: Option<&UdpPeer>) -> io::Result<usize> {
        let name = match to {
            None => SocketName::default(),
            Some(to) => match SocketName::ip(to.address, self.is_ipv6) {
                Some(name) => name,
                None => return Ok(bytes.len().div_ceil(segment.max(1)).max(1)),
            },
        };
        let control = |segment: usize| {
            let mut control = ControlBuffer::for_sending(segment as u16, Ecn::NotCapable, false);
            to.and_then(|to| to.local).into_iter().for_each(|local| control.push_local(local));
            control
        };
        if bytes.len() > segment && segment <= JOINED_SIZE_MAX && self.is_joining.get() {
            match send(self.as_fd(), name.as_bytes(), control(segment).as_bytes(), bytes) {
                Ok(()) => return Ok(0),
                Err(error) if error.kind() == io::ErrorKind::ConnectionRefused => return Err(error),
                Err(error) => self.is_joining.set(is_passing(&error)),
            }
        }
        let (mut lost, control) = (0, control(0));
        for datagram in bytes.chunks(segment.max(1)).chain(bytes.is_empty().then_some(bytes)) {
            match send(self.as_fd(), name.as_bytes(), control.as_bytes(), datagram) {
                Ok(()) => {}
                Err(error) if error.kind() == io::ErrorKind::ConnectionRefused => return Err(error),
                Err(_) => lost += 1,
            }
        }
        Ok(lost)
    }
}

impl AsFd for WorkloadSocket {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.socket.as_fd()
    }
}

/// Whether the system may take a batch another time, as it only lacked room or a route.
fn is_passing(error: &io::Error) -> bool {
    !matches!(error.raw_os_error(), Some(libc::EINVAL | libc::EIO | libc::EOPNOTSUPP | libc::ENOPROTOOPT))
}

#[cfg(test)]
mod tests {
    use std::io::ErrorKind;

    use super::*;

    /// Receives datagrams over loopback, where they arrive at once.
    fn receive(socket: &WorkloadSocket, inbox: &mut Inbox) -> io::Result<Vec<(UdpPeer, Vec<u8>)>> {
        let mut received = Vec::new();
        socket.receive(inbox, |from, bytes| received.push((from, bytes.to_vec())))?;
        Ok(received)
    }

    #[test]
    fn datagrams_of_any_size_go_both_ways() {
        for host in ["127.0.0.1:0", "[::1]:0"] {
            let bound = WorkloadSocket::bind(host.parse().unwrap()).unwrap();
            let mut address: SocketAddr = host.parse().unwrap();
            address.set_port(bound.port().unwrap());
            let client = WorkloadSocket::connect(address).unwrap();
            let mut inbox = Inbox::default();
            assert_eq!(receive(&bound, &mut inbox).unwrap_err().kind(), ErrorKind::WouldBlock);
            for size in [0, 1, 65_507] {
                assert_eq!(client.send(&vec![7; size], size, None).unwrap(), 0);
                let (from, bytes) = receive(&bound, &mut inbox).unwrap().remove(0);
                assert_eq!(bytes, vec![7; size]);
                assert_eq!(bound.send(&bytes, size, Some(&from)).unwrap(), 0);
                assert_eq!(receive(&client, &mut inbox).unwrap(), [(address.into(), bytes)]);
            }
        }
    }

    #[test]
    fn batches_are_cut_up_whether_the_system_does_it_or_not() {
        let bound = WorkloadSocket::bind("127.0.0.1:0".parse().unwrap()).unwrap();
        let address = SocketAddr::from(([127, 0, 0, 1], bound.port().unwrap()));
        let client = WorkloadSocket::connect(address).unwrap();
        let mut inbox = Inbox::default();
        // The kernel takes batches only from sockets for which it makes checksums.
        for no_check in [0, 1] {
            socket::set_option(client.as_fd(), libc::SOL_SOCKET, libc::SO_NO_CHECK, no_check).unwrap();
            for size in [1_000, JOINED_SIZE_MAX + 1] {
                assert_eq!(client.send(&vec![7; 2 * size + 5], size, None).unwrap(), 0);
                let lengths: Vec<usize> =
                    receive(&bound, &mut inbox).unwrap().iter().map(|(_, bytes)| bytes.len()).collect();
                assert_eq!(lengths, [size, size, 5]);
            }
            assert_eq!(client.is_joining.get(), no_check == 0);
        }
        assert_eq!(
            client.send(&[7; 2_000], 1_000, Some(&SocketAddr::from(([0; 16], 9)).into())).unwrap(),
            2,
            "of another family"
        );
    }

    #[test]
    fn whoever_sends_is_answered_from_the_address_that_he_has_sent_to() {
        for (listen, hosts) in [("0.0.0.0:0", ["127.0.0.2", "127.0.0.3"]), ("[::]:0", ["::1", "127.0.0.3"])] {
            let bound = WorkloadSocket::bind(listen.parse().unwrap()).unwrap();
            let (mut inbox, mut clients) = (Inbox::default(), Vec::new());
            for host in hosts {
                // A connected client hears only its target.
                let target = SocketAddr::new(host.parse().unwrap(), bound.port().unwrap());
                let client = WorkloadSocket::connect(target).unwrap();
                client.send(b"who is there", 12, None).unwrap();
                let (from, _) = receive(&bound, &mut inbox).unwrap().remove(0);
                assert_eq!(bound.send(&[7; 2_500], 1_000, Some(&from)).unwrap(), 0);
                assert_eq!(receive(&client, &mut inbox).unwrap().len(), 3, "{listen} {host}");
                assert_eq!(bound.send(b"one", 3, Some(&from)).unwrap(), 0);
                assert_eq!(receive(&client, &mut inbox).unwrap(), [(target.into(), b"one".to_vec())]);
                clients.push((client, from));
            }
            assert_ne!(clients[0].1.local, clients[1].1.local);
        }
    }

    #[test]
    fn nobody_at_the_target_is_told_and_strangers_are_not_heard() {
        let bound = WorkloadSocket::bind("127.0.0.1:0".parse().unwrap()).unwrap();
        let address = SocketAddr::from(([127, 0, 0, 1], bound.port().unwrap()));
        let (client, mut inbox) = (WorkloadSocket::connect(address).unwrap(), Inbox::default());
        let stranger = WorkloadSocket::bind("127.0.0.1:0".parse().unwrap()).unwrap();
        let to = SocketAddr::from(([127, 0, 0, 1], client.port().unwrap()));
        stranger.send(b"me", 2, Some(&to.into())).unwrap();
        assert_eq!(receive(&client, &mut inbox).unwrap_err().kind(), ErrorKind::WouldBlock);
        drop(bound);
        // The system limits the rate of its ICMP errors, and another test may have taken the port. So a plain socket probes beside ours.
        let plain = PlainSocket::bind("127.0.0.1:0").unwrap();
        plain.connect(address).unwrap();
        plain.set_nonblocking(true).unwrap();
        let mut told_plain = 0;
        let is_told = (0..2_000).any(|_| {
            std::thread::sleep(std::time::Duration::from_millis(1));
            told_plain += i32::from(plain.send(b"who").is_err_and(is_refusal));
            client.send(b"who is there", 12, None).is_err_and(is_refusal)
                || receive(&client, &mut inbox).is_err_and(is_refusal)
        });
        assert!(is_told || told_plain < 50, "told a plain socket {told_plain} times, and ours never");
    }

    fn is_refusal(error: io::Error) -> bool {
        error.kind() == ErrorKind::ConnectionRefused
    }
}
