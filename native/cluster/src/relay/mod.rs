//! Carries the bytes of one stream between QUIC and its workload.

mod receiving;

use std::io::ErrorKind;
use std::mem;
use std::time::Instant;

use florenetes_engine::{Connection, Guarded, StreamError};
use florenetes_io::data_thread::Readiness;
use florenetes_lane::Now;

use crate::codes::{CONNECTION_LOST, DONE, MALFORMED, WORKLOAD_RESET};
use crate::event::{Account, StreamOver};
use crate::limits::Limits;
use crate::message::{self, MessageReader};
use crate::workloads::{Act, Client, HalfSent, Offer, Taken, TakenBytes, Unknown, Workload};

/// The byte that ends a half, together with the FIN: an engine may forget a FIN without bytes (apps/cluster-flor/src/transport/streams).
pub(crate) const END_MARK: &[u8] = &[0];

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
    /// The answer to OPEN has not come yet. Until then the workload's bytes are kept in the offer.
    Answer(MessageReader, Offer),
    Open,
    /// The end mark has come, and the socket has not taken all bytes before it yet.
    Ending,
    Ended,
}

/// Why the turn of a half ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Turn {
    /// Nothing is left to do until the next event.
    Done,
    /// The turn's share is used up.
    Share,
    /// QUIC has no more room.
    Blocked,
}

/// The end of a relay. QUIC was already told to tell the peer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Over {
    pub(crate) code: u64,
    /// Whether the peer gave the stream up.
    pub(crate) is_by_peer: bool,
    /// The peer was sent STOP_SENDING alone, which an engine may not repeat when it is lost. A STOP message has to follow.
    pub(crate) is_stop_to_repeat: bool,
}

/// Carries bytes, ends and resets between one QUIC stream and one workload, both ways.
///
/// ```text
///     socket ─────────────────▶ stream     no more is read from the socket than QUIC takes at once
///     socket ◀── [held] ◀────── stream     no more is read from the stream while something is held
/// ```
///
/// Each half ends by itself (half-close), with the end mark; a reset of either half ends both, as in TCP. Where the ends tell each other what their
/// workloads have taken, the relay lasts until the ends of both halves are told as well, if anybody wants to know.
pub(crate) struct Relay {
    pub(crate) stream: u64,
    pub(crate) account: Account,
    pub(crate) started: Now,
    /// The relay waits for its turn to write.
    pub(crate) is_queued: bool,
    /// The relay waits to tell the peer what its workload has taken.
    pub(crate) is_telling: bool,
    /// Bytes that the relay is charged of the memory for streams.
    pub(crate) charged: u64,
    pub(crate) workload: Workload,
    sending: Sending,
    receiving: Receiving,
    /// The first bytes of the stream, until QUIC has taken them all, and how many it has taken.
    head: Vec<u8>,
    head_taken: usize,
    /// Bytes of the message at the beginning of the head; the workload's bytes follow.
    message_size: usize,
    /// Bytes for the workload that the socket did not take, from `held_at` on.
    held: Vec<u8>,
    held_at: usize,
    /// Whether the socket may be readable. Only `WouldBlock` clears it, and not a short read: behind a few bytes there may be an end, urgent data or
    /// a passed descriptor of which epoll does not tell again.
    is_readable: bool,
    received: u64,
    /// Bytes of the workload that QUIC has taken.
    sent: u64,
    /// None where the ends do not tell each other what their workloads have taken.
    taken: Option<TakenBytes>,
}

impl Relay {
    /// Begins a stream with OPEN. All bytes that the workload has sent follow OPEN, and the peer's answer comes before any byte for the workload.
    pub(crate) fn asking(stream: u64, client: Client, now: Now) -> Self {
        let Client { workload, tunnel, offer } = client;
        let asks_taken = matches!(workload, Workload::Owner(_));
        let open = if asks_taken { message::OPEN_ASKING } else { message::OPEN };
        let head = [open, offer.said()].concat();
        let sending = if offer.has_ended() { Sending::Ending } else { Sending::Open };
        let charged = offer.charged;
        let receiving = Receiving::Answer(MessageReader::new(), offer);
        let relay = Self::new(stream, workload, Account::Tunnel(tunnel), head, receiving, now);
        Self { sending, charged, message_size: open.len(), taken: asks_taken.then(TakenBytes::default), ..relay }
    }

    /// Answers a stream whose target is connected. `asks_taken`: its OPEN asks both ends to tell what their workloads have taken.
    pub(crate) fn answering(stream: u64, workload: Workload, account: Account, asks_taken: bool, now: Now) -> Self {
        let head = if asks_taken { message::ANSWER_TELLING } else { message::ANSWER };
        let relay = Self::new(stream, workload, account, head.to_vec(), Receiving::Open, now);
        Self { message_size: head.len(), taken: asks_taken.then(TakenBytes::default), ..relay }
    }

