use std::io::{self, ErrorKind};
use std::time::Instant;

use florenetes_engine::{Connection, Guarded, Received, StreamError};
use florenetes_io::data_thread::Readiness;
use florenetes_io::stream::StreamSocket;

use crate::codes::{CONNECTION_LOST, DONE, MALFORMED, WORKLOAD_RESET};
use crate::event::Account;
use crate::limits::Limits;
use crate::message::{MessageReader, ReadState, is_answer};

/// Ends a half together with the FIN: a FIN without bytes may be forgotten by an engine (apps/cluster-flor/src/transport/streams).
const END_MARK: &[u8] = &[0];

/// The half from the socket to the stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Sending {
    Open,
    /// The workload has ended, and QUIC has not taken the end mark yet.
    Ending,
    Ended,
}

/// The half from the stream to the socket.
enum Receiving {
    /// The first bytes are the answer to OPEN.
    Answer(MessageReader),
    Open,
    /// The end mark has come, and the socket has not taken all before it yet.
    Ending,
    Ended,
}

/// How far a turn of one half has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Turn {
    /// There is nothing to be done now: what is waited for will be told.
    Done,
    /// The share is used up.
    Share,
    /// QUIC takes no more.
    Blocked,
}

/// The end of a relay, which has told the peer already.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Over {
    pub(crate) code: u64,
    /// It was the peer who gave the stream up.
    pub(crate) is_by_peer: bool,
    /// STOP_SENDING was all that the peer was told: an engine may not repeat one that is lost.
    pub(crate) is_stop_to_repeat: bool,
}

/// Carries bytes, ends and resets between one QUIC stream and one local socket, both ways.
///
/// ```text
///     socket ─────────────────▶ stream     no more is read from the socket than QUIC takes at once
///     socket ◀── [held] ◀────── stream     no more is read from the stream while something is held
/// ```
///
/// Each half ends by itself (half-close), with one byte that is no workload's; a reset of either half ends both, as it does in TCP.
pub(crate) struct Relay {
    pub(crate) stream: u64,
    pub(crate) key: u64,
    pub(crate) account: Account,
    pub(crate) started_at: Instant,
    /// It waits for its turn to write.
    pub(crate) is_queued: bool,
    /// Bytes that the memory is charged for it.
    pub(crate) charged: u64,
    socket: StreamSocket,
    sending: Sending,
    receiving: Receiving,
    /// The beginning of the stream, as far as QUIC has not taken it.
    head: &'static [u8],
    /// Bytes for the workload that the socket did not take, from `held_at` on.
    held: Vec<u8>,
    held_at: usize,
    /// The socket may have something.
    is_readable: bool,
    /// The workload has ended its half, or more: an end comes after the last byte without being told again.
    is_hung_up: bool,
    received: u64,
}

impl Relay {
    /// `head` is the first that the peer gets; who asks is answered before the workload gets anything.
    pub(crate) fn new(
        stream: u64,
        socket: (StreamSocket, u64),
        account: Account,
        head: &'static [u8],
        is_answer_awaited: bool,
        now: Instant,
    ) -> Self {
        let (socket, key) = socket;
        let receiving = if is_answer_awaited { Receiving::Answer(MessageReader::new()) } else { Receiving::Open };
        Self {
            stream,
            key,
            account,
            started_at: now,
            is_queued: false,
            charged: 0,
            socket,
            sending: Sending::Open,
            receiving,
            head,
            held: Vec::new(),
            held_at: 0,
            // Bytes that came before are not told again.
            is_readable: true,
            is_hung_up: false,
            received: 0,
        }
    }

    /// Whether the peer has not answered yet.
    pub(crate) fn is_unanswered(&self) -> bool {
        matches!(self.receiving, Receiving::Answer(_))
    }

    /// Bytes of memory that it is worth. What QUIC holds for a reader who does not read is not known: the stream's window bounds it.
    pub(crate) fn memory(&self, limits: &Limits) -> u64 {
        let held = (self.held.len() - self.held_at) as u64;
        let unread = match self.is_receiving() && held > 0 {
            true => limits.stream_window_max.min(limits.stream_window.max(2 * self.received)),
            false => 0,
        };
        limits.memory_per_stream + held + unread
    }

    fn is_sending(&self) -> bool {
        self.sending != Sending::Ended
    }

    fn is_receiving(&self) -> bool {
        matches!(self.receiving, Receiving::Answer(_) | Receiving::Open)
    }

    // ── The workload's socket ───────────────────────────────────────────────────────────────────────────────────────────

    /// The socket has changed; `push` and `pull` go on.
    pub(crate) fn handle_change(&mut self, readiness: Readiness, quic: &mut Guarded) -> Result<(), Over> {
        self.is_readable |= readiness.is_readable;
        self.is_hung_up |= readiness.is_hung_up;
        if readiness.is_failed && self.socket.take_error().is_err() {
            return Err(self.abort(WORKLOAD_RESET, quic));
        }
        Ok(())
    }

