use std::time::Instant;

use florenetes_florio::PortEvent;
use florenetes_florio::frame::DataFrame;
use florenetes_io::data_thread::{Handler, PortId, Ports, Sockets, UdpId, UdpSockets};
use florenetes_io::udp::Datagrams;

use crate::cluster::Cluster;
use crate::event::Event;
use crate::event_queue::EventWriter;
use crate::figures::{Figures, PortFigures, UdpFigures};
use crate::lane::Command;
use crate::order::Order;
use crate::time::LaneClock;

/// Does in the thread what orders, datagrams and frames ask for.
pub(crate) struct Carrier {
    clock: LaneClock,
    events: EventWriter,
    clusters: Vec<Cluster>,
}

impl Carrier {
    pub(crate) fn new(clock: LaneClock, events: EventWriter) -> Self {
        Self { clock, events, clusters: Vec::new() }
    }

    /// Sessions are not carried yet: an order about them names what is not there.
    fn handle_order(&mut self, order: Order, sockets: &mut Sockets, now: Instant) {
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
                let event = match sockets.open_port(bind, connect, now) {
                    Ok(port) => {
                        self.cluster_mut(cluster).port = Some(port);
                        Event::PortOpened { cluster }
                    }
                    Err(error) => Event::PortFailed { cluster, error },
                };
                self.events.push(event);
            }
            Order::CloseUdp { cluster } => {
                if let Some(udp) = self.cluster_mut(cluster).udp.take() {
                    sockets.close_udp(udp);
                }
            }
            Order::ClosePort { cluster } => {
                if let Some(port) = self.cluster_mut(cluster).port.take() {
                    sockets.close_port(port);
                }
            }
            Order::SendDatagram { cluster, to, bytes } => self.cluster_mut(cluster).send_datagram(to, bytes),
            Order::SendMessage { cluster, message } => {
                if let Some(port) = self.cluster_mut(cluster).port {
                    sockets.ports[port].send_control(&message);
                }
            }
            Order::SendPacket { cluster, handle, packet } => {
                if let Some(port) = self.cluster_mut(cluster).port {
                    sockets.ports[port].send_packet(handle, &packet);
                }
            }
            _ => {}
        }
    }

    /// There is one from the first order on that names it.
    fn cluster_mut(&mut self, number: u32) -> &mut Cluster {
        let place = self.clusters.iter().position(|cluster| cluster.number == number).unwrap_or_else(|| {
            self.clusters.push(Cluster::new(number));
            self.clusters.len() - 1
        });
        &mut self.clusters[place]
    }

    fn figures(&mut self, cluster: u32, sockets: &mut Sockets) -> Figures {
        let cluster = self.cluster_mut(cluster);
        let udp = cluster.udp.map(|udp| &sockets.udp[udp]);
        let port = cluster.port.map(|port| &sockets.ports[port]);
        Figures {
            udp: udp.map(|udp| UdpFigures { local: udp.local(), counters: udp.counters.clone() }),
            port: port.map(|port| PortFigures {
                is_connected: port.is_connected(),
                is_writable: port.is_writable(),
                waiting_for: port.waiting_for().into(),
                counters: port.counters().clone(),
            }),
            sessions: Vec::new(),
            drops: cluster.drops,
        }
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
            Command::EventsTaken => {}
        }
    }

    fn handle_datagrams(&mut self, socket: UdpId, mut datagrams: Datagrams<'_>, _: Instant) {
        let Some(cluster) = self.clusters.iter_mut().find(|cluster| cluster.udp == Some(socket)) else { return };
        let (number, from) = (cluster.number, datagrams.from);
        for datagram in datagrams.iter_mut() {
            let event = || Event::Datagram { cluster: number, from, bytes: datagram.to_vec() };
            cluster.drops.datagrams_untold += u64::from(!self.events.push_datagram(datagram.len(), event));
        }
    }

    fn handle_data(&mut self, port: PortId, frame: DataFrame<'_>, _: &mut Ports, _: Instant) {
        let Some(cluster) = self.clusters.iter_mut().find(|cluster| cluster.port == Some(port)) else { return };
        cluster.drops.packets_no_route += frame.packets as u64;
    }

    fn handle_message(&mut self, port: PortId, message: &[u8], _: &mut Ports, _: Instant) {
        let Some(cluster) = self.clusters.iter_mut().find(|cluster| cluster.port == Some(port)) else { return };
        let event = || Event::Message { cluster: cluster.number, message: message.to_vec() };
        cluster.drops.messages_untold += u64::from(!self.events.push_message(event));
    }

    fn handle_port_event(&mut self, port: PortId, event: PortEvent, _: &mut Ports, _: Instant) {
        let Some(cluster) = self.clusters.iter_mut().find(|cluster| cluster.port == Some(port)) else { return };
        let event = || Event::Port { cluster: cluster.number, event };
        cluster.drops.messages_untold += u64::from(!self.events.push_message(event));
    }

    fn next_timeout(&self) -> Option<Instant> {
        None
    }

    fn handle_timeout(&mut self, _: Instant) {}

    fn handle_turn(&mut self, _: &mut Ports, _: Instant) {}

    fn transmit(&mut self, udp: &mut UdpSockets, _: Instant) {
        for cluster in &mut self.clusters {
            cluster.transmit_own(udp);
        }
        self.events.flush();
    }
}
