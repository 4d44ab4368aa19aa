//! An end of a QUIC connection.

use std::collections::VecDeque;
use std::net::{Ipv6Addr, SocketAddr};
use std::sync::Arc;
use std::time::Instant;

use bytes::{Bytes, BytesMut};
use quinn_proto::{
    ClientConfig, Connection as Quinn, ConnectionId, EcnCodepoint, Event as QuinnEvent, NoneTokenStore, PacketObserver,
    Parts, ServerConfig, VarInt,
};
use rustls::pki_types::CertificateDer;

use crate::clock::Clock;
use crate::closing::Closing;
use crate::control::{Delivery, MeasuredFactory, Steering};
use crate::credentials::Credentials;
use crate::datagrams::Datagrams;
use crate::event::{CloseCause, Closed, Event};
use crate::guard::{ConnectionGuard, ProcessLedger};
use crate::limits::{PAYLOAD_MIN, ROOM_MIN, TIMEOUTS_AT_ONCE, VARINT_MAX};
use crate::qlog::{PacketLog, Qlog, log_metrics, log_of};
use crate::send_window::send_window;
use crate::settings::Settings;
use crate::streams::Streams;

/// All datagrams come from here, and go there: an engine knows no addresses, so that nothing can make it change one.
const NOWHERE: SocketAddr = SocketAddr::new(std::net::IpAddr::V6(Ipv6Addr::LOCALHOST), 1);
/// TLS asks for a name; an address is one that is not sent.
const NO_NAME: &str = "::1";

/// All that one end takes from its owner when it begins.
pub struct Beginning<'a> {
    /// Certificates, key and trust.
    pub credentials: &'a Credentials,
    /// Limits, windows and the like.
    pub settings: Settings,
    /// The one connection ID of ours, of at most 20 bytes.
    pub source_id: &'a [u8],
    /// All chance of this connection, but that of its TLS keys.
    pub seed: [u8; 32],
    /// Counts what all connections of the process hide together.
    pub ledger: ProcessLedger,
    /// Any instant; no clock is read after it.
    pub base: Instant,
    /// Milliseconds of the caller's clock.
    pub now: f64,
    /// The log that all packets are told to, if there is one.
    pub qlog: Option<Qlog>,
}

/// How far a client has come in asking whether the server is the right one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Judging {
    Unasked,
    /// The chain is verified. Nothing is sent until there is an answer.
    Waiting,
    Done,
}

/// An end of a connection: datagrams and the time go in; datagrams, events and a deadline come out.
///
/// All times are milliseconds of the caller's clock. No call panics for what a peer says.
pub struct Connection {
    /// Absent in a server's end that did not begin with a packet.
    pub(crate) quinn: Option<Quinn>,
    clock: Clock,
    pub(crate) now: f64,
    pub(crate) settings: Settings,
    pub(crate) streams: Streams,
    pub(crate) datagrams: Option<Datagrams>,
    pub(crate) delivery: Delivery,
    pub(crate) steering: Steering,
    events: VecDeque<Event>,
    judging: Judging,
    pub(crate) is_established: bool,
    pub(crate) is_closed: bool,
    /// The end, as long as a peer that goes on is to be told of it.
    closing: Option<Closing>,
    pub(crate) ignored_datagrams: u64,
    pub(crate) newest_packet: Option<u64>,
    packet: Vec<u8>,
    pub(crate) mark: Option<EcnCodepoint>,
}

impl Connection {
    /// Begins a client's end. Its first packet is ready to be sent.
    #[must_use]
    pub fn connect(mut beginning: Beginning<'_>) -> Self {
        let mut connection = Self::new(&beginning);
        let mut config = ClientConfig::new(beginning.credentials.client.clone());
        config.transport_config(connection.transport());
        config.token_store(Arc::new(NoneTokenStore));
        let now = connection.instant();
        let parts = connection.parts(&mut beginning, false);
        connection.quinn = Quinn::connect_from_parts(parts, config, NO_NAME, now).ok();
        connection.guard(&beginning, false);
        if beginning.settings.is_judging {
            connection.judging = Judging::Unasked;
        }
        connection
    }

