use std::collections::HashMap;

use florenetes_lane::{Allowance, EventWriter};

use crate::event::Event;
use crate::limits::{OWN_STREAMS_BEGUN_MAX, OWN_STREAMS_MAX};
use crate::own_workload::OwnWorkload;

/// Streams whose workload is the owner, by numbers that it knows them by.
#[derive(Default)]
pub(crate) struct OwnStreams {
    /// Their connections and their numbers there.
    places: HashMap<u32, (u32, u64)>,
    next: u32,
    begun: Allowance,
}

impl OwnStreams {
    /// The owner gets one more, which it is told of. None: it has as many as it may have, or was told of many that it has not seen.
    pub(crate) fn begin(
        &mut self,
        service: u32,
        place: (u32, u64),
        events: &mut EventWriter<Event>,
    ) -> Option<OwnWorkload> {
        if self.places.len() >= OWN_STREAMS_MAX || !self.begun.take(events.batch(), OWN_STREAMS_BEGUN_MAX) {
            return None;
        }
        // None of four billion numbers comes again so soon that the owner would take one stream for another.
        while self.places.contains_key(&self.next) {
            self.next = self.next.wrapping_add(1);
        }
        let number = self.next;
        self.next = self.next.wrapping_add(1);
        self.places.insert(number, place);
        events.push(Event::StreamBegun { workload: number, service });
        Some(OwnWorkload::new(number))
    }

    /// Where one is.
    pub(crate) fn place(&self, number: u32) -> Option<(u32, u64)> {
        self.places.get(&number).copied()
    }

    /// It is over.
    pub(crate) fn remove(&mut self, number: u32) {
        self.places.remove(&number);
    }
}
