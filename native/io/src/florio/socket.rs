use std::io;
use std::os::fd::{AsFd, BorrowedFd};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::net::UnixDatagram;
use std::path::{Path, PathBuf};

use florenetes_florio::{FlorioError, PortSocket, Refusal};

use super::files::{admit_partner, bind, inode_at, unlink_own};
use super::partner::Partner;
use crate::control::ControlBuffer;
use crate::name::SocketName;
use crate::sys::send::send;
use crate::sys::socket::set_option;

/// A socket of datagrams with a path of its own and a partner's. Dropping it removes its file.
pub struct UnixSocket {
    bind: PathBuf,
    connect: PathBuf,
    open: Option<Open>,
    /// The socket was opened, and nobody watches it yet.
    is_new: bool,
    partner: Partner,
}

struct Open {
    socket: UnixDatagram,
    inode: u64,
}

impl UnixSocket {
    pub(super) fn new(bind: PathBuf, connect: PathBuf) -> Self {
        Self { bind, connect, open: None, is_new: false, partner: Partner::default() }
    }

    /// The descriptor to be watched and read. None: there is no socket at the moment.
    pub(crate) fn descriptor(&self) -> Option<BorrowedFd<'_>> {
        self.open.as_ref().map(|open| open.socket.as_fd())
    }

    /// True once after a socket was opened: its descriptor is another one than before.
    pub(crate) fn take_new(&mut self) -> bool {
        std::mem::take(&mut self.is_new)
    }

    /// Room for control messages of what is received: none but while it is asked which process the partner is.
    pub(crate) fn control_size(&self) -> usize {
        if self.partner.is_asked_for() { ControlBuffer::PROCESS_SIZE } else { 0 }
    }

    /// A datagram of the partner's has come, with these control messages.
    pub(crate) fn handle_partner(&mut self, control: &ControlBuffer) {
        if !self.partner.is_asked_for() {
            return;
        }
        self.partner.handle_process(control.process());
        if !self.partner.is_asked_for() {
            self.ask_for_processes(false);
        }
    }

    /// A descriptor that is readable when the partner's process has ended; once for each.
    pub(crate) fn take_new_end(&mut self) -> Option<BorrowedFd<'_>> {
        self.partner.take_new_end()
    }

    /// The process has ended, or is of no interest any more: the next datagram says which it is.
    pub(crate) fn forget_partner(&mut self) {
        self.partner = Partner::default();
        self.ask_for_processes(true);
    }

    fn ask_for_processes(&self, is_wanted: bool) {
        if let Some(descriptor) = self.descriptor() {
            // A kernel that refuses names no process with a datagram, and the partner is looked for.
            let _ = set_option(descriptor, libc::SOL_SOCKET, libc::SO_PASSCRED, is_wanted.into());
        }
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
        self.forget_partner();
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
            .map_err(|error| format!("{}: {}", self.connect.display(), why_not_yet(&error)))?;
        // A partner that cannot be let in says that it has no permission, and its owner mends what is in the way.
        let _ = admit_partner(&self.bind, &self.connect);
        Ok(())
    }

    fn is_partner_connected(&self) -> bool {
        // Whoever is connected to somebody is not to be connected to by anybody else.
        let probed = UnixDatagram::unbound().and_then(|probe| probe.connect(&self.connect));
        probed.is_err_and(|error| error.raw_os_error() == Some(libc::EPERM))
    }

    fn is_partner_watched(&self) -> bool {
        self.partner.is_watched()
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
            _ => {
                self.forget_partner();
                gone(&self.connect, error)
            }
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
            "no permission (EACCES): we may not enter its directory, or its process has not let us in yet, which it does when it connects to us"
        }
        _ => return format!("cannot be connected to: {error}"),
    };
    text.into()
}
