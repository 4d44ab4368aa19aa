//! Services that are served only while a grant is in force.

use std::time::Duration;

use florenetes_io::since_boot;
use florenetes_lane::Now;

use super::Vertex;
use crate::order::Role;

/// How soon the thread looks again after a grant's end that it expects, since its timers do not count all the time of the other clock.
const LOOK_LATER: Duration = Duration::from_millis(1);

impl Vertex {
    /// Ends the connections of services whose grants are over. Called before anything else in each turn, so that no byte passes in a turn that
    /// begins after the end: the process may have been stopped, or the machine suspended, for any time.
    pub(super) fn end_grants(&mut self, now: Now) {
        let Some(end) = self.site.services.next_grant_end() else {
            self.grants_end_at = None;
            return;
        };
        let since_boot = since_boot();
        if let Some(left) = end.checked_sub(since_boot).filter(|left| !left.is_zero()) {
            self.grants_end_at = now.instant.checked_add(left + LOOK_LATER);
            return;
        }
        for service in self.site.services.end_grants(since_boot) {
            let role = Role::Acceptor { service };
            let places: Vec<_> = self
                .connections
                .iter_mut()
                .filter(|(_, connection)| connection.role == role && connection.is_open())
                .map(|(place, _)| place)
                .collect();
            for place in places {
                self.connections[place].end_service(&mut self.site, now);
                self.connections.mark_dirty(place);
            }
        }
        self.end_grants(now);
    }
}