    /// Begins a server's end with the datagram that a client began with, and handles it. One that is not genuine makes an end that
    /// has heard nothing, or is closed already.
    ///
    /// `original_id` is the client's first destination ID when it came back from a Retry.
    #[must_use]
    pub fn accept(beginning: Beginning<'_>, original_id: Option<&[u8]>, datagram: &[u8]) -> Self {
        Self::accept_marked(beginning, original_id, datagram, None)
    }

    /// Does as `accept`, with a datagram that came with an ECN codepoint.
    #[must_use]
    pub fn accept_marked(
        mut beginning: Beginning<'_>,
        original_id: Option<&[u8]>,
        datagram: &[u8],
        mark: Option<EcnCodepoint>,
    ) -> Self {
        let mut connection = Self::new(&beginning);
        let mut config = ServerConfig::with_crypto(beginning.credentials.server.clone());
        config.transport_config(connection.transport());
        config.migration(false);
        // NEW_TOKEN would let a client skip Retry.
        config.validation_token.sent(0);
        let parts = connection.parts(&mut beginning, true);
        let retried_from = original_id.filter(|id| id.len() <= 20).map(ConnectionId::new);
        let token = beginning.settings.stateless_reset_token;
        let (now, bytes) = (connection.instant(), BytesMut::from(datagram));
        match Quinn::accept_from_parts(parts, Arc::new(config), retried_from, token, now, mark, bytes) {
            Ok(quinn) => {
                connection.quinn = Some(quinn);
                connection.guard(&beginning, true);
            }
            Err(_) => connection.handle_end(Closed::application(CloseCause::Local, 0, "no packet".into())),
        }
        connection.settle();
        connection
    }

    fn new(beginning: &Beginning<'_>) -> Self {
        let settings = beginning.settings.clone();
        Self {
            quinn: None,
            clock: Clock::new(beginning.base, beginning.now),
            now: beginning.now,
            streams: Streams::new(&settings),
            datagrams: settings.datagrams.map(Datagrams::new),
            settings,
            delivery: Delivery::default(),
            steering: Steering::default(),
            events: VecDeque::new(),
            judging: Judging::Done,
            is_established: false,
            is_closed: false,
            closing: None,
            ignored_datagrams: 0,
            newest_packet: None,
            packet: Vec::new(),
            mark: None,
        }
    }

    fn parts(&self, beginning: &mut Beginning<'_>, is_server: bool) -> Parts {
        let log = |qlog| Box::new(PacketLog::new(qlog, is_server, self.clock, self.now)) as Box<dyn PacketObserver>;
        Parts {
            endpoint_config: self.settings.endpoint(),
            local_cid: ConnectionId::new(beginning.source_id),
            remote: NOWHERE,
            rng_seed: beginning.seed,
            observer: beginning.qlog.take().map(log),
        }
    }

    fn transport(&self) -> Arc<quinn_proto::TransportConfig> {
        self.settings.transport(MeasuredFactory {
            control: self.settings.congestion_control,
            delivery: self.delivery.clone(),
            carries_others: self.settings.carries_others,
            steering: self.steering.clone(),
        })
    }

    pub(crate) fn instant(&self) -> Instant {
        self.clock.instant(self.now)
    }

    /// Handles one UDP payload. Who calls this for all of them does without ECN: the peer hears of no marks, and sends none.
    pub fn handle_datagram(&mut self, datagram: &[u8], now: f64) {
        self.handle_marked_datagram(datagram, None, now);
    }

    /// Handles one UDP payload that came with an ECN codepoint, or with none.
    pub fn handle_marked_datagram(&mut self, datagram: &[u8], mark: Option<EcnCodepoint>, now: f64) {
        self.now = now;
        let instant = self.instant();
        let Some(quinn) = self.quinn.as_mut() else { return };
        let before = quinn.authenticated_packets();
        quinn.handle_datagram(instant, mark, BytesMut::from(datagram));
        self.newest_packet = quinn.newest_packet();
        if let Some(closing) = self.closing.as_mut() {
            return closing.handle_packet();
        }
        let is_ignored = quinn.authenticated_packets() == before && !quinn.is_closed();
        self.ignored_datagrams += u64::from(is_ignored);
        self.settle();
    }

