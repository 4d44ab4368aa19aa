//! A side of a pair of sockets.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::counters::FlorioCounters;
use crate::error::FlorioError;
use crate::frame::{self, Address, DataFrame, Verdict};
use crate::heard::Heard;
use crate::heartbeat::Heartbeat;
use crate::limits::{CONNECT_INTERVAL, OWN_PATH_CHECK_ATTEMPTS};
use crate::outbox::{Outbox, Send, SendFate};

/// The socket of a port: the driver has one of the kernel, tests have one in memory.
pub trait PortSocket {
    /// Makes a socket and binds our own path.
    ///
    /// # Errors
    ///
    /// The path cannot be bound.
    fn open(&mut self) -> Result<(), FlorioError>;
    /// Removes our own file, when it is still ours, and closes the socket. Without a socket it does nothing.
    fn close(&mut self);
    /// Whether there is a socket.
    fn is_open(&self) -> bool;
    /// Whether the file of our own path is still this socket's.
    fn is_own_path_there(&self) -> bool;
    /// Connects to the partner's path.
    ///
    /// # Errors
    ///
    /// Why not yet, for people.
    fn connect(&mut self) -> Result<(), String>;
    /// Whether a living socket is behind the partner's path that is connected, as it is to us when all is well. The partner does not
    /// notice.
    fn is_partner_connected(&self) -> bool;
    /// Whether the owner of the port will be told when the partner's process ends (`Port::handle_partner_end`).
    fn is_partner_watched(&self) -> bool;
    /// Sends one datagram without waiting.
    ///
    /// # Errors
    ///
    /// The datagram was not sent.
    fn send(&mut self, frame: &[u8]) -> Result<(), Refusal>;
}

/// Why a socket did not send.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// The socket holds as much as it can, and tells when it has room.
    Full,
    /// This datagram cannot be sent, others may be.
    Unsendable,
    /// The partner has gone.
    Gone {
        /// For people.
        reason: String,
        /// The partner may be alive, and is hurt by a connected socket that turns elsewhere: a new one must be made.
        must_replace: bool,
    },
}

/// An event for the owner of a port.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PortEvent {
    /// The partner is there.
    Connected,
    /// The partner is gone, or was replaced by a new process. All that waited for it is dropped.
    Disconnected,
    /// Sources that held back, or lost a packet, may go on.
    Writable,
    /// A frame of another version came, and was dropped: it may be all that the partner speaks.
    ForeignVersion(u8),
}

