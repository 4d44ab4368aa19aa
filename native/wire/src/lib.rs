//! The formats that packets have on their way, read and edited where they lie: no I/O, no clock, no allocation per packet.

#![forbid(unsafe_code)]

/// Labels have 20 bits.
pub const LABEL_MAX: u32 = 0xf_ffff;

/// Reads the label of a word of the mesh packet header: its upper 20 bits (docs/mesh-packet.md, *The header*).
#[must_use]
pub fn label_of(word: [u8; 4]) -> u32 {
    u32::from_be_bytes(word) >> 12
}

/// Writes a label into a word, whose lower 12 bits are kept. Bits of `label` above the 20th are left out.
pub fn set_label(word: &mut [u8; 4], label: u32) {
    let rest = u32::from_be_bytes(*word) & 0xfff;
    *word = ((label & LABEL_MAX) << 12 | rest).to_be_bytes();
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_label_is_written_beside_the_rest_of_its_word() {
        let mut word = [0x12, 0x34, 0x5a, 0xbc];
        assert_eq!(label_of(word), 0x12345);
        set_label(&mut word, 0xfffff);
        assert_eq!(word, [0xff, 0xff, 0xfa, 0xbc]);
        set_label(&mut word, 0x10_0001);
        assert_eq!(word, [0x00, 0x00, 0x1a, 0xbc]);
    }
}
