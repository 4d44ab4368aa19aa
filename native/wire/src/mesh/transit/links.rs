//! The links of a portal, and what was counted for each.

use crate::limits::TRANSIT_LINKS_MAX;
use crate::mesh::cause::{DropCause, DropCounts, DropLabels};
use std::collections::HashMap;

/// A link as packets find it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LinkRow {
    /// 0 while it is not up.
    pub handle: u32,
    /// Largest packet that it carries.
    pub mtu: usize,
    /// Larger ones are better not sent at present.
    pub preferred_mtu: usize,
}

/// Counts of one link, which never fall.
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
    /// How many packets it was an end of: it grows with each of the others.
    pub(super) fn decided(&self) -> u64 {
        self.packets_forwarded + self.drops.iter().sum::<u64>() + self.packets_out + self.packets_refused
    }
}

#[derive(Default)]
pub(super) struct Links {
    links: Vec<(LinkRow, Counts)>,
    of_handle: HashMap<u32, u32>,
}

impl Links {
    pub(super) fn set(&mut self, link: u32, row: LinkRow) {
        if link >= TRANSIT_LINKS_MAX {
            return;
        }
        let before = self.at(link).0.handle;
        if self.of_handle.get(&before) == Some(&link) {
            self.of_handle.remove(&before);
        }
        if row.handle != 0 {
            self.of_handle.insert(row.handle, link);
        }
        self.at(link).0 = row;
    }

    pub(super) fn of_handle(&self, handle: u32) -> Option<u32> {
        self.of_handle.get(&handle).copied()
    }

    /// A link that nobody has set is not up.
    pub(super) fn row(&self, link: u32) -> LinkRow {
        self.links.get(link as usize).map(|(row, _)| *row).unwrap_or_default()
    }

    pub(super) fn counts(&self, link: usize) -> Counts {
        self.links.get(link).map(|(_, counts)| *counts).unwrap_or_default()
    }

    pub(super) fn counts_mut(&mut self, link: u32) -> &mut Counts {
        &mut self.at(link).1
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

    fn at(&mut self, link: u32) -> &mut (LinkRow, Counts) {
        let place = link as usize;
        if self.links.len() <= place {
            self.links.resize(place + 1, Default::default());
        }
        &mut self.links[place]
    }
}
