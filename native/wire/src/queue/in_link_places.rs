use super::in_link_turns::InLinkTurns;
use super::place::OWN_GROUP;
use crate::limits::QUEUE_GROUPS;

/// Which place of a queue an in-link has. An in-link keeps its place while packets of it wait, or while it has had more than others that do.
/// Only where more in-links than there are places have something to send at a time, the last ones share the places of others.
#[derive(Default)]
pub(super) struct InLinkPlaces {
    owners: [u32; QUEUE_GROUPS],
}

impl InLinkPlaces {
    /// `in_link` is a group that was asked for; 0: the vertex itself.
    pub(super) fn find(&mut self, in_link: u32, turns: &InLinkTurns) -> u32 {
        if in_link == OWN_GROUP {
            return OWN_GROUP;
        }
        let home = 1 + (in_link as usize - 1) % (QUEUE_GROUPS - 1);
        if self.owners[home] == in_link {
            return home as u32;
        }
        let mut free = turns.is_over(home).then_some(home);
        for place in 1..QUEUE_GROUPS {
            if self.owners[place] == in_link {
                return place as u32;
            }
            free = free.or_else(|| turns.is_over(place).then_some(place));
        }
        if let Some(free) = free {
            self.owners[free] = in_link;
        }
        free.unwrap_or(home) as u32
    }
}