    /// Writes what is held. False: the socket takes no more.
    fn flush(&mut self) -> io::Result<bool> {
        while self.held_at < self.held.len() {
            match self.socket.write(&self.held[self.held_at..]) {
                Ok(taken) => self.held_at += taken,
                Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(false),
                Err(error) => return Err(error),
            }
        }
        self.held = Vec::new();
        self.held_at = 0;
        if matches!(self.receiving, Receiving::Ending) {
            self.socket.end();
            self.receiving = Receiving::Ended;
        }
        Ok(true)
    }

    /// Gives bytes to the socket, and holds what it does not take.
    fn deliver(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.received += bytes.len() as u64;
        let mut rest = bytes;
        while !rest.is_empty() {
            match self.socket.write(rest) {
                Ok(taken) => rest = &rest[taken..],
                Err(error) if error.kind() == ErrorKind::WouldBlock => break,
                Err(error) => return Err(error),
            }
        }
        self.held.extend_from_slice(rest);
        Ok(())
    }

    // ── From the stream to the socket ───────────────────────────────────────────────────────────────────────────────────

    /// Reads what the stream has, as far as the workload takes it and the share allows.
    pub(crate) fn pull(&mut self, quic: &mut Guarded, share: usize, chunk: &mut [u8]) -> Result<Turn, Over> {
        if !self.flush().map_err(|_| self.abort(WORKLOAD_RESET, quic))? {
            self.check_reset(quic)?;
            return Ok(Turn::Done);
        }
        self.check_done()?;
        if matches!(self.receiving, Receiving::Answer(_)) && !self.read_answer(quic)? {
            return Ok(Turn::Done);
        }
        let mut left = share;
        while self.is_receiving() {
            if left == 0 {
                return Ok(Turn::Share);
            }
            let length = self.receive(quic, chunk)?;
            left = left.saturating_sub(length);
            if !self.held.is_empty() || length < chunk.len() {
                break;
            }
        }
        self.check_done()?;
        Ok(Turn::Done)
    }

    /// Moves a chunk. Less than a whole one: there is no more.
    fn receive(&mut self, quic: &mut Guarded, chunk: &mut [u8]) -> Result<usize, Over> {
        let stream = self.stream;
        match quic.with(Err(StreamError::Gone), |quic| quic.stream_receive(stream, chunk)) {
            // The peer has ended the stream where it must not.
            Ok(Received { length: 0, is_ended: true }) => Err(self.cut(MALFORMED, self.is_sending(), false, quic)),
            Ok(Received { length, is_ended }) => {
                let bytes = &chunk[..length - usize::from(is_ended)];
                self.deliver(bytes).map_err(|_| self.abort(WORKLOAD_RESET, quic))?;
                if is_ended {
                    self.receiving = Receiving::Ending;
                    self.flush().map_err(|_| self.abort(WORKLOAD_RESET, quic))?;
                }
                Ok(length)
            }
            Err(StreamError::Blocked) => Ok(0),
            Err(error) => Err(self.handle_receive_failed(error, quic)),
        }
    }

    /// True: it was read, and it accepts.
    fn read_answer(&mut self, quic: &mut Guarded) -> Result<bool, Over> {
        let stream = self.stream;
        let Receiving::Answer(reader) = &mut self.receiving else { return Ok(true) };
        while reader.state() == ReadState::Partial {
            let room = reader.room();
            match quic.with(Err(StreamError::Gone), |quic| quic.stream_receive(stream, room)) {
                Ok(Received { length, is_ended: false }) => reader.advance(length),
                Ok(Received { is_ended: true, .. }) => return Err(self.cut(MALFORMED, self.is_sending(), false, quic)),
                Err(StreamError::Blocked) => return Ok(false),
                Err(error) => return Err(self.handle_receive_failed(error, quic)),
            }
        }
        if reader.state() != ReadState::Whole || !is_answer(reader.body()) {
            return Err(self.abort(MALFORMED, quic));
        }
        self.receiving = Receiving::Open;
        Ok(true)
    }

    /// Finds out whether the peer has reset a stream that is not read now.
    fn check_reset(&mut self, quic: &mut Guarded) -> Result<(), Over> {
        if !self.is_receiving() {
            return Ok(());
        }
        let stream = self.stream;
        match quic.with(Err(StreamError::Gone), |quic| quic.stream_receive(stream, &mut [])) {
            Ok(Received { is_ended: true, .. }) => Err(self.cut(MALFORMED, self.is_sending(), false, quic)),
            Ok(_) | Err(StreamError::Blocked) => Ok(()),
            Err(error) => Err(self.handle_receive_failed(error, quic)),
        }
    }

    /// A peer that has finished sending before it reset the stream shows only that it wants no more.
    fn handle_receive_failed(&mut self, error: StreamError, quic: &mut Guarded) -> Over {
        let (code, is_by_peer) = match error {
            StreamError::Reset(code) => (code, true),
            _ => (CONNECTION_LOST, false),
        };
        Over { is_by_peer, ..self.cut(code, self.is_sending(), false, quic) }
    }

