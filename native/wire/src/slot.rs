//! Numbers that consist of a slot, which is reused, and the slot's generation.

/// The low bits of a number are its slot. The eleven bits above are the slot's generation.
const SLOT_BITS: u32 = 20;

/// The slot of a number: its place in a list. A slot is reused under a number of another generation. If a slot holds another number, the thing with
/// the number in question is gone. `slotOf` of packages/forwarding does the same.
#[must_use]
pub const fn slot_of(number: u32) -> usize {
    (number & ((1 << SLOT_BITS) - 1)) as usize
}
