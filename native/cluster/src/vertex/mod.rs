//! The thread's turns: carries out what orders, frames and workloads ask for, with the other modules.

mod arrivals;
mod clients;
mod command;
mod flow_clients;
mod grants;
mod ledger_watch;
mod orders;
mod own_clients;
mod session_sockets;

use std::time::Instant;

use florenetes_florio::PortEvent;
use florenetes_florio::frame::DataFrame;
use florenetes_io::data_thread::{Handler, PortId, Ports, Readiness, Sockets, UdpId, UdpSockets};
use florenetes_io::udp::Datagrams;
use florenetes_lane::{Beats, LaneClock, Now, Roster, Thread};
use florenetes_wire::limits::LABEL_COUNT_MAX;
use florenetes_wire::mesh::{Forwarder, Scope, header_size};

use self::arrivals::{Arrivals, Crossing, Ids};
use self::command::Command;
pub(crate) use self::ledger_watch::LedgerWatch;
use crate::connection::{Company, Connection};
use crate::datagrams::Ended;
use crate::event::Event;
use crate::figures::{EntryFigures, Figures, LinkFigures, PortalFigures};
use crate::limits::PAYLOAD_MAX;
use crate::links::Links;
use crate::links::outbound::Outbound;
use crate::order::{Role, Settings};
use crate::sessions::Sessions;
use crate::site::Site;
use crate::trunks::Trunks;
use crate::workloads::Holder;

/// Carries out in the thread what orders, frames and workloads ask for. `orders.rs`, `arrivals.rs`, `clients.rs` and their neighbours implement the
/// rest.
///
/// ```text
///   FlorIO    ─▶ by handle, label ─▶ another link, as it is
///             │                  ├─▶ by ConnectionId: connection ─▶ decrypt ─▶ stream ─▶ workload
///             │                  └─▶ no connection's: event
///             └▶ message ──────────▶ event
///   workload  ─▶ stream ─▶ connection: encrypt ─▶ mesh packet ─▶ FlorIO
/// ```
pub(crate) struct Vertex {
    pub(crate) clock: LaneClock,
    pub(crate) site: Site,
    pub(crate) links: Links,
    pub(crate) forwarder: Forwarder,
    /// The entries of the label table whose packets are counted.
    pub(crate) entries: Vec<(Scope, u32)>,
    pub(crate) connections: Roster<Connection>,
    pub(crate) ids: Ids,
    pub(crate) trunks: Trunks,
    pub(crate) sessions: Sessions,
    company: Company,
    ledger: LedgerWatch,
    /// The buffer that packets are made in.
    packet: Vec<u8>,
    /// Set when a turn has left work for the next one.
    due_at: Option<Instant>,
    /// When the next grant of a service ends, unless the machine is suspended before.
    grants_end_at: Option<Instant>,
    beats: Beats,
}

impl Vertex {
    pub(crate) fn new(settings: &Settings, ledger: LedgerWatch, thread: Thread<Event>) -> Self {
        let Thread { clock, events, beats, watcher } = thread;
        Self {
            clock,
            site: Site::new(settings, events, watcher),
            links: Links::default(),
            forwarder: Forwarder::new(settings.transit, settings.seeds),
            entries: Vec::new(),
            connections: Roster::default(),
            ids: Ids::default(),
            trunks: Trunks::default(),
            sessions: Sessions::default(),
            company: Company::default(),
            ledger,
            packet: vec![0; header_size(LABEL_COUNT_MAX) + PAYLOAD_MAX],
            due_at: None,
            grants_end_at: None,
            beats,
        }
    }

