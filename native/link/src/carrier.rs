use std::collections::BTreeSet;
use std::time::Instant;

use florenetes_florio::PortEvent;
use florenetes_florio::frame::DataFrame;
use florenetes_florio::limits::FRAME_HEADER_SIZE;
use florenetes_io::Ecn;
use florenetes_io::data_thread::{Handler, PortId, Ports, Sockets, UdpId, UdpSockets};
use florenetes_io::udp::{Datagrams, UdpPeer};
use florenetes_lane::{Beats, EventWriter, LaneClock, Now, Roster, Thread};
use florenetes_wire::limits::TRANSIT_LINKS_MAX;
use florenetes_wire::mesh::Transit;
use florenetes_wire::pieces::JoinBuffers;

use crate::batch::Batch;
use crate::cluster::Cluster;
use crate::command::Command;
use crate::crossing::Crossed;
use crate::demux::{Destination, destination, may_be_reset};
use crate::event::Event;
use crate::figures::{Figures, TransitFigures, UdpFigures};
use crate::session::{Session, Surroundings};

/// Does in the thread what orders, datagrams and frames ask for. The rest of its methods are in `orders.rs`, `transit.rs` and
/// `transmission.rs`.
///
/// ```text
///   UDP     ─▶ by connection ID ─▶ session: decrypt, join pieces ─▶ FlorIO, under its handle
///           │                                                    └▶ by label: as from FlorIO, under another handle
///           └▶ no session's ────▶ event
///   FlorIO  ─▶ by handle ───────▶ session: queue ─▶ pieces, encrypt ─▶ batch ─▶ UDP
///           └▶ message ─────────▶ event
/// ```
pub(crate) struct Carrier {
    pub(crate) clock: LaneClock,
    pub(crate) events: EventWriter<Event>,
    pub(crate) clusters: Vec<Cluster>,
    /// Transit of clusters that are gone, as long as there is something to sweep.
    pub(crate) retired: Vec<Transit>,
    pub(crate) sessions: Roster<Session>,
    pub(crate) batch: Batch,
    buffers: JoinBuffers,
    pub(crate) crossed: Crossed,
    /// Set when a turn has left sessions that may send at once.
    pub(crate) due_at: Option<Instant>,
    beats: Beats,
}

impl Carrier {
    pub(crate) fn new(Thread { clock, events, beats, .. }: Thread<Event>) -> Self {
        Self {
            clock,
            events,
            clusters: Vec::new(),
            retired: Vec::new(),
            sessions: Roster::default(),
            batch: Batch::default(),
            buffers: JoinBuffers::default(),
            crossed: Crossed::default(),
            due_at: None,
            beats,
        }
    }

    /// A cluster exists from the first order on that names it.
    pub(crate) fn cluster_place(&mut self, number: u32) -> usize {
        self.clusters.iter().position(|cluster| cluster.number == number).unwrap_or_else(|| {
            self.clusters.push(Cluster::new(number));
            self.clusters.len() - 1
        })
    }

    pub(crate) fn cluster_mut(&mut self, number: u32) -> &mut Cluster {
        let place = self.cluster_place(number);
        &mut self.clusters[place]
    }

    /// The cluster's place is as that of a cluster that was never named. Its sessions are gone before.
    pub(crate) fn forget_cluster(&mut self, number: u32) {
        let cluster = std::mem::replace(self.cluster_mut(number), Cluster::new(number));
        if let Some(mut transit) = cluster.transit {
            transit.drop_tables();
            self.retired.push(transit);
        }
    }

