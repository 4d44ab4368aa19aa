//! Trace questions (docs/protocol/trace.md), as far as a vertex has to recognise them among the packets that it drops.

use super::cause::DropCause;
use super::header::{LABEL_OPERATIONS, Packet};

/// The first bytes of a question's payload. The first one is smaller than that of any QUIC packet.
const QUESTION_MAGIC: [u8; 4] = *b"\x03TRQ";

/// A question that is not forwarded: its labels end here, or it was dropped.
#[derive(Clone, Copy, Debug)]
pub struct Question<'a> {
    /// The link that the question came by.
    pub in_link: u32,
    /// The link that did not take the question; `None`: its labels led to no link.
    pub out_link: Option<u32>,
    /// Why the question is not forwarded. [`DropCause::Operations`]: it is for this vertex.
    pub cause: DropCause,
    /// The index of the word that was read last; `None`: it was overwritten.
    pub at: Option<usize>,
    /// Whether too many labels were guessed from the question's origin, so that it gets no answer.
    pub is_guessing: bool,
    /// The whole packet.
    pub packet: &'a [u8],
}

impl<B: AsRef<[u8]>> Packet<B> {
    /// Whether the packet is a trace question, by its last label and its payload.
    pub fn is_question(&self) -> bool {
        self.label(self.label_count() - 1) == LABEL_OPERATIONS && self.payload().starts_with(&QUESTION_MAGIC)
    }
}
