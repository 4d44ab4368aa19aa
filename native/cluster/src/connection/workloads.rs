//! The streams of a connection, as their workloads see them.

use std::net::SocketAddr;

use florenetes_io::data_thread::Readiness;
use florenetes_lane::Now;

use super::Connection;
use crate::site::Site;
use crate::workloads::{Act, Client};

impl Connection {
    /// Opens a stream for a workload, which comes back when there can be no more.
    pub(crate) fn open_stream(&mut self, client: Client, site: &mut Site, now: Now) -> Result<(), Client> {
        self.work(site, now, |streams, work| streams.open_for(client, work))
    }

    /// The socket of a stream has changed.
    pub(crate) fn handle_change(&mut self, stream: u64, readiness: Readiness, site: &mut Site, now: Now) {
        self.work(site, now, |streams, work| streams.handle_change(stream, readiness, work));
    }

    /// The owner says something on a stream or flow of its own.
    pub(crate) fn handle_act(&mut self, stream: u64, act: Act, site: &mut Site, now: Now) {
        self.work(site, now, |streams, work| streams.handle_act(stream, act, work));
    }

    /// The owner has asked for the addresses behind the name of a stream's target.
    pub(crate) fn handle_resolved(
        &mut self,
        stream: u64,
        addresses: &Result<Vec<SocketAddr>, String>,
        site: &mut Site,
        now: Now,
    ) {
        self.work(site, now, |streams, work| streams.handle_resolved(stream, addresses, work));
    }
}
