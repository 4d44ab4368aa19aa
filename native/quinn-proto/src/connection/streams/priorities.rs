//! Streams of priority, which are written before DATAGRAM frames

use super::{PendingStream, PendingStreamsQueue, StreamsState};
use crate::frame::StreamMetaVec;

/// Streams of a higher priority are written before DATAGRAM frames, the others after them
const DATAGRAM_PRIORITY: i32 = 0;

impl StreamsState {
    /// Writes frames of the streams that go before datagrams
    pub(crate) fn write_urgent_frames(&mut self, buf: &mut Vec<u8>, max_buf_size: usize, fair: bool) -> StreamMetaVec {
        self.write_stream_frames_from(buf, max_buf_size, fair, DATAGRAM_PRIORITY + 1)
    }

    /// Writes frames of all streams
    pub(crate) fn write_stream_frames(&mut self, buf: &mut Vec<u8>, max_buf_size: usize, fair: bool) -> StreamMetaVec {
        self.write_stream_frames_from(buf, max_buf_size, fair, i32::MIN)
    }
}

impl PendingStreamsQueue {
    /// Pop the next stream, if it has at least this priority
    pub(super) fn pop_from(&mut self, min_priority: i32) -> Option<PendingStream> {
        let next = self.next.as_ref().or_else(|| self.streams.peek())?;
        match next.priority >= min_priority {
            true => self.pop(),
            false => None,
        }
    }
}
