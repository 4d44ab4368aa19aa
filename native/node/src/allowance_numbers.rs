//! An allowance, and the share that it is for, as two numbers: packages/data-plane/src/allowance-numbers.ts has the same.
//!
//! ```text
//!   first     the lower 32 bits of the rate, in bits per second
//!   second    bits 0 to 7: the classes    bit 8: there is an allowance    bits 9 to 20: the share    bits 21 to 31: the upper bits of the rate
//! ```

use florenetes_wire::limits::SHARE_MAX;
use florenetes_wire::mesh::Allowance;

const IS_THERE: u32 = 1 << 8;
const SHARE_AT: u32 = 9;
const RATE_AT: u32 = 21;

pub(crate) fn allowance(first: u32, second: u32) -> Option<Allowance> {
    let bits_per_second = u64::from(second >> RATE_AT) << 32 | u64::from(first);
    (second & IS_THERE != 0).then_some(Allowance { classes: second as u8, bits_per_second })
}

pub(crate) fn share(second: u32) -> u16 {
    (second >> SHARE_AT & SHARE_MAX) as u16
}
