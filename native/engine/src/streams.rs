//! Streams: what the library says of them, in the engine interface's words.

use std::collections::{BTreeSet, HashMap};

use quinn_proto::{Connection, Dir, FinishError, ReadError, Side, StreamEvent, StreamId, VarInt, WriteError};

use crate::guard::ConnectionGuard;
use crate::limits::{STREAMS_KEPT, VARINT_MAX};
use crate::settings::Settings;
use crate::window::Window;

/// Why a call on a stream gave nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StreamError {
    /// Nothing to be read, or no credit or room to send.
    Blocked,
    /// The peer does not want more of what we send; its code.
    Stopped(u64),
    /// The peer has given up what it was sending; its code.
    Reset(u64),
    /// The stream is not there (not yet, or not any more), or we have ended it.
    Gone,
    /// The peer's limit of streams is reached.
    Limit,
}

/// Bytes that were read, and whether the peer's clean end was reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Received {
    /// Bytes that were copied.
    pub length: usize,
    /// The peer has ended the stream, and all of it is read.
    pub is_ended: bool,
}

/// How far the two directions of a stream have come. Kept until both are over.
#[derive(Debug, Default)]
struct Halves {
    is_sent: bool,
    is_received: bool,
    /// The peer's STOP_SENDING, until it is told and the other direction is over.
    stop_code: Option<u64>,
    /// Absent before anything was read.
    window: Option<Window>,
}

/// The bidirectional streams of a connection: 0, 4, 8, … of a client and 1, 5, 9, … of a server.
#[derive(Debug, Default)]
pub(crate) struct Streams {
    /// Streams of ours and of the peer's so far.
    opened: u64,
    accepted: u64,
    readable: BTreeSet<u64>,
    /// Streams to look at, where somebody asks for them.
    changed: Option<BTreeSet<u64>>,
    halves: HashMap<u64, Halves>,
    /// Whether stream 0 goes before datagrams.
    has_control_stream: bool,
    /// Bytes of a window when a stream begins, and when it has grown.
    window_min: u64,
    window_max: u64,
}

impl Streams {
    pub(crate) fn new(settings: &Settings) -> Self {
        Self {
            has_control_stream: settings.datagrams.is_some(),
            window_min: settings.stream_window,
            window_max: settings.stream_window_max,
            ..Self::default()
        }
    }

    pub(crate) fn handle_event(&mut self, connection: &mut Connection, event: StreamEvent) {
        match event {
            StreamEvent::Opened { dir } => {
                while let Some(stream) = connection.streams().accept(dir) {
                    self.accepted = stream.index() + 1;
                    self.begin(connection, stream);
                    if connection.recv_stream(stream).is_readable() {
                        self.readable.insert(stream.into());
                        self.note_change(stream);
                    }
                }
            }
            StreamEvent::Readable { id } => {
                if connection.recv_stream(id).is_readable() {
                    self.readable.insert(id.into());
                    self.note_change(id);
                }
            }
            StreamEvent::Stopped { id, error_code } => {
                // RFC 9000, 3.5: the answer is RESET_STREAM. With it the library forgets the code, which is still to be told.
                let _ = connection.send_stream(id).reset(error_code);
                if let Some(halves) = self.halves.get_mut(&id.into()) {
                    halves.stop_code = Some(error_code.into_inner());
                }
                self.note_change(id);
            }
            StreamEvent::Writable { id } => self.note_change(id),
            StreamEvent::Finished { .. } | StreamEvent::Available { .. } => {}
        }
    }

