//! The file of a socket: how it is bound over the file of a dead process, opened to the group and the partner, and removed while it is ours.

use std::fs::{self, File, Metadata, Permissions};
use std::io::{self, ErrorKind};
use std::os::fd::AsRawFd;
use std::os::unix::fs::{FileTypeExt, MetadataExt, OpenOptionsExt, PermissionsExt};
use std::os::unix::net::UnixDatagram;
use std::path::Path;

use florenetes_florio::{FlorioError, FlorioErrorCode};

use crate::sys::access_list;
use crate::sys::user::effective_user;

/// Only owner and group may send.
const SOCKET_MODE: u32 = 0o660;
/// Attempts to bind: another process may replace a stale file between the probe and the second attempt.
const BIND_ATTEMPTS_MAX: u32 = 3;

/// Binds a socket and opens its file to the group. A file in the way is probed: without a process behind it, it is unlinked; otherwise it is an
/// error. Returns the socket and the inode number of its file.
pub(super) fn bind(path: &Path) -> Result<(UnixDatagram, u64), FlorioError> {
    let mut attempt = 1;
    let socket = loop {
        match UnixDatagram::bind(path) {
            Ok(socket) => break socket,
            Err(error) if error.kind() == ErrorKind::AddrInUse && attempt < BIND_ATTEMPTS_MAX => remove_if_stale(path)?,
            Err(error) => return Err(bind_error(path, &error)),
        }
        attempt += 1;
    };
    let refused = |what: &str, error: io::Error| {
        FlorioError::new(FlorioErrorCode::Socket, format!("{} was bound, but {what}: {error}", path.display()))
    };
    socket.set_nonblocking(true).map_err(|error| refused("it would block", error))?;
    let inode = open_to_group(path).map_err(|error| refused("its mode could not be set", error))?;
    Ok((socket, inode))
}

/// The inode number of the file at the path.
pub(super) fn inode_at(path: &Path) -> Option<u64> {
    fs::symlink_metadata(path).ok().map(|found| found.ino())
}

/// Removes our own socket file, unless another process has put its own file there meanwhile.
pub(super) fn unlink_own(path: &Path, inode: u64) {
    if inode_at(path) == Some(inode) {
        // A directory that has become closed to us cannot be tidied.
        let _ = fs::remove_file(path);
    }
}

/// Lets the partner's user send to our socket, where it is not our own user. The owner of the folder of the partner's socket counts as the partner,
/// who need not share a group with us. Root needs no permission.
pub(super) fn admit_partner(path: &Path, partner: &Path) -> io::Result<()> {
    let user = fs::metadata(partner.parent().unwrap_or(partner))?.uid();
    if user == 0 || user == effective_user() {
        return Ok(());
    }
    access_list::admit(&open_own_socket(path)?.0, user)
}

/// Sets the mode of the socket's file. Returns its inode number.
fn open_to_group(path: &Path) -> io::Result<u64> {
    let (file, found) = open_own_socket(path)?;
    // The name in /proc leads to the descriptor's file, wherever the path may lead by now.
    fs::set_permissions(format!("/proc/self/fd/{}", file.as_raw_fd()), Permissions::from_mode(SOCKET_MODE))?;
    Ok(found.ino())
}

/// Opens the file without following links, and only if it is a socket of this process's user: since `bind`, anybody who may write in the folder can
/// have put another file in its place.
fn open_own_socket(path: &Path) -> io::Result<(File, Metadata)> {
    let file = File::options().read(true).custom_flags(libc::O_PATH | libc::O_NOFOLLOW).open(path)?;
    let found = file.metadata()?;
    if !found.file_type().is_socket() {
        return Err(io::Error::from_raw_os_error(libc::ENOTSOCK));
    }
    if found.uid() != effective_user() {
        return Err(io::Error::from_raw_os_error(libc::EPERM));
    }
    Ok((file, found))
}

fn remove_if_stale(path: &Path) -> Result<(), FlorioError> {
    let Ok(before) = fs::symlink_metadata(path) else { return Ok(()) };
    // Connecting to a plain file is "refused" as well, so only sockets are ever unlinked.
    if !before.file_type().is_socket() {
        return Err(FlorioError::new(
            FlorioErrorCode::NotASocket,
            format!("{} exists and is not a socket", path.display()),
        ));
    }
    match UnixDatagram::unbound().and_then(|probe| probe.connect(path)) {
        Err(error) if error.kind() == ErrorKind::ConnectionRefused => unlink_stale(path, &before),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
        Err(error) if error.raw_os_error() == Some(libc::EACCES) => Err(FlorioError::new(
            FlorioErrorCode::Permission,
            format!("{} exists and belongs to another user", path.display()),
        )),
        _ => Err(FlorioError::new(
            FlorioErrorCode::SocketInUse,
            format!("a living process has bound {}", path.display()),
        )),
    }
}

fn unlink_stale(path: &Path, probed: &Metadata) -> Result<(), FlorioError> {
    // Another starting process may have replaced the stale file already. Its new socket is not the file that was probed.
    if inode_at(path) != Some(probed.ino()) {
        return Ok(());
    }
    match fs::remove_file(path) {
        Err(error) if error.kind() != ErrorKind::NotFound => Err(FlorioError::new(
            FlorioErrorCode::Permission,
            format!("{} is left over from a dead process and cannot be removed: {error}", path.display()),
        )),
        _ => Ok(()),
    }
}

fn bind_error(path: &Path, error: &io::Error) -> FlorioError {
    let shown = path.display();
    let directory = path.parent().unwrap_or(path).display();
    match error.raw_os_error() {
        Some(libc::ENOENT | libc::ENOTDIR) => FlorioError::new(
            FlorioErrorCode::DirectoryMissing,
            format!("{shown} cannot be bound: {directory} is not a directory"),
        ),
        Some(libc::EACCES | libc::EPERM | libc::EROFS) => FlorioError::new(
            FlorioErrorCode::Permission,
            format!("{shown} cannot be bound ({error}): this process may not write in {directory}"),
        ),
        _ => FlorioError::new(FlorioErrorCode::Socket, format!("{shown} cannot be bound: {error}")),
    }
}
