//! Datagrams and streams: the application's use of an open connection.

use bytes::Bytes;
use quinn_proto::{Connection as Quinn, Dir};

use crate::connection::Connection;
use crate::datagrams::Datagrams;
use crate::guard::ConnectionGuard;
use crate::streams::{Received, StreamError, Streams};

impl Connection {
    /// The largest datagram that fits a packet of the largest size; 0 if datagrams cannot be sent, or not yet.
    pub fn datagram_size_max(&mut self) -> usize {
        self.datagram_size_max_in(self.settings.send_payload_max())
    }

    /// The largest datagram that fits a packet of `payload_max` bytes; 0 if datagrams cannot be sent, or not yet.
    pub fn datagram_size_max_in(&mut self, payload_max: u16) -> usize {
        if !self.is_established || self.is_closed || self.datagrams.is_none() {
            return 0;
        }
        let payload_max = payload_max.min(self.settings.send_payload_max());
        self.quinn.as_mut().and_then(|quinn| quinn.datagram_size_max(payload_max)).unwrap_or(0)
    }

    /// Queues a datagram. False: it is too large, or the queue is full.
    pub fn send_datagram(&mut self, datagram: &[u8]) -> bool {
        self.send_datagram_bytes(Bytes::copy_from_slice(datagram))
    }

    /// Does the same as `send_datagram`, without a copy.
    pub fn send_datagram_bytes(&mut self, datagram: Bytes) -> bool {
        let size_max = self.datagram_size_max();
        let is_able = self.is_established && !self.is_closed && size_max > 0 && datagram.len() <= size_max;
        let length = self.datagram_send_queue_length();
        match self.datagrams.as_mut() {
            Some(datagrams) => is_able && datagrams.send(datagram, length),
            None => false,
        }
    }

    /// The number of datagrams that have not left yet.
    pub fn datagram_send_queue_length(&mut self) -> usize {
        let inside = self.quinn.as_mut().map_or(0, |quinn| quinn.datagrams().waiting().0);
        inside + self.datagrams.as_ref().map_or(0, Datagrams::waiting)
    }

    /// Whether the last packet holds DATAGRAM frames, which come late if the packet is repeated later.
    pub fn holds_datagrams(&mut self) -> bool {
        match (self.datagrams.as_ref(), self.quinn.as_mut()) {
            (Some(datagrams), Some(quinn)) => datagrams.have_left(quinn),
            _ => false,
        }
    }

    /// The number of datagrams that were dropped because they had waited for longer than `DATAGRAM_AGE_MAX_MS`, or two round trips.
    #[must_use]
    pub fn late_datagrams(&self) -> u64 {
        self.datagrams.as_ref().map_or(0, |datagrams| datagrams.late)
    }

    /// Bytes of the datagrams that have not left yet.
    pub fn datagram_send_queue_bytes(&mut self) -> usize {
        let inside = self.quinn.as_mut().map_or(0, |quinn| quinn.datagrams().waiting().1);
        inside + self.datagrams.as_ref().map_or(0, Datagrams::waiting_bytes)
    }

    /// The oldest received datagram, without a copy.
    pub fn poll_datagram(&mut self) -> Option<Bytes> {
        self.datagrams.as_mut()?.poll()
    }

    /// Copies the oldest received datagram that fits into `out`, and drops older ones.
    pub fn receive_datagram(&mut self, out: &mut [u8]) -> Option<usize> {
        let length = self.datagrams.as_mut()?.receive(out)?;
        if let Some(guard) = self.quinn.as_mut().and_then(Quinn::judge::<ConnectionGuard>) {
            guard.handle_delivered(length);
        }
        Some(length)
    }

    /// The streams with bytes, an end or a reset to read.
    #[must_use]
    pub fn readable_streams(&self) -> Vec<u64> {
        if self.is_closed { Vec::new() } else { self.streams.readable().collect() }
    }

    /// Sends as many of `bytes` as flow control and the send window allow, and returns how many. `fin` counts once all are taken.
    pub fn stream_send(&mut self, id: u64, bytes: &[u8], fin: bool) -> Result<usize, StreamError> {
        let (streams, quinn) = self.open_streams().ok_or(StreamError::Gone)?;
        streams.send(quinn, id, bytes, fin)
    }

    /// Copies readable bytes of a stream into `out`.
    pub fn stream_receive(&mut self, id: u64, out: &mut [u8]) -> Result<Received, StreamError> {
        let now = self.now;
        let (streams, quinn) = self.open_streams().ok_or(StreamError::Gone)?;
        let received = streams.receive(quinn, id, out, now);
        if let Some(guard) = quinn.judge::<ConnectionGuard>() {
            match received {
                Ok(received) => guard.handle_read(id, received.length),
                Err(StreamError::Blocked) => {}
                Err(_) => guard.handle_stream_over(id),
            }
            if received.is_ok_and(|received| received.is_ended) {
                guard.handle_stream_over(id);
            }
        }
        received
    }

    /// Bytes that `stream_send` would take now.
    pub fn stream_capacity(&mut self, id: u64) -> Result<u64, StreamError> {
        let (streams, quinn) = self.open_streams().ok_or(StreamError::Gone)?;
        streams.capacity(quinn, id)
    }

    /// Bytes that `stream_send` would take now, on a stream that this call may open. After 0, `poll_stream` names the stream when there is room.
    pub fn stream_room(&mut self, id: u64) -> Result<u64, StreamError> {
        let (streams, quinn) = self.open_streams().ok_or(StreamError::Gone)?;
        streams.room(quinn, id)
    }

    /// Lets the bytes of a stream leave before datagrams from now on.
    pub fn stream_precede(&mut self, id: u64) {
        if let Some((streams, quinn)) = self.open_streams() {
            streams.precede(quinn, id);
        }
    }

    /// Whether a stream of the peer has begun, and both its halves are over.
    #[must_use]
    pub fn is_stream_over(&self, id: u64) -> bool {
        self.quinn.as_ref().is_none_or(|quinn| self.streams.is_over(quinn, id))
    }

    /// Begins to keep changed streams for `poll_stream`, at first all readable ones.
    pub fn watch_streams(&mut self) {
        self.streams.watch();
    }

    /// A stream that has changed since it was last returned: it can be read, has room again, or was stopped by the peer.
    pub fn poll_stream(&mut self) -> Option<u64> {
        if self.is_closed { None } else { self.streams.poll_changed() }
    }

    /// RESET_STREAM: gives up our sending half.
    pub fn stream_reset(&mut self, id: u64, code: u64) {
        if let Some((streams, quinn)) = self.open_streams() {
            streams.reset(quinn, id, code);
        }
    }

    /// STOP_SENDING: gives up our receiving half.
    pub fn stream_stop(&mut self, id: u64, code: u64) {
        if let Some((streams, quinn)) = self.open_streams() {
            streams.stop(quinn, id, code);
            if let Some(guard) = quinn.judge::<ConnectionGuard>() {
                guard.handle_stream_over(id);
            }
        }
    }

    /// Bidirectional streams that we may still open.
    pub fn streams_left(&mut self) -> u64 {
        self.open_streams().map_or(0, |(_, quinn)| quinn.streams().left(Dir::Bi))
    }

    fn open_streams(&mut self) -> Option<(&mut Streams, &mut Quinn)> {
        let quinn = self.quinn.as_mut().filter(|_| !self.is_closed)?;
        Some((&mut self.streams, quinn))
    }
}
