//! Packets that are delivered here: each is for a connection, or for the owner.

use std::collections::HashMap;

use florenetes_io::data_thread::Ports;
use florenetes_lane::{Now, Origin, Roster};
use florenetes_wire::mesh::{Arrival, Destination, LinkState, Output, Packet as MeshPacket, Question, Way as LinkWay};

use crate::connection::{Connection, Packet};
use crate::event::Event;
use crate::limits::QUIC_MIN;
use crate::links::Links;
use crate::links::outbound::LinkOutput;
use crate::order::{Role, Way};
use crate::site::Site;

/// Connections by their ConnectionIds. Originators and acceptors have separate tables, since both ends of a connection may be at this vertex.
#[derive(Default)]
pub(crate) struct Ids {
    originated: HashMap<u64, usize>,
    accepted: HashMap<u64, usize>,
}

impl Ids {
    fn table(&mut self, is_originator: bool) -> &mut HashMap<u64, usize> {
        if is_originator { &mut self.originated } else { &mut self.accepted }
    }

    pub(crate) fn add(&mut self, connection: &Connection, place: usize) {
        self.table(connection.is_originator()).insert(connection.id, place);
    }

    pub(crate) fn remove(&mut self, connection: &Connection, place: usize) {
        let table = self.table(connection.is_originator());
        if table.get(&connection.id) == Some(&place) {
            table.remove(&connection.id);
        }
    }

    fn place(&self, destination: Destination, id: u64) -> Option<usize> {
        match destination {
            Destination::Service(_) => self.accepted.get(&id),
            Destination::Connection => self.originated.get(&id),
        }
        .copied()
    }
}

/// Kinds of packets for the owner; the kinds share the room of their link fairly. The kinds are: packets for connections of this vertex, with answers
/// to traces; questions; and the packets for each service.
const KIND_CONNECTION: u32 = 0;
const KIND_QUESTION: u32 = 1;
const KIND_SERVICES: u32 = 2;

fn kind_of(destination: Destination) -> u32 {
    match destination {
        Destination::Connection => KIND_CONNECTION,
        Destination::Service(service) => KIND_SERVICES.saturating_add(service),
    }
}

/// The links and the connections, as the forwarder needs them.
pub(crate) struct Crossing<'a> {
    pub(crate) links: &'a mut Links,
    pub(crate) ports: &'a mut Ports,
    pub(crate) arrivals: Arrivals<'a>,
}

/// The part of a vertex that packets are delivered to.
pub(crate) struct Arrivals<'a> {
    pub(crate) connections: &'a mut Roster<Connection>,
    pub(crate) ids: &'a Ids,
    pub(crate) site: &'a mut Site,
    pub(crate) now: Now,
}

impl Output for Crossing<'_> {
    fn link(&self, link: u32) -> LinkState {
        self.links.state(link)
    }

    fn send_packet(&mut self, way: LinkWay, packet: &mut [u8]) -> bool {
        LinkOutput { links: self.links, ports: self.ports }.send_packet(way, packet)
    }

    fn send_frame(&mut self, way: LinkWay, frame: &mut [u8], packets: usize) -> bool {
        LinkOutput { links: self.links, ports: self.ports }.send_frame(way, frame, packets)
    }

    fn deliver(&mut self, arrival: &mut Arrival<'_>) {
        let (in_link, destination) = (arrival.in_link(), arrival.destination());
        if !self.arrivals.deliver(destination, in_link, arrival.packet()) {
            let is_guessing = arrival.is_guessing();
            self.arrivals.tell(destination, in_link, is_guessing, arrival.packet());
        }
    }

    /// Does nothing, as connections are served at the end of the turn.
    fn handle_turn_end(&mut self) {}

    fn handle_guessing(&mut self, link: u32) {
        let Site { events, drops, share, .. } = &mut *self.arrivals.site;
        drops.messages_untold += u64::from(!events.push_message(share, 0, || Event::Guessing { link }));
    }

    fn handle_question(&mut self, question: Question<'_>) {
        let Question { in_link, out_link, cause, at, is_guessing, packet } = question;
        let at = at.map(|at| at as u8);
        let event = || Event::Question { in_link, out_link, cause, at, is_guessing, packet: packet.to_vec() };
        let Site { events, drops, share, .. } = &mut *self.arrivals.site;
        let origin = Origin { group: in_link, kind: KIND_QUESTION };
        drops.packets_untold += u64::from(!events.push_stranger(share, Some(origin), packet.len(), event));
    }
}

impl Arrivals<'_> {
    /// Delivers a packet to its connection. False: no connection here has its id.
    pub(crate) fn deliver(&mut self, destination: Destination, in_link: Option<u32>, bytes: &[u8]) -> bool {
        let Ok(packet) = MeshPacket::parse(bytes) else { return true };
        let payload = packet.payload();
        // The second bit of a QUIC packet is always set. Smaller first bytes are of other packets beside QUIC.
        if payload.first().is_some_and(|first| *first < QUIC_MIN) {
            return false;
        }
        let Some(place) = self.ids.place(destination, packet.connection_id()) else { return false };
        let Some(connection) = self.connections.get_mut(place) else { return false };
        let other_way = match (connection.role, destination) {
            (Role::Originator { .. }, _) => None,
            (Role::Acceptor { service }, Destination::Service(other)) if service != other => {
                self.site.drops.wrong_service += 1;
                return true;
            }
            _ => {
                let way = connection.way();
                let is_same = way.out_link == in_link && packet.return_words().eq(way.words.iter().copied());
                (!is_same).then(|| Way { out_link: in_link, words: packet.return_words().collect() })
            }
        };
        let of_connection = Packet { payload, size: bytes.len(), is_marked: packet.is_marked(), other_way };
        connection.handle_packet(of_connection, self.site, self.now);
        self.connections.mark_dirty(place);
        true
    }

    /// Hands the owner a packet of no connection. Links share the room, and on each link the kinds share it: a flood over one link, or to one
    /// service, leaves room for the others.
    pub(crate) fn tell(&mut self, destination: Destination, in_link: Option<u32>, is_guessing: bool, packet: &[u8]) {
        let event = || Event::Packet { destination, in_link, is_guessing, packet: packet.to_vec() };
        let Site { events, drops, share, .. } = &mut *self.site;
        let origin = in_link.map(|group| Origin { group, kind: kind_of(destination) });
        drops.packets_untold += u64::from(!events.push_stranger(share, origin, packet.len(), event));
    }
}
