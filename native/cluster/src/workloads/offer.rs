use std::time::{Duration, Instant};

use florenetes_lane::Now;

use crate::limits::OFFER_SIZE_MAX;

/// The bytes that a tunnel's workload has sent before its stream was accepted, so that the workload can be offered again on another connection.
/// `apps/cluster-flor/src/transport/streams/offer.ts` says when this happens, and why nothing is delivered twice.
pub(crate) struct Offer {
    /// When the workload came, by the owner's clock.
    pub(crate) came_ms: f64,
    /// Until when the workload waits for a connection, and for a sign of its far end.
    pub(crate) deadline: Instant,
    /// Bytes that the waiting workload is charged of the memory for streams.
    pub(crate) charged: u64,
    said: Vec<u8>,
    has_ended: bool,
    /// Whether `said` has all bytes; too many are not kept.
    is_whole: bool,
    /// When the stream was opened, and the number of the newest packet that had come from the peer by then.
    opened: Option<(Instant, Option<u64>)>,
}

/// The facts about a connection that the peer does not know.
#[derive(Clone, Copy)]
pub(crate) struct Unknown {
    pub(crate) newest_packet: Option<u64>,
    /// The longest time that the peer's stateless reset may take if no new process was started meanwhile.
    pub(crate) patience: Duration,
    pub(crate) now: Instant,
}

impl Offer {
    pub(crate) fn new(came: Now, wait: Duration) -> Self {
        Self {
            came_ms: came.ms,
            deadline: came.instant + wait,
            charged: 0,
            said: Vec::new(),
            has_ended: false,
            is_whole: true,
            opened: None,
        }
    }

    pub(crate) fn said(&self) -> &[u8] {
        &self.said
    }

    /// Whether the workload has ended its half.
    pub(crate) fn has_ended(&self) -> bool {
        self.has_ended
    }

    /// Whether a stream was opened for the workload.
    pub(crate) fn was_opened(&self) -> bool {
        self.opened.is_some()
    }

    pub(crate) fn handle_opened(&mut self, newest_packet: Option<u64>, now: Instant) {
        self.opened = Some((now, newest_packet));
    }

    /// Keeps further bytes of the workload, while all of them may be kept.
    pub(crate) fn handle_said(&mut self, bytes: &[u8]) {
        if self.said.len() + bytes.len() > OFFER_SIZE_MAX {
            self.is_whole = false;
            self.said = Vec::new();
        }
        if self.is_whole {
            self.said.extend_from_slice(bytes);
        }
    }

    pub(crate) fn handle_ended(&mut self) {
        self.has_ended = true;
    }

    /// Whether the stream can be opened again: no process can have seen it, given that the peer does not know its connection, and all its bytes are
    /// kept.
    pub(crate) fn is_unseen(&self, unknown: Unknown) -> bool {
        self.is_whole
            && self.opened.is_some_and(|(at, newest_packet)| {
                unknown.newest_packet == newest_packet && unknown.now <= at + unknown.patience
            })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_offered_again_if_nobody_can_have_seen_it() {
        let begin = Instant::now();
        let patience = Duration::from_millis(230);
        let more = Duration::from_millis(1);
        for (what, newest, later, said, is_unseen) in [
            ("at once", 7, Duration::ZERO, 0, true),
            ("at the last moment", 7, patience, 0, true),
            ("too late", 7, patience + more, 0, false),
            ("after the peer has said something", 8, Duration::ZERO, 0, false),
            ("with all that may be kept", 7, Duration::ZERO, OFFER_SIZE_MAX, true),
            ("with more", 7, Duration::ZERO, OFFER_SIZE_MAX + 1, false),
        ] {
            let mut offer = Offer::new(Now { instant: begin, ms: 0.0, elapsed: Duration::ZERO }, Duration::ZERO);
            offer.handle_opened(Some(7), begin);
            offer.handle_said(&vec![1; said]);
            let unknown = Unknown { newest_packet: Some(newest), patience, now: begin + later };
            assert_eq!(offer.is_unseen(unknown), is_unseen, "{what}");
            assert_eq!(offer.said().len(), if said > OFFER_SIZE_MAX { 0 } else { said }, "{what}");
        }
    }
}
