use super::in_link_turns::InLinkTurns;
use super::place::OWN_GROUP;
use crate::limits::QUEUE_GROUPS;

/// Assigns in-links to the places of a queue. An in-link keeps its place while its packets wait, or while it has had more than waiting in-links. Only
/// when more in-links have packets than there are places do the last ones share places.
#[derive(Default)]
pub(super) struct InLinkPlaces {
    owners: [u32; QUEUE_GROUPS],
}

impl InLinkPlaces {
    /// Finds the place of an in-link. `in_link` is a group of `Place::of`; 0: the vertex itself.
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
