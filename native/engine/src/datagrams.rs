//! DATAGRAM frames, in queues that are counted by us: the library drops without a word.

use std::collections::VecDeque;

use bytes::Bytes;
use quinn_proto::Connection;

use crate::settings::DatagramQueues;

/// The queues on both sides of the library.
#[derive(Debug)]
pub(crate) struct Datagrams {
    queues: DatagramQueues,
    /// Those for which the library has no room in the next packet.
    outgoing: VecDeque<Bytes>,
    incoming: VecDeque<Bytes>,
}

impl Datagrams {
    pub(crate) fn new(queues: DatagramQueues) -> Self {
        Self { queues, outgoing: VecDeque::new(), incoming: VecDeque::new() }
    }

    /// Takes a datagram to be sent, unless there are too many in all queues.
    pub(crate) fn send(&mut self, datagram: Bytes, queued: usize) -> bool {
        let has_room = queued < self.queues.send_max;
        if has_room {
            self.outgoing.push_back(datagram);
        }
        has_room
    }

    /// Datagrams that the library does not have yet.
    pub(crate) fn waiting(&self) -> usize {
        self.outgoing.len()
    }

    /// Bytes of those datagrams.
    pub(crate) fn waiting_bytes(&self) -> usize {
        self.outgoing.iter().map(Bytes::len).sum()
    }

    /// The oldest received datagram.
    pub(crate) fn poll(&mut self) -> Option<Bytes> {
        self.incoming.pop_front()
    }

    /// Hands the library as many datagrams as a packet of `payload_max` bytes may hold, beyond those that it has.
    pub(crate) fn fill(&mut self, connection: &mut Connection, payload_max: usize) {
        let mut held = connection.datagrams().waiting().1;
        while held < payload_max {
            let Some(datagram) = self.outgoing.pop_front() else { return };
            held += datagram.len() + 1;
            // One that does not fit any more, since the peer's limit or ours is smaller, is dropped: it never can.
            let _ = connection.datagrams().send(datagram, false);
        }
    }

    /// Takes what the library has received; the oldest make room for the newest.
    pub(crate) fn collect(&mut self, connection: &mut Connection) {
        while let Some(datagram) = connection.datagrams().recv() {
            if self.incoming.len() >= self.queues.receive_max {
                self.incoming.pop_front();
            }
            self.incoming.push_back(datagram);
        }
    }

    /// Copies the oldest received datagram that fits into `out`; those before it are dropped.
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
