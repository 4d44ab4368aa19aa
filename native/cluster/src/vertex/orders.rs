//! Carries out the owner's orders.

use std::mem;

use florenetes_florio::PortEvent;
use florenetes_florio::frame::DataFrame;
use florenetes_io::data_thread::{Ports, Sockets};
use florenetes_lane::Now;
use florenetes_wire::mesh::{Change, Scope, TransitLimits};

use super::Vertex;
use crate::connection::Connection;
use crate::datagrams::{Ended, own_datagrams};
use crate::event::{Account, Event};
use crate::order::{Address, Adoption, Forgotten, Order, Role};
use crate::site::{Service, Site};
use crate::workloads::{Act, Taken};

impl Vertex {
    pub(crate) fn handle_order(&mut self, order: Order, sockets: &mut Sockets, now: Now) {
        match order {
            Order::OpenPort { .. }
            | Order::ClosePort { .. }
            | Order::SendMessage { .. }
            | Order::RepeatMessage { .. }
            | Order::SetKnownMessage { .. }
            | Order::SendPacket { .. } => self.handle_port_order(order, sockets, now),
            Order::SetLink { link, port, handle, state, congested_classes } => {
                if self.links.set(link, port, handle, state, congested_classes) {
                    self.handle_link_up(link);
                    for (id, mut early) in self.links.take_early(link) {
                        let mut frame = DataFrame::of_checked(&mut early.bytes, early.packets);
                        self.links.handle_frame(id, &mut frame);
                        self.handle_frame(link, frame, &mut sockets.ports, now);
                    }
                }
                self.wake_waiting(&sockets.ports);
            }
            Order::SetTable { entries, transit } => self.set_table(entries, transit),
            Order::DeliverPacket { in_link, destination, packet } => {
                let mut arrivals = self.arrivals(now);
                if !arrivals.deliver(destination, in_link, &packet) {
                    arrivals.tell(destination, in_link, false, &packet);
                }
            }
            Order::SetService { service, target, flow_idle, tells_principal, is_stopped } => {
                self.site.accounts.add(Account::Service(service));
                self.site.served.set(service, flow_idle);
                if is_stopped {
                    let flows = self.site.served.take_all(service);
                    self.site.flows_ended.extend(flows.into_iter().map(|flow| (flow, Ended::Closed)));
                }
                self.site.services.set(service, Service { target, flow_idle, tells_principal, is_stopped });
            }
            Order::SetGrant { service, until } => {
                self.site.services.grant(service, until);
                self.end_grants(now);
            }
            Order::Forget { what } => self.forget_thing(what),
            Order::SetStreamsPerConnection { streams } => self.site.limits.streams_per_connection = streams,
            Order::LeadTunnel { tunnel, trunk } => self.lead_tunnel(tunnel, trunk, now),
            Order::LeadOwn { account, former, trunk } => self.lead_own(account, former, trunk, now),
            Order::Resolved { service, addresses } => {
                for (connection, stream) in self.site.services.take_asking(service) {
                    let Some(place) = self.connections.place_of(connection) else { continue };
                    self.connections.mark_dirty(place);
                    self.connections[place].handle_resolved(stream, &addresses, &mut self.site, now);
                }
            }
            Order::OpenStream { workload, trunk, account, is_flow } => {
                self.open_own(workload, trunk, account, is_flow, now);
            }
            Order::AnswerStream { workload } => self.handle_act(workload, Act::Answer, now),
            Order::SendDatagrams { bytes } => {
                for (workload, datagram) in own_datagrams(&bytes).flatten() {
                    self.send_own_datagram(workload, datagram, now);
                }
            }
            Order::WriteStream { workload, bytes } => self.handle_act(workload, Act::Write(bytes), now),
            Order::EndStream { workload } => self.handle_act(workload, Act::End, now),
            Order::TakeStream { workload } => self.handle_act(workload, Act::Take, now),
            Order::AcknowledgeStream { workload, offset, is_end } => {
                self.handle_act(workload, Act::Acknowledge(Taken { offset, is_end }), now);
            }
            Order::ResetStream { workload, code, text } => self.handle_act(workload, Act::Reset(code, text), now),
            Order::ReadSession { session, socket, rest } => self.read_session(session, socket, rest, now),
            Order::JoinFlow { session, flow, workload } => self.join_flow(session, flow, workload),
            Order::PartFlow { session, flow } => self.part_flow(session, flow),
            Order::TakeSession { session, size } => self.take_session(session, size),
            Order::LeaveSession { session } => self.leave_session(session),
            Order::Listen { tunnel, trunk, address: Address::Udp(address) } => {
                self.listen_for_datagrams(tunnel, trunk, address);
            }
            Order::Listen { tunnel, trunk, address } => self.listen(tunnel, trunk, &address),
            Order::StopListening { tunnel } => {
                self.stop_listening(tunnel);
                self.close_datagram_tunnel(tunnel, now);
            }
            Order::SetCurrent { trunk, connection } => self.set_current(trunk, connection, now),
            Order::SetBeside { trunk, connections } => self.trunks.trunk_mut(trunk).beside = connections,
            Order::Hold { trunk, connection } => self.hold(trunk, connection),
            Order::SetConnectWait { account, wait } => self.site.waits.set(account, wait),
            Order::SetUnreachable { trunk, is_unreachable } => self.set_unreachable(trunk, is_unreachable, now),
            Order::RefuseWaiting { trunk, code, text } => self.refuse_waiting(trunk, code, &text, now),
            Order::Adopt(adoption) => self.adopt(*adoption, now),
            Order::SendControl { connection, .. }
            | Order::SetWay { connection, .. }
            | Order::Shrink { connection, .. }
            | Order::Drain { connection }
            | Order::Close { connection, .. }
            | Order::Abandon { connection, .. }
            | Order::RepeatClose { connection } => self.handle_connection_order(connection, order, now),
        }
    }

