use std::io;
use std::sync::mpsc::TryRecvError;
use std::time::Instant;

use florenetes_florio::Inbound;

use super::handler::Handler;
use super::sockets::{PortId, Ports, Sockets, TOKEN_COMMANDS, UdpId, Watched, watched};
use super::watcher::{Readiness, Watcher};
use crate::doorbell::CommandReceiver;
use crate::inbox::Inbox;
use crate::limits::{COMMANDS_PER_TURN, RECEIVE_SLOTS, RECEIVES_PER_TURN};
use crate::poller::{Poller, Ready};
use crate::udp::Datagrams;

/// The state of the thread.
pub(super) struct Turns<H: Handler> {
    handler: H,
    sockets: Sockets,
    inbox: Inbox,
    commands: CommandReceiver<H::Command>,
    /// The next turn follows without waiting, since a port has more to tell or to send.
    is_due: bool,
    is_stopped: bool,
}

impl<H: Handler> Turns<H> {
    pub(super) fn new(
        make_handler: impl FnOnce(Watcher) -> H,
        commands: CommandReceiver<H::Command>,
    ) -> io::Result<Self> {
        let poller = Poller::new()?;
        let handler = make_handler(Watcher::new(poller.descriptors()));
        poller.add(commands.descriptor(), TOKEN_COMMANDS)?;
        let sockets = Sockets::new(poller);
        Ok(Self { handler, sockets, inbox: Inbox::default(), commands, is_due: false, is_stopped: false })
    }

    /// Makes turns until no command can come any more. The ports then send what they can, and close.
    ///
    /// # Errors
    ///
    /// The kernel refuses to wait, or to watch: a broken invariant.
    pub(super) fn run(mut self) -> io::Result<()> {
        while !self.is_stopped {
            self.turn()?;
        }
        for place in 0..self.sockets.ports.0.len() {
            self.sockets.close_port(PortId(place));
        }
        Ok(())
    }

    fn turn(&mut self) -> io::Result<()> {
        let timeout = if self.is_due { Some(Instant::now()) } else { self.next_timeout() };
        let timeout = timeout.map(|at| at.saturating_duration_since(Instant::now()));
        let count = self.sockets.poller.wait(timeout)?;
        let now = Instant::now();
        self.is_due = false;
        self.handler.begin_turn(now);
        for index in 0..count {
            self.handle_ready(self.sockets.poller.ready(index), now);
        }
        for (_, port, _) in self.sockets.ports.0.iter_mut() {
            port.handle_timeout(now);
        }
        if self.handler.next_timeout().is_some_and(|at| at <= now) {
            self.handler.handle_timeout(now);
        }
        self.handler.handle_turn(&mut self.sockets.ports, now);
        for place in 0..self.sockets.ports.0.len() {
            self.end_port_turn(place, now);
        }
        self.handler.transmit(&mut self.sockets.udp, now);
        self.sockets.watch()
    }

    /// The next deadline of the handler or a port.
    fn next_timeout(&mut self) -> Option<Instant> {
        let ports = self.sockets.ports.0.iter_mut().filter_map(|(_, port, _)| port.next_timeout()).min();
        self.handler.next_timeout().into_iter().chain(ports).min()
    }

    fn handle_ready(&mut self, ready: Ready, now: Instant) {
        let Ready { token, is_readable, is_writable, is_hung_up, is_failed } = ready;
        match watched(token) {
            Watched::Commands => self.handle_commands(now),
            Watched::Key(key) => {
                let readiness = Readiness { is_readable, is_writable, is_hung_up, is_failed };
                self.handler.handle_change(key, readiness, now);
            }
            Watched::Udp(place) => {
                if is_writable && let Some(socket) = self.sockets.udp.0.get_mut(place) {
                    socket.handle_writable();
                }
                if is_readable {
                    self.read_udp(place, now);
                }
            }
            Watched::Partner(place) => {
                if let Some(port) = self.sockets.ports.0.get_mut(place) {
                    port.socket().forget_partner();
                    port.handle_partner_end(now);
                }
            }
            Watched::Port(place) => {
                if is_writable && let Some(port) = self.sockets.ports.0.get_mut(place) {
                    port.handle_writable();
                }
                if is_readable {
                    self.read_port(place, now);
                }
            }
        }
    }

    fn handle_commands(&mut self, now: Instant) {
        self.commands.quiet();
        for _ in 0..COMMANDS_PER_TURN {
            match self.commands.next() {
                Ok(command) => self.handler.handle_command(command, &mut self.sockets, now),
                Err(TryRecvError::Empty) => return,
                Err(TryRecvError::Disconnected) => return self.is_stopped = true,
            }
        }
        self.commands.ring();
    }

    fn read_udp(&mut self, place: usize, now: Instant) {
        let Sockets { udp, ports, .. } = &mut self.sockets;
        let Some(socket) = udp.0.get_mut(place) else { return };
        for _ in 0..RECEIVES_PER_TURN {
            let on_datagrams =
                |datagrams: Datagrams<'_>| self.handler.handle_datagrams(UdpId(place), datagrams, ports, now);
            if !socket.receive(&mut self.inbox, on_datagrams) {
                return;
            }
        }
    }

    fn read_port(&mut self, place: usize, now: Instant) {
        for _ in 0..RECEIVES_PER_TURN {
            if !receive_frames(&mut self.handler, &mut self.sockets.ports, &mut self.inbox, place, now) {
                return;
            }
        }
    }

    fn end_port_turn(&mut self, place: usize, now: Instant) {
        let Some(port) = self.sockets.ports.0.get_mut(place) else { return };
        self.is_due |= port.handle_turn_end(now);
        tell_port_events(&mut self.handler, &mut self.sockets.ports, place, now);
    }
}

/// Reads a port once. False: probably no more frames are there.
fn receive_frames<H: Handler>(
    handler: &mut H,
    ports: &mut Ports,
    inbox: &mut Inbox,
    place: usize,
    now: Instant,
) -> bool {
    let id = PortId(place);
    let Some(port) = ports.0.get_mut(place) else { return false };
    let control_size = port.socket().control_size();
    let Some(descriptor) = port.socket().descriptor() else { return false };
    let deliveries = match inbox.receive(descriptor, control_size) {
        Ok(deliveries) => deliveries,
        // A partner that connected elsewhere leaves an error (ECONNRESET). Reading has cleared it, and it means nothing.
        Err(error) => return error.kind() != io::ErrorKind::WouldBlock,
    };
    let may_be_more = deliveries.len() == RECEIVE_SLOTS;
    for delivery in deliveries {
        let Some(port) = ports.0.get_mut(place) else { return false };
        if !port.socket().is_partner(delivery.sender) {
            port.handle_stranger();
            continue;
        }
        if control_size > 0 {
            port.socket().handle_partner(delivery.control);
        }
        let inbound = port.handle_datagram(delivery.bytes, now);
        // A partner's first datagram connects us to it. The handler hears of that before it gets the datagram.
        tell_port_events(handler, ports, place, now);
        match inbound {
            Inbound::Data(frame) => handler.handle_data(id, frame, ports, now),
            Inbound::Control(message) => handler.handle_message(id, message, ports, now),
            Inbound::Known | Inbound::Dropped => {}
        }
    }
    may_be_more
}

fn tell_port_events<H: Handler>(handler: &mut H, ports: &mut Ports, place: usize, now: Instant) {
    while let Some(event) = ports.0.get_mut(place).and_then(|port| port.poll_event()) {
        handler.handle_port_event(PortId(place), event, ports, now);
    }
}