    /// The part of this vertex that packets are delivered to.
    pub(crate) fn arrivals(&mut self, now: Now) -> Arrivals<'_> {
        Arrivals { connections: &mut self.connections, ids: &self.ids, site: &mut self.site, now }
    }

    /// Wakes the connections that wait for a link which takes packets again.
    pub(crate) fn wake_waiting(&mut self, ports: &Ports) {
        for connection in self.links.take_waiting(ports) {
            if let Some(place) = self.connections.place_of(connection) {
                self.connections.mark_dirty(place);
            }
        }
    }

    /// Forwards the packets of a link's frame.
    pub(crate) fn handle_frame(&mut self, link: u32, mut frame: DataFrame<'_>, ports: &mut Ports, now: Now) {
        if self.forwarder.link_counts(link).is_none() {
            return self.links.refuse_frame(link);
        }
        let Self { forwarder, links, connections, ids, site, .. } = self;
        let mut crossing = Crossing { links, ports, arrivals: Arrivals { connections, ids, site, now } };
        forwarder.handle_frame(link, frame.bytes_mut(), now.elapsed, &mut crossing);
    }

    /// Delivers the packets that this vertex has sent to itself in the turn before.
    fn deliver_loopback(&mut self, ports: &mut Ports, now: Now) {
        if !self.forwarder.has_loopback() {
            return;
        }
        let Self { forwarder, links, connections, ids, site, .. } = self;
        let mut crossing = Crossing { links, ports, arrivals: Arrivals { connections, ids, site, now } };
        forwarder.deliver_loopback(&mut crossing);
    }

    fn forget(&mut self, place: usize, now: Now) {
        let Some(mut connection) = self.connections.remove(place) else { return };
        self.ids.remove(&connection, place);
        if let (true, Role::Originator { trunk }) = (connection.is_draining(), connection.role) {
            self.trunks.handle_drained(trunk);
        }
        self.site.drops.unauthenticated += connection.figures(now).packets_ignored;
        self.site.events.push(Event::Left { connection: connection.number });
    }

    fn figures(&mut self, ports: &Ports, now: Now) -> Figures {
        let port = |(port, id): (u32, PortId)| PortalFigures {
            port,
            florio: ports[id].figures(),
            frames_no_link: self.links.early.dropped(port),
        };
        let forwarder = &self.forwarder;
        let link = |link: LinkFigures| {
            let Some(counts) = forwarder.link_counts(link.link) else { return link };
            LinkFigures {
                packets_forwarded: counts.packets_forwarded,
                packets_delivered: counts.packets_delivered,
                drops: counts.drops,
                dropped_labels: counts.dropped_labels,
                labels_guessed: forwarder.labels_guessed(link.link),
                ..link
            }
        };
        let entry = |(scope, label): &(Scope, u32)| {
            let packets = forwarder.entry_packets(*scope, *label)?;
            Some(EntryFigures { scope: *scope, label: *label, packets })
        };
        Figures {
            ports: self.links.ports().map(port).collect(),
            links: self.links.figures().map(link).collect(),
            own_drops: *forwarder.own_drops(),
            pairs: forwarder.pair_counts().collect(),
            permits: forwarder.permit_rows().collect(),
            exchanged: forwarder.exchanged_rows().collect(),
            entries: self.entries.iter().filter_map(entry).collect(),
            connections: self.connections.iter_mut().map(|(_, connection)| connection.figures(now)).collect(),
            accounts: self.site.accounts.figures(),
            drops: self.site.drops,
            streams_untold: self.site.access.untold,
            memory_held: self.site.memory_held,
            workloads_open: self.site.workloads.open(),
        }
    }
}

impl Handler for Vertex {
    type Command = Command;

    fn begin_turn(&mut self, now: Instant) {
        self.end_grants(self.clock.at(now));
    }

    fn handle_command(&mut self, command: Command, sockets: &mut Sockets, now: Instant) {
        match command {
            Command::Order(order) => self.handle_order(order, sockets, self.clock.at(now)),
            Command::TellFigures { to, .. } => {
                // The asker may have stopped waiting.
                let _ = to.send(self.figures(&sockets.ports, self.clock.at(now)));
            }
        }
    }

