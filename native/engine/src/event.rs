//! The events of a connection.

use quinn_proto::{ConnectionError, TransportErrorCode};

/// The cause of a connection's end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CloseCause {
    /// The peer closed, or refused us during the handshake.
    Peer,
    /// We closed, or the engine did because the peer broke the protocol or failed verification.
    Local,
    /// The peer was silent for the idle timeout.
    Idle,
    /// A stateless reset: the peer has lost its state.
    Reset,
}

/// The end of a connection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Closed {
    /// The cause of the end.
    pub cause: CloseCause,
    /// Whether `code` is a code of the application; otherwise it is a transport code of QUIC (RFC 9000, 20.1; 0x100 + n: TLS alert n).
    pub is_application: bool,
    /// The code of the application or of QUIC.
    pub code: u64,
    /// The reason, for people. A peer's words are not yet escaped for a terminal.
    pub reason: String,
}

/// Something that happened to a connection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// The handshake is complete on this side, and the peer's chain is verified.
    Established,
    /// The connection has ended. No event follows.
    Closed(Closed),
}

impl Closed {
    pub(crate) fn application(cause: CloseCause, code: u64, reason: String) -> Self {
        Self { cause, is_application: true, code, reason }
    }

    fn transport(cause: CloseCause, code: u64, reason: String) -> Self {
        Self { cause, is_application: false, code, reason }
    }
}

impl From<ConnectionError> for Closed {
    fn from(error: ConnectionError) -> Self {
        let text = |reason: &[u8]| String::from_utf8_lossy(reason).into_owned();
        match error {
            ConnectionError::ApplicationClosed(close) => {
                Self::application(CloseCause::Peer, close.error_code.into_inner(), text(&close.reason))
            }
            ConnectionError::ConnectionClosed(close) => {
                Self::transport(CloseCause::Peer, close.error_code.into(), text(&close.reason))
            }
            ConnectionError::TransportError(error) => {
                Self::transport(CloseCause::Local, error.code.into(), error.reason)
            }
            ConnectionError::TimedOut => Self::transport(CloseCause::Idle, 0, String::new()),
            ConnectionError::Reset => Self::transport(CloseCause::Reset, 0, String::new()),
            ConnectionError::VersionMismatch | ConnectionError::LocallyClosed | ConnectionError::CidsExhausted => {
                Self::transport(CloseCause::Local, TransportErrorCode::CONNECTION_REFUSED.into(), error.to_string())
            }
        }
    }
}
