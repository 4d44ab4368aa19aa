//! ECN marks of packets (RFC 9000, 13.4).

use quinn_proto::EcnCodepoint;

use crate::connection::Connection;

impl Connection {
    /// The ECN codepoint that the packet of the last `poll_transmit` is to have: ECT(0) for the first ten, and for all others once the peer
    /// has told of such marks, until the path is found to lose or to change them.
    #[must_use]
    pub fn mark(&self) -> Option<EcnCodepoint> {
        self.mark
    }

    /// Begins to validate ECN anew (RFC 9000, 13.4.2), unless it is in use: with the next ten packets.
    pub fn try_marks(&mut self) {
        if let Some(quinn) = self.quinn.as_mut() {
            quinn.try_ecn();
        }
    }
}
