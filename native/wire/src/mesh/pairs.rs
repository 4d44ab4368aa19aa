//! Pairs of in-link and out-link through a vertex, and the limits of what may pass.

use super::entry::Key;
use super::key_map::{KeyMap, new_key_map};
use super::permit_bucket::{Charge, PermitBucket, PermitCounts, PermitRow};
use super::share_buckets::ShareBuckets;
use super::traffic_class::TrafficClass;

/// A token, for a packet or a byte, in thousandths, so that each millisecond brings a whole number.
const TOKEN: u64 = 1000;
/// Stands for a time at which no packet has come yet.
const NEVER: u64 = u64::MAX;

/// The limits of what may pass from a link to another in a second. The amount of a second may pass at once.
#[derive(Clone, Copy, Debug)]
pub struct TransitLimits {
    /// Packets in a second.
    pub packets_per_second: u64,
    /// Bytes in a second.
    pub bytes_per_second: u64,
}

/// Counts of the packets from a link to another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PairCounts {
    /// The link that packets come by.
    pub in_link: u32,
    /// The link that packets go out on.
    pub out_link: u32,
    /// Packets that the limits let pass.
    pub packets_passed: u64,
    /// Packets that the limits did not let pass.
    pub packets_dropped: u64,
}

/// Pairs of links, one for each direction, with two token buckets each. A pair keeps its number and counts as long as an entry of any table leads
/// through it.
pub(super) struct Pairs {
    limits: TransitLimits,
    numbers: KeyMap<u32>,
    pairs: Vec<Pair>,
    free: Vec<u32>,
    /// The buckets of shares. A pair exists as long as any of its shares has a bucket.
    pub(super) shares: ShareBuckets,
    /// How often pairs were forgotten that had been kept.
    forgotten: u64,
    /// Milliseconds.
    now: u64,
}

struct Pair {
    uses: u32,
    /// A use of its own, which is none of an entry.
    is_kept: bool,
    counts: PairCounts,
    packets: u64,
    bytes: u64,
    filled_at: u64,
    /// The bucket and counts of a pair that a permit for no share has opened.
    permit: Option<Box<PermitBucket>>,
}

impl Pairs {
    pub(super) fn new(limits: TransitLimits, seed: u64) -> Self {
        let (numbers, shares) = (new_key_map(seed), ShareBuckets::new(seed));
        Self { limits, numbers, pairs: Vec::new(), free: Vec::new(), shares, forgotten: 0, now: 0 }
    }

    pub(super) fn set_limits(&mut self, limits: TransitLimits) {
        self.limits = limits;
    }

    /// Returns the number of a pair, for a further entry that leads through it.
    pub(super) fn acquire(&mut self, in_link: u32, out_link: u32) -> u32 {
        let number = *self.numbers.entry(Key::pair(in_link, out_link)).or_insert_with(|| {
            let counts = PairCounts { in_link, out_link, packets_passed: 0, packets_dropped: 0 };
            // Its buckets are full when they are looked at first.
            let pair = Pair {
                uses: 0,
                is_kept: false,
                counts,
                packets: u64::MAX,
                bytes: u64::MAX,
                filled_at: NEVER,
                permit: None,
            };
            if let Some(number) = self.free.pop() {
                self.pairs[number as usize] = pair;
                number
            } else {
                self.pairs.push(pair);
                self.pairs.len() as u32 - 1
            }
        });
        self.pairs[number as usize].uses += 1;
        number
    }

    /// Keeps the pair, also when no entry leads through it, until there is no room for others.
    pub(super) fn keep(&mut self, in_link: u32, out_link: u32) {
        let number = self.acquire(in_link, out_link);
        let pair = &mut self.pairs[number as usize];
        if std::mem::replace(&mut pair.is_kept, true) {
            pair.uses -= 1;
        }
    }

    /// Whether there may be another one where `max` are the most. Pairs that were only kept make room.
    pub(super) fn make_room(&mut self, max: usize) -> bool {
        if self.len() < max {
            return true;
        }
        self.forgotten += 1;
        for number in 0..self.pairs.len() {
            let pair = &mut self.pairs[number];
            if pair.uses == 1 && std::mem::take(&mut pair.is_kept) {
                self.release(number as u32);
            }
        }
        self.len() < max
    }

    /// Another number than before: numbers of pairs may be other pairs' now.
    pub(super) fn forgotten(&self) -> u64 {
        self.forgotten
    }

    /// Whether the pair is kept, or an entry of any table leads through it.
    pub(super) fn has(&self, in_link: u32, out_link: u32) -> bool {
        self.numbers.contains_key(&Key::pair(in_link, out_link))
    }

    /// The number of pairs.
    pub(super) fn len(&self) -> usize {
        self.numbers.len()
    }

    /// Numbers of pairs are below this, whether they are there or not.
    pub(super) fn rows(&self) -> usize {
        self.pairs.len()
    }