    // ── From the socket to the stream ───────────────────────────────────────────────────────────────────────────────────

    /// Gives QUIC up to `quantum` bytes that the workload has sent.
    pub(crate) fn push(&mut self, quic: &mut Guarded, quantum: usize, chunk: &mut [u8]) -> Result<Turn, Over> {
        let mut left = quantum;
        loop {
            if !self.is_willing() {
                return Ok(Turn::Done);
            }
            let room = self.room(quic)?;
            if room == 0 {
                return Ok(Turn::Blocked);
            }
            if left == 0 {
                return Ok(Turn::Share);
            }
            let size = room.min(left);
            if !self.head.is_empty() {
                let taken = self.send(self.head, false, quic)?;
                self.head = &self.head[taken..];
                left = left.saturating_sub(taken);
            } else if self.sending == Sending::Ending {
                self.send(END_MARK, true, quic)?;
                self.sending = Sending::Ended;
                self.check_done()?;
            } else {
                left -= self.read(size.min(chunk.len()), quic, chunk)?;
            }
        }
    }

    /// Whether it may have something to write.
    pub(crate) fn is_willing(&self) -> bool {
        self.sending == Sending::Ending || (self.sending == Sending::Open && self.has_something())
    }

    fn has_something(&self) -> bool {
        self.is_readable || !self.head.is_empty()
    }

    /// Reads at most `size` bytes, which QUIC takes.
    fn read(&mut self, size: usize, quic: &mut Guarded, chunk: &mut [u8]) -> Result<usize, Over> {
        match self.socket.read(&mut chunk[..size]) {
            Ok(0) => {
                self.sending = Sending::Ending;
                Ok(0)
            }
            Ok(length) => {
                // There is no more for now; only an end would be there without being told.
                self.is_readable = length == size || self.is_hung_up;
                match self.send(&chunk[..length], false, quic)? {
                    taken if taken == length => Ok(length),
                    _ => Err(self.abort(CONNECTION_LOST, quic)),
                }
            }
            Err(error) if error.kind() == ErrorKind::WouldBlock => {
                self.is_readable = false;
                Ok(0)
            }
            Err(_) => Err(self.abort(WORKLOAD_RESET, quic)),
        }
    }

    fn room(&mut self, quic: &mut Guarded) -> Result<usize, Over> {
        let stream = self.stream;
        let room = quic.with(Err(StreamError::Gone), |quic| quic.stream_room(stream));
        room.map(|room| usize::try_from(room).unwrap_or(usize::MAX))
            .map_err(|error| self.handle_send_failed(error, quic))
    }

    fn send(&mut self, bytes: &[u8], is_end: bool, quic: &mut Guarded) -> Result<usize, Over> {
        let stream = self.stream;
        let taken = quic.with(Err(StreamError::Gone), |quic| quic.stream_send(stream, bytes, is_end));
        taken.map_err(|error| self.handle_send_failed(error, quic))
    }

    fn handle_send_failed(&mut self, error: StreamError, quic: &mut Guarded) -> Over {
        let (code, is_by_peer) = match error {
            StreamError::Stopped(code) => (code, true),
            _ => (CONNECTION_LOST, false),
        };
        Over { is_by_peer, ..self.cut(code, false, self.is_receiving(), quic) }
    }

    // ── The end ─────────────────────────────────────────────────────────────────────────────────────────────────────────

    /// The peer may have stopped the stream, which nothing else shows while there is nothing to be sent.
    pub(crate) fn check_stopped(&mut self, quic: &mut Guarded) -> Result<(), Over> {
        if !self.is_sending() {
            return Ok(());
        }
        let stream = self.stream;
        let capacity = quic.with(Err(StreamError::Gone), |quic| quic.stream_capacity(stream));
        capacity.map(drop).map_err(|error| self.handle_send_failed(error, quic))
    }

    /// Ends both halves: the peer gets `code`, the workload a reset.
    pub(crate) fn abort(&mut self, code: u64, quic: &mut Guarded) -> Over {
        self.cut(code, self.is_sending(), self.is_receiving(), quic)
    }

    /// Ends both halves, and says so to the peer as far as it does not know it.
    fn cut(&mut self, code: u64, tell_sending: bool, tell_receiving: bool, quic: &mut Guarded) -> Over {
        let stream = self.stream;
        let tell = |quic: &mut Connection| {
            if tell_receiving {
                quic.stream_stop(stream, code);
            }
            if tell_sending {
                quic.stream_reset(stream, code);
            }
        };
        quic.with((), tell);
        Over { code, is_by_peer: false, is_stop_to_repeat: tell_receiving && !tell_sending }
    }

    fn check_done(&self) -> Result<(), Over> {
        match (self.sending, &self.receiving) {
            (Sending::Ended, Receiving::Ended) => Err(Over { code: DONE, is_by_peer: false, is_stop_to_repeat: false }),
            _ => Ok(()),
        }
    }
}
