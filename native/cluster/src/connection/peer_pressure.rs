use florenetes_lane::Allowance;

use crate::event::Event;
use crate::message::Pressure;
use crate::site::Site;

/// The load that the peer reports. However often it reports, the owner is told once in a batch of events, with the latest report.
#[derive(Default)]
pub(super) struct PeerPressure {
    untold: Option<Pressure>,
    told: Allowance,
}

impl PeerPressure {
    pub(super) fn handle(&mut self, pressure: Pressure) {
        self.untold = Some(pressure);
    }

    /// Tells the owner of an untold report; to be called at the end of each turn.
    pub(super) fn tell(&mut self, connection: u32, site: &mut Site) {
        let Some(pressure) = self.untold else { return };
        if self.told.take(site.events.batch(), 1) {
            self.untold = None;
            site.events.push(Event::Pressure { connection, pressure });
        } else {
            site.events.hold_back_of(connection);
        }
    }
}