    /// The counts of the pair with that number; 0: it is not there, or new.
    pub(super) fn counts_of(&self, number: usize) -> PairCounts {
        self.pairs[number].counts
    }

    /// Releases a pair for an entry that is gone.
    pub(super) fn release(&mut self, number: u32) {
        let pair = &mut self.pairs[number as usize];
        pair.uses -= 1;
        if pair.uses == 0 {
            self.numbers.remove(&Key::pair(pair.counts.in_link, pair.counts.out_link));
            pair.counts.packets_passed = 0;
            pair.counts.packets_dropped = 0;
            pair.permit = None;
            self.free.push(number);
        }
    }

    /// Sets the time for the next packets: monotonic, in milliseconds.
    pub(super) fn handle_time(&mut self, now: u64) {
        self.now = now;
    }

    /// Makes the bucket of a pair that a permit for no share opens.
    pub(super) fn open_permit(&mut self, number: u32) {
        self.pairs[number as usize].permit.get_or_insert_default();
    }

    /// Counts a dropped packet of a class that a permit of the pair does not let pass.
    pub(super) fn count_denied(&mut self, (number, charge): (u32, Charge), class: TrafficClass) {
        let permit = match charge.share {
            0 => self.pairs[number as usize].permit.as_deref_mut(),
            _ => self.shares.bucket_mut(charge.bucket),
        };
        if let Some(permit) = permit {
            permit.counts[class as usize].packets_denied += 1;
        }
    }

    /// Counts of a class for the permits for no share of the pair with that number.
    pub(super) fn permit_counts_of(&self, number: usize, class: TrafficClass) -> PermitCounts {
        self.pairs[number].permit.as_ref().map_or_else(PermitCounts::default, |permit| permit.counts[class as usize])
    }

    /// The counts of all pairs that permits have opened, by share and class, as far as packets have come.
    pub(super) fn permit_rows(&self) -> impl Iterator<Item = PermitRow> + '_ {
        let opened = self.pairs.iter().filter(|pair| pair.uses > 0);
        let common = opened.filter_map(|pair| Some((pair.counts, 0, pair.permit.as_deref()?)));
        let shares = self.shares.rows().iter().flatten();
        let of_shares = shares.map(|row| (self.pairs[row.pair as usize].counts, row.share, &row.bucket));
        let all = common.chain(of_shares).flat_map(|(PairCounts { in_link, out_link, .. }, share, permit)| {
            TrafficClass::ALL.into_iter().map(move |class| {
                let counts = permit.counts[class as usize];
                PermitRow { in_link, out_link, share, class: class as u8, counts }
            })
        });
        all.filter(|row| row.counts != PermitCounts::default())
    }

    /// Takes the tokens for a packet of a class that passes by a permission, or by an LSP. False: too few are left, and none are taken.
    pub(super) fn take(&mut self, number: u32, size: usize, charge: Option<Charge>, class: TrafficClass) -> bool {
        let (packets_max, bytes_max) = full(self.limits);
        let pair = &mut self.pairs[number as usize];
        if pair.filled_at != self.now {
            let elapsed = self.now.saturating_sub(pair.filled_at);
            let earned = |per_second: u64| elapsed.saturating_mul(per_second);
            pair.packets = pair.packets.saturating_add(earned(self.limits.packets_per_second)).min(packets_max);
            pair.bytes = pair.bytes.saturating_add(earned(self.limits.bytes_per_second)).min(bytes_max);
            pair.filled_at = self.now;
        }
        let bytes = TOKEN * size as u64;
        let has_tokens = pair.packets >= TOKEN && pair.bytes >= bytes;
        let limited = charge.and_then(|charge| Some((charge, charge.allowance?)));
        let mut permit = limited.and_then(|(charge, _)| match charge.share {
            0 => pair.permit.as_deref_mut(),
            _ => self.shares.bucket_mut(charge.bucket),
        });
        let may_pass = match (limited, &mut permit) {
            (Some((_, allowance)), Some(permit)) => has_tokens && permit.has(allowance, size, self.now),
            _ => has_tokens,
        };
        if !may_pass {
            pair.counts.packets_dropped += 1;
            if let Some(permit) = permit {
                permit.counts[class as usize].packets_denied += 1;
            }
            return false;
        }
        if let Some(permit) = permit {
            permit.take(size, class);
        }
        pair.packets -= TOKEN;
        pair.bytes -= bytes;
        pair.counts.packets_passed += 1;
        true
    }

    /// The counts of all pairs, in the order of their numbers.
    pub(super) fn counts(&self) -> impl Iterator<Item = PairCounts> + '_ {
        self.pairs.iter().filter(|pair| pair.uses > 0).map(|pair| pair.counts)
    }
}

fn full(limits: TransitLimits) -> (u64, u64) {
    (limits.packets_per_second.saturating_mul(TOKEN), limits.bytes_per_second.saturating_mul(TOKEN))
}
