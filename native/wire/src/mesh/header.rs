//! The mesh packet header.
//!
//! ```text
//!  0                   1                   2                   3
//!  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
//! +-------+-------+---------------+---------------+---------------+
//! |version| flags |   hop limit   | label count n |    cursor     |
//! +-------+-------+---------------+---------------+---------------+
//! |                         ConnectionId                          |
//! |                           (64 bits)                           |
//! +---------------------------------------+-----------------------+
//! |                label 0                |         share         |
//! +---------------------------------------+-----------------------+
//! :                     ... n words in all ...                    :
//! +---------------------------------------------------------------+
//! |  payload ...
//! ```
//!
//! Words before the cursor are the reverse path, and words from the cursor on are the way ahead. A vertex overwrites the word that it reads, so the
//! header keeps its size on the whole path.

use super::cause::DropCause;
use crate::bytes::{read_u32, read_u64, write_u32};
use crate::limits::{FIXED_SIZE, HOP_LIMIT_DEFAULT, LABEL_COUNT_MAX, SHARE_MAX, VERSION, WORD_SIZE};

/// Reserved label: deliver by ConnectionId.
pub const LABEL_CONNECTION: u32 = 1;
/// Reserved label: operations.
pub const LABEL_OPERATIONS: u32 = 2;
/// Reserved label: deliver to the service of the vertex's control agent, where it has one.
pub const LABEL_AGENT: u32 = 3;

const HOP_LIMIT: usize = 1;
const LABEL_COUNT: usize = 2;
const CURSOR: usize = 3;
const CONNECTION_ID: usize = 4;

/// The lowest flag bit of the first byte; `traffic_class.rs` uses the other three.
const SIZE_MARK: u8 = 0x01;

/// A packet with a valid header: no accessor reads past its end.
#[derive(Debug)]
pub struct Packet<B>(B);

impl<B: AsRef<[u8]>> Packet<B> {
    /// Checks the header of a packet.
    ///
    /// # Errors
    ///
    /// The first fault of the header, in the order of docs/protocol/mesh-packet.md.
    pub fn parse(bytes: B) -> Result<Self, DropCause> {
        let packet = bytes.as_ref();
        if packet.len() < FIXED_SIZE {
            return Err(DropCause::TooShort);
        }
        if packet[0] >> 4 != VERSION {
            return Err(DropCause::UnknownVersion);
        }
        let count = usize::from(packet[LABEL_COUNT]);
        if count == 0 || count > LABEL_COUNT_MAX {
            return Err(DropCause::BadLabelCount);
        }
        if packet.len() < header_size(count) {
            return Err(DropCause::TooShort);
        }
        if usize::from(packet[CURSOR]) >= count {
            return Err(DropCause::BadCursor);
        }
        Ok(Self(bytes))
    }

    /// The whole packet.
    pub fn bytes(&self) -> &[u8] {
        self.0.as_ref()
    }

    /// The packet's hop limit: how many more times it may be forwarded.
    pub fn hop_limit(&self) -> u8 {
        self.bytes()[HOP_LIMIT]
    }

    /// The number of words in the header, 1 to 16.
    pub fn label_count(&self) -> usize {
        usize::from(self.bytes()[LABEL_COUNT])
    }

    /// The index of the word that the next vertex reads.
    pub fn cursor(&self) -> usize {
        usize::from(self.bytes()[CURSOR])
    }

    /// The ConnectionId of the packet's end-to-end connection.
    pub fn connection_id(&self) -> u64 {
        read_u64(self.bytes(), CONNECTION_ID)
    }

    /// The label of a word.
    pub fn label(&self, index: usize) -> u32 {
        self.word(index) >> 12
    }

    /// A word: a label with the share behind it.
    pub fn word(&self, index: usize) -> u32 {
        read_u32(self.bytes(), word_offset(index))
    }

    /// The share in a word; 0: none.
    pub(super) fn share(&self, index: usize) -> u16 {
        (self.word(index) & SHARE_MAX) as u16
    }

