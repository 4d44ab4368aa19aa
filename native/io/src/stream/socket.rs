use std::io::{self, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::path::Path;

use crate::limits::KEEP_ALIVE_SECONDS;
use crate::name::SocketName;
use crate::sys::{socket, stream};

/// The address at which a workload listens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StreamAddress<'a> {
    /// An address and port.
    Tcp(SocketAddr),
    /// The path of a Unix socket.
    Unix(&'a Path),
}

/// A connection with a workload. It never blocks.
///
/// Dropping it resets the connection, unless both its halves have ended. A Unix socket has no reset, and just ends. The death of the process does the
/// same, so that a workload does not take the bytes it has got for all of them.
pub struct StreamSocket {
    /// The standard library's calls for TCP serve all stream sockets.
    stream: TcpStream,
    is_sent: bool,
    is_received: bool,
}

impl StreamSocket {
    /// Begins to connect. Once the socket is writable, `connected` tells the result.
    ///
    /// # Errors
    ///
    /// The system's, where connecting fails at once.
    pub fn connect(address: StreamAddress<'_>) -> io::Result<Self> {
        let (family, name) = match address {
            StreamAddress::Tcp(address) if address.is_ipv6() => (libc::AF_INET6, SocketName::ip(address, true)),
            StreamAddress::Tcp(address) => (libc::AF_INET, SocketName::ip(address, false)),
            StreamAddress::Unix(path) => (libc::AF_UNIX, SocketName::path(path)),
        };
        let name = name.ok_or(io::ErrorKind::InvalidInput)?;
        let descriptor = stream::open_stream(family)?;
        stream::connect(descriptor.as_fd(), &name)?;
        Ok(Self::new(descriptor, family != libc::AF_UNIX))
    }

    /// A connected Unix socket that never blocks. Where another descriptor keeps it open, dropping this one ends nothing.
    #[must_use]
    pub fn of_unix(descriptor: OwnedFd) -> Self {
        Self::new(descriptor, false)
    }

    /// Another descriptor of the socket that has this one.
    ///
    /// # Errors
    ///
    /// The system's: there is no such descriptor, or no room for one more.
    pub fn duplicate(descriptor: i32) -> io::Result<OwnedFd> {
        stream::duplicate(descriptor)
    }

    pub(super) fn new(descriptor: OwnedFd, is_tcp: bool) -> Self {
        if is_tcp {
            for (level, option, value) in [
                (libc::IPPROTO_TCP, libc::TCP_NODELAY, 1),
                (libc::SOL_SOCKET, libc::SO_KEEPALIVE, 1),
                (libc::IPPROTO_TCP, libc::TCP_KEEPIDLE, KEEP_ALIVE_SECONDS),
            ] {
                // A socket that is reset already refuses options. The next read shows the reset.
                let _ = socket::set_option(descriptor.as_fd(), level, option, value);
            }
            let _ = stream::reset_when_closed(descriptor.as_fd(), true);
        }
        Self { stream: TcpStream::from(descriptor), is_sent: false, is_received: false }
    }

    /// Whether connecting has succeeded, once the socket has become writable or has failed.
    ///
    /// # Errors
    ///
    /// The reason why it has failed.
    pub fn connected(&self) -> io::Result<()> {
        self.take_error()
    }

    /// Takes the socket's pending error.
    ///
    /// # Errors
    ///
    /// The pending error, such as a reset.
    pub fn take_error(&self) -> io::Result<()> {
        match self.stream.take_error()? {
            Some(error) => Err(error),
            None => Ok(()),
        }
    }

    /// Reads bytes; 0: the workload has ended its half.
    ///
    /// # Errors
    ///
    /// `WouldBlock`: nothing is there now. Other errors: the connection was reset.
    pub fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let length = retry(|| (&self.stream).read(out))?;
        self.is_received |= length == 0 && !out.is_empty();
        Ok(length)
    }

    /// Writes as many of the bytes as the socket takes. When it takes fewer, a change to writable will follow.
    ///
    /// # Errors
    ///
    /// `WouldBlock`: the socket takes none now. Other errors: the connection was reset.
    pub fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        retry(|| (&self.stream).write(bytes))
    }

    /// Ends our half, after all written bytes.
    pub fn end(&mut self) {
        // The call fails if the connection is gone, which `read` then shows.
        self.is_sent = self.stream.shutdown(Shutdown::Write).is_ok();
    }
}

impl AsFd for StreamSocket {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.stream.as_fd()
    }
}

impl Drop for StreamSocket {
    fn drop(&mut self) {
        if self.is_sent && self.is_received {
            let _ = stream::reset_when_closed(self.as_fd(), false);
        }
    }
}

/// Repeats a call that was interrupted, as by a debugger.
fn retry(mut call: impl FnMut() -> io::Result<usize>) -> io::Result<usize> {
    loop {
        match call() {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            other => return other,
        }
    }
}