    /// Takes up to all of `bytes`; `fin` counts when all are taken.
    pub(crate) fn send(
        &mut self,
        connection: &mut Connection,
        id: u64,
        bytes: &[u8],
        fin: bool,
    ) -> Result<usize, StreamError> {
        let stream = self.open_or_find(connection, id)?;
        self.check_stop(id)?;
        let taken = match bytes.is_empty() {
            true => 0,
            false => connection.send_stream(stream).write(bytes).map_err(write_error)?,
        };
        if fin && taken == bytes.len() {
            connection.send_stream(stream).finish().map_err(|error| match error {
                FinishError::Stopped(code) => StreamError::Stopped(code.into_inner()),
                FinishError::ClosedStream => StreamError::Gone,
            })?;
            self.end(id, |halves| halves.is_sent = true);
        }
        Ok(taken)
    }

    pub(crate) fn capacity(&mut self, connection: &mut Connection, id: u64) -> Result<u64, StreamError> {
        let stream = self.find(connection, id).ok_or(StreamError::Gone)?;
        self.check_stop(id)?;
        connection.send_stream(stream).capacity().map_err(write_error)
    }

    /// The capacity of a stream, which is opened if it is not yet. At 0 the stream is a changed one when there is room again.
    pub(crate) fn room(&mut self, connection: &mut Connection, id: u64) -> Result<u64, StreamError> {
        let stream = self.open_or_find(connection, id)?;
        let room = self.capacity(connection, id)?;
        if room == 0 {
            // The byte is refused, as is known, and the library then says when it would not be.
            let _ = connection.send_stream(stream).write(&[0]);
        }
        Ok(room)
    }

    /// Tells of changed streams from now on, the first time of all that can be read.
    pub(crate) fn watch(&mut self) {
        self.changed = Some(self.readable.clone());
    }

    /// A stream that has something to be read, has room again or was stopped since it was told last.
    pub(crate) fn poll_changed(&mut self) -> Option<u64> {
        self.changed.as_mut()?.pop_first()
    }

    fn note_change(&mut self, stream: StreamId) {
        if let Some(changed) = &mut self.changed {
            changed.insert(stream.into());
        }
    }

    pub(crate) fn receive(
        &mut self,
        connection: &mut Connection,
        id: u64,
        out: &mut [u8],
        now: f64,
    ) -> Result<Received, StreamError> {
        let stream = self.find(connection, id).ok_or(StreamError::Gone)?;
        let round_trip = connection.rtt().as_secs_f64() * 1_000.0;
        let mut receiving = connection.recv_stream(stream);
        let Ok(mut chunks) = receiving.read(true) else {
            self.readable.remove(&id);
            return Err(StreamError::Gone);
        };
        let mut length = 0;
        // With no room left, a chunk of no bytes says that there is more, and nothing else that there is not.
        let end = loop {
            match chunks.next(out.len() - length) {
                Ok(Some(chunk)) if length == out.len() => break Ok(chunk.bytes.is_empty()),
                Ok(Some(chunk)) => {
                    out[length..length + chunk.bytes.len()].copy_from_slice(&chunk.bytes);
                    length += chunk.bytes.len();
                }
                Ok(None) => break Ok(false),
                Err(error) => break Err(error),
            }
        };
        if let Some(halves) = self.halves.get_mut(&id).filter(|_| length > 0) {
            let window = halves.window.get_or_insert_with(|| Window::new(self.window_min, now));
            chunks.grow_window(window.handle_read(length, round_trip, self.window_max, now));
        }
        let _ = chunks.finalize();
        match end {
            Ok(true) => return Ok(Received { length, is_ended: false }),
            Ok(false) => self.end(id, |halves| halves.is_received = true),
            Err(ReadError::Reset(code)) => {
                self.readable.remove(&id);
                self.end(id, |halves| halves.is_received = true);
                return Err(StreamError::Reset(code.into_inner()));
            }
            Err(ReadError::Blocked) => {}
        }
        self.readable.remove(&id);
        match end {
            Err(_) if length == 0 => Err(StreamError::Blocked),
            _ => Ok(Received { length, is_ended: end.is_ok() }),
        }
    }

