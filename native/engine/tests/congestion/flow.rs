//! Two ends of a connection, one of which has something to send.

use std::time::Instant;

use florenetes_engine::{Beginning, CongestionControl, Connection, Credentials, EcnCodepoint, ProcessLedger, Settings};

pub(crate) const PAYLOAD_MAX: u16 = 1_452;
/// A window that is never in the way of a stream.
const WINDOW: u64 = 1 << 28;
const STREAM: u64 = 0;

/// The bytes that a sender has to send.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Load {
    /// The sender always has more than the connection takes.
    Bulk,
    /// The sender always has more, too, and asks for a ping in each period, as an owner that hears no answer.
    Pinged {
        /// Milliseconds between two pings.
        period: f64,
    },
    /// The sender has some bytes at once in each period.
    Bursts {
        /// Bytes at once.
        bytes: usize,
        /// Milliseconds between two bursts.
        period: f64,
    },
}

/// A sender's controller, when it begins and what it has to send.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Sender {
    pub(crate) control: CongestionControl,
    pub(crate) begins: f64,
    pub(crate) load: Load,
    /// Whether the sender lets others go first.
    pub(crate) is_yielding: bool,
}

/// The two ends of a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum End {
    Sender,
    Receiver,
}

/// A sender and its receiver.
pub(crate) struct Flow {
    what: Sender,
    base: Instant,
    seed: [u8; 32],
    sender: Option<Connection>,
    receiver: Option<Connection>,
    unsent: usize,
    next_burst: f64,
    pub(crate) received: u64,
}

impl Flow {
    pub(crate) fn new(what: Sender, seed: [u8; 32]) -> Self {
        Self {
            what,
            base: Instant::now(),
            seed,
            sender: None,
            receiver: None,
            unsent: 0,
            next_burst: what.begins,
            received: 0,
        }
    }

    /// When the sender begins, or has something new to send.
    pub(crate) fn next_load(&self) -> f64 {
        match self.what.load {
            Load::Bulk if self.sender.is_some() => f64::INFINITY,
            _ => self.next_burst,
        }
    }

    pub(crate) fn handle_load(&mut self, credentials: &Credentials, now: f64) {
        if self.sender.is_none() {
            let mut sender = Connection::connect(self.beginning(credentials, b"sender", now));
            sender.set_yielding(self.what.is_yielding);
            self.sender = Some(sender);
        }
        match self.what.load {
            Load::Bulk => self.unsent = usize::MAX,
            Load::Pinged { period } => {
                self.unsent = usize::MAX;
                self.next_burst = now + period;
                if let Some(sender) = self.sender.as_mut() {
                    sender.ping();
                }
            }
            Load::Bursts { bytes, period } => {
                self.unsent += bytes;
                self.next_burst = now + period;
            }
        }
        self.fill();
    }

    pub(crate) fn handle_datagram(
        &mut self,
        end: End,
        payload: &[u8],
        mark: Option<EcnCodepoint>,
        credentials: &Credentials,
        now: f64,
    ) {
        if end == End::Receiver && self.receiver.is_none() {
            self.receiver =
                Some(Connection::accept_marked(self.beginning(credentials, b"recver", now), None, payload, mark));
        } else if let Some(connection) = self.end(end) {
            connection.handle_marked_datagram(payload, mark, now);
        }
        match end {
            End::Sender => self.fill(),
            End::Receiver => self.drain(),
        }
    }

    pub(crate) fn handle_timeout(&mut self, end: End, now: f64) {
        if let Some(connection) = self.end(end) {
            connection.handle_timeout(now);
        }
        if end == End::Sender {
            self.fill();
        }
    }

    /// The sender's packets take another path.
    pub(crate) fn begin_path(&mut self, now: f64) {
        if let Some(sender) = self.sender.as_mut() {
            sender.begin_path(now);
        }
    }

    pub(crate) fn next_timeout(&mut self, end: End) -> f64 {
        self.end(end).map_or(f64::INFINITY, Connection::next_timeout)
    }

    /// The next packet of that end, and its ECN codepoint.
    pub(crate) fn poll_transmit(&mut self, end: End, now: f64) -> Option<(Vec<u8>, Option<EcnCodepoint>)> {
        let mut packet = vec![0; PAYLOAD_MAX.into()];
        let connection = self.end(end)?;
        let length = connection.poll_transmit(&mut packet, now);
        let mark = connection.mark();
        packet.truncate(length);
        (length > 0).then_some((packet, mark))
    }

    /// The connection of the sender, which has begun.
    pub(crate) fn sender(&mut self) -> &mut Connection {
        self.sender.as_mut().expect("it has begun")
    }

    fn end(&mut self, end: End) -> Option<&mut Connection> {
        match end {
            End::Sender => self.sender.as_mut(),
            End::Receiver => self.receiver.as_mut(),
        }
    }

    fn fill(&mut self) {
        static ZEROS: [u8; 65_536] = [0; 65_536];
        let Some(sender) = self.sender.as_mut().filter(|sender| sender.is_established()) else { return };
        while self.unsent > 0 {
            let Ok(taken) = sender.stream_send(STREAM, &ZEROS[..self.unsent.min(ZEROS.len())], false) else { return };
            if self.unsent != usize::MAX {
                self.unsent -= taken;
            }
        }
    }

    fn drain(&mut self) {
        let mut bytes = [0; 65_536];
        let Some(receiver) = self.receiver.as_mut() else { return };
        while let Ok(read) = receiver.stream_receive(STREAM, &mut bytes) {
            if read.length == 0 {
                return;
            }
            self.received += read.length as u64;
        }
    }

    fn beginning<'a>(&self, credentials: &'a Credentials, source_id: &'a [u8], now: f64) -> Beginning<'a> {
        let settings = Settings {
            idle_timeout_ms: 0,
            initial_rtt_ms: 0,
            receive_payload_max: PAYLOAD_MAX,
            send_payload_max: PAYLOAD_MAX,
            datagrams: None,
            connection_window: WINDOW,
            stream_window: WINDOW,
            stream_window_max: WINDOW,
            bidirectional_max: 1,
            stateless_reset_token: None,
            congestion_control: self.what.control,
            is_judging: false,
            carries_others: false,
        };
        Beginning {
            credentials,
            settings,
            source_id,
            seed: self.seed,
            ledger: ProcessLedger::default(),
            base: self.base,
            now,
            qlog: None,
        }
    }
}
