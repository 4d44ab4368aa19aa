//! Counts of a vertex's own packets over a link, by share and class.

use super::permit_bucket::CLASSES;
use super::traffic_class::TrafficClass;
use crate::limits::SHARES_PER_LINK_MAX;

/// Counts of a vertex's own packets of one share and class over a link: whole mesh packets, with their headers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ExchangedCounts {
    /// Packets that the link took.
    pub sent_packets: u64,
    /// Bytes of the packets that the link took.
    pub sent_bytes: u64,
    /// Packets that came over the link and were delivered here.
    pub packets: u64,
    /// Bytes of the packets that came over the link and were delivered here.
    pub bytes: u64,
}

/// Counts of a vertex's own packets of one share and class over a link.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ExchangedRow {
    /// The link.
    pub link: u32,
    /// The share in the word that the next vertex reads; 0: none.
    pub share: u16,
    /// The number of the class.
    pub class: u8,
    /// The counts.
    pub counts: ExchangedCounts,
}

/// Counts by class, in the order of the classes' numbers.
type ByClass = [ExchangedCounts; CLASSES];

/// A share, and the place of its counts.
#[derive(Clone, Copy)]
struct Place {
    share: u16,
    row: u16,
}

/// Counts of a vertex's own packets over one link. Neighbours write the shares of the packets that come: so there is room for some shares, and another
/// one takes the place of the one that was used longest ago. Packets of no share have a place of their own.
#[derive(Default)]
pub(super) struct ExchangedShares {
    none: ByClass,
    /// The last one that was used is first.
    places: Vec<Place>,
    rows: Vec<ByClass>,
}

impl ExchangedShares {
    /// The counts of a share and class. A new share begins at 0.
    pub(super) fn counts_mut(&mut self, share: u16, class: TrafficClass) -> &mut ExchangedCounts {
        if share == 0 {
            return &mut self.none[class as usize];
        }
        let known = self.places.iter().position(|place| place.share == share);
        let at = known.unwrap_or_else(|| self.add(share));
        self.places[..=at].rotate_right(1);
        &mut self.rows[usize::from(self.places[0].row)][class as usize]
    }

    /// Makes a place for a share, and returns its index, which is the last one.
    fn add(&mut self, share: u16) -> usize {
        if self.places.len() < SHARES_PER_LINK_MAX {
            self.places.push(Place { share, row: self.rows.len() as u16 });
            self.rows.push(ByClass::default());
        } else if let Some(oldest) = self.places.last_mut() {
            oldest.share = share;
            self.rows[usize::from(oldest.row)] = ByClass::default();
        }
        self.places.len() - 1
    }

    /// The counts of a link's packets, as far as any were counted.
    pub(super) fn rows(&self, link: u32) -> impl Iterator<Item = ExchangedRow> + '_ {
        let shares = self.places.iter().map(|place| (place.share, &self.rows[usize::from(place.row)]));
        let all = std::iter::once((0, &self.none)).chain(shares);
        all.flat_map(move |(share, by_class)| {
            let rows = TrafficClass::ALL.into_iter().zip(by_class);
            rows.map(move |(class, counts)| ExchangedRow { link, share, class: class as u8, counts: *counts })
        })
        .filter(|row| row.counts.sent_packets + row.counts.packets > 0)
    }
}
