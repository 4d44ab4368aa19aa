//! The path of a connection's packets, which may become another one.

use quinn_proto::Connection as Quinn;

use crate::connection::Connection;

impl Connection {
    /// Takes note that packets leave over another path from now on, which only the caller knows. A PING asks there for an acknowledgement at once.
    ///
    /// The congestion controller, round trips, the rate of delivery and pacing begin anew. The size of packets and the owner's wishes for the
    /// controller stay. Packets that are under way give no samples of the new path, and count as no congestion of it; what they held is sent again
    /// once the new path has brought an acknowledgement. Marks are off until [`Self::try_marks`].
    ///
    /// Has no effect before the handshake is complete, or after the end.
    pub fn begin_path(&mut self, now: f64) {
        self.now = now;
        let instant = self.instant();
        let Some(quinn) = self.quinn.as_mut().filter(|_| !self.is_closed) else { return };
        quinn.begin_path(instant);
        self.settle();
    }

    /// How often the peer has acknowledged packets that ask for it.
    #[must_use]
    pub fn acknowledgements(&self) -> u64 {
        self.quinn.as_ref().map_or(0, Quinn::acknowledgements)
    }

    /// How often it has acknowledged some that were sent since the path began.
    #[must_use]
    pub fn path_acknowledgements(&self) -> u64 {
        self.quinn.as_ref().map_or(0, Quinn::path_acknowledgements)
    }
}
