//! The forwarder's output: links, and deliveries at this vertex.

use super::header::Packet;
use super::label_guesses::{LabelGuesses, Reading};
use super::label_table::Destination;
use super::question::Question;

/// The in-link and the out-link of packets. Queues may use both.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Way {
    /// The link that the packets came by; `None`: they are of this vertex itself.
    pub in_link: Option<u32>,
    /// The link that the packets go out on.
    pub out_link: u32,
}

/// Which packets a link carries at present.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LinkState {
    /// Whether the link is up.
    pub is_up: bool,
    /// The largest packet that the link carries; 0 while it is down.
    pub mtu: usize,
    /// The largest packet that the link prefers at present; larger ones are marked. 0 while it is down.
    pub preferred_mtu: usize,
}

/// The links and the transport service, as the forwarder needs them.
pub trait Output {
    /// Tells which packets a link carries at present.
    fn link(&self, link: u32) -> LinkState;

    /// Sends a mesh packet, which is copied if it has to wait. False: dropped (down or full).
    fn send_packet(&mut self, way: Way, packet: &mut [u8]) -> bool;

    /// Sends a whole FlorIO frame on a link. The frame's handle is still that of the in-link. False: dropped (down or full).
    fn send_frame(&mut self, way: Way, frame: &mut [u8], packets: usize) -> bool;

    /// Takes a packet that is delivered here. Its payload may be decrypted in place.
    fn deliver(&mut self, arrival: &mut Arrival<'_>);

    /// Acts on the delivered packets, after all packets that came together have been handed over.
    fn handle_turn_end(&mut self);

    /// Reports that more unknown labels came over a link than are tolerated.
    fn handle_guessing(&mut self, in_link: u32);

    /// Takes a trace question that is not forwarded.
    fn handle_question(&mut self, question: Question<'_>);
}

/// A packet that is delivered here.
pub struct Arrival<'a> {
    destination: Destination,
    packet: &'a mut [u8],
    in_link: Option<u32>,
    came_at: usize,
    guesses: Option<(&'a mut LabelGuesses, u64)>,
}

impl<'a> Arrival<'a> {
    /// `packet` has a valid header. `guesses` come with the time in milliseconds; none for packets of the vertex itself.
    pub(super) fn new(
        destination: Destination,
        packet: &'a mut [u8],
        in_link: Option<u32>,
        came_at: usize,
        guesses: Option<(&'a mut LabelGuesses, u64)>,
    ) -> Self {
        Self { destination, packet, in_link, came_at, guesses }
    }

    /// The packet's destination.
    pub fn destination(&self) -> Destination {
        self.destination
    }

    /// The link that the packet came by, on which an answer goes out.
    pub fn in_link(&self) -> Option<u32> {
        self.in_link
    }

    /// The packet, in place.
    pub fn packet(&mut self) -> &mut [u8] {
        self.packet
    }

    /// Whether too many labels were guessed from the packet's origin. Such a packet gets no answer, unless it is of an existing connection. To be
    /// called before the packet's header is overwritten.
    pub fn is_guessing(&mut self) -> bool {
        let (Some(in_link), Some((guesses, now))) = (self.in_link, &mut self.guesses) else {
            return false;
        };
        let Ok(packet) = Packet::parse(&*self.packet) else {
            return false;
        };
        let reading = Reading { in_link, came_at: self.came_at, at: packet.cursor() };
        guesses.is_blind(&packet, reading, *now)
    }
}
