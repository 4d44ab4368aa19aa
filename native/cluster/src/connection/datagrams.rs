//! The flows of a connection, as those who have them see them.

use std::time::Instant;

use florenetes_io::udp::UdpClient;
use florenetes_lane::Now;

use super::Connection;
use crate::datagrams::{Ended, Lost};
use crate::site::Site;
use crate::streams::{Outlet, OwnOutlet};

impl Connection {
    /// Opens a flow for a client of a tunnel. Returns its stream, or why there is none.
    pub(crate) fn open_flow(&mut self, tunnel: u32, client: UdpClient, site: &mut Site, now: Now) -> Result<u64, u64> {
        let outlet = Outlet::Client { tunnel, client };
        self.work(site, now, |streams, work| streams.open_flow(tunnel, outlet, work))
    }

    /// Opens one for the owner, who knows it by this number.
    pub(crate) fn open_own_flow(&mut self, account: u32, number: u32, site: &mut Site, now: Now) -> Result<u64, u64> {
        let outlet = Outlet::Owner(OwnOutlet::new(number, false));
        self.work(site, now, |streams, work| streams.open_flow(account, outlet, work))
    }

    /// A client has sent a datagram.
    pub(crate) fn send_datagram(&mut self, stream: u64, datagram: &[u8], site: &mut Site, now: Now) {
        self.work(site, now, |streams, work| streams.send_datagram(stream, datagram, work));
    }

    /// The owner has sent a datagram on a flow of its own.
    pub(crate) fn send_own_datagram(&mut self, stream: u64, datagram: &[u8], site: &mut Site, now: Now) {
        self.work(site, now, |streams, work| streams.send_own_datagram(stream, datagram, work));
    }

    /// Ends a flow that was forgotten.
    pub(crate) fn end_flow(&mut self, stream: u64, why: Ended, site: &mut Site, now: Now) {
        self.work(site, now, |streams, work| streams.end_flow(stream, why, work));
    }

    /// Takes the datagrams that a packet has brought.
    pub(super) fn receive_datagrams(&mut self, site: &mut Site, now: Now) {
        if self.is_open() {
            self.work(site, now, |streams, work| streams.receive_datagrams(work));
        }
    }

    /// Whether datagrams stay where they grow old: nobody answers. So the packets of an outage, which are repeated until it ends, hold none.
    pub(super) fn holds_datagrams_back(&mut self, now: Instant) -> bool {
        if !self.streams.has_datagrams() || !self.pulse.is_overdue(now, &self.limits) {
            return false;
        }
        self.signs.tell(&mut self.pulse, &mut self.quic);
        self.pulse.is_overdue(now, &self.limits)
    }

    /// Counts those that QUIC has dropped, which knows no flows.
    pub(super) fn count_late(&mut self, site: &mut Site) {
        let late = self.quic.with(self.late, |quic| quic.late_datagrams());
        for _ in std::mem::replace(&mut self.late, late)..late {
            self.streams.lose_unknown(Lost::Late, site);
        }
    }
}
