//! The permissions of a label table: what adjacency labels may carry from a link to another.

use super::entry::{Key, TableError};
use super::key_map::{KeyMap, new_key_map};
use super::pairs::Pairs;
use super::permit_bucket::{Allowance, Charge};
use crate::limits::{SHARE_MAX, SHARE_PERMITS_MAX, SHARES_PER_PAIR_MAX, TRANSIT_MAX};

/// All that adjacency labels may carry from a link to another.
pub(super) struct Permission {
    pub(super) pair: u32,
    /// For packets of no share, and of shares without a permit of their own. `None`: these do not pass.
    common: Option<Charge>,
    shares: Shares,
}

impl Permission {
    /// Returns what a packet of a share passes by. `None`: nothing lets it pass.
    pub(super) fn charge_of(&self, share: u16) -> Option<&Charge> {
        if share != 0
            && let Some(at) = self.shares.place_of(share)
        {
            return Some(&self.shares.charges[at]);
        }
        self.common.as_ref()
    }

    pub(super) fn release(self, pairs: &mut Pairs) {
        for charge in &self.shares.charges {
            pairs.shares.release(charge.bucket);
        }
        pairs.release(self.pair);
    }
}

/// The permits of a pair for shares, found by open addressing in a table that is at most half full: whoever chooses shares so that they fall on one
/// place has as many compared as a pair may have.
#[derive(Default)]
struct Shares {
    charges: Vec<Charge>,
    /// Places of charges, each plus 1, by the spread bits of their shares; 0: none.
    slots: Vec<u8>,
}

impl Shares {
    fn place_of(&self, share: u16) -> Option<usize> {
        let mask = self.slots.len().checked_sub(1)?;
        let mut slot = spread(share) & mask;
        loop {
            let at = usize::from(self.slots[slot]).checked_sub(1)?;
            if self.charges[at].share == share {
                return Some(at);
            }
            slot = (slot + 1) & mask;
        }
    }

    /// Adds a share that has no permit yet.
    fn add(&mut self, charge: Charge) {
        self.charges.push(charge);
        let mask = (2 * self.charges.len()).next_power_of_two() - 1;
        self.slots = vec![0; mask + 1];
        for (place, Charge { share, .. }) in (1..).zip(&self.charges) {
            let mut slot = spread(*share) & mask;
            while self.slots[slot] != 0 {
                slot = (slot + 1) & mask;
            }
            self.slots[slot] = place;
        }
    }
}

/// Spreads a share over the bits of the largest table.
fn spread(share: u16) -> usize {
    usize::from(share.wrapping_mul(0x9e37) >> 9)
}

/// The permissions of one label table.
pub(super) struct Permissions {
    all: KeyMap<Permission>,
    /// Permits for shares.
    shares: usize,
}

impl Permissions {
    pub(super) fn new(seed: u64) -> Self {
        Self { all: new_key_map(seed), shares: 0 }
    }

    pub(super) fn get(&self, in_link: u32, out_link: u32) -> Option<&Permission> {
        self.all.get(&Key::pair(in_link, out_link))
    }

    pub(super) fn is_empty(&self) -> bool {
        self.all.is_empty()
    }

    /// Permits a pair for packets of a share, or of none (0), in the place of what was permitted for that before.
    pub(super) fn permit(
        &mut self,
        (in_link, out_link): (u32, u32),
        share: u16,
        allowance: Option<Allowance>,
        pairs: &mut Pairs,
    ) -> Result<(), TableError> {
        if u32::from(share) > SHARE_MAX || share != 0 && allowance.is_none() {
            return Err(TableError::Share);
        }
        if self.all.len() >= TRANSIT_MAX {
            return Err(TableError::Full);
        }
        let key = Key::pair(in_link, out_link);
        let known = self.all.get(&key).map(|permission| &permission.shares);
        let place = known.and_then(|shares| shares.place_of(share));
        let is_pair_full = known.is_some_and(|shares| shares.charges.len() >= SHARES_PER_PAIR_MAX);
        if share != 0 && place.is_none() && (is_pair_full || self.shares >= SHARE_PERMITS_MAX) {
            return Err(TableError::Full);
        }
        let permission = self.all.entry(key).or_insert_with(|| {
            let pair = pairs.acquire(in_link, out_link);
            Permission { pair, common: None, shares: Shares::default() }
        });
        match place {
            _ if share == 0 => {
                permission.common = Some(Charge { share, bucket: 0, allowance });
                if allowance.is_some() {
                    pairs.open_permit(permission.pair);
                }
            }
            Some(at) => permission.shares.charges[at].allowance = allowance,
            None => {
                let bucket = pairs.shares.acquire(permission.pair, share);
                permission.shares.add(Charge { share, bucket, allowance });
                self.shares += 1;
            }
        }
        Ok(())
    }

    /// Takes back all that was permitted for a pair. False: nothing was.
    pub(super) fn forbid(&mut self, in_link: u32, out_link: u32, pairs: &mut Pairs) -> bool {
        let Some(permission) = self.all.remove(&Key::pair(in_link, out_link)) else { return false };
        self.shares -= permission.shares.charges.len();
        permission.release(pairs);
        true
    }

    pub(super) fn into_all(self) -> impl Iterator<Item = Permission> {
        self.all.into_values()
    }
}
