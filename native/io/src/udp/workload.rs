use std::io;
use std::net::{SocketAddr, UdpSocket as PlainSocket};
use std::os::fd::{AsFd, BorrowedFd};

use crate::inbox::Inbox;
use crate::limits::UDP_KERNEL_BUFFER_SIZE;
use crate::name::SocketName;
use crate::sys::{socket, stream};

/// A socket of datagrams to the workloads of this machine. It never blocks.
///
/// One that is bound takes what anybody sends to it; one that is connected takes what its target sends, and tells when nobody is there
/// (ICMP port unreachable: `ConnectionRefused`, of the next call).
pub struct WorkloadSocket {
    socket: PlainSocket,
}

impl WorkloadSocket {
    /// Binds to an address of this machine; port 0: to a free one.
    ///
    /// # Errors
    ///
    /// The system's: `EADDRINUSE`, `EADDRNOTAVAIL`, `EACCES`, ….
    pub fn bind(listen: SocketAddr) -> io::Result<Self> {
        let (bound, name) = Self::open(listen)?;
        // All clients of a tunnel share it: a burst of theirs should not be lost. The system may grant less.
        for option in [libc::SO_RCVBUF, libc::SO_SNDBUF] {
            let _ = socket::set_option(bound.as_fd(), libc::SOL_SOCKET, option, UDP_KERNEL_BUFFER_SIZE);
        }
        socket::bind(bound.as_fd(), &name)?;
        Ok(bound)
    }

    /// Takes a free port, and connects it.
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
        Ok((Self { socket: descriptor.into() }, name))
    }

    /// The port that it is bound to.
    ///
    /// # Errors
    ///
    /// The system's.
    pub fn port(&self) -> io::Result<u16> {
        Ok(self.socket.local_addr()?.port())
    }

    /// Gives what has come to `on_datagram`, with its sender; several at once.
    ///
    /// # Errors
    ///
    /// `WouldBlock`: nothing is there. `ConnectionRefused`: nobody is at the target of a connected socket. Others mean nothing.
    pub fn receive(&self, inbox: &mut Inbox, mut on_datagram: impl FnMut(SocketAddr, &mut [u8])) -> io::Result<()> {
        for delivery in inbox.receive(self.as_fd(), 0)? {
            if let Some(from) = delivery.sender.to_ip() {
                on_datagram(from, delivery.bytes);
            }
        }
        Ok(())
    }

    /// Sends to the target of a connected socket.
    ///
    /// # Errors
    ///
    /// `ConnectionRefused`: nobody was there when something was sent before. Others: it is not sent, for there is no room, no way or no leave.
    pub fn send(&self, datagram: &[u8]) -> io::Result<()> {
        self.socket.send(datagram).map(drop)
    }

    /// Sends to somebody.
    ///
    /// # Errors
    ///
    /// It is not sent, for there is no room, no way or no leave.
    pub fn send_to(&self, datagram: &[u8], to: SocketAddr) -> io::Result<()> {
        self.socket.send_to(datagram, to).map(drop)
    }
}

impl AsFd for WorkloadSocket {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.socket.as_fd()
    }
}

#[cfg(test)]
mod tests {
    use std::io::ErrorKind;

    use super::*;

    /// Waits for what comes over loopback, which is at once.
    fn receive(socket: &WorkloadSocket, inbox: &mut Inbox) -> io::Result<Vec<(SocketAddr, Vec<u8>)>> {
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
                client.send(&vec![7; size]).unwrap();
                let (from, bytes) = receive(&bound, &mut inbox).unwrap().remove(0);
                assert_eq!(bytes, vec![7; size]);
                bound.send_to(&bytes, from).unwrap();
                assert_eq!(receive(&client, &mut inbox).unwrap(), [(address, bytes)]);
            }
        }
    }

    #[test]
    fn nobody_at_the_target_is_told_and_strangers_are_not_heard() {
        let bound = WorkloadSocket::bind("127.0.0.1:0".parse().unwrap()).unwrap();
        let address = SocketAddr::from(([127, 0, 0, 1], bound.port().unwrap()));
        let (client, mut inbox) = (WorkloadSocket::connect(address).unwrap(), Inbox::default());
        let stranger = WorkloadSocket::bind("127.0.0.1:0".parse().unwrap()).unwrap();
        stranger.send_to(b"me", SocketAddr::from(([127, 0, 0, 1], client.port().unwrap()))).unwrap();
        assert_eq!(receive(&client, &mut inbox).unwrap_err().kind(), ErrorKind::WouldBlock);
        drop(bound);
        let is_told = is_told_at_last(|| {
            client.send(b"who is there").is_err_and(is_refusal) || receive(&client, &mut inbox).is_err_and(is_refusal)
        });
        // A system that has told of many that are not there is silent for a while.
        let plain = PlainSocket::bind("127.0.0.1:0").unwrap();
        plain.connect(address).unwrap();
        plain.set_nonblocking(true).unwrap();
        let is_plain_told = || is_told_at_last(|| plain.send(b"who").is_err_and(is_refusal));
        assert!(is_told || !is_plain_told());
    }

    fn is_refusal(error: io::Error) -> bool {
        error.kind() == ErrorKind::ConnectionRefused
    }

    fn is_told_at_last(mut try_once: impl FnMut() -> bool) -> bool {
        (0..200).any(|_| {
            std::thread::sleep(std::time::Duration::from_millis(1));
            try_once()
        })
    }
}
