use std::collections::{HashMap, VecDeque};
use std::mem;
use std::time::Instant;

use florenetes_io::stream::StreamSocket;
use florenetes_lane::EventWriter;

use super::cutter::Cutter;
use crate::event::Event;
use crate::limits::{
    CHUNK_SIZE, SESSION_DATAGRAMS_PER_TURN, SESSION_EVENT_SIZE, SESSION_HEARD_INTERVAL, SESSION_READS_PER_TURN,
    SESSION_UNTAKEN_MAX,
};

/// The socket of a data session that the thread reads.
pub(crate) struct SessionSocket {
    pub(crate) number: u32,
    pub(crate) socket: StreamSocket,
    /// The key of the socket's changes.
    pub(crate) key: u64,
    pub(crate) cutter: Cutter,
    /// Memory that is charged.
    pub(crate) charged: u64,
    /// The size of all that the owner was told, and has not taken: bytes, and for each event what it needs itself.
    untaken: usize,
    /// When the owner heard of the workload last.
    told: Instant,
    /// Whether the session waits for its turn to be read.
    is_ready: bool,
}

impl SessionSocket {
    pub(crate) fn new(number: u32, socket: StreamSocket, key: u64, now: Instant) -> Self {
        Self { number, socket, key, cutter: Cutter::default(), charged: 0, untaken: 0, told: now, is_ready: false }
    }

    /// Whether more may be read: an owner that takes nothing holds up its own session.
    pub(crate) fn has_room(&self) -> bool {
        self.untaken < SESSION_UNTAKEN_MAX
    }

    /// The owner has taken so much.
    pub(crate) fn take(&mut self, size: u32) {
        self.untaken = self.untaken.saturating_sub(size as usize);
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
        self.untaken += SESSION_EVENT_SIZE;
        events.push(Event::SessionBytes { session: self.number, bytes: bytes.to_vec() });
    }

    /// Tells the owner now and then that a workload is there of which only datagrams come.
    pub(crate) fn tell_heard(&mut self, events: &mut EventWriter<Event>, now: Instant) {
        if now >= self.told + SESSION_HEARD_INTERVAL {
            self.tell(&[], events, now);
        }
    }
}

/// Counts what one turn of the thread has read of all sessions together.
#[derive(Default)]
pub(crate) struct TurnReads {
    reads: usize,
    datagrams: usize,
}

impl TurnReads {
    /// Counts a read that has found so many datagrams of joined flows.
    pub(crate) fn count(&mut self, datagrams: usize) {
        self.reads += 1;
        self.datagrams += datagrams;
    }

    /// Whether this turn may read more: links, timers and other workloads wait for its end.
    pub(crate) fn has_room(&self) -> bool {
        self.reads < SESSION_READS_PER_TURN && self.datagrams < SESSION_DATAGRAMS_PER_TURN
    }
}

/// All sessions whose sockets the thread reads, by the owner's numbers.
#[derive(Default)]
pub(crate) struct Sessions {
    all: HashMap<u32, SessionSocket>,
    /// Sessions that may have more to read: each once, in the order in which they are read.
    ready: VecDeque<u32>,
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

    /// Has a session be read after all others that wait for it.
    pub(crate) fn wake(&mut self, number: u32) {
        let Some(session) = self.all.get_mut(&number) else { return };
        if !mem::replace(&mut session.is_ready, true) {
            self.ready.push_back(number);
        }
    }

    pub(crate) fn has_ready(&self) -> bool {
        !self.ready.is_empty()
    }

    /// Takes out the session that is to be read next. Who reads it inserts it again.
    pub(crate) fn take_ready(&mut self) -> Option<SessionSocket> {
        while let Some(number) = self.ready.pop_front() {
            // A session may be over by now.
            if let Some(mut session) = self.all.remove(&number) {
                session.is_ready = false;
                return Some(session);
            }
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::fd::OwnedFd;
    use std::os::unix::net::UnixStream;

    fn sessions(numbers: &[u32]) -> Sessions {
        let mut sessions = Sessions::default();
        for number in numbers {
            let socket = StreamSocket::of_unix(OwnedFd::from(UnixStream::pair().unwrap().0));
            sessions.insert(SessionSocket::new(*number, socket, u64::from(*number), Instant::now()));
        }
        sessions
    }

    /// The sessions that a turn reads, while each has more and hears of even more meanwhile.
    fn turn(sessions: &mut Sessions, datagrams: usize) -> Vec<u32> {
        let mut reads = TurnReads::default();
        let mut read = Vec::new();
        while reads.has_room()
            && let Some(session) = sessions.take_ready()
        {
            let number = session.number;
            reads.count(datagrams);
            read.push(number);
            sessions.insert(session);
            sessions.wake(number);
            sessions.wake(number);
        }
        read
    }

    #[test]
    fn sessions_with_more_to_read_take_turns_however_often_they_are_woken() {
        let mut sessions = sessions(&[1, 2, 3]);
        for number in [1, 1, 1, 2, 1, 3, 2] {
            sessions.wake(number);
        }
        let read = turn(&mut sessions, 1);
        let expected = [1, 2, 3].iter().cycle().take(SESSION_READS_PER_TURN).copied();
        assert_eq!(read, expected.collect::<Vec<_>>());
        assert!(sessions.has_ready(), "the next turn goes on");
        // The turn after it begins with the one whose turn it is.
        assert_eq!(turn(&mut sessions, 1)[0], [1, 2, 3][SESSION_READS_PER_TURN % 3]);
    }

    #[test]
    fn a_turn_reads_no_more_once_many_datagrams_have_come() {
        let mut sessions = sessions(&[1, 2]);
        sessions.wake(1);
        sessions.wake(2);
        assert_eq!(turn(&mut sessions, SESSION_DATAGRAMS_PER_TURN), [1]);
        assert_eq!(turn(&mut sessions, SESSION_DATAGRAMS_PER_TURN / 2), [2, 1]);
    }

    #[test]
    fn a_session_that_is_over_is_not_read() {
        let mut sessions = sessions(&[1, 2]);
        sessions.wake(1);
        sessions.wake(2);
        sessions.remove(1);
        sessions.wake(1);
        assert_eq!(sessions.take_ready().map(|session| session.number), Some(2));
        assert!(!sessions.has_ready());
    }
}
