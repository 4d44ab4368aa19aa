//! Streams and flows of an acceptor that the owner is asked for.

use std::sync::Arc;

use super::flow::{Outlet, OwnOutlet};
use super::{Asking, Stream, Streams, Work};
use crate::codes::{DONE, OVER_BUDGET};
use crate::datagrams::{Ended, Kept};
use crate::event::Event;
use crate::site::Site;
use crate::workloads::{Act, Ask, OwnWorkload, Workload};

impl Streams {
    pub(crate) fn ask_owner(&mut self, stream: u64, is_flow: bool, asks_taken: bool, work: &mut Work<'_>) {
        let Some(service) = self.service() else { return };
        let ask = Ask {
            service,
            place: (self.connection, stream),
            peer: Arc::clone(&self.peer),
            traffic_class: self.traffic_class as u8,
            is_flow,
            tells_taken: asks_taken,
        };
        let Site { own_streams, events, .. } = &mut *work.site;
        let Some(number) = own_streams.ask(ask, events) else {
            return self.refuse(stream, OVER_BUDGET, "this process serves as many streams as it can".into(), work);
        };
        let asking = Asking { number, asks_taken, kept: is_flow.then(Kept::default) };
        self.dial_until.push_back((work.now.instant + work.site.limits.dial, stream));
        self.wait_for_target(stream, Stream::Asking(asking), work);
    }

    /// The owner has said whether it takes one that it was asked for; all else is said too soon, and does nothing.
    pub(crate) fn handle_answer(&mut self, stream: u64, act: Act, work: &mut Work<'_>) {
        let Some(Stream::Asking(asking)) = self.streams.get_mut(&stream) else { return };
        match act {
            Act::Answer if asking.kept.is_some() => {
                let outlet = Outlet::Owner(OwnOutlet::new(asking.number, true));
                self.answer_flow(stream, outlet, work);
            }
            Act::Answer => {
                let (number, asks_taken) = (asking.number, asking.asks_taken);
                self.streams.remove(&stream);
                work.site.memory_held -= work.site.limits.memory_per_stream;
                let workload = OwnWorkload::prefixed(number, self.prefix(work.site));
                self.begin_relay(stream, Workload::Owner(workload.into()), asks_taken, work);
            }
            Act::Reset(code, text) => self.refuse(stream, code, text, work),
            Act::Write(_) | Act::End | Act::Take | Act::Acknowledge(_) => {}
        }
    }

    /// The owner does something to a flow of its own.
    pub(crate) fn handle_flow_act(&mut self, stream: u64, act: &Act, work: &mut Work<'_>) {
        match act {
            Act::Reset(DONE, _) => self.end_flow(stream, Ended::Closed, work),
            Act::Reset(code, _) => self.abort_flow(stream, *code, work),
            Act::Write(_) | Act::End | Act::Take | Act::Acknowledge(_) | Act::Answer => {}
        }
    }

    /// Nobody waits for the owner's answer any more: it hears why.
    pub(crate) fn give_up_asking(&self, asking: Asking, (code, text): (u64, &str), site: &mut Site) {
        let Asking { number, kept, .. } = asking;
        if let Some(kept) = kept {
            self.lose_kept(&kept, site);
        }
        site.own_streams.remove(number);
        site.events.push(Event::StreamReset { workload: number, code, text: text.into() });
    }
}
