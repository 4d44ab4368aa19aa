//! Numbers whose places are used again.

/// Bits of a number that say its slot. The eleven above them are the slot's generation.
const SLOT_BITS: u32 = 20;

/// The slot of a number: where what is kept for that thing lies in a list. A slot is used again when its thing is gone, under a number of another
/// generation: who finds another number in the slot has a number of something that is gone. `slotOf` of packages/forwarding is the same.
#[must_use]
pub const fn slot_of(number: u32) -> usize {
    (number & ((1 << SLOT_BITS) - 1)) as usize
}
