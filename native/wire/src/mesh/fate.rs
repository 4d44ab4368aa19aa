//! The fate of a processed packet, and its way to the out-link.

use super::cause::DropCause;
use super::header::{Packet, set_mark};
use super::label_table::Destination;
use super::output::{Output, Way};
use super::permit_bucket::Charge;
use super::question::Question;

/// The action that is due for a processed packet.
#[derive(Clone, Copy)]
pub(super) enum Fate {
    Forward {
        out_link: u32,
        /// The label that leads to the out-link.
        label: u32,
    },
    Local(Local),
    Drop {
        cause: DropCause,
        /// The label that led to the drop; 0: none.
        label: u32,
    },
    /// The packet is dropped because of its labels, unchanged: its cursor, and the index of the refused word.
    Refused {
        cause: DropCause,
        came_at: usize,
        at: usize,
        /// The pair of links, and the permit that does not have the packet's class.
        denied: Option<(u32, Charge)>,
    },
}

#[derive(Clone, Copy)]
pub(super) struct Local {
    pub(super) destination: Destination,
    pub(super) came_at: usize,
    /// The share in the packet's last word; 0: none.
    pub(super) share: u16,
}

/// The packets of a frame so far, while all go out on the same link.
#[derive(Default)]
pub(super) struct Whole {
    pub(super) out_link: Option<u32>,
    /// The label of the last packet.
    pub(super) label: u32,
    pub(super) packets: usize,
    pub(super) largest: usize,
}

impl Whole {
    /// Adds a packet. False: it does not go out on the same link as the others.
    pub(super) fn add(&mut self, fate: Fate, size: usize) -> bool {
        let Fate::Forward { out_link, label } = fate else { return false };
        if *self.out_link.get_or_insert(out_link) != out_link {
            return false;
        }
        self.label = label;
        self.packets += 1;
        self.largest = self.largest.max(size);
        true
    }
}

/// Marks a packet that is larger than the link prefers, and sends it.
pub(super) fn send(way: Way, packet: &mut [u8], output: &mut impl Output) -> Result<(), DropCause> {
    let link = output.link(way.out_link);
    let size = packet.len();
    if size > link.preferred_mtu {
        if size > link.mtu && link.is_up {
            return Err(DropCause::TooLarge);
        }
        set_mark(packet);
    }
    if output.send_packet(way, packet) { Ok(()) } else { Err(cause_of(way.out_link, size, output)) }
}

/// Why a link did not take a packet.
pub(super) fn cause_of(out_link: u32, size: usize, output: &impl Output) -> DropCause {
    let link = output.link(out_link);
    match () {
        () if !link.is_up => DropCause::LinkDown,
        () if size > link.mtu => DropCause::TooLarge,
        () => DropCause::LinkFull,
    }
}

/// Reports a trace question that its out-link has not taken.
pub(super) fn tell_if_question(way: Way, cause: DropCause, packet: &[u8], output: &mut impl Output) {
    let (Some(in_link), Ok(packet)) = (way.in_link, Packet::parse(packet)) else { return };
    if packet.is_question() {
        let (out_link, packet) = (Some(way.out_link), packet.bytes());
        output.handle_question(Question { in_link, out_link, cause, at: None, is_guessing: false, packet });
    }
}
