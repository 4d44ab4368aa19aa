//! An end of a QUIC connection.

use std::collections::VecDeque;
use std::net::{Ipv6Addr, SocketAddr};
use std::sync::Arc;
use std::time::Instant;

use bytes::{Bytes, BytesMut};
use quinn_proto::{
    ClientConfig, Connection as Quinn, ConnectionId, EcnCodepoint, Event as QuinnEvent, NoneTokenStore, PacketObserver,
    Parts, ServerConfig, TransportError, TransportErrorCode, VarInt,
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

/// The address of all datagrams, both ways: the engine knows no real addresses, so that nothing can make it change one.
const NOWHERE: SocketAddr = SocketAddr::new(std::net::IpAddr::V6(Ipv6Addr::LOCALHOST), 1);
/// TLS requires a server name. An IP address counts as one, and is not sent.
const NO_NAME: &str = "::1";

/// The parameters of an end of a connection.
pub struct Beginning<'a> {
    /// Certificates, key and trust.
    pub credentials: &'a Credentials,
    /// Limits, windows and other settings.
    pub settings: Settings,
    /// Our only connection ID, of at most 20 bytes.
    pub source_id: &'a [u8],
    /// The seed of all random choices of the connection, except its TLS keys.
    pub seed: [u8; 32],
    /// The ledger of the memory that all connections of the process hide.
    pub ledger: ProcessLedger,
    /// Any instant, which stands for `now`; no clock is read after it.
    pub base: Instant,
    /// The time in milliseconds of the caller's clock.
    pub now: f64,
    /// The log of all packets, if there is one.
    pub qlog: Option<Qlog>,
}

/// Whether the owner of a client's end has judged the server's certificates.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Judging {
    Unasked,
    /// The chain is verified, and the owner is asked. Nothing is sent before its answer.
    Waiting,
    Done,
}

/// An end of a connection: datagrams and the time go in; datagrams, events and a deadline come out.
///
/// All times are milliseconds of the caller's clock. No input of a peer makes a call panic.
pub struct Connection {
    /// None in a server's end whose first datagram was no valid packet, and after the end.
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
    /// The closing state, while a peer that goes on sending is told of the end.
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

    /// Begins a server's end with the client's first datagram, and handles it. With a forged datagram, the end has received nothing, or is closed
    /// already.
    ///
    /// `original_id` is the client's first destination ID, if the client comes back from a Retry.
    #[must_use]
    pub fn accept(beginning: Beginning<'_>, original_id: Option<&[u8]>, datagram: &[u8]) -> Self {
        Self::accept_marked(beginning, original_id, datagram, None)
    }

    /// Does the same as `accept`, with the datagram's ECN codepoint.
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

    /// Handles one UDP payload without an ECN codepoint. A caller that uses only this does without ECN: the peer hears of no marks, and then sends
    /// none.
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