    fn forget_thing(&mut self, what: Forgotten) {
        let Site { accounts, served, services, waits, .. } = &mut self.site;
        match what {
            Forgotten::Service(service) => {
                accounts.forget(Account::Service(service));
                served.forget(service);
                services.remove(service);
            }
            Forgotten::Account(account) => {
                accounts.forget(Account::Tunnel(account));
                waits.forget(account);
            }
            Forgotten::Trunk(trunk) => self.trunks.forget(trunk),
        }
    }

    fn handle_port_order(&mut self, order: Order, sockets: &mut Sockets, now: Now) {
        match order {
            Order::OpenPort { port, bind, connect } => {
                let event = match sockets.open_port(bind, connect, now.instant) {
                    Ok(id) => {
                        self.links.add_port(port, id);
                        Event::PortOpened { port }
                    }
                    Err(error) => Event::PortFailed { port, error },
                };
                self.site.events.push(event);
            }
            Order::ClosePort { port } => {
                if let Some(id) = self.links.remove_port(port) {
                    sockets.close_port(id);
                }
            }
            Order::SendMessage { port, message } => {
                if let Some(id) = self.links.port(port) {
                    sockets.ports[id].send_control(&message);
                }
            }
            Order::RepeatMessage { port, message, interval } => {
                if let Some(id) = self.links.port(port) {
                    sockets.ports[id].repeat(&message, interval, now.instant);
                }
            }
            Order::SetKnownMessage { port, message, heard } => {
                if let Some(id) = self.links.port(port) {
                    sockets.ports[id].set_known(&message, heard);
                }
            }
            Order::SendPacket { port, handle, packet } => {
                if let Some(id) = self.links.port(port) {
                    sockets.ports[id].send_packet(handle, &packet);
                }
            }
            _ => unreachable!("it is about a port"),
        }
    }

