use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::FairTable;
use crate::deadlines::Deadlines;
use crate::limits::FLOWS_MAX;

/// A flow, by its connection and its stream.
pub(crate) type FlowPlace = (u32, u64);

/// The flows of services, by the principals that have them and by their silence.
#[derive(Default)]
pub(crate) struct ServedFlows {
    services: HashMap<u32, Served>,
    deadlines: Deadlines,
}

struct Served {
    idle: Duration,
    flows: FairTable<FlowPlace, Arc<str>, ()>,
}

impl ServedFlows {
    /// Sets after how long without traffic the service's flows end. None: the service takes streams.
    pub(crate) fn set(&mut self, service: u32, idle: Option<Duration>) {
        let Some(idle) = idle else { return };
        self.services.entry(service).or_insert_with(|| Served { idle, flows: FairTable::default() }).idle = idle;
        self.settle(service);
    }

    /// Forgets the flows of a service that has stopped, and returns them.
    pub(crate) fn take_all(&mut self, service: u32) -> Vec<FlowPlace> {
        let Some(served) = self.services.get_mut(&service) else { return Vec::new() };
        let flows = std::mem::take(&mut served.flows);
        self.settle(service);
        flows.keys().copied().collect()
    }

    /// Forgets a service that is gone.
    pub(crate) fn forget(&mut self, service: u32) {
        self.services.remove(&service);
        self.deadlines.set(service, None);
    }

    /// Adds a flow. If another flow has to make room, forgets and returns that.
    pub(crate) fn add(
        &mut self,
        service: u32,
        flow: FlowPlace,
        principal: &Arc<str>,
        now: Instant,
    ) -> Option<FlowPlace> {
        let Served { flows, .. } = self.services.get_mut(&service)?;
        let victim = (flows.len() >= FLOWS_MAX).then(|| flows.victim(principal)).flatten();
        victim.inspect(|victim| _ = flows.remove(victim));
        flows.insert(flow, Arc::clone(principal), (), now);
        self.settle(service);
        victim
    }

    /// Notes traffic in a flow.
    pub(crate) fn touch(&mut self, service: u32, flow: FlowPlace, now: Instant) {
        if let Some(served) = self.services.get_mut(&service) {
            served.flows.touch(&flow, now);
        }
    }

    pub(crate) fn remove(&mut self, service: u32, flow: FlowPlace) {
        if let Some(served) = self.services.get_mut(&service) {
            served.flows.remove(&flow);
            self.settle(service);
        }
    }

    pub(crate) fn next_timeout(&self) -> Option<Instant> {
        self.deadlines.next_timeout()
    }

    /// Forgets the flows that have been silent for too long, and returns them.
    pub(crate) fn take_idle(&mut self, now: Instant) -> Vec<FlowPlace> {
        let mut idle = Vec::new();
        while let Some(service) = self.deadlines.take_due(now) {
            let Some(served) = self.services.get_mut(&service) else { continue };
            while let Some(flow) = now.checked_sub(served.idle).and_then(|since| served.flows.silent(since)) {
                served.flows.remove(&flow);
                idle.push(flow);
            }
            self.settle(service);
        }
        idle
    }

    fn settle(&mut self, service: u32) {
        let Some(Served { idle, flows }) = self.services.get(&service) else { return };
        self.deadlines.set(service, flows.silent_since().map(|since| since + *idle));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SERVICE: u32 = 3;
    const IDLE: Duration = Duration::from_secs(120);

    #[test]
    fn flows_end_when_they_are_silent_and_the_oldest_of_many_makes_room() {
        let (mut served, start) = (ServedFlows::default(), Instant::now() + 2 * IDLE);
        let [one, other]: [Arc<str>; 2] = ["one".into(), "other".into()];
        assert_eq!(served.add(SERVICE, (1, 4), &one, start), None, "it takes streams");
        served.set(SERVICE, Some(IDLE));
        assert_eq!(served.add(SERVICE, (1, 4), &other, start), None);
        for stream in 0..FLOWS_MAX as u64 - 1 {
            assert_eq!(served.add(SERVICE, (2, stream), &one, start), None);
        }
        served.touch(SERVICE, (2, 0), start + IDLE / 2);
        assert_eq!(served.add(SERVICE, (1, 8), &other, start), Some((2, 1)));
        assert_eq!(served.next_timeout(), Some(start + IDLE));
        assert!(served.take_idle(start + IDLE - Duration::from_millis(1)).is_empty());
        assert_eq!(served.take_idle(start + IDLE).len(), FLOWS_MAX - 1);
        assert_eq!(served.next_timeout(), Some(start + IDLE / 2 + IDLE));
        assert_eq!(served.take_all(SERVICE), [(2, 0)]);
        served.remove(SERVICE, (2, 0));
        assert_eq!(served.next_timeout(), None);
    }
}
