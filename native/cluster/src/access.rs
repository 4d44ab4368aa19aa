use florenetes_lane::{Allowance, EventWriter};

use crate::event::{Event, StreamOver};
use crate::limits::STREAMS_OVER_WAITING_MAX;

/// Tells the owner of streams and flows that are over, for its access log.
pub(crate) struct Access {
    is_wanted: bool,
    told: Allowance,
    /// Those that the owner had no time for.
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
