//! A DATAGRAM frame holds a whole packet, or a piece of a larger one.
//!
//! ```text
//! 0                1               3
//! ├───────┬────────┼───────────────┼──────────────────
//! │   0   │   0    │ packet …
//! ├───────┼────────┼───────────────┼──────────────────
//! │ n - 1 │ index  │ packet number │ piece …            n pieces, 2 to 16
//! └───────┴────────┴───────────────┴──────────────────
//!   4 bits  4 bits   big-endian
//! ```
//!
//! All pieces of a packet but the last have the same length; the last is not longer.

use crate::bytes::{read_u16, write_u16};

/// Bytes in front of a whole packet.
pub const WHOLE_HEADER_SIZE: usize = 1;
/// Bytes in front of a piece.
pub const PIECE_HEADER_SIZE: usize = 3;
/// The header of a whole packet.
pub(super) const WHOLE_HEADER: u8 = 0;

/// The header of a piece.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct PieceHeader {
    /// The number of the packet's pieces, 2 to 16.
    pub(super) pieces: usize,
    /// The piece's index, less than `pieces`.
    pub(super) index: usize,
    /// The packet's number.
    pub(super) number: u16,
}

impl PieceHeader {
    /// Reads the header and the piece behind it; `None`: the datagram is invalid.
    pub(super) fn parse(datagram: &[u8]) -> Option<(Self, &[u8])> {
        let (header, piece) = datagram.split_at_checked(PIECE_HEADER_SIZE)?;
        let pieces = usize::from(header[0] >> 4) + 1;
        let index = usize::from(header[0] & 0x0f);
        let is_sound = pieces > 1 && index < pieces && !piece.is_empty();
        is_sound.then(|| (Self { pieces, index, number: read_u16(header, 1) }, piece))
    }

    /// Writes the header over the first bytes of a datagram.
    pub(super) fn write(self, datagram: &mut [u8]) {
        datagram[0] = ((self.pieces - 1) << 4 | self.index) as u8;
        write_u16(datagram, 1, self.number);
    }
}

/// The number of pieces in which a packet is sent, if datagrams have at most `datagram_max` bytes; 1: whole. `datagram_max` is more than
/// [`PIECE_HEADER_SIZE`].
pub fn piece_count(length: usize, datagram_max: usize) -> usize {
    if length + WHOLE_HEADER_SIZE <= datagram_max {
        return 1;
    }
    length.div_ceil(datagram_max - PIECE_HEADER_SIZE)
}

/// The bytes of each piece but the last. Pieces are as equal as possible, since the kernel takes UDP payloads in a batch only if they have the same
/// size.
pub(super) fn piece_size(length: usize, pieces: usize) -> usize {
    length.div_ceil(pieces)
}
