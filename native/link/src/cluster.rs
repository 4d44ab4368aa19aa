use std::collections::VecDeque;
use std::net::SocketAddr;

use florenetes_io::Ecn;
use florenetes_io::data_thread::{PortId, UdpId, UdpSockets};
use florenetes_io::limits::UDP_PAYLOAD_MAX;

use crate::figures::Drops;
use crate::limits::OWN_DATAGRAMS_MAX;

/// The sockets of one cluster, and what the owner sends by them itself.
pub(crate) struct Cluster {
    pub(crate) number: u32,
    pub(crate) udp: Option<UdpId>,
    pub(crate) port: Option<PortId>,
    pub(crate) drops: Drops,
    /// The owner's datagrams that wait for the socket.
    own: VecDeque<(SocketAddr, Vec<u8>)>,
}

impl Cluster {
    pub(crate) fn new(number: u32) -> Self {
        Self { number, udp: None, port: None, drops: Drops::default(), own: VecDeque::new() }
    }

    /// Takes a datagram of the owner's; it leaves in this turn if the socket has room.
    pub(crate) fn send_datagram(&mut self, to: SocketAddr, bytes: Vec<u8>) {
        let is_able = self.udp.is_some() && self.own.len() < OWN_DATAGRAMS_MAX;
        if is_able && (1..=UDP_PAYLOAD_MAX).contains(&bytes.len()) {
            self.own.push_back((to, bytes));
        } else {
            self.drops.datagrams_unsent += 1;
        }
    }

    pub(crate) fn transmit_own(&mut self, udp: &mut UdpSockets) {
        let Some(socket) = self.udp.map(|id| &mut udp[id]) else { return };
        while socket.is_writable()
            && let Some((to, bytes)) = self.own.pop_front()
        {
            socket.send(&bytes, bytes.len(), to, Ecn::NotCapable);
        }
    }
}
