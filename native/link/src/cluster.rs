use std::collections::HashMap;
use std::net::SocketAddr;

use florenetes_io::Ecn;
use florenetes_io::data_thread::{PortId, UdpId, UdpSockets};
use florenetes_io::udp::UdpPeer;
use florenetes_lane::Share;
use florenetes_wire::mesh::Transit;

use crate::figures::Drops;
use crate::limits::RESET_CANDIDATES_MAX;
use crate::own_datagrams::OwnDatagrams;
use crate::session::Session;

/// A cluster of the data thread: its sockets, the ways to its sessions, and the datagrams that the owner sends itself.
pub(crate) struct Cluster {
    pub(crate) number: u32,
    pub(crate) udp: Option<UdpId>,
    pub(crate) port: Option<PortId>,
    pub(crate) drops: Drops,
    /// The cluster's part of the queue of events.
    pub(crate) share: Share,
    /// The partner has come or gone, and the owner could not be told.
    pub(crate) is_port_untold: bool,
    /// Label forwarding; none before it is opened.
    pub(crate) transit: Option<Transit>,
    /// Places of sessions, by our connection ID.
    by_id: HashMap<u64, usize>,
    /// Places of sessions that we began, by the address of their peer.
    by_peer: HashMap<SocketAddr, Vec<usize>>,
    /// Places of sessions that carry the packets of a handle.
    routes: HashMap<u32, usize>,
    /// The owner's datagrams, and copies of packets, that wait for the socket.
    own: OwnDatagrams,
}

impl Cluster {
    pub(crate) fn new(number: u32) -> Self {
        Self {
            number,
            udp: None,
            port: None,
            drops: Drops::default(),
            share: Share::default(),
            is_port_untold: false,
            transit: None,
            by_id: HashMap::new(),
            by_peer: HashMap::new(),
            routes: HashMap::new(),
            own: OwnDatagrams::default(),
        }
    }

    // ── Sessions ────────────────────────────────────────────────────────────────────────────────────────────────────────

    pub(crate) fn add(&mut self, place: usize, session: &Session) {
        self.by_id.insert(session.id, place);
        if session.is_originator() {
            let places = self.by_peer.entry(session.whereabouts.peer.address).or_default();
            if places.len() < RESET_CANDIDATES_MAX {
                places.push(place);
            }
        }
    }

    pub(crate) fn remove(&mut self, place: usize, session: &mut Session) {
        self.drops.datagrams_ignored += session.datagrams_ignored();
        self.routes.retain(|_, to| *to != place);
        if self.by_id.get(&session.id) == Some(&place) {
            self.by_id.remove(&session.id);
        }
        if let Some(places) = self.by_peer.get_mut(&session.whereabouts.peer.address) {
            places.retain(|other| *other != place);
            if places.is_empty() {
                self.by_peer.remove(&session.whereabouts.peer.address);
            }
        }
    }

    pub(crate) fn by_id(&self, id: u64) -> Option<usize> {
        self.by_id.get(&id).copied()
    }

    /// Places of sessions that a stateless reset from that address may be for.
    pub(crate) fn reset_candidates(&self, from: SocketAddr) -> &[usize] {
        self.by_peer.get(&from).map_or(&[], Vec::as_slice)
    }

    pub(crate) fn route(&self, handle: u32) -> Option<usize> {
        self.routes.get(&handle).copied()
    }

    pub(crate) fn set_route(&mut self, handle: u32, place: usize) {
        self.routes.insert(handle, place);
    }

    pub(crate) fn remove_route(&mut self, handle: u32) {
        self.routes.remove(&handle);
    }

    // ── Datagrams of no session ─────────────────────────────────────────────────────────────────────────────────────────

    /// Takes a datagram of the owner's, or a copy of a packet; it leaves in this turn if the socket has room.
    pub(crate) fn send_datagram(&mut self, to: UdpPeer, bytes: Vec<u8>, mark: Ecn) {
        let is_taken = self.udp.is_some() && self.own.push(to, bytes, mark);
        self.drops.datagrams_unsent += u64::from(!is_taken);
    }

    pub(crate) fn transmit_own(&mut self, udp: &mut UdpSockets) {
        if let Some(id) = self.udp {
            self.own.transmit(&mut udp[id]);
        }
    }

    pub(crate) fn close_udp(&mut self) -> Option<UdpId> {
        self.own.clear();
        self.udp.take()
    }
}