    /// Takes datagrams of one sender that bear one mark. Neighbouring datagrams for one session are handled together.
    pub(crate) fn handle_batch<'a>(
        &mut self,
        cluster: usize,
        datagrams: impl IntoIterator<Item = &'a mut [u8]>,
        (from, mark): (UdpPeer, Ecn),
        ports: &mut Ports,
        now: Now,
    ) {
        let mut present: Option<(u64, usize)> = None;
        for datagram in datagrams {
            let session = match (destination(datagram), present) {
                (Destination::Session(id), Some((present, place))) if id == present => Some((id, place)),
                (Destination::Session(id), _) => self.clusters[cluster].by_id(id).map(|place| (id, place)),
                (Destination::Owner, _) => None,
            };
            if session.is_none() || session != present {
                present.inspect(|(_, place)| self.receive(*place, ports, now));
            }
            present = session;
            match session {
                Some((_, place)) => {
                    let session = &mut self.sessions[place];
                    self.clusters[cluster].drops.datagrams_session_over += u64::from(!session.is_up());
                    session.handle_datagram(datagram, from, mark, now);
                }
                None => self.handle_unnamed(cluster, datagram, from, now),
            }
        }
        present.inspect(|(_, place)| self.receive(*place, ports, now));
    }

    /// Hands over what a session has received.
    pub(crate) fn receive(&mut self, place: usize, ports: &mut Ports, now: Now) {
        self.sessions.mark_dirty(place);
        let session = &mut self.sessions[place];
        let place = session.cluster;
        let cluster = &mut self.clusters[place];
        let port = cluster.port.map(|port| &mut ports[port]);
        let Self { events, buffers, crossed, .. } = self;
        let transit = cluster.transit.as_mut().zip(session.handle);
        let crossing = transit.and_then(|(transit, handle)| crossed.from(handle, transit));
        session.receive(port, crossing, &mut Surroundings { events, drops: &mut cluster.drops, buffers, now });
        self.send_crossed(place, now);
    }

    /// A datagram that names no session may reset one; else it is the owner's.
    fn handle_unnamed(&mut self, place: usize, datagram: &[u8], from: UdpPeer, now: Now) {
        let cluster = &mut self.clusters[place];
        if may_be_reset(datagram) {
            let reset = cluster.reset_candidates(from.address).iter().find(|candidate| {
                let session = self.sessions.get_mut(**candidate);
                session.is_some_and(|session| session.is_up() && session.handle_reset(datagram, now))
            });
            if let Some(reset) = reset {
                return self.sessions.mark_dirty(*reset);
            }
        }
        let event = || Event::Datagram { cluster: cluster.number, from, bytes: datagram.to_vec() };
        cluster.drops.datagrams_untold +=
            u64::from(!self.events.push_stranger(&mut cluster.share, None, datagram.len(), event));
    }

    /// Forgets all sessions of a cluster; their peers are told nothing.
    pub(crate) fn forget_sessions(&mut self, cluster: usize) {
        let places: Vec<_> = self
            .sessions
            .iter_mut()
            .filter(|(_, session)| session.cluster == cluster)
            .map(|(place, _)| place)
            .collect();
        places.into_iter().for_each(|place| self.forget(place));
    }

    fn forget(&mut self, place: usize) {
        if let Some(mut session) = self.sessions.remove(place) {
            session.leave(&mut self.events);
            self.clusters[session.cluster].remove(place, &mut session);
        }
    }

    /// The owner has taken all events: something that was held back, of ports and of sessions with these numbers, may be told now.
    fn handle_released(&mut self, numbers: BTreeSet<u32>, ports: &Ports) {
        for cluster in self.clusters.iter_mut().filter(|cluster| cluster.is_port_untold) {
            cluster.is_port_untold = false;
            // The partner of the port has gone, and may be there again.
            let is_connected = cluster.port.is_some_and(|port| ports[port].is_connected());
            for event in [PortEvent::Disconnected, PortEvent::Connected].into_iter().take(1 + usize::from(is_connected))
            {
                self.events.push(Event::of_port(cluster.number, event));
            }
        }
        for number in numbers {
            if let Some(place) = self.sessions.place_of(number) {
                self.sessions.mark_dirty(place);
            }
        }
    }

    fn figures(&mut self, number: u32, sockets: &Sockets) -> Figures {
        let place = self.cluster_place(number);
        let cluster = &self.clusters[place];
        let udp = cluster.udp.map(|udp| &sockets.udp[udp]);
        let port = cluster.port.map(|port| &sockets.ports[port]);
        let mut figures = Figures {
            udp: udp.map(|udp| UdpFigures { local: udp.local(), counters: udp.counters.clone() }),
            port: port.map(|port| port.figures()),
            sessions: Vec::new(),
            drops: cluster.drops,
            transit: cluster.transit.as_ref().map(TransitFigures::of).unwrap_or_default(),
        };
        for (_, session) in self.sessions.iter_mut().filter(|(_, session)| session.cluster == place) {
            figures.sessions.push(session.figures(&self.clock));
            figures.drops.datagrams_ignored += session.datagrams_ignored();
        }
        figures
    }
}

impl Handler for Carrier {
    type Command = Command;

