//! Whom a datagram is for, by its first bytes (RFC 9000, 17; docs/protocol/link-protocol.md): `SessionIndex` of TypeScript.

use crate::limits::ID_LENGTH;
use crate::limits::STATELESS_RESET_MIN;

const LONG_HEADER_BIT: u8 = 0x80;
const QUIC_BITS: u8 = 0xc0;
/// The destination ID of a short header, and of a long one after version and the ID's length.
const SHORT_ID_AT: usize = 1;
const LONG_ID_LENGTH_AT: usize = 5;
const LONG_ID_AT: usize = 6;

/// Whom a datagram may be for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Destination {
    /// The session with this connection ID, if there is one.
    Session(u64),
    /// No session's: a stranger's, or about a path.
    Owner,
}

/// Reads the destination of a datagram.
pub(crate) fn destination(datagram: &[u8]) -> Destination {
    let is_quic = datagram.first().is_some_and(|first| first & QUIC_BITS != 0);
    if !is_quic || datagram.len() < LONG_ID_AT + ID_LENGTH {
        return Destination::Owner;
    }
    let at = match datagram[0] & LONG_HEADER_BIT {
        0 => SHORT_ID_AT,
        _ if usize::from(datagram[LONG_ID_LENGTH_AT]) == ID_LENGTH => LONG_ID_AT,
        _ => return Destination::Owner,
    };
    datagram[at..].first_chunk().map_or(Destination::Owner, |id| Destination::Session(u64::from_be_bytes(*id)))
}

/// Whether a datagram that names no session may be a stateless reset (RFC 9000, 10.3).
pub(crate) fn may_be_reset(datagram: &[u8]) -> bool {
    datagram.len() >= STATELESS_RESET_MIN && datagram[0] & QUIC_BITS == QUIC_BITS & !LONG_HEADER_BIT
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sessions_are_found_by_both_headers() {
        let id = [1, 2, 3, 4, 5, 6, 7, 8];
        let named = Destination::Session(u64::from_be_bytes(id));
        let short = [&[0x41][..], &id, &[0; 30]].concat();
        let long = |length: u8| [&[0xc1, 0, 0, 0, 1, length][..], &id, &[0; 30]].concat();
        assert_eq!(destination(&short), named);
        assert_eq!(destination(&long(8)), named);
        assert_eq!(destination(&long(7)), Destination::Owner);
        assert_eq!(destination(&short[..13]), Destination::Owner, "too short for any packet");
        assert_eq!(destination(&[]), Destination::Owner);
        for path_message in [0x20, 0x21, 0x00, 0x3f] {
            assert_eq!(destination(&[&[path_message][..], &id, &[0; 30]].concat()), Destination::Owner);
        }
    }

    #[test]
    fn resets_look_like_short_packets() {
        assert!(may_be_reset(&[0x5a; 21]));
        assert!(!may_be_reset(&[0x5a; 20]));
        assert!(!may_be_reset(&[0xda; 21]), "a long header");
        assert!(!may_be_reset(&[0x1a; 21]), "a path message");
    }
}
