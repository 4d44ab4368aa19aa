use std::collections::HashMap;

use crate::order::Target;

/// Services of this vertex: where their workloads are.
#[derive(Default)]
pub(crate) struct Services(HashMap<u32, Service>);

/// One of them.
pub(crate) struct Service {
    pub(crate) target: Target,
    /// It takes no more streams.
    pub(crate) is_stopped: bool,
    /// Streams that wait for the addresses behind a name: their connections and their numbers.
    asking: Vec<(u32, u64)>,
}

impl Services {
    pub(crate) fn set(&mut self, service: u32, target: Target, is_stopped: bool) {
        let asking = self.0.remove(&service).map(|before| before.asking).unwrap_or_default();
        self.0.insert(service, Service { target, is_stopped, asking });
    }

    pub(crate) fn get(&self, service: u32) -> Option<&Service> {
        self.0.get(&service)
    }

    /// A stream asks for the addresses behind a name. True: it is the first, and the owner is to be asked.
    pub(crate) fn ask(&mut self, service: u32, connection: u32, stream: u64) -> bool {
        let Some(service) = self.0.get_mut(&service) else { return false };
        service.asking.push((connection, stream));
        service.asking.len() == 1
    }

    /// Those who have asked, some of which may be gone.
    pub(crate) fn take_asking(&mut self, service: u32) -> Vec<(u32, u64)> {
        self.0.get_mut(&service).map(|service| std::mem::take(&mut service.asking)).unwrap_or_default()
    }
}