    fn handle_connection_order(&mut self, number: u32, order: Order, now: Now) {
        let Some(place) = self.connections.place_of(number) else { return };
        self.connections.mark_dirty(place);
        let connection = &mut self.connections[place];
        match order {
            Order::SendControl { bytes, .. } => connection.send_control(&bytes),
            Order::SetWay { way, .. } => connection.set_way(way, now),
            Order::Shrink { payload_max, .. } => connection.shrink(payload_max),
            Order::Drain { .. } => {
                if connection.drain() {
                    let role = connection.role;
                    self.handle_draining(role);
                }
            }
            Order::Close { code, reason, is_repeated, .. } => {
                connection.close(code, &reason, is_repeated, &mut self.site, now);
            }
            Order::Abandon { code, reason, .. } => connection.abandon(code, &reason, &mut self.site, now),
            Order::RepeatClose { .. } => connection.repeat_close(),
            _ => unreachable!("it is about a connection"),
        }
    }

    fn adopt(&mut self, adoption: Adoption, now: Now) {
        if let Role::Acceptor { service } = adoption.role {
            self.site.accounts.add(Account::Service(service));
        }
        let connection = Connection::new(adoption, &self.site.limits, now);
        let place = self.connections.add(connection);
        self.ids.add(&self.connections[place], place);
        self.connections.mark_dirty(place);
        if self.connections[place].is_draining() {
            self.handle_draining(self.connections[place].role);
        }
    }

    /// Counts a connection that drains from now on. The trunk's current connection is woken, as it has to watch the peer for both.
    fn handle_draining(&mut self, role: Role) {
        let Role::Originator { trunk } = role else { return };
        let current = self.trunks.handle_draining(trunk);
        if let Some(place) = current.and_then(|current| self.connections.place_of(current)) {
            self.connections.mark_dirty(place);
        }
    }

    /// Repeats the last packets of the connections that use the link, without waiting for their timers.
    fn handle_link_up(&mut self, link: u32) {
        let places: Vec<_> = self
            .connections
            .iter_mut()
            .filter(|(_, connection)| connection.way().out_link == Some(link))
            .map(|(place, connection)| {
                connection.handle_link_up();
                place
            })
            .collect();
        places.into_iter().for_each(|place| self.connections.mark_dirty(place));
    }

    fn set_table(&mut self, entries: Vec<Change>, transit: TransitLimits) {
        self.forwarder.set_transit_limits(transit);
        let generation = self.forwarder.generation() + 1;
        self.forwarder.begin(generation);
        self.entries.clear();
        for entry in entries {
            if let Change::AddLink { link, .. } = entry {
                let waiting = self.links.begin(link);
                let places: Vec<_> = waiting.into_iter().filter_map(|it| self.connections.place_of(it)).collect();
                places.into_iter().for_each(|place| self.connections.mark_dirty(place));
            }
            if self.forwarder.stage(generation, entry).is_ok() {
                self.entries.extend(match entry {
                    Change::AddLink { label, .. } => Some((Scope::All, label)),
                    Change::AddEntry { scope, label, .. } => Some((scope, label)),
                    _ => None,
                });
            }
        }
        self.forwarder.commit(generation).expect("it was begun");
        // Tables come as seldom as configs, so entries that only the former table had are removed at once.
        self.forwarder.sweep(usize::MAX);
    }

    /// Tells the owner, which has taken all events, what was held back.
    pub(crate) fn handle_released(&mut self, connections: impl IntoIterator<Item = u32>, ports: &Ports) {
        for port in mem::take(&mut self.links.untold_ports) {
            // The partner of the port has gone, and may have come back.
            let is_connected = self.links.port(port).is_some_and(|id| ports[id].is_connected());
            for event in [PortEvent::Disconnected, PortEvent::Connected].into_iter().take(1 + usize::from(is_connected))
            {
                self.site.events.push(Event::of_port(port, event));
            }
        }
        for connection in connections {
            if let Some(place) = self.connections.place_of(connection) {
                self.connections.mark_dirty(place);
            }
        }
    }
}
