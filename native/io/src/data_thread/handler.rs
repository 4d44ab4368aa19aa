use std::time::Instant;

use florenetes_florio::PortEvent;
use florenetes_florio::frame::DataFrame;

use super::sockets::{PortId, Ports, Sockets, UdpId, UdpSockets};
use super::watcher::Readiness;
use crate::udp::Datagrams;

/// The owner of the sockets, which decides in the thread. It is called in the order of a turn, with the time at which the turn began; it waits for nothing.
pub trait Handler {
    /// An order from another thread.
    type Command: Send + 'static;

    /// An order has come. Sockets are opened and closed here.
    fn handle_command(&mut self, command: Self::Command, sockets: &mut Sockets, now: Instant);

    /// Datagrams of one sender have come.
    fn handle_datagrams(&mut self, socket: UdpId, datagrams: Datagrams<'_>, ports: &mut Ports, now: Instant);

    /// Packets of one link have come: `Port::send_frame` passes all of them on.
    fn handle_data(&mut self, port: PortId, frame: DataFrame<'_>, ports: &mut Ports, now: Instant);

    /// A Portal API message has come.
    fn handle_message(&mut self, port: PortId, message: &[u8], ports: &mut Ports, now: Instant);

    /// The partner of a port has come or gone, and the like.
    fn handle_port_event(&mut self, port: PortId, event: PortEvent, ports: &mut Ports, now: Instant);

    /// A descriptor of the handler's own has changed, by its key ([`Watcher`](super::Watcher)). One that was closed meanwhile is none.
    fn handle_change(&mut self, _key: u64, _readiness: Readiness, _now: Instant) {}

    /// When `handle_timeout` is due.
    fn next_timeout(&self) -> Option<Instant>;

    /// The time has come.
    fn handle_timeout(&mut self, now: Instant);

    /// All that came was handled: this is the time to give packets to ports.
    fn handle_turn(&mut self, ports: &mut Ports, now: Instant);

    /// The ports have sent: this is the time to give datagrams to those UDP sockets that are writable. It is also called when one has
    /// become so.
    fn transmit(&mut self, udp: &mut UdpSockets, now: Instant);
}
