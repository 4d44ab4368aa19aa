//! How a stream is read

use super::{Chunks, ChunksState, Recv, RecvState};

impl Recv {
    /// Whether a read would give bytes, the end or a reset
    pub(in crate::connection::streams) fn is_readable(&mut self) -> bool {
        if self.stopped {
            return false;
        }
        match self.state {
            RecvState::ResetRecvd { .. } => true,
            RecvState::Recv { size } => size == Some(self.assembler.bytes_read()) || self.assembler.is_readable(),
        }
    }
}

impl Chunks<'_> {
    /// Lets the peer send up to `window` bytes beyond what was read from this stream, from now on
    ///
    /// A window does not shrink.
    pub fn grow_window(&mut self, window: u64) {
        if let ChunksState::Readable(ref mut rs) = self.state {
            rs.grown_window = rs.grown_window.max(window);
        }
    }
}