    fn new(stream: u64, workload: Workload, account: Account, head: Vec<u8>, receiving: Receiving, now: Now) -> Self {
        Self {
            stream,
            account,
            started: now,
            is_queued: false,
            is_telling: false,
            charged: 0,
            workload,
            sending: Sending::Open,
            receiving,
            head,
            head_taken: 0,
            message_size: 0,
            held: Vec::new(),
            held_at: 0,
            // Epoll does not tell again of bytes that came before.
            is_readable: true,
            received: 0,
            sent: 0,
            taken: None,
        }
    }

    /// Whether the peer has not answered yet.
    pub(crate) fn is_unanswered(&self) -> bool {
        matches!(self.receiving, Receiving::Answer(..))
    }

    /// Whether the workload has waited for the peer's answer for too long.
    pub(crate) fn is_overdue(&self, now: Instant) -> bool {
        matches!(&self.receiving, Receiving::Answer(_, offer) if offer.deadline <= now)
    }

    /// Whether the stream can be offered again on another connection, given that the peer does not know this one.
    pub(crate) fn is_unseen(&self, unknown: Unknown) -> bool {
        matches!(&self.receiving, Receiving::Answer(_, offer) if offer.is_unseen(unknown))
    }

    /// The workload, if the peer has not accepted the stream yet.
    pub(crate) fn into_client(self) -> Option<Client> {
        let Self { workload, account, receiving, charged, .. } = self;
        let (Account::Tunnel(tunnel), Receiving::Answer(_, mut offer)) = (account, receiving) else { return None };
        offer.charged = charged;
        Some(Client { workload, tunnel, offer })
    }

    /// Bytes of memory that the relay counts for. Data that QUIC buffers because the workload does not read is not known; the stream's window stands
    /// for it.
    pub(crate) fn memory(&self, limits: &Limits) -> u64 {
        let held = (self.held.len() - self.held_at) as u64;
        let said = match &self.receiving {
            Receiving::Answer(_, offer) => offer.said().len() as u64,
            _ => 0,
        };
        let unread = match self.is_receiving() && held > 0 {
            true => limits.stream_window_max.min(limits.stream_window.max(2 * self.received)),
            false => 0,
        };
        limits.memory_per_stream + self.workload.memory() + said + held + unread
    }

    /// The entry of the owner's access log for an end by this code.
    pub(crate) fn over(&self, connection: u32, code: u64) -> StreamOver {
        StreamOver {
            connection: Some(connection),
            stream: self.stream,
            account: self.account,
            is_flow: false,
            is_refused: self.is_unanswered(),
            started_ms: self.started.ms,
            sent: self.sent,
            received: self.received,
            code,
        }
    }

    fn is_sending(&self) -> bool {
        self.sending != Sending::Ended
    }

    fn is_receiving(&self) -> bool {
        matches!(self.receiving, Receiving::Answer(..) | Receiving::Open)
    }

    // ── The workload ───────────────────────────────────────────────────────────────────────────────────────────

    /// Handles a change of the socket; `push` and `pull` follow.
    pub(crate) fn handle_change(&mut self, readiness: Readiness, quic: &mut Guarded) -> Result<(), Over> {
        self.is_readable |= readiness.is_readable;
        if self.workload.has_failed(readiness) {
            return Err(self.abort(WORKLOAD_RESET, quic));
        }
        Ok(())
    }

    /// Carries out an act of the owner, if the stream is the owner's; `push` and `pull` follow.
    pub(crate) fn handle_act(&mut self, act: Act, quic: &mut Guarded) -> Result<(), Over> {
        let Workload::Owner(owner) = &mut self.workload else { return Ok(()) };
        self.is_readable |= matches!(act, Act::Write(_) | Act::End);
        owner.handle_act(act).map_err(|code| self.abort(code, quic))
    }

    /// Whether the relay's memory changes with the bytes that the workload sends.
    pub(crate) fn keeps_said(&self) -> bool {
        self.is_unanswered() || matches!(self.workload, Workload::Owner(_))
    }

    /// Whether both halves have ended, and nothing is left to tell about them.
    pub(crate) fn has_ended(&self) -> bool {
        self.sending == Sending::Ended && matches!(self.receiving, Receiving::Ended) && self.are_ends_told()
    }

    // ── From the workload to the stream ───────────────────────────────────────────────────────────────────────────────────

