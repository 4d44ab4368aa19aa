//! Figures: what streams would take and give, and how many may still be opened

use super::{RecvStream, Send, SendStream, Streams, WriteError};
use crate::Dir;

impl Streams<'_> {
    /// Streams of a directionality that we may still open
    pub fn left(&self, dir: Dir) -> u64 {
        self.state.max[dir as usize].saturating_sub(self.state.next[dir as usize])
    }
}

impl RecvStream<'_> {
    /// Whether a read would give bytes, the end or a reset
    pub fn is_readable(&mut self) -> bool {
        match self.state.recv.get_mut(&self.id) {
            Some(Some(recv)) => recv.as_open_recv_mut().is_some_and(|recv| recv.is_readable()),
            _ => false,
        }
    }
}

impl SendStream<'_> {
    /// Bytes that [`write`](Self::write) would take now
    pub fn capacity(&self) -> Result<u64, WriteError> {
        let limit = self.state.write_limit();
        let max_data = self.state.max_send_data(self.id);
        match self.state.send.get(&self.id) {
            None => Err(WriteError::ClosedStream),
            Some(None) => Ok(limit.min(max_data.into())),
            Some(Some(stream)) => stream.capacity().map(|room| room.min(limit)),
        }
    }
}

impl Send {
    /// Room that the peer's flow control leaves
    fn capacity(&self) -> Result<u64, WriteError> {
        if !self.is_writable() {
            return Err(WriteError::ClosedStream);
        }
        match self.stop_reason {
            Some(error_code) => Err(WriteError::Stopped(error_code)),
            None => Ok(self.max_data - self.pending.offset()),
        }
    }
}
