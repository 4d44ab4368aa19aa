use super::place::Place;
use crate::limits::{CONTROL_BURST, CONTROL_PART, QUEUE_GROUPS};
use crate::mesh::TrafficClass;

/// How much goes ahead of everything else, for each link that it came by: a part of what the queue sends in all, and some at once. What
/// is more is as all other packets, so that a neighbour who marks everything as control gains nothing.
#[derive(Default)]
pub(super) struct ControlShare {
    /// Bytes that the queue has sent.
    sent: u64,
    /// A link may send its whole burst again once the queue has earned it so much.
    due: [u64; QUEUE_GROUPS],
}

impl ControlShare {
    /// The place of a packet that has come.
    pub(super) fn judge(&mut self, place: Place, length: usize) -> Place {
        if place.class != TrafficClass::Control {
            return place;
        }
        let earned = self.sent / CONTROL_PART;
        let due = &mut self.due[usize::from(place.group)];
        let next = (*due).max(earned) + length as u64;
        if next - earned > CONTROL_BURST as u64 {
            return place.with_class(TrafficClass::Reliable);
        }
        *due = next;
        place
    }

    pub(super) fn handle_sent(&mut self, length: usize) {
        self.sent += length as u64;
    }
}