    /// Gives up what we send.
    pub(crate) fn reset(&mut self, connection: &mut Connection, id: u64, code: u64) {
        let Some(stream) = self.find(connection, id) else { return };
        let _ = connection.send_stream(stream).reset(varint(code));
        self.end(id, |halves| halves.is_sent = true);
    }

    /// Asks the peer to give up what it sends.
    pub(crate) fn stop(&mut self, connection: &mut Connection, id: u64, code: u64) {
        let Some(stream) = self.find(connection, id) else { return };
        let _ = connection.recv_stream(stream).stop(varint(code));
        self.readable.remove(&id);
        self.end(id, |halves| halves.is_received = true);
    }

    pub(crate) fn readable(&self) -> impl Iterator<Item = u64> {
        self.readable.iter().copied()
    }

    /// Streams of priority go before datagrams.
    pub(crate) fn precede(&mut self, connection: &mut Connection, id: u64) {
        if let Some(stream) = self.find(connection, id) {
            let _ = connection.send_stream(stream).set_priority(1);
        }
    }

    /// Whether it has been opened, and both of its halves are over.
    pub(crate) fn is_over(&self, connection: &Connection, id: u64) -> bool {
        self.find(connection, id).is_some() && !self.halves.contains_key(&id)
    }

    fn open_or_find(&mut self, connection: &mut Connection, id: u64) -> Result<StreamId, StreamError> {
        if let Some(stream) = self.find(connection, id) {
            return Ok(stream);
        }
        if !is_ours(connection, id) || id & 2 != 0 {
            return Err(StreamError::Gone);
        }
        // A stream opens all below it, too (RFC 9000, 3.2).
        while self.opened <= id >> 2 {
            let stream = connection.streams().open(Dir::Bi).ok_or(StreamError::Limit)?;
            self.opened += 1;
            if let Some(guard) = connection.judge::<ConnectionGuard>() {
                guard.handle_opened(stream.into());
            }
            self.begin(connection, stream);
        }
        self.find(connection, id).ok_or(StreamError::Gone)
    }

    /// The stream with this id, if it has been opened, and be it over.
    fn find(&self, connection: &Connection, id: u64) -> Option<StreamId> {
        let count = if is_ours(connection, id) { self.opened } else { self.accepted };
        let is_bidirectional = id & 2 == 0;
        (is_bidirectional && id >> 2 < count).then(|| VarInt::from_u64(id).ok().map(StreamId::from)).flatten()
    }

    fn begin(&mut self, connection: &mut Connection, stream: StreamId) {
        let id = u64::from(stream);
        self.halves.insert(id, Halves::default());
        if id == 0 && self.has_control_stream {
            self.precede(connection, id);
        }
    }

    fn end(&mut self, id: u64, what: impl FnOnce(&mut Halves)) {
        let Some(halves) = self.halves.get_mut(&id) else { return };
        what(halves);
        if halves.is_sent && halves.is_received {
            self.halves.remove(&id);
            if self.halves.is_empty() && self.halves.capacity() > STREAMS_KEPT {
                self.halves.shrink_to(STREAMS_KEPT);
            }
        }
    }

    fn check_stop(&mut self, id: u64) -> Result<(), StreamError> {
        let Some(code) = self.halves.get(&id).and_then(|halves| halves.stop_code) else { return Ok(()) };
        self.end(id, |halves| halves.is_sent = true);
        Err(StreamError::Stopped(code))
    }
}

fn is_ours(connection: &Connection, id: u64) -> bool {
    (id & 1 == 0) == (connection.side() == Side::Client)
}

fn write_error(error: WriteError) -> StreamError {
    match error {
        WriteError::Blocked => StreamError::Blocked,
        WriteError::Stopped(code) => StreamError::Stopped(code.into_inner()),
        WriteError::ClosedStream => StreamError::Gone,
    }
}

fn varint(value: u64) -> VarInt {
    VarInt::from_u64(value.min(VARINT_MAX)).unwrap_or(VarInt::MAX)
}
