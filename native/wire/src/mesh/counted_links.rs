//! Counts of the packets of each link.

use super::cause::{DropCause, DropCounts, DropLabels};
use super::exchanged_shares::{ExchangedRow, ExchangedShares};
use super::header::Packet;
use super::traffic_class::TrafficClass;
use crate::slot::slot_of;

/// Counts of the packets of an in-link. Each packet is counted once, and counts never fall.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LinkCounts {
    /// Packets that were forwarded: their out-links took them.
    pub packets_forwarded: u64,
    /// Packets that were delivered here.
    pub packets_delivered: u64,
    /// Dropped packets, by cause.
    pub drops: DropCounts,
    /// A label of a dropped packet for each cause.
    pub dropped_labels: DropLabels,
}

/// The links that any table has had, by their slots, with the counts of their packets. A link whose slot is used again is forgotten.
#[derive(Default)]
pub(super) struct CountedLinks {
    links: Vec<Option<CountedLink>>,
    /// Drops of packets of this vertex itself, and of former links whose slots are reused.
    own_drops: DropCounts,
}

struct CountedLink {
    link: u32,
    counts: LinkCounts,
    /// Made when the first packet of this vertex's own comes or goes.
    exchanged: Option<Box<ExchangedShares>>,
}

impl CountedLinks {
    /// Begins to count for a link. False: it is known.
    pub(super) fn begin(&mut self, link: u32) -> bool {
        let slot = slot_of(link);
        let slots = self.links.len().max(slot + 1);
        self.links.resize_with(slots, || None);
        if let Some(former) = &self.links[slot] {
            if former.link == link {
                return false;
            }
            for (all, drops) in self.own_drops.iter_mut().zip(former.counts.drops) {
                *all += drops;
            }
        }
        self.links[slot] = Some(CountedLink { link, counts: LinkCounts::default(), exchanged: None });
        true
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (u32, &LinkCounts)> {
        self.links.iter().flatten().map(|each| (each.link, &each.counts))
    }

    pub(super) fn get(&self, link: u32) -> Option<&LinkCounts> {
        self.links.get(slot_of(link))?.as_ref().filter(|each| each.link == link).map(|each| &each.counts)
    }

    pub(super) fn own_drops(&self) -> &DropCounts {
        &self.own_drops
    }

    /// The counts of this vertex's own packets.
    pub(super) fn exchanged(&self) -> impl Iterator<Item = ExchangedRow> + '_ {
        let links = self.links.iter().flatten();
        links.flat_map(|each| each.exchanged.iter().flat_map(|exchanged| exchanged.rows(each.link)))
    }

    fn known(&mut self, link: u32) -> &mut CountedLink {
        self.links[slot_of(link)].as_mut().expect("a table has had the link")
    }

    pub(super) fn count_forwarded(&mut self, in_link: u32, packets: usize) {
        self.known(in_link).counts.packets_forwarded += packets as u64;
    }

    /// Counts a packet that is delivered here. `share` is the one in its last word.
    pub(super) fn count_delivered(&mut self, in_link: u32, share: u16, packet: &[u8]) {
        let CountedLink { counts, exchanged, .. } = self.known(in_link);
        counts.packets_delivered += 1;
        let counts = exchanged.get_or_insert_default().counts_mut(share, TrafficClass::of(packet));
        counts.packets += 1;
        counts.bytes += packet.len() as u64;
    }

    /// Counts a packet of this vertex's own that a link took.
    pub(super) fn count_sent(&mut self, out_link: u32, packet: &[u8]) {
        let known = self.links.get_mut(slot_of(out_link)).and_then(Option::as_mut);
        let Some(CountedLink { exchanged, .. }) = known.filter(|each| each.link == out_link) else { return };
        let share = Packet::parse(packet).map_or(0, |packet| packet.share(0));
        let counts = exchanged.get_or_insert_default().counts_mut(share, TrafficClass::of(packet));
        counts.sent_packets += 1;
        counts.sent_bytes += packet.len() as u64;
    }

    /// Counts drops. `label` is the label of a dropped packet; 0: unknown.
    pub(super) fn count_drops(&mut self, in_link: u32, cause: DropCause, packets: usize, label: u32) {
        let counts = &mut self.known(in_link).counts;
        counts.drops[cause as usize] += packets as u64;
        if label != 0 {
            counts.dropped_labels[cause as usize] = label;
        }
    }

    /// Counts a dropped packet of this vertex's own.
    pub(super) fn count_own_drop(&mut self, cause: DropCause) {
        self.own_drops[cause as usize] += 1;
    }
}
