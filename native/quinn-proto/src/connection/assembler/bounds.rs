//! Little is kept of what has come

use std::collections::{BinaryHeap, binary_heap::PeekMut};

use bytes::Bytes;

use super::{Assembler, MAX_CHUNKS, State};

/// Chunks for which an empty assembler keeps room
pub(super) const RETAINED_CAPACITY: usize = 8;

impl Default for Assembler {
    fn default() -> Self {
        Self::with_max_chunks(MAX_CHUNKS)
    }
}

impl Assembler {
    /// Has at most so many distinct spans
    pub(in crate::connection) fn with_max_chunks(max_chunks: usize) -> Self {
        Self {
            state: State::default(),
            data: BinaryHeap::new(),
            buffered: 0,
            allocated: 0,
            bytes_read: 0,
            end: 0,
            max_chunks,
        }
    }

    /// Whether an ordered read would give bytes
    pub(in crate::connection) fn is_readable(&mut self) -> bool {
        while let Some(chunk) = self.data.peek_mut() {
            if chunk.offset > self.bytes_read {
                return false;
            }
            if chunk.offset + chunk.bytes.len() as u64 > self.bytes_read {
                return true;
            }
            self.buffered -= chunk.bytes.len();
            self.allocated -= chunk.allocation_size;
            PeekMut::pop(chunk);
        }
        false
    }
}

/// Makes `data`, a part of a received datagram of `datagram_len` bytes, fit to be kept
///
/// A small part would keep all of the datagram, and is copied. Returns how much memory is kept for it.
pub(in crate::connection) fn retain(data: &mut Bytes, datagram_len: usize) -> usize {
    if 2 * data.len() >= datagram_len {
        return datagram_len.max(data.len());
    }
    *data = Bytes::copy_from_slice(data);
    data.len()
}
