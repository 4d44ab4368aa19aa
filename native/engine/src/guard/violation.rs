use quinn_proto::{TransportError, TransportErrorCode};

/// Why the guard closes a connection: the codes of packages/quic/src/guard/violation.ts, for counters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Violation {
    /// A frame that cannot be read. The library itself closes the connection.
    MalformedFrame,
    /// The connection hides too many bytes (docs/develop/quic.md, *The guard*).
    HiddenBytes,
    /// All connections of the process together hide too many bytes, and this one was chosen to close.
    HiddenBytesOfAll,
    /// Too many gaps in a stream.
    Gaps,
    /// Too much CRYPTO data after the handshake.
    CryptoData,
    /// Too many connection IDs, or the retirement of one.
    ConnectionIds,
    /// Too many path challenges.
    PathChallenges,
    /// Too many ranges in an acknowledgement.
    AckRanges,
    /// An acknowledgement of a packet that was not sent.
    AckOfUnsent,
    /// Too many packets without an acknowledgement.
    Unacknowledged,
}

impl Violation {
    pub(super) const ALL: [Self; 10] = [
        Self::MalformedFrame,
        Self::HiddenBytes,
        Self::HiddenBytesOfAll,
        Self::Gaps,
        Self::CryptoData,
        Self::ConnectionIds,
        Self::PathChallenges,
        Self::AckRanges,
        Self::AckOfUnsent,
        Self::Unacknowledged,
    ];

    /// The violation's name in status and metrics.
    #[must_use]
    pub fn code(self) -> &'static str {
        self.row().0
    }

    /// The error that the peer is told.
    pub(crate) fn error(self) -> TransportError {
        TransportError { code: TransportErrorCode::PROTOCOL_VIOLATION, frame: None, reason: self.row().1.into() }
    }

    fn row(self) -> (&'static str, &'static str) {
        match self {
            Self::MalformedFrame => ("MALFORMED_FRAME", "a frame that cannot be read"),
            Self::HiddenBytes => {
                ("HIDDEN_BYTES", "more bytes beyond gaps or in small pieces than what was delivered allows")
            }
            Self::HiddenBytesOfAll => (
                "HIDDEN_BYTES_OF_ALL",
                "the most bytes beyond gaps or in small pieces, of the owner with the most of them, in a process that has too many",
            ),
            Self::Gaps => ("GAPS", "too many gaps in a stream"),
            Self::CryptoData => ("CRYPTO_DATA", "too much CRYPTO data after the handshake"),
            Self::ConnectionIds => ("CONNECTION_IDS", "connection IDs that this connection has no use for"),
            Self::PathChallenges => ("PATH_CHALLENGES", "too many path challenges"),
            Self::AckRanges => ("ACK_RANGES", "too many ranges in an acknowledgement"),
            Self::AckOfUnsent => ("ACK_OF_UNSENT", "an acknowledgement of a packet that was not sent"),
            Self::Unacknowledged => ("UNACKNOWLEDGED", "too many packets without an acknowledgement"),
        }
    }
}
