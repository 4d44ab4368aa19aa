//! Permits to pass from a link to another: classes, a rate, and counts.

use super::traffic_class::TrafficClass;
use crate::limits::{PERMIT_BURST, PERMIT_BURST_BITS_MIN};

/// A token, of a bit, is counted in thousandths, so that each millisecond brings a whole number.
const TOKEN: u64 = 1000;
const BITS: u64 = 8;
/// How many traffic classes there are.
pub(super) const CLASSES: usize = TrafficClass::ALL.len();

/// The classes and the rate that a permit lets pass. A way without an allowance is open to all classes, at any rate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Allowance {
    /// A set of classes, as [`TrafficClass::is_in`] reads it.
    pub classes: u8,
    /// Bits in a second. 0: nothing passes.
    pub bits_per_second: u64,
}

/// A permit that a packet passes by which adjacency labels lead from a link to another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Charge {
    /// The share that is charged; 0: none.
    pub(super) share: u16,
    /// The number of the share's bucket. A packet that is charged to no share takes from the bucket of the pair.
    pub(super) bucket: u32,
    /// The limits of what may pass; `None`: everything may.
    pub(super) allowance: Option<Allowance>,
}

/// Counts of the packets of one class that came for a permit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PermitCounts {
    /// Packets that passed.
    pub packets: u64,
    /// Bytes of the packets that passed.
    pub bytes: u64,
    /// Packets whose class has no right to pass, or that were too many.
    pub packets_denied: u64,
}

/// Counts of one class of the packets from a link to another that came for a permit of a share.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PermitRow {
    /// The link that packets come by.
    pub in_link: u32,
    /// The link that packets go out on.
    pub out_link: u32,
    /// The share that was charged; 0: none.
    pub share: u16,
    /// The number of the class.
    pub class: u8,
    /// The counts.
    pub counts: PermitCounts,
}

/// The token bucket of one direction of a pair of links that permits open, for one share or for all packets without one, and its counts. The bucket is
/// full at first. Time that goes back brings nothing.
#[derive(Default)]
pub(super) struct PermitBucket {
    pub(super) counts: [PermitCounts; CLASSES],
    /// `None`: full.
    tokens: Option<u64>,
    /// Milliseconds.
    filled_at: u64,
}

impl PermitBucket {
    /// Whether a packet of so many bytes may pass; `take` then takes what it costs.
    pub(super) fn has(&mut self, allowance: Allowance, size: usize, now: u64) -> bool {
        let rate = allowance.bits_per_second;
        let most = match rate {
            0 => 0,
            _ => rate.saturating_mul(PERMIT_BURST.as_millis() as u64).max(PERMIT_BURST_BITS_MIN * TOKEN),
        };
        let earned = now.saturating_sub(self.filled_at).saturating_mul(rate);
        self.filled_at = self.filled_at.max(now);
        let tokens = self.tokens.map_or(most, |tokens| tokens.saturating_add(earned).min(most));
        self.tokens = Some(tokens);
        tokens >= cost_of(size)
    }

    pub(super) fn take(&mut self, size: usize, class: TrafficClass) {
        self.tokens = self.tokens.map(|tokens| tokens.saturating_sub(cost_of(size)));
        let counts = &mut self.counts[class as usize];
        counts.packets += 1;
        counts.bytes += size as u64;
    }
}

fn cost_of(size: usize) -> u64 {
    TOKEN * BITS * size as u64
}
