//! A hash function for small numbers.

/// Mixes two numbers into 32 bits, with the final steps of MurmurHash3.
pub(super) fn mix(hash: u32, value: u32) -> u32 {
    let mut mixed = (hash ^ value).wrapping_mul(0x9e37_79b1);
    mixed = (mixed ^ (mixed >> 16)).wrapping_mul(0x85eb_ca6b);
    mixed = (mixed ^ (mixed >> 13)).wrapping_mul(0xc2b2_ae35);
    mixed ^ (mixed >> 16)
}
