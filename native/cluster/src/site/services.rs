use std::collections::{BTreeSet, HashMap};
use std::time::Duration;

use crate::order::Target;

/// The services of this vertex, with their targets.
#[derive(Default)]
pub(crate) struct Services {
    all: HashMap<u32, (Service, Name)>,
    /// The services that are served only while a grant is in force.
    grants: HashMap<u32, Grant>,
}

/// The leave to serve a service.
struct Grant {
    /// Since the machine was started, with the time in which it was suspended.
    until: Duration,
    /// False once it was handled that the grant has ended.
    is_in_force: bool,
}

/// A service that streams or flows are for.
pub(crate) struct Service {
    pub(crate) target: Target,
    /// How long the service's flows of datagrams may be silent. None: the service takes streams.
    pub(crate) flow_idle: Option<Duration>,
    /// The target gets a prefix that names the principal who has connected.
    pub(crate) tells_principal: bool,
    /// Whether the service has stopped, and takes no more streams.
    pub(crate) is_stopped: bool,
}

/// The question for the addresses of a target's name.
#[derive(Default)]
struct Name {
    /// Whether the owner was asked, and has not answered.
    is_asked: bool,
    /// The waiting streams, by connection and number.
    streams: BTreeSet<(u32, u64)>,
}

impl Services {
    pub(crate) fn set(&mut self, number: u32, service: Service) {
        let name = self.all.remove(&number).map(|(_, name)| name).unwrap_or_default();
        self.all.insert(number, (service, name));
    }

    pub(crate) fn get(&self, service: u32) -> Option<&Service> {
        self.all.get(&service).map(|(service, _)| service)
    }

    /// Forgets a service that is gone, and the questions for its name.
    pub(crate) fn remove(&mut self, service: u32) {
        self.all.remove(&service);
        self.grants.remove(&service);
    }

    /// Sets how long a service may be served. None: always. `end_grants` has to follow.
    pub(crate) fn grant(&mut self, service: u32, until: Option<Duration>) {
        let Some(until) = until else {
            self.grants.remove(&service);
            return;
        };
        // A grant that ends before the service has begun ends streams all the same: they may be older than the need for a grant.
        self.grants.insert(service, Grant { until, is_in_force: true });
    }

    /// Whether streams may begin, as `end_grants` has last seen it.
    pub(crate) fn is_granted(&self, service: u32) -> bool {
        self.grants.get(&service).is_none_or(|grant| grant.is_in_force)
    }

    /// When the next grant ends. None: no grant is in force.
    pub(crate) fn next_grant_end(&self) -> Option<Duration> {
        self.grants.values().filter(|grant| grant.is_in_force).map(|grant| grant.until).min()
    }

    /// Ends the grants whose time is over, and returns their services.
    pub(crate) fn end_grants(&mut self, since_boot: Duration) -> Vec<u32> {
        let ended = self.grants.iter_mut().filter(|(_, grant)| grant.is_in_force && grant.until <= since_boot);
        ended
            .map(|(service, grant)| {
                grant.is_in_force = false;
                *service
            })
            .collect()
    }

    /// The bytes that the target gets before all others of a stream, where the stream's connection has such a prefix.
    pub(crate) fn prefix<'a>(&self, service: u32, prefix: &'a [u8]) -> &'a [u8] {
        if self.get(service).is_some_and(|service| service.tells_principal) { prefix } else { &[] }
    }

    /// Notes that a stream waits for the addresses of the service's name. True: the owner is to be asked.
    pub(crate) fn ask(&mut self, service: u32, connection: u32, stream: u64) -> bool {
        let Some((_, name)) = self.all.get_mut(&service) else { return false };
        name.streams.insert((connection, stream));
        !std::mem::replace(&mut name.is_asked, true)
    }

    /// Forgets a stream that is over and may have been waiting, so that a resolver that hangs costs no memory.
    pub(crate) fn forget(&mut self, service: u32, connection: u32, stream: u64) {
        if let Some((_, name)) = self.all.get_mut(&service) {
            name.streams.remove(&(connection, stream));
        }
    }

    /// Takes the waiting streams when the owner has answered.
    pub(crate) fn take_asking(&mut self, service: u32) -> BTreeSet<(u32, u64)> {
        self.all.get_mut(&service).map(|(_, name)| std::mem::take(name).streams).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SERVICE: u32 = 7;

    fn named(is_stopped: bool) -> Service {
        Service { target: Target::Name, flow_idle: None, tells_principal: false, is_stopped }
    }

    #[test]
    fn a_service_is_served_while_its_grant_is_in_force_and_each_end_is_told_once() {
        let at = Duration::from_secs;
        let mut services = Services::default();
        assert!(services.is_granted(SERVICE), "it needs no grant");
        assert_eq!((services.next_grant_end(), services.end_grants(at(9)).len()), (None, 0));
        services.grant(SERVICE, Some(at(20)));
        services.grant(SERVICE + 1, Some(at(15)));
        assert_eq!(services.next_grant_end(), Some(at(15)));
        assert!(services.end_grants(at(14)).is_empty());
        assert_eq!(services.end_grants(at(15)), [SERVICE + 1]);
        assert!(services.is_granted(SERVICE) && !services.is_granted(SERVICE + 1));
        // The machine slept for an hour.
        assert_eq!(services.end_grants(at(3_600)), [SERVICE]);
        assert!(services.end_grants(at(3_600)).is_empty());
        assert_eq!(services.next_grant_end(), None);
        services.grant(SERVICE, Some(at(3_610)));
        assert!(services.is_granted(SERVICE));
        services.grant(SERVICE, Some(Duration::ZERO));
        assert_eq!(services.end_grants(at(3_600)), [SERVICE]);
        services.grant(SERVICE, None);
        assert!(services.is_granted(SERVICE));
        services.remove(SERVICE + 1);
        assert!(services.is_granted(SERVICE + 1));
    }

    #[test]
    fn the_owner_is_asked_once_and_nothing_is_kept_of_streams_that_are_over() {
        let mut services = Services::default();
        assert!(!services.ask(SERVICE, 1, 4), "there is no such service");
        services.set(SERVICE, named(false));
        for stream in 1..=1_000 {
            assert_eq!(services.ask(SERVICE, 1, 4 * stream), stream == 1, "no answer has come");
            services.forget(SERVICE, 1, 4 * stream);
        }
        assert!(services.all[&SERVICE].1.streams.is_empty());
        for stream in [4, 8] {
            assert!(!services.ask(SERVICE, 2, stream));
        }
        services.set(SERVICE, named(true));
        services.forget(SERVICE, 1, 4);
        assert_eq!(services.take_asking(SERVICE), BTreeSet::from([(2, 4), (2, 8)]));
        assert!(services.ask(SERVICE, 2, 12));
    }
}
