use std::io;

use florenetes_io::data_thread::Readiness;
use florenetes_io::stream::StreamSocket;
use florenetes_lane::EventWriter;

use super::{Holder, OwnPlace, OwnWorkload, Workloads};
use crate::event::Event;

/// The other side of a relay: a process behind a socket, or the owner of the data thread.
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

    /// Notes that the far end has accepted the workload's stream.
    pub(crate) fn handle_answered(&mut self, tells_taken: bool) {
        if let Self::Owner(owner) = self {
            owner.handle_answered(tells_taken);
        }
    }

    /// Notes the stream of the workload.
    pub(crate) fn settle(&self, (connection, stream): (u32, u64), workloads: &mut Workloads) {
        match self {
            Self::Socket(_, key) => workloads.give(*key, Holder::Stream { connection, stream }),
            Self::Owner(owner) => workloads.own.set(owner.number, OwnPlace::Stream(connection, stream)),
        }
    }

    /// Whether the workload has reset its socket, given the socket's change.
    pub(crate) fn has_failed(&self, readiness: Readiness) -> bool {
        matches!(self, Self::Socket(socket, _) if readiness.is_failed && socket.take_error().is_err())
    }

    /// Bytes that the workload keeps in this process's memory.
    pub(crate) fn memory(&self) -> u64 {
        match self {
            Self::Socket(..) => 0,
            Self::Owner(owner) => owner.memory(),
        }
    }

    /// Gives the owner the events of the calls before, where it is the workload.
    pub(crate) fn tell(&mut self, events: &mut EventWriter<Event>) {
        if let Self::Owner(owner) = self {
            owner.tell(events);
        }
    }

    /// Tells the owner, where it is the workload, how much the far workload has taken.
    pub(crate) fn tell_taken(&mut self, events: &mut EventWriter<Event>) {
        if let Self::Owner(owner) = self {
            owner.tell_taken(events);
        }
    }

    /// Lets the workload go when its stream is over: cut by a code, with a text for people, or ended by both sides. A socket's workload hears of it
    /// when the socket is dropped.
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
