use std::collections::{BTreeSet, VecDeque};
use std::net::IpAddr;
use std::rc::Rc;
use std::time::Instant;

use florenetes_io::udp::{UdpPeer, WorkloadSocket};
use florenetes_lane::Now;

use super::FairTable;
use super::pauses::Pauses;
use crate::limits::{FLOW_KEPT_BYTES_MAX, FLOW_KEPT_MAX};

/// A local socket, each of whose clients has a flow.
pub(crate) struct DatagramTunnel {
    pub(crate) trunk: u32,
    pub(crate) socket: Rc<WorkloadSocket>,
    pub(crate) key: u64,
    pub(crate) flows: FairTable<UdpPeer, IpAddr, ClientFlow>,
    /// Clients that wait for a connection, by when their wait ends.
    pub(crate) waiting: BTreeSet<(Instant, UdpPeer)>,
    /// Whether the tunnel's trunk knows that clients wait.
    pub(crate) is_waiting: bool,
    pub(crate) pauses: Pauses,
}

/// The state of a client's flow.
pub(crate) enum ClientFlow {
    /// The trunk has no connection; the client's datagrams are kept.
    Waiting {
        /// When the client came, by the owner's clock.
        came_ms: f64,
        until: Instant,
        kept: Kept,
    },
    Open {
        connection: u32,
        stream: u64,
    },
}

impl DatagramTunnel {
    pub(crate) fn new(trunk: u32, socket: WorkloadSocket, key: u64) -> Self {
        let (flows, waiting, pauses) = (FairTable::default(), BTreeSet::new(), Pauses::default());
        Self { trunk, socket: Rc::new(socket), key, flows, waiting, is_waiting: false, pauses }
    }

    pub(crate) fn wait(&mut self, client: UdpPeer, until: Instant, now: Now) {
        self.waiting.insert((until, client));
        self.flows.insert(
            client,
            client.address.ip(),
            ClientFlow::Waiting { came_ms: now.ms, until, kept: Kept::default() },
            now.instant,
        );
    }

    /// Forgets the flow of a client.
    pub(crate) fn remove(&mut self, client: &UdpPeer) -> Option<ClientFlow> {
        let flow = self.flows.remove(client)?;
        if let ClientFlow::Waiting { until, .. } = &flow {
            self.waiting.remove(&(*until, *client));
        }
        Some(flow)
    }

    /// Forgets the flow of a client, if it is the one at `place`.
    pub(crate) fn remove_open(&mut self, client: &UdpPeer, place: (u32, u64)) {
        if let Some(ClientFlow::Open { connection, stream }) = self.flows.get(client)
            && (*connection, *stream) == place
        {
            self.flows.remove(client);
        }
    }
}

/// The first datagrams of a flow that waits.
#[derive(Default)]
pub(crate) struct Kept {
    datagrams: VecDeque<Vec<u8>>,
    bytes: usize,
}

impl Kept {
    /// Keeps a datagram. False: there is no room.
    pub(crate) fn push(&mut self, datagram: &[u8]) -> bool {
        let is_large = !self.datagrams.is_empty() && self.bytes + datagram.len() > FLOW_KEPT_BYTES_MAX;
        if self.datagrams.len() >= FLOW_KEPT_MAX || is_large {
            return false;
        }
        self.bytes += datagram.len();
        self.datagrams.push_back(datagram.to_vec());
        true
    }

    pub(crate) fn len(&self) -> usize {
        self.datagrams.len()
    }

    /// Bytes of the kept datagrams.
    pub(crate) fn bytes(&self) -> u64 {
        self.bytes as u64
    }

    pub(crate) fn into_datagrams(self) -> impl Iterator<Item = Vec<u8>> {
        self.datagrams.into_iter()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn few_datagrams_are_kept() {
        let mut kept = Kept::default();
        let taken = (0..100).filter(|_| kept.push(b"some")).count();
        assert_eq!((taken, kept.bytes()), (FLOW_KEPT_MAX, 4 * FLOW_KEPT_MAX as u64));
        let mut large = Kept::default();
        assert!(large.push(&[0; 65_507]) && !large.push(&[0; 30]) && large.push(&[0; 29]));
    }
}
