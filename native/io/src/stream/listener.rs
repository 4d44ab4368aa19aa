use std::fs::{self, File, Permissions};
use std::io;
use std::net::SocketAddr;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd};
use std::os::unix::fs::{FileTypeExt, OpenOptionsExt, PermissionsExt, chown};
use std::path::Path;

use super::socket::StreamSocket;
use crate::limits::LISTEN_BACKLOG;
use crate::name::SocketName;
use crate::sys::{socket, stream};

/// The file that a Unix socket is to have.
#[derive(Clone, Copy, Debug)]
pub struct SocketFile<'a> {
    /// The path, where no file exists yet.
    pub path: &'a Path,
    /// The file's mode, such as 0o600.
    pub mode: u32,
    /// The file's user and group, where they are not this process's.
    pub owner: Option<(u32, u32)>,
}

/// Accepts connections of workloads.
pub struct StreamListener {
    descriptor: OwnedFd,
    is_tcp: bool,
    port: u16,
    /// The file that is removed with the listener, and its inode number.
    file: Option<(std::path::PathBuf, u64)>,
}

impl StreamListener {
    /// Listens on an address of this machine. Port 0: the system chooses a free one.
    ///
    /// # Errors
    ///
    /// The system's: `EADDRINUSE`, `EACCES`, ….
    pub fn tcp(address: SocketAddr) -> io::Result<Self> {
        let family = if address.is_ipv6() { libc::AF_INET6 } else { libc::AF_INET };
        let descriptor = stream::open_stream(family)?;
        let fd = descriptor.as_fd();
        // Lingering connections of a former process do not keep the port from being bound.
        socket::set_option(fd, libc::SOL_SOCKET, libc::SO_REUSEADDR, 1)?;
        let name = SocketName::ip(address, address.is_ipv6()).expect("an address is of its own family");
        socket::bind(fd, &name)?;
        stream::listen(fd, LISTEN_BACKLOG)?;
        let local = socket::local_name(fd)?.to_ip().ok_or(io::ErrorKind::InvalidData)?;
        Ok(Self { descriptor, is_tcp: true, port: local.port(), file: None })
    }

    /// Listens on a new Unix socket. Nobody can connect before the file has its mode and owner.
    ///
    /// # Errors
    ///
    /// The system's: `EADDRINUSE` when something is there, `EACCES`, `EPERM`, ….
    pub fn unix(file: SocketFile<'_>) -> io::Result<Self> {
        let descriptor = stream::open_stream(libc::AF_UNIX)?;
        let name = SocketName::path(file.path).ok_or(io::ErrorKind::InvalidInput)?;
        socket::bind(descriptor.as_fd(), &name)?;
        let listen = || {
            let inode = set_file(file)?;
            stream::listen(descriptor.as_fd(), LISTEN_BACKLOG)?;
            Ok(inode)
        };
        match listen() {
            Ok(inode) => Ok(Self { descriptor, is_tcp: false, port: 0, file: Some((file.path.to_owned(), inode)) }),
            Err(error) => {
                let _ = fs::remove_file(file.path);
                Err(error)
            }
        }
    }

    /// The TCP port; 0 for a Unix socket.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Accepts a connection.
    ///
    /// # Errors
    ///
    /// `WouldBlock`: no connection waits. Other errors say nothing about the next connection, but `EMFILE` will come again.
    pub fn accept(&self) -> io::Result<StreamSocket> {
        Ok(StreamSocket::new(stream::accept(self.descriptor.as_fd())?, self.is_tcp))
    }
}

impl AsFd for StreamListener {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.descriptor.as_fd()
    }
}

impl Drop for StreamListener {
    fn drop(&mut self) {
        let Some((path, inode)) = &self.file else { return };
        // Another process may have put its own file there.
        if fs::symlink_metadata(path).is_ok_and(|found| inode_of(&found) == *inode) {
            let _ = fs::remove_file(path);
        }
    }
}

/// Sets mode and owner of the file, if it is a socket: another file may have been put in its place since it was bound. Returns its inode number.
fn set_file(file: SocketFile<'_>) -> io::Result<u64> {
    let opened = File::options().read(true).custom_flags(libc::O_PATH | libc::O_NOFOLLOW).open(file.path)?;
    let found = opened.metadata()?;
    if !found.file_type().is_socket() {
        return Err(io::Error::from_raw_os_error(libc::ENOTSOCK));
    }
    // The name in /proc leads to the descriptor's file, wherever the path may lead by now.
    let descriptor = format!("/proc/self/fd/{}", opened.as_raw_fd());
    if let Some((user, group)) = file.owner {
        chown(&descriptor, Some(user), Some(group))?;
    }
    fs::set_permissions(&descriptor, Permissions::from_mode(file.mode))?;
    Ok(inode_of(&found))
}

fn inode_of(found: &fs::Metadata) -> u64 {
    std::os::unix::fs::MetadataExt::ino(found)
}
