//! Sockets of data sessions that the thread reads in the owner's place.

use std::io::ErrorKind;
use std::mem;
use std::os::fd::OwnedFd;

use florenetes_io::stream::StreamSocket;
use florenetes_lane::Now;

use super::Vertex;
use crate::event::Event;
use crate::sessions::{Piece, SessionSocket, TurnReads};
use crate::workloads::Holder;

/// The outcome of a session's read.
enum Read {
    /// None is left at present, or the owner has to take some first.
    Done,
    /// More bytes may be there.
    More,
    /// The socket has ended or failed.
    Over,
}

impl Vertex {
    pub(crate) fn read_session(&mut self, number: u32, socket: OwnedFd, rest: Vec<u8>, now: Now) {
        if self.sessions.has(number) {
            return;
        }
        let socket = StreamSocket::of_unix(socket);
        let workloads = &mut self.site.workloads;
        let key = match workloads.has_room() {
            true => workloads.add(&socket, Holder::Session(number)).ok(),
            false => None,
        };
        let Some(key) = key else {
            return self.site.events.push(Event::SessionLeft { session: number, bytes: rest });
        };
        let mut session = SessionSocket::new(number, socket, key, now.instant);
        self.cut(&mut session, &rest, now);
        self.sessions.insert(session);
    }

    pub(crate) fn join_flow(&mut self, number: u32, flow: u64, workload: u32) {
        if let Some(session) = self.sessions.get_mut(number) {
            session.cutter.join(flow, workload);
        }
    }

    pub(crate) fn part_flow(&mut self, number: u32, flow: u64) {
        if let Some(session) = self.sessions.get_mut(number) {
            session.cutter.part(flow);
        }
    }

    pub(crate) fn take_session(&mut self, number: u32, size: u32) {
        let Some(session) = self.sessions.get_mut(number) else { return };
        let had_room = session.has_room();
        session.take(size);
        if !had_room && session.has_room() {
            self.sessions.wake(number);
        }
    }

    pub(crate) fn leave_session(&mut self, number: u32) {
        if let Some(session) = self.sessions.remove(number) {
            self.forget_session(session);
        }
    }

    /// Reads the sessions that have changed, had more to read, or may be read again: one read of each, in turns, as far as a turn of the thread goes.
    pub(crate) fn serve_sessions(&mut self, now: Now) {
        let mut turn = TurnReads::default();
        while turn.has_room()
            && let Some(session) = self.sessions.take_ready()
        {
            self.serve_session(session, &mut turn, now);
        }
    }

    fn serve_session(&mut self, mut session: SessionSocket, turn: &mut TurnReads, now: Now) {
        let number = session.number;
        let mut chunk = mem::take(&mut self.site.chunk);
        let read = self.read(&mut session, &mut chunk, turn, now);
        self.site.chunk = chunk;
        if let Read::Over = read {
            let bytes = session.cutter.take_rest();
            self.site.events.push(Event::SessionLeft { session: number, bytes });
            return self.forget_session(session);
        }
        self.sessions.insert(session);
        if let Read::More = read {
            self.sessions.wake(number);
        }
    }

    fn read(&mut self, session: &mut SessionSocket, chunk: &mut [u8], turn: &mut TurnReads, now: Now) -> Read {
        if !session.has_room() {
            return Read::Done;
        }
        match session.socket.read(chunk) {
            Ok(length @ 1..) => {
                turn.count(self.cut(session, &chunk[..length], now));
                Read::More
            }
            Err(error) if error.kind() == ErrorKind::WouldBlock => {
                turn.count(0);
                Read::Done
            }
            // The owner reads the same end, and finds what the error was.
            Ok(0) | Err(_) => Read::Over,
        }
    }

    /// Sends the datagrams of joined flows, and tells the owner all else. Returns how many datagrams there were.
    fn cut(&mut self, session: &mut SessionSocket, bytes: &[u8], now: Now) -> usize {
        let mut cutter = mem::take(&mut session.cutter);
        let mut datagrams = 0;
        cutter.cut(bytes, |piece| match piece {
            Piece::Datagram(workload, datagram) => {
                datagrams += 1;
                self.send_own_datagram(workload, datagram, now);
            }
            Piece::Other(bytes) => session.tell(bytes, &mut self.site.events, now.instant),
        });
        session.tell_heard(&mut self.site.events, now.instant);
        self.site.charge(&mut session.charged, cutter.memory() as u64);
        session.cutter = cutter;
        datagrams
    }

    fn forget_session(&mut self, mut session: SessionSocket) {
        self.site.charge(&mut session.charged, 0);
        self.site.workloads.give_back(&session.socket, session.key);
    }
}
