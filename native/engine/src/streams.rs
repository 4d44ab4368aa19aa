//! Streams, from the library's calls and events to the engine's interface.

use std::collections::{BTreeSet, HashMap};

use quinn_proto::{Connection, Dir, FinishError, ReadError, Side, StreamEvent, StreamId, VarInt, WriteError};

use crate::guard::ConnectionGuard;
use crate::limits::{STREAMS_KEPT, VARINT_MAX};
use crate::settings::Settings;
use crate::window::Window;

/// Why a call on a stream failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StreamError {
    /// No bytes can be read, or flow control or the send window leaves no room to send.
    Blocked,
    /// The peer has sent STOP_SENDING, with this code.
    Stopped(u64),
    /// The peer has sent RESET_STREAM, with this code.
    Reset(u64),
    /// The stream does not exist yet, is over, or was ended by us.
    Gone,
    /// The peer's limit of streams is reached.
    Limit,
}

/// The result of reading a stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Received {
    /// The number of bytes read.
    pub length: usize,
    /// Whether the peer has ended the stream, and all of it is read.
    pub is_ended: bool,
}

/// The state of a stream's two directions, kept until both are over.
#[derive(Debug, Default)]
struct Halves {
    is_sent: bool,
    is_received: bool,
    /// The code of the peer's STOP_SENDING, until it is returned and the other direction is over.
    stop_code: Option<u64>,
    /// None before anything is read.
    window: Option<Window>,
}

/// The bidirectional streams of a connection: 0, 4, 8, … of a client and 1, 5, 9, … of a server.
#[derive(Debug, Default)]
pub(crate) struct Streams {
    /// How many streams we and the peer have opened.
    opened: u64,
    accepted: u64,
    readable: BTreeSet<u64>,
    /// Changed streams, if `watch` was called.
    changed: Option<BTreeSet<u64>>,
    halves: HashMap<u64, Halves>,
    /// Whether stream 0 leaves before datagrams.
    has_control_stream: bool,
    /// Bytes of a stream's window at its beginning, and at most.
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
                // The answer is RESET_STREAM (RFC 9000, 3.5). The library then forgets the code, which is still to be returned.
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

    /// Sends as many of `bytes` as possible, and returns how many. `fin` counts once all are taken.
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

    /// The capacity of a stream, which this opens if necessary. After 0, the stream counts as changed when there is room again.
    pub(crate) fn room(&mut self, connection: &mut Connection, id: u64) -> Result<u64, StreamError> {
        let stream = self.open_or_find(connection, id)?;
        let room = self.capacity(connection, id)?;
        if room == 0 {
            // The library refuses the byte, and then tells when there is room.
            let _ = connection.send_stream(stream).write(&[0]);
        }
        Ok(room)
    }

    /// Keeps changed streams from now on, beginning with all readable ones.
    pub(crate) fn watch(&mut self) {
        self.changed = Some(self.readable.clone());
    }

    /// A stream that has changed since it was last returned: it can be read, has room again, or was stopped.
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
        // Without room in `out`, an empty chunk means that more bytes follow, and other results that none do.
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

    /// Gives up our sending half.
    pub(crate) fn reset(&mut self, connection: &mut Connection, id: u64, code: u64) {
        let Some(stream) = self.find(connection, id) else { return };
        let _ = connection.send_stream(stream).reset(varint(code));
        self.end(id, |halves| halves.is_sent = true);
    }

    /// Asks the peer to give up its sending half.
    pub(crate) fn stop(&mut self, connection: &mut Connection, id: u64, code: u64) {
        let Some(stream) = self.find(connection, id) else { return };
        let _ = connection.recv_stream(stream).stop(varint(code));
        self.readable.remove(&id);
        self.end(id, |halves| halves.is_received = true);
    }

    pub(crate) fn readable(&self) -> impl Iterator<Item = u64> {
        self.readable.iter().copied()
    }

    /// Lets a stream leave before datagrams: the library sends streams with a priority first.
    pub(crate) fn precede(&mut self, connection: &mut Connection, id: u64) {
        if let Some(stream) = self.find(connection, id) {
            let _ = connection.send_stream(stream).set_priority(1);
        }
    }

    /// Whether a stream has been opened, and both its halves are over.
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
        // Opening a stream opens all lower ones as well (RFC 9000, 3.2).
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

    /// The stream with this id, if it has been opened, even if it is over.
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
