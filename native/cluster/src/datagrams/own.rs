use crate::limits::{DATAGRAM_SIZE_MAX, OWN_DATAGRAMS_SIZE_MAX};

/// Reads the owner's datagrams, each behind the number of its flow (4) and its length (2), big-endian. None in the place of a datagram: what
/// follows is none.
pub(crate) fn own_datagrams(mut bytes: &[u8]) -> impl Iterator<Item = Option<(u32, &[u8])>> {
    std::iter::from_fn(move || {
        if bytes.is_empty() {
            return None;
        }
        let datagram = split_first(&mut bytes);
        if datagram.is_none() {
            bytes = &[];
        }
        Some(datagram)
    })
}

/// Whether an order of datagrams may be carried out.
pub(crate) fn are_own_datagrams(bytes: &[u8]) -> bool {
    bytes.len() <= OWN_DATAGRAMS_SIZE_MAX && own_datagrams(bytes).all(|datagram| datagram.is_some())
}

fn split_first<'a>(bytes: &mut &'a [u8]) -> Option<(u32, &'a [u8])> {
    let (flow, rest) = bytes.split_first_chunk()?;
    let (length, rest) = rest.split_first_chunk()?;
    let (datagram, rest) = rest.split_at_checked(u16::from_be_bytes(*length).into())?;
    *bytes = rest;
    (datagram.len() <= DATAGRAM_SIZE_MAX).then_some((u32::from_be_bytes(*flow), datagram))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_datagrams_of_any_length_and_stops_at_what_is_none() {
        let all =
            |bytes: &[u8]| own_datagrams(bytes).map(|each| each.map(|(f, d)| (f, d.to_vec()))).collect::<Vec<_>>();
        let two = [0x80, 0, 0, 1, 0, 2, 7, 8, 0, 0, 0, 5, 0, 0];
        assert_eq!(all(&two), [Some((0x8000_0001, vec![7, 8])), Some((5, vec![]))]);
        assert!(all(&[]).is_empty());
        for length in [1, 3, 5, 6, 7, 9, 12, 13] {
            assert_eq!(all(&two[..length]).last(), Some(&None), "{length}");
        }
        let whole = |size: usize| [&[0, 0, 0, 1][..], &(size as u16).to_be_bytes(), &vec![7; size]].concat();
        for (bytes, is_right) in [
            (whole(DATAGRAM_SIZE_MAX), true),
            (whole(DATAGRAM_SIZE_MAX + 1), false),
            ([whole(OWN_DATAGRAMS_SIZE_MAX / 2 - 6), whole(OWN_DATAGRAMS_SIZE_MAX / 2 - 6)].concat(), true),
            ([whole(OWN_DATAGRAMS_SIZE_MAX / 2 - 6), whole(OWN_DATAGRAMS_SIZE_MAX / 2 - 5)].concat(), false),
        ] {
            assert_eq!(are_own_datagrams(&bytes), is_right, "{}", bytes.len());
        }
    }
}
