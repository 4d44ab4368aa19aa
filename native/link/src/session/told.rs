//! A session's figures, for those who ask the thread, and its counts, for those who do not wait for it.

use florenetes_lane::LaneClock;

use super::Session;
use crate::figures::{Counts, SessionFigures};

impl Session {
    /// Datagrams for the session that were not of its keys (forged, changed), duplicates, or from elsewhere than its acceptor.
    pub(crate) fn datagrams_ignored(&mut self) -> u64 {
        let by_connection = self.connection.with(0, |connection| connection.ignored_datagrams());
        self.ignored + by_connection.saturating_sub(self.resets_tried)
    }

    pub(crate) fn figures(&mut self, clock: &LaneClock) -> SessionFigures {
        let queue = self.output.sender().queue();
        SessionFigures {
            session: self.number,
            quic: self.connection.with(Default::default(), |connection| connection.stats()),
            sent: self.output.counts(),
            joined: self.input.joiner.counts(),
            packets_received: self.packets_received,
            bytes_received: self.bytes_received,
            dropped_too_large: self.output.dropped_too_large(),
            dropped_no_handle: self.dropped_no_handle,
            classes: self.output.class_counts(),
            queue_length: queue.len(),
            last_heard_ms: clock.milliseconds(self.life.last_heard()),
        }
    }

    /// Lets everybody see its counts.
    pub(crate) fn publish(&mut self) {
        let quic = self.connection.with(Default::default(), |connection| connection.stats());
        self.counts.publish(Counts {
            packets_sent: self.output.counts().packets_sent,
            quic_packets_sent: quic.packets_sent,
            quic_packets_received: quic.packets_received,
            quic_packets_lost: quic.packets_lost,
        });
    }
}
