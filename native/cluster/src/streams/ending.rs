//! The streams of a connection that has ended.

use std::mem;

use florenetes_lane::Now;

use super::flows::Flows;
use super::{Stream, Streams};
use crate::order::Role;
use crate::site::Site;
use crate::workloads::Unknown;

impl Streams {
    /// The peer knows nothing of the connection: whatever it cannot have seen of an originator's streams is offered again.
    pub(crate) fn offer_again(&mut self, unknown: Unknown, site: &mut Site) {
        let Role::Originator { trunk } = self.role else { return };
        let is_unseen = |stream: &Stream| matches!(stream, Stream::Relayed(relay) if relay.is_unseen(unknown));
        let mut unseen: Vec<u64> =
            self.streams.iter().filter(|(_, stream)| is_unseen(stream)).map(|(stream, _)| *stream).collect();
        unseen.sort_unstable();
        for stream in unseen {
            let Some(Stream::Relayed(mut relay)) = self.streams.remove(&stream) else { continue };
            self.open -= 1;
            let memory = relay.memory(&site.limits) - site.limits.memory_per_stream;
            site.charge(&mut relay.charged, memory);
            let Some(client) = relay.into_client() else { continue };
            site.offered_again.push((trunk, client));
        }
    }

    /// The connection has ended, by this code. Returns how many of its streams had not lasted.
    pub(crate) fn clear(&mut self, code: u64, text: &str, site: &mut Site, now: Now) -> u64 {
        let has_lasted = |started_ms: f64| now.ms >= started_ms + site.limits.open.as_secs_f64() * 1_000.0;
        let short = self.streams.values().filter(|stream| match stream {
            Stream::Relayed(relay) => !has_lasted(relay.started.ms),
            Stream::Flow(flow) => !has_lasted(flow.started_ms),
            _ => true,
        });
        let short = short.count() as u64;
        let flows = self.streams.iter().filter(|(_, stream)| matches!(stream, Stream::Flow(_)));
        for stream in flows.map(|(stream, _)| *stream).collect::<Vec<_>>() {
            self.forget_flow(stream, (code, text), site);
        }
        for (number, stream) in mem::take(&mut self.streams) {
            match stream {
                // Forgotten above.
                Stream::Flow(_) => {}
                Stream::Relayed(relay) => self.forget(*relay, (code, text), site),
                Stream::Asking(asking) => {
                    self.give_up_asking(asking, (code, text), site);
                    site.memory_held -= site.limits.memory_per_stream;
                    self.tell_refused(code, text.into(), site);
                }
                Stream::Opening(_) => site.memory_held -= site.limits.memory_per_stream,
                Stream::Naming(kept) => {
                    self.give_up_naming(number, &kept, site);
                    site.memory_held -= site.limits.memory_per_stream;
                    self.tell_refused(code, text.into(), site);
                }
                Stream::Dialling(dial) => {
                    self.give_up_dialling(number, dial, site);
                    site.memory_held -= site.limits.memory_per_stream;
                    self.tell_refused(code, text.into(), site);
                }
            }
        }
        self.writers.clear();
        self.readers.clear();
        self.unbegun.clear();
        self.telling.clear();
        self.untold.clear();
        self.open_until.clear();
        self.dial_until.clear();
        self.flows = Flows::default();
        site.charge(&mut self.flows_charged, 0);
        short
    }
}