    /// Does the same as `poll_transmit` for a payload that leaves in a batch with others of `segment` bytes (0: alone). A payload that is only a
    /// little shorter is padded to that length.
    pub fn poll_segment(&mut self, out: &mut [u8], segment: usize, now: f64) -> usize {
        self.now = now;
        let instant = self.instant();
        let is_over = self.is_closed && !self.closing.as_ref().is_some_and(Closing::is_due);
        if is_over || self.judging == Judging::Waiting || out.len() < ROOM_MIN {
            return 0;
        }
        let Some(quinn) = self.quinn.as_mut() else { return 0 };
        // Before the peer has announced its limit, no packet may be larger than this.
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

    /// The ECN codepoint (RFC 9000, 13.4) for the last packet of `poll_transmit`. The first ten packets are marked ECT(0), and further packets once
    /// the peer has reported such marks, until the path turns out to lose or change them.
    #[must_use]
    pub fn mark(&self) -> Option<EcnCodepoint> {
        self.mark
    }

    /// Validates ECN anew with the next ten packets (RFC 9000, 13.4.2), unless ECN is in use.
    pub fn try_marks(&mut self) {
        if let Some(quinn) = self.quinn.as_mut() {
            quinn.try_ecn();
        }
    }

    /// Sets the rate that the caller limits sending to, in bytes per second, so that the congestion window does not grow beyond it; 0: no limit.
    pub fn set_send_rate(&mut self, bytes_per_second: u64) {
        self.steering.set_send_rate(bytes_per_second);
    }

    /// Sets whether the connection yields to others: the steady controller then keeps a shorter queue in the path, so that others wait less behind
    /// it.
    pub fn set_yielding(&mut self, is_yielding: bool) {
        self.steering.set_yielding(is_yielding);
    }

    /// The oldest event that has not been returned yet.
    pub fn poll_event(&mut self) -> Option<Event> {
        self.obey_ledger();
        self.events.pop_front()
    }

    /// When `handle_timeout` is due; infinity: never.
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

    /// The certificate chain of a server that the owner has to judge before anything more is sent, in DER, leaf first.
    #[must_use]
    pub fn unjudged_chain(&self) -> Option<Vec<Vec<u8>>> {
        (self.judging == Judging::Waiting).then(|| self.peer_certificates()).flatten()
    }

    /// Accepts the server, so that the handshake goes on.
    pub fn handle_accepted_peer(&mut self) {
        if self.judging == Judging::Waiting {
            self.judging = Judging::Done;
            self.settle();
        }
    }

    /// Refuses the server. It is told the TLS alert, if there is one, by CONNECTION_CLOSE in packets of the handshake. Otherwise nothing more is
    /// sent. Neither way is our certificate.
    pub fn handle_refused_peer(&mut self, code: u64, reason: String, alert: Option<u8>) {
        if self.judging != Judging::Waiting {
            return;
        }
        self.judging = Judging::Done;
        let now = self.instant();
        if let (Some(quinn), Some(alert)) = (self.quinn.as_mut(), alert) {
            let code = TransportErrorCode::crypto(alert);
            quinn.abort(now, TransportError { code, frame: None, reason: String::new() });
        }
        self.handle_end(Closed::application(CloseCause::Local, code, reason));
        if alert.is_none() {
            self.closing = None;
            self.quinn = None;
        }
    }

    /// Whether the handshake is complete on this side.
    #[must_use]
    pub fn is_established(&self) -> bool {
        self.is_established
    }

    /// Whether the connection has ended.
    #[must_use]
    pub fn is_closed(&self) -> bool {
        self.is_closed
    }

    /// The peer's verified certificate chain in DER, leaf first.
    #[must_use]
    pub fn peer_certificates(&self) -> Option<Vec<Vec<u8>>> {
        let identity = self.quinn.as_ref()?.crypto_session().peer_identity()?;
        let chain = identity.downcast::<Vec<CertificateDer<'static>>>().ok()?;
        Some(chain.iter().map(|certificate| certificate.to_vec()).collect())
    }

    /// Ends the connection with a code of the application.
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

    /// Sends a packet that asks for an acknowledgement. A full congestion window delays it by a probe timeout at most.
    pub fn ping(&mut self) {
        if let Some(quinn) = self.quinn.as_mut().filter(|_| !self.is_closed) {
            quinn.ping();
        }
    }

    /// Takes the library's events and received datagrams.
    pub(crate) fn settle(&mut self) {
        let Some(quinn) = self.quinn.as_mut() else { return };
        quinn.set_send_window(send_window(self.delivery.bytes()));
        log_metrics(quinn, self.now);
        if self.judging == Judging::Unasked && !quinn.is_closed() && quinn.crypto_session().peer_identity().is_some() {
            self.judging = Judging::Waiting;
        }
        // Before the owner's answer no event is passed on, above all not the end of the handshake.
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

    /// Ends the connection. A peer that may go on sending is told of the end for a while.
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
