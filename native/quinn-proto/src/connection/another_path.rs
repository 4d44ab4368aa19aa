//! Packets that take another path from now on, which the caller knows and no address tells

use super::{Connection, timer::Timer};
use crate::{Instant, packet::SpaceId};

/// ACK frames that have acknowledged packets which ask for it
#[derive(Debug, Default)]
pub(super) struct Answers {
    all: u64,
    of_path: u64,
}

impl Answers {
    /// An ACK frame has acknowledged such packets for the first time, among them some that were sent on the present path
    pub(super) fn handle(&mut self, is_of_path: bool) {
        self.all += 1;
        self.of_path += u64::from(is_of_path);
    }
}

impl Connection {
    /// Takes note that packets go over another path from now on, and asks there for an acknowledgement at once
    ///
    /// Congestion controller, round trips, pacing and the count of probe timeouts begin anew; packets stay as large as they are. Those that are under
    /// way do not count any more: their acknowledgements are no samples, and their losses are no signs of congestion. What they held is sent again
    /// once a packet of the new path is acknowledged, as after any loss.
    ///
    /// Has no effect before the handshake is complete, or after the end.
    pub fn begin_path(&mut self, now: Instant) {
        if self.is_handshaking() || self.state.is_closed() {
            return;
        }
        self.path_counter = self.path_counter.wrapping_add(1);
        self.path.begin_anew(self.path_counter, now, &self.config);
        self.answers.of_path = 0;
        self.pto_count = 0;
        for space in SpaceId::iter() {
            self.spaces[space].loss_probes = 0;
        }
        self.spaces[SpaceId::Data].ping_pending = true;
        self.timers.stop(Timer::Pacing);
        self.set_loss_detection_timer(now);
    }

    /// ACK frames so far that have acknowledged packets which ask for it: signs that packets arrive
    pub fn acknowledgements(&self) -> u64 {
        self.answers.all
    }

    /// The same, as far as they have acknowledged packets that were sent since the path began anew
    pub fn path_acknowledgements(&self) -> u64 {
        self.answers.of_path
    }
}
