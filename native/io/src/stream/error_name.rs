use std::io;

/// The name by which people look up an error of a workload's socket, such as `ECONNREFUSED`. Other errors are described in words.
#[must_use]
pub fn error_name(error: &io::Error) -> String {
    let name = match error.raw_os_error() {
        Some(libc::EACCES) => "EACCES",
        Some(libc::EADDRINUSE) => "EADDRINUSE",
        Some(libc::EADDRNOTAVAIL) => "EADDRNOTAVAIL",
        Some(libc::EAGAIN) => "EAGAIN",
        Some(libc::ECONNREFUSED) => "ECONNREFUSED",
        Some(libc::ECONNRESET) => "ECONNRESET",
        Some(libc::EHOSTUNREACH) => "EHOSTUNREACH",
        Some(libc::EMFILE) => "EMFILE",
        Some(libc::ENETUNREACH) => "ENETUNREACH",
        Some(libc::ENOENT) => "ENOENT",
        Some(libc::ENOTDIR) => "ENOTDIR",
        Some(libc::ENOTSOCK) => "ENOTSOCK",
        Some(libc::EPERM) => "EPERM",
        Some(libc::ETIMEDOUT) => "ETIMEDOUT",
        _ => return error.to_string(),
    };
    name.into()
}
