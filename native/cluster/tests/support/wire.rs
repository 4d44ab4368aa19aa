//! A link vertex that passes frames from one cluster vertex to another.

use std::path::Path;
use std::sync::mpsc::sync_channel;
use std::time::Instant;

use florenetes_florio::PortEvent;
use florenetes_florio::frame::DataFrame;
use florenetes_io::data_thread::{DataThread, Handler, PortId, Ports, Sockets, UdpId, UdpSockets};
use florenetes_io::udp::Datagrams;

use super::end::HANDLE;

type Order = Box<dyn FnOnce(&mut Passing, &mut Sockets, Instant) + Send>;

/// The handler of the data thread that passes frames.
#[derive(Default)]
pub(crate) struct Passing {
    ports: Vec<PortId>,
    /// If true, nothing gets through.
    pub(crate) is_cut: bool,
    /// If there is one, nothing of this handle gets through.
    pub(crate) cut_handle: Option<u32>,
    /// The number of frames that got through.
    pub(crate) passed: u64,
    /// The end (0: a, 1: b) whose packets are taken, and do not reach the other end.
    pub(crate) taken_of: Option<usize>,
    pub(crate) taken: Vec<Vec<u8>>,
    /// Portal API messages that b has sent.
    pub(crate) messages: Vec<Vec<u8>>,
}

pub(crate) struct Wire(DataThread<Order>);

impl Wire {
    pub(crate) fn start() -> Self {
        Self(DataThread::start(|_| Passing::default()).unwrap())
    }

    pub(crate) fn ask<T: Send + 'static>(
        &self,
        what: impl FnOnce(&mut Passing, &mut Sockets, Instant) -> T + Send + 'static,
    ) -> T {
        let (to, answer) = sync_channel(1);
        let order: Order = Box::new(move |passing, sockets, now| to.send(what(passing, sockets, now)).unwrap());
        assert!(self.0.send(order).is_ok());
        answer.recv().unwrap()
    }

    pub(crate) fn open(&self, bind: &Path, connect: &Path) {
        let (bind, connect) = (bind.to_owned(), connect.to_owned());
        self.ask(move |passing, sockets, now| {
            passing.ports.push(sockets.open_port(bind, connect, now).unwrap());
        });
    }

    /// The link vertex of b dies, and another one comes in its place.
    pub(crate) fn reopen_b(&self, bind: &Path, connect: &Path) {
        let (bind, connect) = (bind.to_owned(), connect.to_owned());
        self.ask(move |passing, sockets, now| {
            sockets.close_port(passing.ports[1]);
            passing.ports[1] = sockets.open_port(bind, connect, now).unwrap();
        });
    }

    pub(crate) fn is_connected(&self) -> bool {
        self.ask(|passing, sockets, _| passing.ports.iter().all(|port| sockets.ports[*port].is_connected()))
    }

    /// Sends packets to b, each in a frame of its own, under this handle.
    pub(crate) fn inject_as(&self, handle: u32, packets: Vec<Vec<u8>>) {
        self.inject_to(1, handle, packets);
    }

    /// Sends packets to the end at this place (0: a, 1: b), each in a frame of its own, under this handle.
    pub(crate) fn inject_to(&self, place: usize, handle: u32, packets: Vec<Vec<u8>>) {
        self.ask(move |passing, sockets, now| {
            for packet in &packets {
                sockets.ports[passing.ports[place]].send_packet(handle, packet);
                sockets.ports[passing.ports[place]].handle_turn_end(now);
            }
        });
    }

    pub(crate) fn inject(&self, packets: Vec<Vec<u8>>) {
        self.inject_as(HANDLE, packets);
    }

    /// Sends a Portal API message to b.
    pub(crate) fn message(&self) {
        self.ask(|passing, sockets, _| sockets.ports[passing.ports[1]].send_control(&[1]));
    }

    pub(crate) fn cut(&self, is_cut: bool) {
        self.ask(move |passing, _, _| passing.is_cut = is_cut);
    }
}

impl Handler for Passing {
    type Command = Order;

    fn handle_command(&mut self, command: Order, sockets: &mut Sockets, now: Instant) {
        command(self, sockets, now);
    }

    fn handle_datagrams(&mut self, _: UdpId, _: Datagrams<'_>, _: &mut Ports, _: Instant) {}

    fn handle_data(&mut self, port: PortId, mut frame: DataFrame<'_>, ports: &mut Ports, _: Instant) {
        if self.taken_of.is_some_and(|place| port == self.ports[place]) {
            return self.taken.extend(frame.packets_mut().map(|packet| packet.to_vec()));
        }
        let other = self.ports.iter().find(|other| **other != port);
        let handle = frame.handle;
        let is_cut = self.is_cut || self.cut_handle == Some(handle);
        let Some(other) = other.filter(|_| !is_cut) else { return };
        self.passed += u64::from(ports[*other].send_frame(handle, frame));
    }

    fn handle_message(&mut self, port: PortId, message: &[u8], _: &mut Ports, _: Instant) {
        if port == self.ports[1] {
            self.messages.push(message.to_vec());
        }
    }

    fn handle_port_event(&mut self, _: PortId, _: PortEvent, _: &mut Ports, _: Instant) {}

    fn next_timeout(&self) -> Option<Instant> {
        None
    }

    fn handle_timeout(&mut self, _: Instant) {}

    fn handle_turn(&mut self, _: &mut Ports, _: Instant) {}

    fn transmit(&mut self, _: &mut UdpSockets, _: Instant) {}
}