/// A datagram of the partner's, checked and counted.
#[derive(Debug, PartialEq, Eq)]
pub enum Inbound<'a> {
    /// Packets of one link: `Port::send_frame` passes all of them on.
    Data(DataFrame<'a>),
    /// A Portal API message.
    Control(&'a [u8]),
    /// The message that is known (`Port::set_known`).
    Known,
    /// The frame was wrong, or of a life that has ended.
    Dropped,
}

/// A side of FlorIO.
///
/// ```text
///                connect: 0
///    ┌─────────┐ ─────────────────────▶ ┌───────────┐
///    │ waiting │                        │ connected │
///    └─────────┘ ◀───────────────────── └───────────┘
///     every 100 ms                       a send finds the partner gone
/// ```
///
/// Only a send finds out. With a heartbeat (`repeat`) the port looks whether there is a reason to send it: when the partner's process has ended,
/// or every 100 ms where nobody will tell of that. A turn of its owner is: `handle_datagram` for what
/// came, `handle_timeout`, what the owner has to send, `handle_turn_end`, and then `poll_event` until there is none.
pub struct Port<S> {
    socket: S,
    outbox: Outbox,
    heartbeat: Heartbeat,
    counters: FlorioCounters,
    events: VecDeque<PortEvent>,
    is_connected: bool,
    is_closed: bool,
    /// The partner was found gone in this turn, and the owner does not know it yet.
    has_lost_partner: bool,
    /// In this turn it was heard, and connecting to it was tried.
    has_answered_partner: bool,
    foreign_version: Option<u8>,
    connect_at: Instant,
    attempts: u32,
    waiting_for: String,
}

impl<S: PortSocket> Port<S> {
    /// Opens the socket. The first attempt to connect is due at once.
    ///
    /// # Errors
    ///
    /// When our own path cannot be bound. A partner that is away is no error.
    pub fn open(mut socket: S, now: Instant) -> Result<Self, FlorioError> {
        socket.open()?;
        Ok(Self {
            socket,
            outbox: Outbox::default(),
            heartbeat: Heartbeat::default(),
            counters: FlorioCounters::default(),
            events: VecDeque::new(),
            is_connected: false,
            is_closed: false,
            has_lost_partner: false,
            has_answered_partner: false,
            foreign_version: None,
            connect_at: now,
            attempts: 0,
            waiting_for: "the partner was not tried yet".into(),
        })
    }

    /// The socket, for who waits for it.
    pub fn socket(&mut self) -> &mut S {
        &mut self.socket
    }

    /// Counts of frames and packets, by what became of them.
    pub fn counters(&self) -> &FlorioCounters {
        &self.counters
    }

    /// Whether the pair is connected both ways as far as this side knows.
    pub fn is_connected(&self) -> bool {
        self.is_connected
    }

    /// Why it is not connected, for people; empty while it is.
    pub fn waiting_for(&self) -> &str {
        &self.waiting_for
    }

    /// False while the socket is full and more than half of the queue is used, and while not connected: a source should hold back;
    /// `Writable` and `Connected` say when to go on.
    pub fn is_writable(&self) -> bool {
        self.is_connected && self.outbox.is_writable()
    }

    /// Whether the socket is full: `handle_writable` is waited for.
    pub fn is_blocked(&self) -> bool {
        self.outbox.is_blocked()
    }

    /// Sends one Portal API message at once, or ahead of all data when the socket is full. False when it was not taken (not connected,
    /// or too many wait already): the caller repeats it, as it does any unanswered message.
    ///
    /// # Panics
    ///
    /// When the message has not 1 to `MESSAGE_SIZE_MAX` bytes.
    pub fn send_control(&mut self, message: &[u8]) -> bool {
        self.is_connected && self.with_outbox(|outbox, counters, send| outbox.send_control(message, counters, send))
    }

    /// Sends a Portal API message now, and again each `interval` or when the partner may be gone, until another one is given or the partner
    /// is found gone. Without a partner it does nothing.
    ///
    /// # Panics
    ///
    /// As `send_control`.
    pub fn repeat(&mut self, message: &[u8], interval: Duration, now: Instant) {
        if self.is_connected {
            self.heartbeat.repeat(message, interval, now);
            self.send_heartbeat(now);
        }
    }

    /// This message of the partner's is no news when it comes again: it is noted in `heard`, and counted. Empty: every one is news.
    pub fn set_known(&mut self, message: &[u8], heard: Arc<Heard>) {
        self.heartbeat.set_known(message, heard);
    }

    /// Copies a packet into the frame being filled for a handle (and source), which leaves at the end of the turn, or when it is full. False: it was not
    /// taken, and is counted as refused.
    pub fn send_packet(&mut self, to: impl Into<Address>, packet: &[u8]) -> bool {
        if !self.is_connected {
            self.counters.packets_refused_not_connected += 1;
            return false;
        }
        self.with_outbox(|outbox, counters, send| outbox.send_packet(to.into(), packet, counters, send))
    }

    /// Sends a whole received DATA frame on under another address. False: as for `send_packet`.
    pub fn send_frame(&mut self, to: impl Into<Address>, frame: DataFrame<'_>) -> bool {
        if !self.is_connected {
            self.counters.packets_refused_not_connected += frame.packets as u64;
            return false;
        }
        self.with_outbox(|outbox, counters, send| outbox.send_frame(to.into(), frame, counters, send))
    }

    /// A datagram of the partner has come. Its first one connects us to it: there is no need to wait for the next attempt.
    pub fn handle_datagram<'a>(&mut self, frame: &'a mut [u8], now: Instant) -> Inbound<'a> {
        if !self.is_connected && !self.has_answered_partner {
            self.has_answered_partner = true;
            self.connect(now);
        }
        if self.has_lost_partner || self.is_closed {
            self.counters.frames_dropped_disconnected += 1;
            return Inbound::Dropped;
        }
        match frame::check(frame) {
            Verdict::Data { handle, packets } => {
                self.counters.frames_received += 1;
                self.counters.packets_received += packets as u64;
                return Inbound::Data(DataFrame { handle, packets, bytes: frame });
            }
            Verdict::Control => {
                self.counters.frames_received += 1;
                let message = frame::message(frame);
                return if self.heartbeat.is_known(message, now) { Inbound::Known } else { Inbound::Control(message) };
            }
            Verdict::Malformed => self.counters.frames_dropped_malformed += 1,
            Verdict::Type => self.counters.frames_dropped_type += 1,
            Verdict::Version(version) => {
                self.counters.frames_dropped_version += 1;
                self.foreign_version = Some(version);
            }
        }
        Inbound::Dropped
    }

    /// A datagram of somebody else has come, and was dropped.
    pub fn handle_stranger(&mut self) {
        self.counters.frames_dropped_sender += 1;
    }

    /// The process that the partner was has ended: `handle_timeout` looks what has become of the partner.
    pub fn handle_partner_end(&mut self, now: Instant) {
        self.heartbeat.handle_doubt(now);
    }

    /// The socket has room again.
    pub fn handle_writable(&mut self) {
        self.outbox.unblock();
    }

    /// When `handle_timeout` is due: for the next attempt to connect, or the next heartbeat.
    pub fn next_timeout(&self) -> Option<Instant> {
        match (self.is_closed, self.is_connected) {
            (true, _) => None,
            (false, true) => self.heartbeat.next_timeout(),
            (false, false) => Some(self.connect_at),
        }
    }

    /// Does what is due.
    pub fn handle_timeout(&mut self, now: Instant) {
        if self.next_timeout().is_none_or(|at| at > now) {
            return;
        }
        if self.is_connected { self.send_heartbeat(now) } else { self.connect(now) }
    }

    /// Sends what was gathered in this turn. Returns whether there are events, or more to send.
    pub fn handle_turn_end(&mut self, now: Instant) -> bool {
        self.has_answered_partner = false;
        if self.is_connected {
            self.with_outbox(|outbox, counters, send| outbox.drain(counters, send));
        }
        if self.has_lost_partner {
            self.has_lost_partner = false;
            self.outbox.clear(&mut self.counters);
            self.heartbeat.clear();
            self.events.push_back(PortEvent::Disconnected);
            self.connect(now);
        }
        self.events.extend(self.foreign_version.take().map(PortEvent::ForeignVersion));
        if self.is_connected && self.outbox.take_writable() {
            self.events.push_back(PortEvent::Writable);
        }
        !self.events.is_empty() || (self.is_connected && self.outbox.needs_turn())
    }

    /// The next event that the owner does not know yet.
    pub fn poll_event(&mut self) -> Option<PortEvent> {
        self.events.pop_front()
    }

    /// Sends what it can of what waits, and takes nothing more.
    pub fn close(&mut self) {
        if self.is_closed {
            return;
        }
        if self.is_connected {
            self.with_outbox(|outbox, counters, send| outbox.drain(counters, send));
        }
        self.is_closed = true;
        self.is_connected = false;
        self.waiting_for = "closed".into();
        self.socket.close();
        self.outbox.clear(&mut self.counters);
        self.events.clear();
    }

    fn send_heartbeat(&mut self, now: Instant) {
        let mut heartbeat = std::mem::take(&mut self.heartbeat);
        if let Some(message) =
            heartbeat.poll(now, self.socket.is_partner_watched(), || self.socket.is_partner_connected())
        {
            self.send_control(message);
        }
        self.heartbeat = heartbeat;
    }

    fn connect(&mut self, now: Instant) {
        // The next partner may be there already: the owner is told first that the former one has gone.
        if self.is_connected || self.is_closed || self.has_lost_partner {
            return;
        }
        self.attempts += 1;
        self.connect_at = now + CONNECT_INTERVAL;
        // Our file may have been removed with its directory, and nobody can find us: a new socket is bound.
        if self.attempts.is_multiple_of(OWN_PATH_CHECK_ATTEMPTS)
            && self.socket.is_open()
            && !self.socket.is_own_path_there()
        {
            self.socket.close();
        }
        if !self.socket.is_open()
            && let Err(error) = self.socket.open()
        {
            self.waiting_for = error.to_string();
            return;
        }
        match self.socket.connect() {
            Err(reason) => self.waiting_for = reason,
            Ok(()) => {
                self.attempts = 0;
                self.is_connected = true;
                self.waiting_for.clear();
                self.events.push_back(PortEvent::Connected);
            }
        }
    }

    /// Does something with the outbox, in which a send may find the partner gone.
    fn with_outbox<R>(&mut self, act: impl FnOnce(&mut Outbox, &mut FlorioCounters, Send<'_>) -> R) -> R {
        let (socket, mut loss) = (&mut self.socket, None);
        let mut send = |frame: &[u8]| match socket.send(frame) {
            Ok(()) => SendFate::Sent,
            Err(Refusal::Full) => SendFate::Full,
            Err(Refusal::Unsendable) => SendFate::Unsendable,
            Err(Refusal::Gone { reason, must_replace }) => {
                loss = Some((reason, must_replace));
                SendFate::Gone
            }
        };
        let result = act(&mut self.outbox, &mut self.counters, &mut send);
        if let Some((reason, must_replace)) = loss {
            self.is_connected = false;
            self.has_lost_partner = true;
            self.counters.disconnects += 1;
            self.waiting_for = reason;
            if must_replace {
                self.socket.close();
            }
        }
        result
    }
}
