//! Streams whose far end does not answer.

use super::{Stream, Streams, Work};
use crate::codes::{NO_ANSWER, WORKLOAD_RESET};
use crate::event::Account;
use crate::message;
use crate::relay::Over;

impl Streams {
    /// Nobody is reached: turns away those whom nobody has accepted, and who have waited for long enough.
    pub(crate) fn refuse_overdue(&mut self, work: &mut Work<'_>) {
        let (now, waits) = (work.now, &work.site.waits);
        let is_overdue = |stream: &Stream| match stream {
            Stream::Relayed(relay) => relay.is_overdue(now.instant),
            Stream::Flow(flow) => matches!(flow.account, Account::Tunnel(tunnel)
                if flow.is_overdue(waits.of(tunnel).as_secs_f64() * 1_000.0, now.ms)),
            _ => false,
        };
        let overdue: Vec<u64> =
            self.streams.iter().filter(|(_, stream)| is_overdue(stream)).map(|(stream, _)| *stream).collect();
        for stream in overdue {
            let over = match self.streams.get_mut(&stream) {
                Some(Stream::Relayed(relay)) => relay.abort(WORKLOAD_RESET, work.quic),
                Some(Stream::Flow(flow)) => flow.abort(WORKLOAD_RESET, work.quic),
                _ => continue,
            };
            // The peer, which may hear of it later, has no code for its own silence.
            if over.is_stop_to_repeat {
                work.control.send(&message::stop(stream, WORKLOAD_RESET));
            }
            let over = Over { code: NO_ANSWER, is_by_peer: false, is_stop_to_repeat: false };
            match self.streams.get(&stream) {
                Some(Stream::Flow(_)) => self.finish_flow(stream, over, work),
                _ => self.finish(stream, over, work),
            }
        }
    }
}
