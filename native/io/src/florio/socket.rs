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

/// A Unix datagram socket with a path of its own and the path of its partner. Dropping it removes its file.
pub struct UnixSocket {
    bind: PathBuf,
    connect: PathBuf,
    open: Option<Open>,
    /// The socket was opened, and the poller does not watch it yet.
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

    /// True once after each opening of the socket, whose descriptor is then a new one.
    pub(crate) fn take_new(&mut self) -> bool {
        std::mem::take(&mut self.is_new)
    }

    /// Bytes of control messages to receive: 0, except while datagrams are to name the partner's process.
    pub(crate) fn control_size(&self) -> usize {
        if self.partner.is_asked_for() { ControlBuffer::PROCESS_SIZE } else { 0 }
    }

    /// Handles the control messages of a datagram from the partner.
    pub(crate) fn handle_partner(&mut self, control: &ControlBuffer) {
        if !self.partner.is_asked_for() {
            return;
        }
        self.partner.handle_process(control.process());
        if !self.partner.is_asked_for() {
            self.ask_for_processes(false);
        }
    }

    /// A descriptor that becomes readable when the partner's process ends. Each is returned once.
    pub(crate) fn take_new_end(&mut self) -> Option<BorrowedFd<'_>> {
        self.partner.take_new_end()
    }

    /// Forgets the partner's process, so that the next datagram is asked for it again.
    pub(crate) fn forget_partner(&mut self) {
        self.partner = Partner::default();
        self.ask_for_processes(true);
    }

    fn ask_for_processes(&self, is_wanted: bool) {
        if let Some(descriptor) = self.descriptor() {
            // A kernel that refuses does not name processes. The partner is then found out about in other ways.
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
        // The file is removed before the socket closes: until then no other file can have its inode number.
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
        // A partner that cannot be let in reports that it has no permission, and people have to mend that.
        let _ = admit_partner(&self.bind, &self.connect);
        Ok(())
    }

    fn is_partner_connected(&self) -> bool {
        // The kernel refuses a connection to a datagram socket that is itself connected to another socket.
        let probed = UnixDatagram::unbound().and_then(|probe| probe.connect(&self.connect));
        probed.is_err_and(|error| error.raw_os_error() == Some(libc::EPERM))
    }

    fn is_partner_watched(&self) -> bool {
        self.partner.is_watched()
    }

    fn send(&mut self, frame: &[u8]) -> Result<(), Refusal> {
        let Some(open) = &self.open else { return Err(gone(&self.connect, io::ErrorKind::NotConnected.into())) };
        let mut sent = send(open.socket.as_fd(), &[], &[], frame);
        // A partner that connected elsewhere and back leaves an error, which the first attempt clears.
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

/// The refusal for an error of sending. After `ConnectionRefused` and `NotConnected` the same socket may connect again. After other errors it must be
/// replaced, since the partner may still be alive.
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
