//! Questions of traces (docs/protocol/trace.md), as far as a vertex has to know one that it drops.

use super::cause::DropCause;
use super::header::{LABEL_OPERATIONS, Packet};

/// The payload of a question begins so. The first byte is below those of QUIC's packets.
const QUESTION_MAGIC: [u8; 4] = *b"\x03TRQ";

/// A question that goes no further: its labels end here, or something is in its way.
#[derive(Clone, Copy, Debug)]
pub struct Question<'a> {
    /// The link that the question came by.
    pub in_link: u32,
    /// The link that did not take it; `None`: its labels have not led to one.
    pub out_link: Option<u32>,
    /// Why. [`DropCause::Operations`]: it is for this vertex.
    pub cause: DropCause,
    /// The word that was read last; `None`: that was written over.
    pub at: Option<usize>,
    /// Labels were guessed from where it comes: it gets no answer.
    pub is_guessing: bool,
    /// All of it.
    pub packet: &'a [u8],
}

impl<B: AsRef<[u8]>> Packet<B> {
    /// Whether it asks how far it gets: its last label is the one of operations, and its payload says so.
    pub fn is_question(&self) -> bool {
        self.label(self.label_count() - 1) == LABEL_OPERATIONS && self.payload().starts_with(&QUESTION_MAGIC)
    }
}
