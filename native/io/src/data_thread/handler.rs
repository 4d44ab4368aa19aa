use std::time::Instant;

use florenetes_florio::PortEvent;
use florenetes_florio::frame::DataFrame;

use super::sockets::{PortId, Ports, Sockets, UdpId, UdpSockets};
use super::watcher::Readiness;
use crate::udp::Datagrams;

/// The logic of the thread. Its methods are called in the order of a turn, with the time at which the turn began, and must not block.
pub trait Handler {
    /// A command from another thread.
    type Command: Send + 'static;

    /// Handles that a turn begins: nothing of it was handled yet.
    fn begin_turn(&mut self, _now: Instant) {}

    /// Handles a command. Only this method opens and closes sockets.
    fn handle_command(&mut self, command: Self::Command, sockets: &mut Sockets, now: Instant);

    /// Handles datagrams of one sender.
    fn handle_datagrams(&mut self, socket: UdpId, datagrams: Datagrams<'_>, ports: &mut Ports, now: Instant);

    /// Handles packets of one link. `Port::send_frame` can pass all of them on.
    fn handle_data(&mut self, port: PortId, frame: DataFrame<'_>, ports: &mut Ports, now: Instant);

    /// Handles a Portal API message.
    fn handle_message(&mut self, port: PortId, message: &[u8], ports: &mut Ports, now: Instant);

    /// Handles an event of a port, such as that its partner has come or gone.
    fn handle_port_event(&mut self, port: PortId, event: PortEvent, ports: &mut Ports, now: Instant);

    /// Handles a change of a descriptor of the handler's own, by its key ([`Watcher`](super::Watcher)). The descriptor may have been closed
    /// meanwhile.
    fn handle_change(&mut self, _key: u64, _readiness: Readiness, _now: Instant) {}

    /// When `handle_timeout` is due.
    fn next_timeout(&self) -> Option<Instant>;

    /// Handles that the time of `next_timeout` has come.
    fn handle_timeout(&mut self, now: Instant);

    /// Gives packets to ports, after everything that came in the turn was handled.
    fn handle_turn(&mut self, ports: &mut Ports, now: Instant);

    /// Gives datagrams to writable UDP sockets, after the ports have sent. It is called in each turn, so also when a socket has become writable.
    fn transmit(&mut self, udp: &mut UdpSockets, now: Instant);
}
