//! DATAGRAM frames, in bounded queues of our own, since the library drops without telling.

use std::collections::VecDeque;
use std::time::Duration;

use bytes::Bytes;
use quinn_proto::Connection;

use crate::limits::{DATAGRAM_AGE_MAX_MS, ROUND_TRIP_SPREAD_MAX};
use crate::settings::DatagramQueues;

/// The queues before and behind the library.
#[derive(Debug)]
pub(crate) struct Datagrams {
    queues: DatagramQueues,
    /// How many datagrams the library had to send at the last look, and since when these and then our own have waited, the oldest first.
    inside: usize,
    since: VecDeque<f64>,
    /// How many datagrams were dropped as too late.
    pub(crate) late: u64,
    /// Datagrams that the library was not given yet.
    outgoing: VecDeque<Bytes>,
    incoming: VecDeque<Bytes>,
}

impl Datagrams {
    pub(crate) fn new(queues: DatagramQueues) -> Self {
        let (since, outgoing, incoming) = (VecDeque::new(), VecDeque::new(), VecDeque::new());
        Self { queues, inside: 0, since, late: 0, outgoing, incoming }
    }

    /// Queues a datagram to be sent, unless all queues together hold too many.
    pub(crate) fn send(&mut self, datagram: Bytes, queued: usize) -> bool {
        let has_room = queued < self.queues.send_max;
        if has_room {
            self.outgoing.push_back(datagram);
        }
        has_room
    }

    /// The number of datagrams that the library was not given yet.
    pub(crate) fn waiting(&self) -> usize {
        self.outgoing.len()
    }

    /// Bytes of the datagrams that the library was not given yet.
    pub(crate) fn waiting_bytes(&self) -> usize {
        self.outgoing.iter().map(Bytes::len).sum()
    }

    /// The oldest received datagram.
    pub(crate) fn poll(&mut self) -> Option<Bytes> {
        self.incoming.pop_front()
    }

    /// Gives the library datagrams until it has as many as a packet of `payload_max` bytes may hold.
    pub(crate) fn fill(&mut self, connection: &mut Connection, payload_max: usize, now: f64) {
        self.drop_late(connection, now);
        let mut held = connection.datagrams().waiting().1;
        while held < payload_max {
            let Some(datagram) = self.outgoing.pop_front() else { return };
            held += datagram.len() + 1;
            // A datagram that has become too large for the peer's limit or ours is dropped, as it can never be sent.
            match connection.datagrams().send(datagram, false) {
                Ok(()) => self.inside += 1,
                Err(_) => _ = self.since.remove(self.inside),
            }
        }
    }

    /// Drops datagrams that have waited for too long, as when an outage keeps the congestion window full. On a slow path the window opens only once
    /// in a round trip, so two round trips are always waited for.
    pub(crate) fn drop_late(&mut self, connection: &mut Connection, now: f64) {
        let inside = connection.datagrams().waiting().0;
        let left = self.inside.saturating_sub(inside);
        self.since.drain(..left.min(self.since.len()));
        self.inside = inside;
        self.since.resize(inside + self.outgoing.len(), now);
        if self.since.front().is_none_or(|since| now <= since + DATAGRAM_AGE_MAX_MS) {
            return;
        }
        let age_max = DATAGRAM_AGE_MAX_MS.max(2_000.0 * round_trip_of(connection).as_secs_f64());
        while self.since.front().is_some_and(|since| now > since + age_max) {
            self.since.pop_front();
            self.late += 1;
            if self.inside > 0 {
                self.inside -= 1;
                connection.datagrams().drop_oldest();
            } else {
                self.outgoing.pop_front();
            }
        }
    }

    /// Whether any datagrams have left with the packet that was made since `fill`.
    pub(crate) fn have_left(&self, connection: &mut Connection) -> bool {
        connection.datagrams().waiting().0 < self.inside
    }

    /// Takes the received datagrams from the library. The oldest make room for the newest.
    pub(crate) fn collect(&mut self, connection: &mut Connection, now: f64) {
        self.drop_late(connection, now);
        while let Some(datagram) = connection.datagrams().recv() {
            if self.incoming.len() >= self.queues.receive_max {
                self.incoming.pop_front();
            }
            self.incoming.push_back(datagram);
        }
    }

    /// Copies the oldest received datagram that fits into `out`, and drops older ones.
    pub(crate) fn receive(&mut self, out: &mut [u8]) -> Option<usize> {
        loop {
            let datagram = self.incoming.pop_front()?;
            if let Some(room) = out.get_mut(..datagram.len()) {
                room.copy_from_slice(&datagram);
                return Some(datagram.len());
            }
        }
    }
}

/// The smoothed round trip, bounded by a multiple of the shortest, since an outage makes it seem longer.
fn round_trip_of(connection: &Connection) -> Duration {
    let path = connection.stats().path;
    path.rtt.min(ROUND_TRIP_SPREAD_MAX * path.min_rtt)
}
