use florenetes_lane::{Allowance, EventWriter};

use crate::event::{Account, Event, StreamOver};
use crate::limits::STREAMS_OVER_WAITING_MAX;

/// A workload's stream or flow that was refused before it was opened.
#[derive(Clone, Copy)]
pub(crate) struct Unopened {
    pub(crate) account: u32,
    pub(crate) is_flow: bool,
    /// When the workload came, by the owner's clock.
    pub(crate) came_ms: f64,
}

impl Unopened {
    pub(crate) fn stream(account: u32, came_ms: f64) -> Self {
        Self { account, is_flow: false, came_ms }
    }

    pub(crate) fn flow(account: u32, came_ms: f64) -> Self {
        Self { account, is_flow: true, came_ms }
    }

    /// The entry of the owner's access log for an end by this code.
    pub(crate) fn over(self, code: u64) -> StreamOver {
        StreamOver {
            connection: None,
            stream: 0,
            account: Account::Tunnel(self.account),
            is_flow: self.is_flow,
            is_refused: true,
            started_ms: self.came_ms,
            sent: 0,
            received: 0,
            code,
        }
    }
}

/// Tells the owner of streams and flows that are over, for its access log.
pub(crate) struct Access {
    is_wanted: bool,
    told: Allowance,
    /// Ended streams and flows that the owner was not told of, since too many waited for it.
    pub(crate) untold: u64,
}

impl Access {
    pub(crate) fn new(is_wanted: bool) -> Self {
        Self { is_wanted, told: Allowance::default(), untold: 0 }
    }

    pub(crate) fn tell(&mut self, over: StreamOver, events: &mut EventWriter<Event>) {
        if !self.is_wanted {
            return;
        }
        if self.told.take(events.batch(), STREAMS_OVER_WAITING_MAX) {
            events.push(Event::StreamOver(over));
        } else {
            self.untold += 1;
        }
    }
}
