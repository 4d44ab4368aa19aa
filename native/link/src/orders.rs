//! Orders, carried out.

use std::time::Instant;

use florenetes_io::Ecn;
use florenetes_io::data_thread::Sockets;
use florenetes_lane::Now;

use crate::carrier::Carrier;
use crate::event::Event;
use crate::order::{Adoption, Order};
use crate::session::Session;

impl Carrier {
    pub(crate) fn handle_order(&mut self, order: Order, sockets: &mut Sockets, now: Instant) {
        let now = self.clock.at(now);
        match order {
            Order::OpenUdp { .. } | Order::OpenPort { .. } | Order::CloseUdp { .. } | Order::ClosePort { .. } => {
                self.handle_socket_order(order, sockets, now);
            }
            Order::RemoveCluster { cluster } => {
                for order in [Order::CloseUdp { cluster }, Order::ClosePort { cluster }] {
                    self.handle_socket_order(order, sockets, now);
                }
                self.forget_cluster(cluster);
                self.events.push(Event::Removed { cluster });
            }
            Order::SendDatagram { cluster, to, bytes } => {
                self.cluster_mut(cluster).send_datagram(to, bytes, Ecn::NotCapable);
            }
            Order::HandleDatagram { cluster, from, mut bytes } => {
                let place = self.cluster_place(cluster);
                // The owner's copy of a datagram has no ECN mark.
                self.handle_batch(place, [bytes.as_mut_slice()], (from, Ecn::NotCapable), &mut sockets.ports, now);
            }
            Order::SendMessage { cluster, message } => {
                if let Some(port) = self.cluster_mut(cluster).port {
                    sockets.ports[port].send_control(&message);
                }
            }
            Order::RepeatMessage { cluster, message, interval } => {
                if let Some(port) = self.cluster_mut(cluster).port {
                    sockets.ports[port].repeat(&message, interval, now.instant);
                }
            }
            Order::SetKnownMessage { cluster, message, heard } => {
                if let Some(port) = self.cluster_mut(cluster).port {
                    sockets.ports[port].set_known(&message, heard);
                }
            }
            Order::SendPacket { cluster, handle, packet } => {
                if let Some(port) = self.cluster_mut(cluster).port {
                    sockets.ports[port].send_packet(handle, &packet);
                }
            }
            Order::Adopt(adoption) => self.adopt(*adoption, now),
            Order::SetRoute { cluster, handle, session } => {
                let cluster = self.cluster_place(cluster);
                let place = self.sessions.place_of(session);
                // A cluster forgets its routes with its own sessions.
                if let Some(place) = place.filter(|place| self.sessions[*place].cluster == cluster) {
                    self.clusters[cluster].set_route(handle, place);
                }
            }
            Order::RemoveRoute { cluster, handle } => self.cluster_mut(cluster).remove_route(handle),
            Order::OpenTransit { cluster, .. }
            | Order::SetTransitLink { cluster, .. }
            | Order::BeginTransit { cluster, .. }
            | Order::ChangeTransit { cluster, .. }
            | Order::DropTransit { cluster, .. }
            | Order::TellTransit { cluster, .. } => self.handle_transit_order(cluster, order),
            Order::SetHandle { session, handle } => {
                let Some(place) = self.sessions.place_of(session) else { return };
                if self.sessions[place].handle.replace(handle).is_none() {
                    // The connection holds what has come before, some of it before it was adopted.
                    self.receive(place, &mut sockets.ports, now);
                }
            }
            Order::SetAddress { session, .. }
            | Order::AddCopies { session, .. }
            | Order::SetRate { session, .. }
            | Order::SendStream { session, .. }
            | Order::SendProbe { session, .. }
            | Order::Ping { session }
            | Order::Close { session, .. } => {
                let Some(place) = self.sessions.place_of(session) else { return };
                handle_session_order(&mut self.sessions[place], order, now);
                self.sessions.mark_dirty(place);
            }
        }
    }

    fn handle_socket_order(&mut self, order: Order, sockets: &mut Sockets, now: Now) {
        match order {
            Order::OpenUdp { cluster, listen } => {
                let event = match sockets.open_udp(listen) {
                    Ok(udp) => {
                        self.cluster_mut(cluster).udp = Some(udp);
                        Event::UdpOpened { cluster, local: sockets.udp[udp].local() }
                    }
                    Err(error) => Event::UdpFailed { cluster, error },
                };
                self.events.push(event);
            }
            Order::OpenPort { cluster, bind, connect } => {
                let event = match sockets.open_port(bind, connect, now.instant) {
                    Ok(port) => {
                        self.cluster_mut(cluster).port = Some(port);
                        Event::PortOpened { cluster }
                    }
                    Err(error) => Event::PortFailed { cluster, error },
                };
                self.events.push(event);
            }
            Order::CloseUdp { cluster } => {
                let place = self.cluster_place(cluster);
                self.forget_sessions(place);
                self.clusters[place].transmit_own(&mut sockets.udp);
                if let Some(udp) = self.clusters[place].close_udp() {
                    sockets.close_udp(udp);
                }
            }
            Order::ClosePort { cluster } => {
                if let Some(port) = self.cluster_mut(cluster).port.take() {
                    sockets.close_port(port);
                }
            }
            _ => unreachable!("it is about a socket"),
        }
    }

    fn adopt(&mut self, adoption: Adoption, now: Now) {
        let cluster = self.cluster_place(adoption.cluster);
        if self.clusters[cluster].udp.is_none() {
            return;
        }
        let session = Session::new(adoption, cluster, now);
        let place = self.sessions.add(session);
        self.clusters[cluster].add(place, &self.sessions[place]);
        self.sessions.mark_dirty(place);
    }
}

fn handle_session_order(session: &mut Session, order: Order, now: Now) {
    match order {
        Order::SetAddress { to, .. } => session.set_address(to, now),
        Order::AddCopies { to, bytes, .. } => session.whereabouts.add_copies(to, bytes),
        Order::SetRate { rate, .. } => session.set_rate(rate, now),
        Order::SendStream { bytes, .. } => session.send_stream(&bytes),
        Order::SendProbe { packet, .. } => session.send_probe(&packet, now),
        Order::Ping { .. } => session.ping(),
        Order::Close { code, reason, .. } => session.close(code, &reason, now),
        _ => unreachable!("it is about a session"),
    }
}
