//! The forwarder's output: the ways that packets take from it.

use super::header::Packet;
use super::label_guesses::{LabelGuesses, Reading};
use super::label_table::Destination;
use super::question::Question;

/// From which link to which; queues may go by both. `in_link` is `None` for packets of this vertex itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Way {
    /// The link that packets came by; `None`: they are of this vertex.
    pub in_link: Option<u32>,
    /// The link that they go out on.
    pub out_link: u32,
}

/// Packets that a link takes at present.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LinkState {
    /// Whether it carries anything.
    pub is_up: bool,
    /// Largest packet that it carries; 0 while it is down.
    pub mtu: usize,
    /// Larger ones are better not sent at present, though they are carried; 0 while it is down.
    pub preferred_mtu: usize,
}

/// The links and the transport service, for forwarding.
pub trait Output {
    /// Tells which packets the link takes at present.
    fn link(&self, link: u32) -> LinkState;

    /// Takes one mesh packet, which is copied if it has to wait. False: dropped (down or full).
    fn send_packet(&mut self, way: Way, packet: &mut [u8]) -> bool;

    /// Takes a whole FlorIO frame, all of whose packets go out on the link. Its handle is still that of the in-link.
    /// False: dropped (down or full).
    fn send_frame(&mut self, way: Way, frame: &mut [u8], packets: usize) -> bool;

    /// Takes a packet that ends here. Its payload may be decrypted in place.
    fn deliver(&mut self, arrival: &mut Arrival<'_>);

    /// All packets that came together have been handed over: now is the time to act on those that ended here.
    fn handle_turn_end(&mut self);

    /// More labels were guessed over a link than is good.
    fn handle_guessing(&mut self, in_link: u32);

    /// A question of a trace goes no further.
    fn handle_question(&mut self, question: Question<'_>);
}

/// A packet that ends here.
pub struct Arrival<'a> {
    destination: Destination,
    packet: &'a mut [u8],
    in_link: Option<u32>,
    came_at: usize,
    guesses: Option<(&'a mut LabelGuesses, u64)>,
}

impl<'a> Arrival<'a> {
    /// `packet` is sound. `guesses` come with the time in milliseconds; there are none for packets of the vertex itself.
    pub(super) fn new(
        destination: Destination,
        packet: &'a mut [u8],
        in_link: Option<u32>,
        came_at: usize,
        guesses: Option<(&'a mut LabelGuesses, u64)>,
    ) -> Self {
        Self { destination, packet, in_link, came_at, guesses }
    }

    /// Whom it is for.
    pub fn destination(&self) -> Destination {
        self.destination
    }

    /// The link that the question came by, which its answer goes out on.
    pub fn in_link(&self) -> Option<u32> {
        self.in_link
    }

    /// The packet, where it lies.
    pub fn packet(&mut self) -> &mut [u8] {
        self.packet
    }

    /// Whether labels were guessed from where it comes: then it gets no answer, unless it is of a connection that is there.
    /// To be asked before the packet's header is written over.
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
