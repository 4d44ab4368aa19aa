//! The links of a portal, and their counts.

use crate::limits::TRANSIT_LINKS_MAX;
use crate::mesh::cause::{DropCause, DropCounts, DropLabels};
use crate::slot::slot_of;
use std::collections::HashMap;

/// The state of a link.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LinkRow {
    /// The link's handle; 0 while it is not up.
    pub handle: u32,
    /// The largest packet that the link carries.
    pub mtu: usize,
    /// The largest packet that the link prefers at present.
    pub preferred_mtu: usize,
}

/// Counts of one link, which never fall while it has its number.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Counts {
    pub(super) packets_forwarded: u64,
    pub(super) bytes_in: u64,
    pub(super) drops: DropCounts,
    pub(super) samples: DropLabels,
    pub(super) packets_out: u64,
    pub(super) bytes_out: u64,
    pub(super) packets_refused: u64,
}

impl Counts {
    /// A number that grows with each of the other counts.
    pub(super) fn decided(&self) -> u64 {
        self.packets_forwarded + self.drops.iter().sum::<u64>() + self.packets_out + self.packets_refused
    }
}

/// All that is kept of one link.
#[derive(Clone, Copy, Default)]
struct Place {
    link: u32,
    row: LinkRow,
    counts: Counts,
}

#[derive(Default)]
pub(super) struct Links {
    /// By the slots of their numbers.
    places: Vec<Place>,
    of_handle: HashMap<u32, u32>,
}

impl Links {
    pub(super) fn set(&mut self, link: u32, row: LinkRow) {
        if slot_of(link) >= TRANSIT_LINKS_MAX as usize {
            return;
        }
        let before = self.at(link).row.handle;
        if self.of_handle.get(&before) == Some(&link) {
            self.of_handle.remove(&before);
        }
        if row.handle != 0 {
            self.of_handle.insert(row.handle, link);
        }
        self.at(link).row = row;
    }

    /// A table names the link: whatever was kept of another one in its slot goes.
    pub(super) fn claim(&mut self, link: u32) {
        if slot_of(link) < TRANSIT_LINKS_MAX as usize {
            self.at(link);
        }
    }

    pub(super) fn of_handle(&self, handle: u32) -> Option<u32> {
        self.of_handle.get(&handle).copied()
    }

    /// The state of a link. A link that was never set is not up.
    pub(super) fn row(&self, link: u32) -> LinkRow {
        self.places.get(slot_of(link)).filter(|place| place.link == link).map(|place| place.row).unwrap_or_default()
    }

    pub(super) fn counts(&self, slot: usize) -> Counts {
        self.places.get(slot).map(|place| place.counts).unwrap_or_default()
    }

    pub(super) fn counts_mut(&mut self, link: u32) -> &mut Counts {
        &mut self.at(link).counts
    }

    pub(super) fn count_forwarded(&mut self, in_link: u32, out_link: u32, size: usize) {
        let of_in_link = self.counts_mut(in_link);
        of_in_link.bytes_in += size as u64;
        of_in_link.packets_forwarded += 1;
        let of_out_link = self.counts_mut(out_link);
        of_out_link.packets_out += 1;
        of_out_link.bytes_out += size as u64;
    }

    pub(super) fn count_drop(&mut self, in_link: u32, cause: DropCause, label: u32, size: usize) {
        let counts = self.counts_mut(in_link);
        counts.bytes_in += size as u64;
        counts.drops[cause as usize] += 1;
        if label != 0 {
            counts.samples[cause as usize] = label;
        }
    }

    fn at(&mut self, link: u32) -> &mut Place {
        let slot = slot_of(link);
        if self.places.len() <= slot {
            self.places.resize(slot + 1, Place::default());
        }
        let place = &mut self.places[slot];
        if place.link != link {
            let former = std::mem::replace(place, Place { link, ..Place::default() });
            if self.of_handle.get(&former.row.handle) == Some(&former.link) {
                self.of_handle.remove(&former.row.handle);
            }
        }
        place
    }
}
