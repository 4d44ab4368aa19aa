use florenetes_florio::frame::DataFrame;
use florenetes_io::data_thread::Ports;
use florenetes_wire::mesh::{Arrival, Forwarder, LinkState, Output, Question, TrafficClass, Way};

use super::Links;

/// The way out of the vertex.
pub(crate) struct Outbound<'a> {
    pub(crate) forwarder: &'a mut Forwarder,
    pub(crate) links: &'a mut Links,
    pub(crate) ports: &'a mut Ports,
}

impl Outbound<'_> {
    /// Whether a source of that class should send now.
    pub(crate) fn is_writable(&self, link: Option<u32>, class: TrafficClass) -> bool {
        link.is_none_or(|link| self.links.is_writable(link, class, self.ports))
    }

    /// Sends a packet of this vertex's own. The forwarder counts it if it is dropped.
    pub(crate) fn send(&mut self, link: Option<u32>, packet: &mut [u8]) {
        let mut output = LinkOutput { links: self.links, ports: self.ports };
        self.forwarder.send_from_here(link, packet, &mut output);
    }
}

/// The links, as the forwarder needs them.
pub(crate) struct LinkOutput<'a> {
    pub(crate) links: &'a mut Links,
    pub(crate) ports: &'a mut Ports,
}

/// The output for packets that start at this vertex; none of them is delivered here.
impl Output for LinkOutput<'_> {
    fn link(&self, link: u32) -> LinkState {
        self.links.state(link)
    }

    fn send_packet(&mut self, way: Way, packet: &mut [u8]) -> bool {
        self.links.send_packet(way, packet, self.ports)
    }

    fn send_frame(&mut self, way: Way, frame: &mut [u8], packets: usize) -> bool {
        self.links.send_frame(way, DataFrame::of_checked(frame, packets), self.ports)
    }

    fn deliver(&mut self, _: &mut Arrival<'_>) {}

    fn handle_turn_end(&mut self) {}

    fn handle_guessing(&mut self, _: u32) {}

    fn handle_question(&mut self, _: Question<'_>) {}
}
