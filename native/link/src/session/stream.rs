use florenetes_engine::{Guarded, Received, StreamError};
use florenetes_lane::{Allowance, EventWriter};

use crate::event::Event;
use crate::limits::STREAM_CHUNK;

const STREAM: u64 = 0;

/// Stream 0 of a session, by which its owner and the peer's owner talk.
#[derive(Default)]
pub(super) struct OwnersStream {
    /// Bytes that wait for credit.
    unsent: Vec<u8>,
    told: Allowance,
}

impl OwnersStream {
    pub(super) fn send(&mut self, bytes: &[u8]) {
        self.unsent.extend_from_slice(bytes);
    }

    /// Sends what there is credit for.
    pub(super) fn flush(&mut self, connection: &mut Guarded) {
        if self.unsent.is_empty() {
            return;
        }
        let unsent = &self.unsent;
        let taken = connection.with(Err(StreamError::Gone), |connection| connection.stream_send(STREAM, unsent, false));
        match taken {
            Ok(taken) => drop(self.unsent.drain(..taken)),
            Err(StreamError::Blocked) => {}
            // The peer does not want the stream.
            Err(_) => self.unsent.clear(),
        }
    }

    /// Tells one piece of what the peer has said; the next is told when the owner has taken this one.
    pub(super) fn read(&mut self, session: u32, connection: &mut Guarded, events: &mut EventWriter<Event>) {
        if !is_readable(connection) {
            return;
        }
        if !self.told.take(events.batch(), 1) {
            return events.hold_back_of(session);
        }
        let mut bytes = vec![0; STREAM_CHUNK];
        let received =
            connection.with(Err(StreamError::Gone), |connection| connection.stream_receive(STREAM, &mut bytes));
        let Ok(Received { length: length @ 1.., .. }) = received else { return };
        bytes.truncate(length);
        events.push(Event::Stream { session, bytes });
        if is_readable(connection) {
            events.hold_back_of(session);
        }
    }
}

fn is_readable(connection: &mut Guarded) -> bool {
    connection.with(false, |connection| connection.readable_streams().contains(&STREAM))
}
