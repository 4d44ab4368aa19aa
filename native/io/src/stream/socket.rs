use std::io::{self, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::path::Path;

use crate::limits::KEEP_ALIVE_SECONDS;
use crate::name::SocketName;
use crate::sys::{socket, stream};

/// The address that a workload listens at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StreamAddress<'a> {
    /// An address and port.
    Tcp(SocketAddr),
    /// The path of a socket's file.
    Unix(&'a Path),
}

/// A connection with a workload. It never blocks.
///
/// Dropping it is a reset (on a unix socket, which has none, an end), unless both of its halves have ended. So is the death of the process:
/// a workload does not take what it has got for all.
pub struct StreamSocket {
    /// The standard library's calls for TCP are those for all sockets of streams.
    stream: TcpStream,
    is_sent: bool,
    is_received: bool,
}

impl StreamSocket {
    /// Begins to connect; `connected` says what came of it once the socket is writable.
    ///
    /// # Errors
    ///
    /// The system's, where it knows at once.
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

    pub(super) fn new(descriptor: OwnedFd, is_tcp: bool) -> Self {
        if is_tcp {
            for (level, option, value) in [
                (libc::IPPROTO_TCP, libc::TCP_NODELAY, 1),
                (libc::SOL_SOCKET, libc::SO_KEEPALIVE, 1),
                (libc::IPPROTO_TCP, libc::TCP_KEEPIDLE, KEEP_ALIVE_SECONDS),
            ] {
                // A socket that has been reset already takes no option, and shows it when it is read.
                let _ = socket::set_option(descriptor.as_fd(), level, option, value);
            }
            let _ = stream::reset_when_closed(descriptor.as_fd(), true);
        }
        Self { stream: TcpStream::from(descriptor), is_sent: false, is_received: false }
    }

    /// Whether connecting has succeeded, of a socket that has become writable or has failed.
    ///
    /// # Errors
    ///
    /// Why it has not.
    pub fn connected(&self) -> io::Result<()> {
        self.take_error()
    }

    /// The error that has befallen the socket, which is told once.
    ///
    /// # Errors
    ///
    /// A reset, and the like.
    pub fn take_error(&self) -> io::Result<()> {
        match self.stream.take_error()? {
            Some(error) => Err(error),
            None => Ok(()),
        }
    }

    /// Takes what has come; 0: the workload has ended its half.
    ///
    /// # Errors
    ///
    /// `WouldBlock`: there is nothing now. Others: it was reset.
    pub fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let length = retry(|| (&self.stream).read(out))?;
        self.is_received |= length == 0 && !out.is_empty();
        Ok(length)
    }

    /// Gives as many of the bytes as it takes. When it takes fewer, it will tell that it is writable.
    ///
    /// # Errors
    ///
    /// `WouldBlock`: it takes none now. Others: it was reset.
    pub fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        retry(|| (&self.stream).write(bytes))
    }

    /// Ends our half, after all that was written.
    pub fn end(&mut self) {
        // The end fails for a socket that is gone, which is then told by `read`.
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

/// Debuggers interrupt calls.
fn retry(mut call: impl FnMut() -> io::Result<usize>) -> io::Result<usize> {
    loop {
        match call() {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            other => return other,
        }
    }
}