    fn handle_command(&mut self, command: Command, sockets: &mut Sockets, now: Instant) {
        match command {
            Command::Order(order) => self.handle_order(order, sockets, now),
            Command::TellFigures { cluster, to } => {
                // The asker may have lost patience.
                let _ = to.send(self.figures(cluster, sockets));
            }
        }
    }

    fn handle_datagrams(&mut self, socket: UdpId, mut datagrams: Datagrams<'_>, ports: &mut Ports, now: Instant) {
        let Some(cluster) = self.clusters.iter().position(|cluster| cluster.udp == Some(socket)) else { return };
        let (sender, now) = ((datagrams.from, datagrams.ecn), self.clock.at(now));
        self.handle_batch(cluster, datagrams.iter_mut(), sender, ports, now);
    }

    fn handle_data(&mut self, port: PortId, mut frame: DataFrame<'_>, _: &mut Ports, now: Instant) {
        let (handle, count) = (frame.handle, frame.packets as u64);
        let Some(cluster) = self.clusters.iter_mut().find(|cluster| cluster.port == Some(port)) else { return };
        let carrier = cluster.route(handle).filter(|place| self.sessions[*place].is_up());
        let Some(place) = carrier else {
            cluster.drops.packets_no_route += count;
            return;
        };
        let now = self.clock.at(now);
        // No number that a link has in a label table: in-links of either kind have shares of their own.
        let in_link = (frame.source() != 0).then(|| TRANSIT_LINKS_MAX + u32::from(frame.source()));
        self.sessions[place].send(frame.bytes_mut(), FRAME_HEADER_SIZE, in_link, now);
        self.sessions.mark_dirty(place);
    }

    fn handle_message(&mut self, port: PortId, message: &[u8], _: &mut Ports, _: Instant) {
        let Some(cluster) = self.clusters.iter_mut().find(|cluster| cluster.port == Some(port)) else { return };
        let event = || Event::Message { cluster: cluster.number, message: message.to_vec() };
        cluster.drops.messages_untold += u64::from(!self.events.push_message(&mut cluster.share, message.len(), event));
    }

    fn handle_port_event(&mut self, port: PortId, event: PortEvent, _: &mut Ports, _: Instant) {
        let Some(cluster) = self.clusters.iter_mut().find(|cluster| cluster.port == Some(port)) else { return };
        let told = || Event::of_port(cluster.number, event);
        if self.events.push_message(&mut cluster.share, 0, told) {
            return;
        }
        cluster.drops.messages_untold += 1;
        if matches!(event, PortEvent::Connected | PortEvent::Disconnected) {
            cluster.is_port_untold = true;
            self.events.hold_back();
        }
    }

    fn next_timeout(&self) -> Option<Instant> {
        self.due_at.into_iter().chain(self.sessions.next_timeout()).chain([self.beats.next_timeout()]).min()
    }

    fn handle_timeout(&mut self, now: Instant) {
        self.beats.handle_timeout(now);
        let now = self.clock.at(now);
        while let Some(place) = self.sessions.take_due(now.instant) {
            if self.sessions.get_mut(place).is_none_or(|session| session.is_gone(now.instant)) {
                self.forget(place);
                continue;
            }
            self.sessions.mark_dirty(place);
            let session = &mut self.sessions[place];
            let Self { events, clusters, buffers, .. } = self;
            let drops = &mut clusters[session.cluster].drops;
            session.handle_timeout(&mut Surroundings { events, drops, buffers, now });
        }
    }

    fn handle_turn(&mut self, ports: &mut Ports, now: Instant) {
        let now = self.clock.at(now);
        if let Some(numbers) = self.events.poll_released() {
            self.handle_released(numbers, ports);
        }
        for index in 0..self.sessions.dirty() {
            let Some(session) = self.sessions.get_mut(self.sessions.dirty_place(index)) else { continue };
            let Self { events, clusters, buffers, .. } = self;
            let drops = &mut clusters[session.cluster].drops;
            session.settle(&mut Surroundings { events, drops, buffers, now });
        }
    }

    fn transmit(&mut self, udp: &mut UdpSockets, now: Instant) {
        for cluster in &mut self.clusters {
            cluster.transmit_own(udp);
        }
        self.transmit_sessions(udp, self.clock.at(now));
        self.sweep(now);
        self.events.flush();
    }
}
