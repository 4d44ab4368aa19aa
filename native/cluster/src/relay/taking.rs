//! The ends of a stream that asks for it tell each other how much their workloads have taken.

use florenetes_engine::Guarded;

use super::{Over, Receiving, Relay, Sending};
use crate::codes::MALFORMED;
use crate::workloads::{HalfSent, Taken, Workload};

impl Relay {
    /// The peer tells what its workload has taken. It may do so before its answer, which goes another way.
    pub(crate) fn handle_taken(&mut self, taken: Taken, quic: &mut Guarded) -> Result<(), Over> {
        let sent = HalfSent { bytes: self.sent, has_ended: self.sending == Sending::Ended };
        let Some(bytes) = &mut self.taken else { return Ok(()) };
        if !bytes.handle_heard(taken, sent) {
            return Err(Over { is_by_peer: true, ..self.abort(MALFORMED, quic) });
        }
        if let Workload::Owner(owner) = &mut self.workload {
            owner.handle_far_taken(taken);
        }
        self.check_done()
    }

    /// Whether the peer is to be told what the workload has taken.
    pub(crate) fn has_news(&self) -> bool {
        self.taken.as_ref().is_some_and(|taken| taken.is_due(self.taken_here(), self.received))
    }

    /// How much the peer is to be told now; `check_done` follows. None: nothing new.
    pub(crate) fn take_news(&mut self) -> Option<Taken> {
        let here = self.taken_here();
        let taken = self.taken.as_mut().filter(|taken| taken.is_due(here, self.received))?;
        taken.handle_told(here);
        Some(here)
    }

    fn taken_here(&self) -> Taken {
        let held = (self.held.len() - self.held_at) as u64;
        let (untaken, has_taken_end) = match &self.workload {
            Workload::Socket(..) => (0, true),
            Workload::Owner(owner) => (owner.untaken(), owner.has_taken_end()),
        };
        let offset = self.received.saturating_sub(held + untaken);
        Taken { offset, is_end: has_taken_end && matches!(self.receiving, Receiving::Ended) }
    }

    /// Whether who wants to know what was taken has heard of the ends.
    pub(super) fn are_ends_told(&self) -> bool {
        let wants_to_know = matches!(self.workload, Workload::Owner(_));
        self.taken.as_ref().is_none_or(|taken| taken.is_end_told() && (taken.is_end_heard() || !wants_to_know))
    }
}
