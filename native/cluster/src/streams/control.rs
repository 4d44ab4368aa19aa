use florenetes_engine::{Guarded, Received, StreamError};

use crate::limits::{CONTROL_STREAM, CONTROL_WAITING_MAX};
use crate::message::{ControlMessage, MessageReader, ReadState};

/// The result of reading the control stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Heard {
    Message(ControlMessage),
    /// No whole message is there now.
    Nothing,
    /// The message has an unknown version or is too long.
    Unsupported,
    /// The peer has ended or reset the stream.
    Over,
}

/// The first stream of a connection, which stays open: messages both ways, in order.
pub(crate) struct ControlStream {
    reader: MessageReader,
    /// Messages that wait for flow control credit. The peer decides both how much credit it gives and how many messages it causes: each stream that
    /// it stops causes one.
    unsent: Vec<u8>,
    is_overfull: bool,
}

impl ControlStream {
    /// Takes the stream over from the owner, with the messages that still wait for credit.
    pub(crate) fn new(unsent: Vec<u8>) -> Self {
        Self { reader: MessageReader::new(), unsent, is_overfull: false }
    }

    /// Whether a message was lost because `CONTROL_WAITING_MAX` bytes were waiting: the connection has to end.
    pub(crate) fn is_overfull(&self) -> bool {
        self.is_overfull
    }

    /// Queues whole messages.
    pub(crate) fn send(&mut self, messages: &[u8]) {
        if self.unsent.len() + messages.len() > CONTROL_WAITING_MAX {
            self.is_overfull = true;
            return;
        }
        self.unsent.extend_from_slice(messages);
    }

    /// Whether messages wait for credit.
    pub(crate) fn is_waiting(&self) -> bool {
        !self.unsent.is_empty()
    }

    /// Gives the engine as many waiting bytes as it takes.
    pub(crate) fn flush(&mut self, quic: &mut Guarded) {
        if self.unsent.is_empty() {
            return;
        }
        let unsent = &self.unsent;
        let taken = quic.with(Err(StreamError::Gone), |quic| quic.stream_send(CONTROL_STREAM, unsent, false));
        if let Ok(taken) = taken {
            self.unsent.drain(..taken);
        }
    }

    /// Reads the next message; to be called until it returns `Nothing`.
    pub(crate) fn receive(&mut self, quic: &mut Guarded) -> Heard {
        while self.reader.state() == ReadState::Partial {
            let room = self.reader.room();
            match quic.with(Err(StreamError::Gone), |quic| quic.stream_receive(CONTROL_STREAM, room)) {
                Ok(Received { length, is_ended: false }) => self.reader.advance(length),
                Err(StreamError::Blocked) => return Heard::Nothing,
                _ => return Heard::Over,
            }
        }
        if self.reader.state() == ReadState::Unsupported {
            return Heard::Unsupported;
        }
        let message = ControlMessage::decode(self.reader.body());
        self.reader = MessageReader::new();
        Heard::Message(message)
    }
}
