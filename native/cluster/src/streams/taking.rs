//! The ends tell each other how much their workloads have taken of streams.

use super::{Stream, Streams, Work};
use crate::limits::TAKEN_PER_TURN;
use crate::message;
use crate::site::Site;
use crate::workloads::Taken;

impl Streams {
    /// The peer tells what its workload has taken of a stream. One that is not there is over.
    pub(crate) fn handle_taken(&mut self, stream: u64, taken: Taken, work: &mut Work<'_>) {
        let Some(Stream::Relayed(relay)) = self.streams.get_mut(&stream) else { return };
        match relay.handle_taken(taken, work.quic) {
            Ok(()) => _ = self.untold.insert(stream),
            Err(over) => self.finish(stream, over, work),
        }
    }

    /// The workload of a stream may have taken something that the peer is to be told of.
    pub(crate) fn look_at_taken(&mut self, stream: u64) {
        let Some(Stream::Relayed(relay)) = self.streams.get_mut(&stream) else { return };
        if !relay.is_telling && relay.has_news() {
            relay.is_telling = true;
            self.telling.push_back(stream);
        }
    }

    /// Tells the peer, as long as the control stream has credit. Else it waits here, where the newest takes the place of what came before it.
    /// True: there is more than a turn's share.
    pub(crate) fn tell_taken(&mut self, work: &mut Work<'_>) -> bool {
        if self.telling.is_empty() {
            return false;
        }
        work.control.flush(work.quic);
        if work.control.is_waiting() {
            return false;
        }
        for _ in 0..TAKEN_PER_TURN {
            let Some(stream) = self.telling.pop_front() else { return false };
            let Some(Stream::Relayed(relay)) = self.streams.get_mut(&stream) else { continue };
            relay.is_telling = false;
            let Some(taken) = relay.take_news() else { continue };
            work.control.send(&message::taken(stream, taken));
            if let Err(over) = relay.check_done() {
                self.finish(stream, over, work);
            }
        }
        !self.telling.is_empty()
    }

    /// Tells the owner what far workloads have taken of its streams: once in a batch of events, and then what was said last.
    pub(crate) fn tell_owner_taken(&mut self, site: &mut Site) {
        if self.untold.is_empty() {
            return;
        }
        if !self.takens.take(site.events.batch(), 1) {
            return site.events.hold_back_of(self.connection);
        }
        for stream in std::mem::take(&mut self.untold) {
            if let Some(Stream::Relayed(relay)) = self.streams.get_mut(&stream) {
                relay.workload.tell_taken(site);
            }
        }
    }
}
