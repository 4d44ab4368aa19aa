use std::collections::{BTreeSet, HashMap};
use std::time::Duration;

use crate::order::Target;

/// Services of this vertex: where their workloads are.
#[derive(Default)]
pub(crate) struct Services(HashMap<u32, Service>);

/// One of them.
pub(crate) struct Service {
    pub(crate) target: Target,
    /// It takes no more streams.
    pub(crate) is_stopped: bool,
    /// It takes flows of datagrams, which may be silent for so long. None: it takes streams.
    pub(crate) flow_idle: Option<Duration>,
    name: Name,
}

/// The name of a target, as far as it is asked for.
#[derive(Default)]
struct Name {
    /// The owner is asked, and has not answered.
    is_asked: bool,
    /// Streams that wait for the addresses behind it: their connections and their numbers.
    streams: BTreeSet<(u32, u64)>,
}

impl Services {
    pub(crate) fn set(&mut self, service: u32, target: Target, flow_idle: Option<Duration>, is_stopped: bool) {
        let name = self.0.remove(&service).map(|before| before.name).unwrap_or_default();
        self.0.insert(service, Service { target, is_stopped, flow_idle, name });
    }

    pub(crate) fn get(&self, service: u32) -> Option<&Service> {
        self.0.get(&service)
    }

    /// A stream asks for the addresses behind a name. True: the owner is to be asked.
    pub(crate) fn ask(&mut self, service: u32, connection: u32, stream: u64) -> bool {
        let Some(Service { name, .. }) = self.0.get_mut(&service) else { return false };
        name.streams.insert((connection, stream));
        !std::mem::replace(&mut name.is_asked, true)
    }

    /// A stream is over, which may have asked: a resolver that hangs keeps nothing of it.
    pub(crate) fn forget(&mut self, service: u32, connection: u32, stream: u64) {
        if let Some(Service { name, .. }) = self.0.get_mut(&service) {
            name.streams.remove(&(connection, stream));
        }
    }

    /// The owner has answered those who have asked.
    pub(crate) fn take_asking(&mut self, service: u32) -> BTreeSet<(u32, u64)> {
        self.0.get_mut(&service).map(|service| std::mem::take(&mut service.name).streams).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SERVICE: u32 = 7;

    #[test]
    fn the_owner_is_asked_once_and_nothing_is_kept_of_streams_that_are_over() {
        let mut services = Services::default();
        assert!(!services.ask(SERVICE, 1, 4), "there is no such service");
        services.set(SERVICE, Target::Name, None, false);
        for stream in 1..=1_000 {
            assert_eq!(services.ask(SERVICE, 1, 4 * stream), stream == 1, "no answer has come");
            services.forget(SERVICE, 1, 4 * stream);
        }
        assert!(services.0[&SERVICE].name.streams.is_empty());
        for stream in [4, 8] {
            assert!(!services.ask(SERVICE, 2, stream));
        }
        services.set(SERVICE, Target::Name, None, true);
        services.forget(SERVICE, 1, 4);
        assert_eq!(services.take_asking(SERVICE), BTreeSet::from([(2, 4), (2, 8)]));
        assert!(services.ask(SERVICE, 2, 12));
    }
}
