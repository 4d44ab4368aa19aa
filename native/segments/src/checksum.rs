//! The Internet checksum (RFC 1071).

/// The sum of 16-bit words of some bytes, not folded yet. A last odd byte counts as if a 0 were behind it.
///
/// Sums of parts may be added as long as all parts but the last have an even length.
pub(crate) fn sum(bytes: &[u8]) -> u64 {
    let (words, rest) = bytes.as_chunks::<4>();
    // Words of 32 bits have the same sum, modulo 2^16 - 1, and the order of bytes may be put right at the end (RFC 1071, 2).
    let words: u64 = words.iter().map(|word| u64::from(u32::from_ne_bytes(*word))).sum();
    let mut last = [0; 4];
    last[..rest.len()].copy_from_slice(rest);
    swapped(words + u64::from(u32::from_ne_bytes(last)))
}

/// Folds a sum to 16 bits.
pub(crate) fn fold(mut sum: u64) -> u16 {
    while sum > 0xffff {
        sum = (sum >> 16) + (sum & 0xffff);
    }
    sum as u16
}

/// The sum that the machine's order of bytes has made, in that of the network.
fn swapped(sum: u64) -> u64 {
    u64::from(u16::from_ne_bytes(fold(sum).to_be_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// The sum as RFC 1071 writes it down.
    fn plain(bytes: &[u8]) -> u16 {
        let words = bytes.chunks(2).map(|word| u64::from(word[0]) << 8 | u64::from(*word.get(1).unwrap_or(&0)));
        fold(words.sum())
    }

    #[test]
    fn the_example_of_the_rfc() {
        assert_eq!(fold(sum(&[0x00, 0x01, 0xf2, 0x03, 0xf4, 0xf5, 0xf6, 0xf7])), 0xddf2);
    }

    proptest! {
        #[test]
        fn any_bytes(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            // 0 and 0xffff are the same number, and which of them comes out depends on the way.
            prop_assert_eq!(fold(sum(&bytes)) % 0xffff, plain(&bytes) % 0xffff);
        }
    }
}