    /// Handles the deadlines that are due.
    pub fn handle_timeout(&mut self, now: f64) {
        self.now = now;
        self.obey_ledger();
        if self.closing.as_ref().is_some_and(|closing| closing.deadline() <= now) {
            self.closing = None;
            self.quinn = None;
        }
        if self.is_closed || self.judging == Judging::Waiting {
            return;
        }
        let instant = self.instant();
        let Some(quinn) = self.quinn.as_mut() else { return };
        for _ in 0..TIMEOUTS_AT_ONCE {
            quinn.handle_timeout(instant);
            if quinn.poll_timeout().is_none_or(|deadline| deadline > instant) {
                break;
            }
        }
        self.settle();
    }

    /// Writes at most one UDP payload into `out`; 0 when there is nothing to send.
    pub fn poll_transmit(&mut self, out: &mut [u8], now: f64) -> usize {
        self.poll_segment(out, 0, now)
    }

    /// Does what `poll_transmit` does for a payload that leaves with others of `segment` bytes, where there are some: it is made as long
    /// as they are when little is missing.
    pub fn poll_segment(&mut self, out: &mut [u8], segment: usize, now: f64) -> usize {
        self.now = now;
        let instant = self.instant();
        let is_over = self.is_closed && !self.closing.as_ref().is_some_and(Closing::is_due);
        if is_over || self.judging == Judging::Waiting || out.len() < ROOM_MIN {
            return 0;
        }
        let Some(quinn) = self.quinn.as_mut() else { return 0 };
        // No packet is larger than this before the peer has said what it takes.
        let limit = if self.is_established { self.settings.send_payload_max() } else { PAYLOAD_MIN };
        let payload_max = limit.min(u16::try_from(out.len()).unwrap_or(u16::MAX));
        quinn.set_payload_max(payload_max);
        quinn.set_segment(payload_max.min(u16::try_from(segment).unwrap_or(u16::MAX)));
        if let Some(datagrams) = self.datagrams.as_mut().filter(|_| !self.is_closed) {
            datagrams.fill(quinn, payload_max.into(), now);
        }
        self.packet.clear();
        let Some(transmit) = quinn.poll_transmit(instant, 1, &mut self.packet) else { return 0 };
        let Some(room) = out.get_mut(..transmit.size) else { return 0 };
        room.copy_from_slice(&self.packet[..transmit.size]);
        self.mark = transmit.ecn;
        if let Some(closing) = self.closing.as_mut() {
            closing.handle_sent(now);
        }
        transmit.size
    }

    /// The ECN codepoint (RFC 9000, 13.4) that the packet of the last `poll_transmit` is to have: ECT(0) for the first ten, and for all others
    /// once the peer has told of such marks, until the path is found to lose or to change them.
    #[must_use]
    pub fn mark(&self) -> Option<EcnCodepoint> {
        self.mark
    }

    /// Begins to validate ECN anew (RFC 9000, 13.4.2), unless it is in use: with the next ten packets.
    pub fn try_marks(&mut self) {
        if let Some(quinn) = self.quinn.as_mut() {
            quinn.try_ecn();
        }
    }

    /// Says that what is sent will leave at so many bytes per second and no more; 0: as many as the path takes. The caller holds it to that,
    /// and the congestion window does not grow beyond.
    pub fn set_send_rate(&mut self, bytes_per_second: u64) {
        self.steering.set_send_rate(bytes_per_second);
    }

    /// Says whether what is sent lets others go first: the steady controller then keeps a shorter queue in the path, behind which they wait.
    pub fn set_yielding(&mut self, is_yielding: bool) {
        self.steering.set_yielding(is_yielding);
    }

    /// The oldest event that has not been told.
    pub fn poll_event(&mut self) -> Option<Event> {
        self.obey_ledger();
        self.events.pop_front()
    }

    /// When `handle_timeout` is due; infinity when never.
    pub fn next_timeout(&mut self) -> f64 {
        if let Some(closing) = &self.closing {
            return closing.deadline();
        }
        if self.is_closed || self.judging == Judging::Waiting {
            return f64::INFINITY;
        }
        let deadline = self.quinn.as_mut().and_then(Quinn::poll_timeout);
        deadline.map_or(f64::INFINITY, |instant| self.clock.milliseconds(instant))
    }

    /// The chain of a server that is to be judged before anything more is sent: DER, leaf first.
    #[must_use]
    pub fn unjudged_chain(&self) -> Option<Vec<Vec<u8>>> {
        (self.judging == Judging::Waiting).then(|| self.peer_certificates()).flatten()
    }

