use std::collections::HashMap;
use std::mem;
use std::time::Instant;

use florenetes_io::stream::StreamSocket;
use florenetes_lane::EventWriter;

use super::cutter::Cutter;
use crate::event::Event;
use crate::limits::{CHUNK_SIZE, SESSION_HEARD_INTERVAL, SESSION_UNTAKEN_MAX};

/// The socket of a data session that the thread reads.
pub(crate) struct SessionSocket {
    pub(crate) number: u32,
    pub(crate) socket: StreamSocket,
    /// The key of the socket's changes.
    pub(crate) key: u64,
    pub(crate) cutter: Cutter,
    /// Memory that is charged.
    pub(crate) charged: u64,
    /// Bytes that the owner was told, and has not taken.
    untaken: usize,
    /// When the owner heard of the workload last.
    told: Instant,
}

impl SessionSocket {
    pub(crate) fn new(number: u32, socket: StreamSocket, key: u64, now: Instant) -> Self {
        Self { number, socket, key, cutter: Cutter::default(), charged: 0, untaken: 0, told: now }
    }

    /// Whether more may be read: an owner that takes nothing holds up its own session.
    pub(crate) fn has_room(&self) -> bool {
        self.untaken < SESSION_UNTAKEN_MAX
    }

    /// The owner has taken so many bytes.
    pub(crate) fn take(&mut self, bytes: u32) {
        self.untaken = self.untaken.saturating_sub(bytes as usize);
    }

    /// Tells the owner bytes: those that come together are one event.
    pub(crate) fn tell(&mut self, bytes: &[u8], events: &mut EventWriter<Event>, now: Instant) {
        self.told = now;
        self.untaken += bytes.len();
        if let Some(Event::SessionBytes { session, bytes: told }) = events.last_mut()
            && *session == self.number
            && told.len() + bytes.len() <= CHUNK_SIZE
        {
            return told.extend_from_slice(bytes);
        }
        events.push(Event::SessionBytes { session: self.number, bytes: bytes.to_vec() });
    }

    /// Tells the owner now and then that a workload is there of which only datagrams come.
    pub(crate) fn tell_heard(&mut self, events: &mut EventWriter<Event>, now: Instant) {
        if now >= self.told + SESSION_HEARD_INTERVAL {
            self.tell(&[], events, now);
        }
    }
}

/// All sessions whose sockets the thread reads, by the owner's numbers.
#[derive(Default)]
pub(crate) struct Sessions {
    all: HashMap<u32, SessionSocket>,
    /// Sessions that may have more to read.
    ready: Vec<u32>,
}

impl Sessions {
    pub(crate) fn has(&self, number: u32) -> bool {
        self.all.contains_key(&number)
    }

    pub(crate) fn get_mut(&mut self, number: u32) -> Option<&mut SessionSocket> {
        self.all.get_mut(&number)
    }

    pub(crate) fn insert(&mut self, session: SessionSocket) {
        self.all.insert(session.number, session);
    }

    pub(crate) fn remove(&mut self, number: u32) -> Option<SessionSocket> {
        self.all.remove(&number)
    }

    /// Has a session be read in the next turn.
    pub(crate) fn wake(&mut self, number: u32) {
        self.ready.push(number);
    }

    pub(crate) fn has_ready(&self) -> bool {
        !self.ready.is_empty()
    }

    pub(crate) fn take_ready(&mut self) -> Vec<u32> {
        mem::take(&mut self.ready)
    }
}