    /// The share in the last word, which the vertex reads that the packet is delivered to.
    pub(super) fn last_share(&self) -> u16 {
        self.share(self.label_count() - 1)
    }

    /// The payload behind the header.
    pub fn payload(&self) -> &[u8] {
        &self.bytes()[header_size(self.label_count())..]
    }

    /// Whether the packet has the size mark: it met a link that prefers smaller packets, or its sender reports such a packet.
    pub fn is_marked(&self) -> bool {
        self.bytes()[0] & SIZE_MARK != 0
    }

    /// The words of an answer to a packet that was delivered here: the words before its cursor, reversed, then label 1. The answer goes out on the
    /// link that the packet came by.
    pub fn return_words(&self) -> impl ExactSizeIterator<Item = u32> + '_ {
        let cursor = self.cursor();
        (0..cursor + 1).map(
            move |index| {
                if index == cursor { LABEL_CONNECTION << 12 } else { self.word(cursor - 1 - index) }
            },
        )
    }
}

impl<B: AsRef<[u8]> + AsMut<[u8]>> Packet<B> {
    /// Sets the size mark: the packet is larger than the next link prefers. Nothing on the way removes the mark.
    pub fn set_mark(&mut self) {
        set_mark(self.0.as_mut());
    }

    pub(super) fn set_hop_limit(&mut self, hop_limit: u8) {
        self.0.as_mut()[HOP_LIMIT] = hop_limit;
    }

    /// Sets the cursor, which must be less than the label count.
    pub(super) fn set_cursor(&mut self, cursor: usize) {
        self.0.as_mut()[CURSOR] = cursor as u8;
    }

    /// Sets the label of a word, and keeps its share.
    pub(super) fn set_label(&mut self, index: usize, label: u32) {
        self.set_word(index, label << 12 | self.word(index) & SHARE_MAX);
    }

    /// Sets the share of a word. Returns the word as it was.
    pub(super) fn set_share(&mut self, index: usize, share: u16) -> u32 {
        let word = self.word(index);
        self.set_word(index, word & !SHARE_MAX | u32::from(share));
        word
    }

    pub(super) fn set_word(&mut self, index: usize, word: u32) {
        write_u32(self.0.as_mut(), word_offset(index), word);
    }

    /// Takes one from the hop limit, of which no more than the most that an origin writes is believed. False: it would be 0, and stays.
    pub(super) fn lower_hop_limit(&mut self) -> bool {
        let hop_limit = self.hop_limit().min(HOP_LIMIT_DEFAULT);
        if hop_limit > 1 {
            self.set_hop_limit(hop_limit - 1);
        }
        hop_limit > 1
    }
}

/// `Packet::set_mark` for a packet whose header is known to be valid.
pub(super) fn set_mark(packet: &mut [u8]) {
    packet[0] |= SIZE_MARK;
}

/// Bytes of a header with `label_count` labels.
pub const fn header_size(label_count: usize) -> usize {
    FIXED_SIZE + WORD_SIZE * label_count
}

const fn word_offset(index: usize) -> usize {
    FIXED_SIZE + WORD_SIZE * index
}

/// Writes the header of a new packet, with the cursor at 0, and returns its size.
///
/// `words` are 1 to 16 words with labels in the upper 20 bits, or the words of [`Packet::return_words`].
///
/// # Panics
///
/// If `words` has fewer or more, or `out` is too small.
pub fn write_header(
    out: &mut [u8],
    connection_id: u64,
    words: impl ExactSizeIterator<Item = u32>,
    hop_limit: u8,
) -> usize {
    let count = words.len();
    assert!((1..=LABEL_COUNT_MAX).contains(&count), "a header has 1 to 16 labels");
    out[..CONNECTION_ID].copy_from_slice(&[VERSION << 4, hop_limit, count as u8, 0]);
    out[CONNECTION_ID..FIXED_SIZE].copy_from_slice(&connection_id.to_be_bytes());
    for (index, word) in words.enumerate() {
        write_u32(out, word_offset(index), word);
    }
    header_size(count)
}
