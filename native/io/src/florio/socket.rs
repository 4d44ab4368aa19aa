use std::io;
use std::os::fd::{AsFd, BorrowedFd};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::net::UnixDatagram;
use std::path::{Path, PathBuf};

use florenetes_florio::{FlorioError, PortSocket, Refusal};

use super::files::{bind, inode_at, unlink_own};
use crate::name::SocketName;
use crate::sys::send::send;

/// A socket of datagrams with a path of its own and a partner's. Dropping it removes its file.
pub struct UnixSocket {
    bind: PathBuf,
    connect: PathBuf,
    open: Option<Open>,
    /// It was opened, and nobody watches it yet.
    is_new: bool,
}

struct Open {
    socket: UnixDatagram,
    inode: u64,
}

impl UnixSocket {
    pub(super) fn new(bind: PathBuf, connect: PathBuf) -> Self {
        Self { bind, connect, open: None, is_new: false }
    }

    /// The descriptor to be watched and read. None: there is no socket at the moment.
    pub(crate) fn descriptor(&self) -> Option<BorrowedFd<'_>> {
        self.open.as_ref().map(|open| open.socket.as_fd())
    }

    /// True once after a socket was opened: its descriptor is another one than before.
    pub(crate) fn take_new(&mut self) -> bool {
        std::mem::take(&mut self.is_new)
    }

    /// Whether a sender has bound the partner's path.
    pub(crate) fn is_partner(&self, sender: &SocketName) -> bool {
        sender.is_path(self.connect.as_os_str().as_bytes())
    }
}

impl PortSocket for UnixSocket {
    fn open(&mut self) -> Result<(), FlorioError> {
        let (socket, inode) = bind(&self.bind)?;
        self.open = Some(Open { socket, inode });
        self.is_new = true;
        Ok(())
    }

    fn close(&mut self) {
        // In this order: while the socket is open, its inode number cannot be another file's.
        if let Some(open) = self.open.take() {
            unlink_own(&self.bind, open.inode);
        }
    }

    fn is_open(&self) -> bool {
        self.open.is_some()
    }

    fn is_own_path_there(&self) -> bool {
        self.open.as_ref().is_some_and(|open| inode_at(&self.bind) == Some(open.inode))
    }

    fn connect(&mut self) -> Result<(), String> {
        let Some(open) = &self.open else { return Err("there is no socket".into()) };
        open.socket
            .connect(&self.connect)
            .map_err(|error| format!("{}: {}", self.connect.display(), why_not_yet(&error)))
    }

    fn is_partner_connected(&self) -> bool {
        // Whoever is connected to somebody is not to be connected to by anybody else.
        let probed = UnixDatagram::unbound().and_then(|probe| probe.connect(&self.connect));
        probed.is_err_and(|error| error.raw_os_error() == Some(libc::EPERM))
    }

    fn send(&mut self, frame: &[u8]) -> Result<(), Refusal> {
        let Some(open) = &self.open else { return Err(gone(&self.connect, io::ErrorKind::NotConnected.into())) };
        let mut sent = send(open.socket.as_fd(), &[], &[], frame);
        // A partner that has turned elsewhere and back leaves an error, which the first attempt takes off.
        if sent.as_ref().is_err_and(|error| error.kind() == io::ErrorKind::ConnectionReset) {
            sent = send(open.socket.as_fd(), &[], &[], frame);
        }
        sent.map_err(|error| match error.raw_os_error() {
            Some(libc::EAGAIN | libc::ENOBUFS) => Refusal::Full,
            Some(libc::EMSGSIZE | libc::ENOMEM) => Refusal::Unsendable,
            _ => gone(&self.connect, error),
        })
    }
}

impl Drop for UnixSocket {
    fn drop(&mut self) {
        self.close();
    }
}

/// After the first two, the same socket may connect again. Refused for another reason, the partner may be alive.
fn gone(partner: &Path, error: io::Error) -> Refusal {
    Refusal::Gone {
        must_replace: !matches!(error.kind(), io::ErrorKind::ConnectionRefused | io::ErrorKind::NotConnected),
        reason: format!("{}: the partner is gone ({error})", partner.display()),
    }
}

fn why_not_yet(error: &io::Error) -> String {
    let text = match error.raw_os_error() {
        Some(libc::ENOENT) => "no such socket yet (ENOENT): the other process is not running, or binds another path",
        Some(libc::ECONNREFUSED) => {
            "nobody listens there (ECONNREFUSED): the other process has died and is not back yet"
        }
        Some(libc::EPERM) => {
            "it is connected to another socket (EPERM): it has not noticed our restart yet, or its `connect` is not our `bind`"
        }
        Some(libc::EACCES) => {
            "no permission (EACCES): both processes need a group in common, directories of mode 0750 and sockets of mode 0660"
        }
        _ => return format!("cannot be connected to: {error}"),
    };
    text.into()
}