    /// Gives QUIC up to `quantum` bytes of the workload.
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
                left = left.saturating_sub(self.send_head(quic)?);
            } else if self.sending == Sending::Ending {
                self.send(END_MARK, true, quic)?;
                self.sending = Sending::Ended;
                self.check_done()?;
            } else {
                left -= self.read(size.min(chunk.len()), quic, chunk)?;
            }
        }
    }

    fn send_head(&mut self, quic: &mut Guarded) -> Result<usize, Over> {
        let head = mem::take(&mut self.head);
        let taken = self.send(&head[self.head_taken..], false, quic)?;
        self.head_taken += taken;
        self.sent = self.head_taken.saturating_sub(self.message_size) as u64;
        if self.head_taken < head.len() {
            self.head = head;
        }
        Ok(taken)
    }

    /// Whether the relay may have something to write to the stream.
    pub(crate) fn is_willing(&self) -> bool {
        self.sending == Sending::Ending || (self.sending == Sending::Open && self.has_something())
    }

    fn has_something(&self) -> bool {
        self.is_readable || !self.head.is_empty()
    }

    /// Reads at most `size` bytes from the workload; QUIC has room for so many.
    fn read(&mut self, size: usize, quic: &mut Guarded, chunk: &mut [u8]) -> Result<usize, Over> {
        match self.workload.read(&mut chunk[..size]) {
            Ok(0) => {
                self.sending = Sending::Ending;
                if let Receiving::Answer(_, offer) = &mut self.receiving {
                    offer.handle_ended();
                }
                Ok(0)
            }
            Ok(length) => {
                if let Receiving::Answer(_, offer) = &mut self.receiving {
                    offer.handle_said(&chunk[..length]);
                }
                match self.send(&chunk[..length], false, quic)? {
                    taken if taken == length => {
                        self.sent += length as u64;
                        Ok(length)
                    }
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

    // ── What the workloads have taken, where the ends tell each other ───────────────────────────────────────────────────────

    /// Handles the peer's message about what its workload has taken. The message may overtake the peer's answer, which comes on another stream.
    pub(crate) fn handle_taken(&mut self, taken: Taken, quic: &mut Guarded) -> Result<(), Over> {
        let sent = HalfSent { bytes: self.sent, has_ended: self.sending == Sending::Ended };
        let Some(bytes) = &mut self.taken else { return Ok(()) };
        if !bytes.handle_heard(taken, sent) {
            return Err(Over { is_by_peer: true, ..self.abort(MALFORMED, quic) });
        }
        if let Workload::Owner(owner) = &mut self.workload {
            owner.handle_far_taken(taken);
        }
        self.check_done()
    }

    /// Whether the peer is to be told now what the workload here has taken.
    pub(crate) fn has_news(&self) -> bool {
        self.taken.as_ref().is_some_and(|taken| taken.is_due(self.taken_here(), self.received))
    }

    /// Takes the news that the peer is to be told now; `check_done` follows. None: nothing new.
    pub(crate) fn take_news(&mut self) -> Option<Taken> {
        let here = self.taken_here();
        let taken = self.taken.as_mut().filter(|taken| taken.is_due(here, self.received))?;
        taken.handle_told(here);
        Some(here)
    }

    fn taken_here(&self) -> Taken {
        let held = (self.held.len() - self.held_at) as u64;
        let (untaken, has_taken_end) = match &self.workload {
            Workload::Socket(..) => (0, true),
            Workload::Owner(owner) => (owner.untaken(), owner.has_taken_end()),
        };
        let offset = self.received.saturating_sub(held + untaken);
        Taken { offset, is_end: has_taken_end && matches!(self.receiving, Receiving::Ended) }
    }

    /// Whether the news about the ends is complete: the peer was told that the workload here has taken the end, and, if the owner is the workload,
    /// the peer has told that the far workload has.
    fn are_ends_told(&self) -> bool {
        let wants_to_know = matches!(self.workload, Workload::Owner(_));
        self.taken.as_ref().is_none_or(|taken| taken.is_end_told() && (taken.is_end_heard() || !wants_to_know))
    }

    // ── The end ─────────────────────────────────────────────────────────────────────────────────────────────────────────

    /// Finds out whether the peer has stopped the stream. While there is nothing to send, nothing else shows it.
    pub(crate) fn check_stopped(&mut self, quic: &mut Guarded) -> Result<(), Over> {
        if !self.is_sending() {
            return Ok(());
        }
        let stream = self.stream;
        let capacity = quic.with(Err(StreamError::Gone), |quic| quic.stream_capacity(stream));
        capacity.map(drop).map_err(|error| self.handle_send_failed(error, quic))
    }

    /// Ends both halves: the peer gets `code`, and the workload a reset.
    pub(crate) fn abort(&mut self, code: u64, quic: &mut Guarded) -> Over {
        let over = self.cut(code, self.is_sending(), self.is_receiving(), quic);
        // On a stream whose halves are both over, only a STOP message can still tell the peer.
        Over { is_stop_to_repeat: over.is_stop_to_repeat || !(self.is_sending() || self.is_receiving()), ..over }
    }

    /// Resets and stops the halves whose end the peer does not know yet.
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

    pub(crate) fn check_done(&self) -> Result<(), Over> {
        match self.has_ended() {
            true => Err(Over { code: DONE, is_by_peer: false, is_stop_to_repeat: false }),
            false => Ok(()),
        }
    }
}
