use std::fmt;

/// Why a port cannot be opened; docs/protocol/florio.md, *Errors at start*, says what to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FlorioErrorCode {
    /// A path has more than 107 bytes.
    PathTooLong,
    /// A path is relative, not in its shortest form, or the same for both sides.
    PathInvalid,
    /// A living process has bound the path.
    SocketInUse,
    /// A file or directory is in the way.
    NotASocket,
    /// The directory of our own socket does not exist.
    DirectoryMissing,
    /// We may not bind there, or may not remove a stale socket.
    Permission,
    /// The system refused for another reason.
    Socket,
}

impl FlorioErrorCode {
    /// The code as logs and documents have it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::PathTooLong => "ERR_FLORIO_PATH_TOO_LONG",
            Self::PathInvalid => "ERR_FLORIO_PATH_INVALID",
            Self::SocketInUse => "ERR_FLORIO_SOCKET_IN_USE",
            Self::NotASocket => "ERR_FLORIO_NOT_A_SOCKET",
            Self::DirectoryMissing => "ERR_FLORIO_DIRECTORY_MISSING",
            Self::Permission => "ERR_FLORIO_PERMISSION",
            Self::Socket => "ERR_FLORIO_SOCKET",
        }
    }
}

/// An operator's mistake, or something that only an operator can put right.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FlorioError {
    /// To branch on.
    pub code: FlorioErrorCode,
    /// Says what happened, and where.
    pub message: String,
}

impl FlorioError {
    /// An error with its message for people.
    #[must_use]
    pub fn new(code: FlorioErrorCode, message: String) -> Self {
        Self { code, message }
    }
}

impl fmt::Display for FlorioError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}: {}", self.code.as_str(), self.message)
    }
}

impl std::error::Error for FlorioError {}