    /// Does nothing, as a vertex has no UDP socket.
    fn handle_datagrams(&mut self, _: UdpId, _: Datagrams<'_>, _: &mut Ports, _: Instant) {}

    fn handle_data(&mut self, port: PortId, mut frame: DataFrame<'_>, ports: &mut Ports, now: Instant) {
        let Some(link) = self.links.handle_frame(port, &mut frame) else {
            return self.links.keep_early(port, &mut frame, now);
        };
        self.handle_frame(link, frame, ports, self.clock.at(now));
    }

    fn handle_message(&mut self, port: PortId, message: &[u8], _: &mut Ports, _: Instant) {
        let Some(port) = self.links.number_of(port) else { return };
        let event = || Event::Message { port, message: message.to_vec() };
        let Site { events, drops, share, .. } = &mut self.site;
        drops.messages_untold += u64::from(!events.push_message(share, message.len(), event));
    }

    fn handle_port_event(&mut self, port: PortId, event: PortEvent, ports: &mut Ports, _: Instant) {
        self.wake_waiting(ports);
        let Some(port) = self.links.number_of(port) else { return };
        if event == PortEvent::Disconnected {
            self.links.early.forget(port);
        }
        let Site { events, drops, share, .. } = &mut self.site;
        if events.push_message(share, 0, || Event::of_port(port, event)) {
            return;
        }
        drops.messages_untold += 1;
        if matches!(event, PortEvent::Connected | PortEvent::Disconnected) {
            self.links.untold_ports.insert(port);
            self.site.events.hold_back();
        }
    }

    fn handle_change(&mut self, key: u64, readiness: Readiness, now: Instant) {
        let now = self.clock.at(now);
        match self.site.workloads.holder(key) {
            Some(Holder::Tunnel(tunnel)) if !self.trunks.is_accepting(tunnel) => self.take_clients(tunnel, now),
            Some(Holder::Stream { connection, stream }) => {
                let Some(place) = self.connections.place_of(connection) else { return };
                self.connections.mark_dirty(place);
                self.connections[place].handle_change(stream, readiness, &mut self.site, now);
            }
            Some(Holder::Session(session)) if readiness.is_readable || readiness.is_hung_up || readiness.is_failed => {
                self.sessions.wake(session);
            }
            // A listener that pauses is asked after its pause, and a waiting workload is served after its wait.
            Some(Holder::Tunnel(_) | Holder::Waiting | Holder::Session(_)) | None => {}
        }
    }

    fn next_timeout(&self) -> Option<Instant> {
        let own = self.due_at.into_iter().chain(self.connections.next_timeout()).chain(self.trunks.next_timeout());
        let flows = self.site.served.next_timeout();
        own.chain(flows)
            .chain(self.grants_end_at)
            .chain(self.links.early.next_timeout())
            .chain([self.beats.next_timeout()])
            .min()
    }

    fn handle_timeout(&mut self, now: Instant) {
        self.beats.handle_timeout(now);
        self.links.early.handle_timeout(now);
        let now = self.clock.at(now);
        for tunnel in self.trunks.take_accepting(now.instant) {
            self.take_clients(tunnel, now);
        }
        self.refuse_overdue(now);
        let idle = self.site.served.take_idle(now.instant);
        self.site.flows_ended.extend(idle.into_iter().map(|flow| (flow, Ended::Idle)));
        while let Some(place) = self.connections.take_due(now.instant) {
            let Some(connection) = self.connections.get_mut(place) else { continue };
            connection.handle_timeout(&mut self.site, now);
            self.connections.mark_dirty(place);
        }
    }

    /// Serves each connection with work once. Connections with more work go on after the sockets have been read.
    fn handle_turn(&mut self, ports: &mut Ports, now: Instant) {
        let now = self.clock.at(now);
        if let Some(numbers) = self.site.events.poll_released() {
            self.handle_released(numbers, ports);
        }
        if self.ledger.take_told() {
            self.connections.mark_all_dirty();
        }
        self.due_at = None;
        let mut with_room = Vec::new();
        self.serve_sessions(now);
        self.deliver_loopback(ports, now);
        for _ in 0..self.connections.dirty() {
            let Some(place) = self.connections.take_dirty() else { break };
            let Some(connection) = self.connections.get_mut(place) else { continue };
            connection.keep_company(&mut self.company, now.instant);
            let mut is_more = connection.process(&mut self.site, now);
            let mut out = Outbound { forwarder: &mut self.forwarder, links: &mut self.links, ports };
            is_more |= connection.transmit(&mut self.packet, &mut self.site, &mut out, now);
            let is_watchful = match connection.role {
                Role::Originator { trunk } => {
                    if connection.take_room() {
                        with_room.push(trunk);
                    }
                    self.trunks.is_draining(trunk)
                }
                Role::Acceptor { .. } => false,
            };
            is_more |= connection.settle(is_watchful, &self.clock, &mut self.site, now);
            if let (false, Role::Originator { trunk }) = (connection.is_open(), connection.role) {
                self.trunks.handle_ended(trunk, connection.number);
            }
            if connection.is_gone() {
                self.forget(place, now);
                continue;
            }
            if is_more {
                self.connections.mark_dirty(place);
                self.due_at = Some(now.instant);
            }
            self.connections.set_deadline(place, &self.clock);
        }
        for trunk in with_room {
            self.serve_waiting(trunk, now);
        }
        self.offer_again(now);
        self.end_flows(now);
        if self.connections.dirty() > 0 || self.sessions.has_ready() {
            self.due_at = Some(now.instant);
        }
        for (trunk, is_any, used_up) in self.trunks.take_waiting_news() {
            self.site.events.push(Event::Waiting { trunk, is_any, used_up });
        }
        if self.forwarder.has_loopback() {
            self.due_at = Some(now.instant);
        }
    }

    /// Hands the turn's events to the owner. A vertex has no UDP socket to send on.
    fn transmit(&mut self, _: &mut UdpSockets, _: Instant) {
        self.site.events.flush();
    }
}