    /// The server is the right one: the handshake goes on.
    pub fn handle_accepted_peer(&mut self) {
        if self.judging == Judging::Waiting {
            self.judging = Judging::Done;
            self.settle();
        }
    }

    /// The server is another one. From now on nothing is sent, not even that this is the end.
    pub fn handle_refused_peer(&mut self, code: u64, reason: String) {
        if self.judging == Judging::Waiting {
            self.judging = Judging::Done;
            self.handle_end(Closed::application(CloseCause::Local, code, reason));
            self.closing = None;
            self.quinn = None;
        }
    }

    /// Whether the handshake is complete on this side.
    #[must_use]
    pub fn is_established(&self) -> bool {
        self.is_established
    }

    /// Whether the connection is of no more use.
    #[must_use]
    pub fn is_closed(&self) -> bool {
        self.is_closed
    }

    /// The peer's chain in DER, leaf first, once it is verified.
    #[must_use]
    pub fn peer_certificates(&self) -> Option<Vec<Vec<u8>>> {
        let identity = self.quinn.as_ref()?.crypto_session().peer_identity()?;
        let chain = identity.downcast::<Vec<CertificateDer<'static>>>().ok()?;
        Some(chain.iter().map(|certificate| certificate.to_vec()).collect())
    }

    /// Ends the connection with a code of the application's.
    pub fn close(&mut self, code: u64, reason: &str) {
        if self.is_closed {
            return;
        }
        let now = self.instant();
        if let Some(quinn) = self.quinn.as_mut() {
            let code = VarInt::from_u64(code.min(VARINT_MAX)).unwrap_or(VarInt::MAX);
            quinn.close(now, code, Bytes::copy_from_slice(reason.as_bytes()));
        }
        self.handle_end(Closed::application(CloseCause::Local, code, reason.into()));
    }

    /// Has a packet sent that asks for an acknowledgement. A full window holds it back for a probe timeout at most.
    pub fn ping(&mut self) {
        if let Some(quinn) = self.quinn.as_mut().filter(|_| !self.is_closed) {
            quinn.ping();
        }
    }

    /// Takes all that the library has to tell.
    pub(crate) fn settle(&mut self) {
        let Some(quinn) = self.quinn.as_mut() else { return };
        quinn.set_send_window(send_window(self.delivery.bytes()));
        log_metrics(quinn, self.now);
        if self.judging == Judging::Unasked && !quinn.is_closed() && quinn.crypto_session().peer_identity().is_some() {
            self.judging = Judging::Waiting;
        }
        // Before the answer nothing is told: the end of the handshake least of all.
        if self.judging == Judging::Waiting {
            return;
        }
        while let Some(event) = quinn.poll() {
            match event {
                QuinnEvent::Connected => {
                    self.is_established = true;
                    if let Some(log) = log_of(quinn) {
                        log.handle_established();
                    }
                    self.events.push_back(Event::Established);
                }
                QuinnEvent::Stream(event) => self.streams.handle_event(quinn, event),
                QuinnEvent::ConnectionLost { reason } => return self.handle_end(reason.into()),
                QuinnEvent::HandshakeDataReady | QuinnEvent::DatagramReceived | QuinnEvent::DatagramsUnblocked => {}
            }
        }
        if let Some(datagrams) = self.datagrams.as_mut() {
            datagrams.collect(quinn, self.now);
        }
    }

    /// The connection is of no more use. A peer that may still go on is told for a while.
    fn handle_end(&mut self, closed: Closed) {
        if self.is_closed {
            return;
        }
        self.is_closed = true;
        let is_silent = matches!(closed.cause, CloseCause::Idle | CloseCause::Reset);
        let Some(quinn) = self.quinn.as_mut() else { return self.events.push_back(Event::Closed(closed)) };
        if let Some(log) = log_of(quinn) {
            log.handle_closed(self.now, &closed);
        }
        self.events.push_back(Event::Closed(closed));
        if let Some(guard) = quinn.judge::<ConnectionGuard>() {
            guard.handle_closed();
        }
        if is_silent || quinn.is_drained() {
            self.quinn = None;
            return;
        }
        let drained = quinn.poll_timeout().map_or(self.now, |instant| self.clock.milliseconds(instant));
        self.closing = Some(Closing::new(self.now, (drained - self.now).max(0.0)));
    }
}
