use std::io;

use florenetes_io::data_thread::Readiness;
use florenetes_io::stream::StreamSocket;
use florenetes_lane::EventWriter;

use super::{Holder, OwnPlace, OwnWorkload, Workloads};
use crate::event::Event;

/// The other side of a relay: somebody behind a socket, or the owner of the lane.
pub(crate) enum Workload {
    /// The socket, and the key that its changes come with.
    Socket(StreamSocket, u64),
    Owner(Box<OwnWorkload>),
}

impl Workload {
    /// See [`StreamSocket::read`].
    pub(crate) fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::Socket(socket, _) => socket.read(out),
            Self::Owner(owner) => owner.read(out),
        }
    }

    /// See [`StreamSocket::write`].
    pub(crate) fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Self::Socket(socket, _) => socket.write(bytes),
            Self::Owner(owner) => owner.write(bytes),
        }
    }

    /// See [`StreamSocket::end`].
    pub(crate) fn end(&mut self) {
        match self {
            Self::Socket(socket, _) => socket.end(),
            Self::Owner(owner) => owner.end(),
        }
    }

    /// The far end has accepted the stream that was opened for it.
    pub(crate) fn handle_answered(&mut self, tells_taken: bool) {
        if let Self::Owner(owner) = self {
            owner.handle_answered(tells_taken);
        }
    }

    /// The workload has a stream from now on.
    pub(crate) fn settle(&self, (connection, stream): (u32, u64), workloads: &mut Workloads) {
        match self {
            Self::Socket(_, key) => workloads.give(*key, Holder::Stream { connection, stream }),
            Self::Owner(owner) => workloads.own.set(owner.number, OwnPlace::Stream(connection, stream)),
        }
    }

    /// Whether it was reset, by what was told of it.
    pub(crate) fn has_failed(&self, readiness: Readiness) -> bool {
        matches!(self, Self::Socket(socket, _) if readiness.is_failed && socket.take_error().is_err())
    }

    /// Bytes that it keeps in this process' memory.
    pub(crate) fn memory(&self) -> u64 {
        match self {
            Self::Socket(..) => 0,
            Self::Owner(owner) => owner.memory(),
        }
    }

    /// The owner hears what has come of the last calls.
    pub(crate) fn tell(&mut self, events: &mut EventWriter<Event>) {
        if let Self::Owner(owner) = self {
            owner.tell(events);
        }
    }

    /// The owner hears how much the far workload has taken.
    pub(crate) fn tell_taken(&mut self, events: &mut EventWriter<Event>) {
        if let Self::Owner(owner) = self {
            owner.tell_taken(events);
        }
    }

    /// The stream is over: cut by this code, with more about it for people, or ended by both sides. Dropping a socket is what its workload hears of it.
    pub(crate) fn leave(
        &mut self,
        cut_by: Option<(u64, &str)>,
        workloads: &mut Workloads,
        events: &mut EventWriter<Event>,
    ) {
        match self {
            Self::Socket(_, key) => workloads.remove(*key),
            Self::Owner(owner) => {
                owner.tell(events);
                owner.tell_taken(events);
                workloads.own.remove(owner.number);
                if let Some((code, text)) = cut_by {
                    events.push(Event::StreamReset { workload: owner.number, code, text: text.into() });
                }
            }
        }
    }
}
