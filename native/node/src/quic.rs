//! The engine, called synchronously: for conformance, interoperability and simulation.

use florenetes_engine::{CloseCause, Closed, Connection, Event, Guarded, StreamError, write_retry};
use napi::bindgen_prelude::{Result, Uint8Array, Uint8ArraySlice};
use napi_derive::napi;

use crate::ledger::LEDGER;
use crate::quic_settings::{NativeCredentials, NativeSettings, beginning};
use crate::values::writable;

/// An event: without a cause, that the connection is established.
#[napi(object)]
pub struct NativeEvent {
    pub cause: Option<String>,
    pub is_application: bool,
    pub code: f64,
    pub reason: String,
}

/// Figures of a connection.
#[napi(object)]
pub struct NativeStats {
    pub rtt_ms: f64,
    pub min_rtt_ms: f64,
    pub congestion_window: f64,
    pub delivery_rate: f64,
    pub packets_sent: f64,
    pub packets_received: f64,
    pub packets_lost: f64,
    pub bytes_sent: f64,
    pub bytes_received: f64,
}

/// An end of a connection. A panic inside of it is the end of it, and of nothing else.
#[napi]
pub struct NativeConnection {
    connection: Guarded,
    stream_ended: bool,
    stream_error_code: u64,
}

#[napi]
impl NativeConnection {
    /// Begins a client's end.
    #[napi(factory, catch_unwind)]
    pub fn connect(credentials: &NativeCredentials, settings: NativeSettings, source_id: &[u8]) -> Result<Self> {
        let beginning = beginning(credentials, &settings, source_id)?;
        Ok(Self::of(|| Connection::connect(beginning)))
    }

    /// Begins a server's end with its client's first datagram.
    #[napi(factory, catch_unwind)]
    pub fn accept(
        credentials: &NativeCredentials,
        settings: NativeSettings,
        source_id: &[u8],
        original_id: Option<&[u8]>,
        datagram: &[u8],
    ) -> Result<Self> {
        let beginning = beginning(credentials, &settings, source_id)?;
        Ok(Self::of(|| Connection::accept(beginning, original_id, datagram)))
    }

    /// Handles one UDP payload; returns whether `take_hiding_connections` has something to tell.
    #[napi(catch_unwind)]
    pub fn handle_datagram(&mut self, datagram: &[u8], now: f64) -> bool {
        self.connection.with((), |connection| connection.handle_datagram(datagram, now));
        LEDGER.has_told()
    }

    /// By which `take_hiding_connections` names it.
    #[napi(getter, catch_unwind)]
    pub fn ledger_key(&mut self) -> f64 {
        self.connection.with(0, Connection::ledger_key) as f64
    }

    /// Bytes that it hides from its application.
    #[napi(getter, catch_unwind)]
    pub fn hidden_bytes(&mut self) -> f64 {
        self.connection.with(0, Connection::hidden_bytes) as f64
    }

    /// Says who is answerable for it.
    #[napi(catch_unwind)]
    pub fn set_owner(&mut self, owner: Option<String>) {
        self.connection.with((), |connection| connection.set_owner(owner.as_deref()));
    }

    /// Handles the deadlines that are due.
    #[napi(catch_unwind)]
    pub fn handle_timeout(&mut self, now: f64) {
        self.connection.with((), |connection| connection.handle_timeout(now));
    }

    /// Writes at most one UDP payload into `out`; 0 when there is nothing to send.
    #[napi(catch_unwind)]
    pub fn poll_transmit(&mut self, out: Uint8ArraySlice<'_>, now: f64) -> u32 {
        self.connection.with(0, |connection| connection.poll_transmit(writable(out), now) as u32)
    }

    /// The oldest event that has not been told.
    #[napi(catch_unwind)]
    pub fn poll_event(&mut self) -> Option<NativeEvent> {
        let event = self.connection.poll_event()?;
        Some(match event {
            Event::Established => NativeEvent { cause: None, is_application: false, code: 0.0, reason: String::new() },
            Event::Closed(Closed { cause, is_application, code, reason }) => {
                NativeEvent { cause: Some(cause_name(cause).into()), is_application, code: code as f64, reason }
            }
        })
    }

    /// When `handle_timeout` is due; Infinity when never.
    #[napi(catch_unwind)]
    pub fn next_timeout(&mut self) -> f64 {
        self.connection.with(f64::INFINITY, Connection::next_timeout)
    }

    /// The chain of a server that is to be judged before anything more is sent.
    #[napi(catch_unwind)]
    pub fn unjudged_chain(&mut self) -> Option<Vec<Uint8Array>> {
        self.connection.with(None, |connection| connection.unjudged_chain()).map(arrays)
    }

    /// The server is the right one.
    #[napi(catch_unwind)]
    pub fn handle_accepted_peer(&mut self) {
        self.connection.with((), Connection::handle_accepted_peer);
    }

    /// The server is another one: it is told the alert, or nothing any more.
    #[napi(catch_unwind)]
    pub fn handle_refused_peer(&mut self, code: f64, reason: String, alert: Option<u8>) {
        self.connection.with((), |connection| connection.handle_refused_peer(code as u64, reason, alert));
    }

    /// Whether the handshake is complete on this side.
    #[napi(getter, catch_unwind)]
    pub fn is_established(&mut self) -> bool {
        self.connection.with(false, |connection| connection.is_established())
    }

    /// Whether the connection is of no more use.
    #[napi(getter, catch_unwind)]
    pub fn is_closed(&mut self) -> bool {
        self.connection.with(true, |connection| connection.is_closed())
    }

    /// The peer's verified chain in DER, leaf first.
    #[napi(catch_unwind)]
    pub fn peer_certificates(&mut self) -> Option<Vec<Uint8Array>> {
        self.connection.with(None, |connection| connection.peer_certificates()).map(arrays)
    }

    /// Packets so far that were authenticated and were no duplicates.
    #[napi(catch_unwind)]
    pub fn authenticated_packets(&mut self) -> f64 {
        self.connection.with(0, |connection| connection.authenticated_packets()) as f64
    }

    /// Datagrams so far that held no such packet.
    #[napi(catch_unwind)]
    pub fn ignored_datagrams(&mut self) -> f64 {
        self.connection.with(0, |connection| connection.ignored_datagrams()) as f64
    }

    /// The highest number of an authenticated 1-RTT packet; -1 before any.
    #[napi(getter, catch_unwind)]
    pub fn newest_packet(&mut self) -> f64 {
        self.connection.with(None, |connection| connection.newest_packet()).map_or(-1.0, |number| number as f64)
    }

    /// Ends the connection with a code of the application's.
    #[napi(catch_unwind)]
    pub fn close(&mut self, code: f64, reason: String) {
        self.connection.with((), |connection| connection.close(code as u64, &reason));
    }

    /// Has a packet sent that asks for an acknowledgement.
    #[napi(catch_unwind)]
    pub fn ping(&mut self) {
        self.connection.with((), Connection::ping);
    }

    /// The figures of now.
    #[napi(catch_unwind)]
    pub fn stats(&mut self) -> NativeStats {
        let stats = self.connection.with(Default::default(), |connection| connection.stats());
        NativeStats {
            rtt_ms: stats.rtt_ms,
            min_rtt_ms: stats.min_rtt_ms,
            congestion_window: stats.congestion_window as f64,
            delivery_rate: stats.delivery_rate as f64,
            packets_sent: stats.packets_sent as f64,
            packets_received: stats.packets_received as f64,
            packets_lost: stats.packets_lost as f64,
            bytes_sent: stats.bytes_sent as f64,
            bytes_received: stats.bytes_received as f64,
        }
    }

    /// Largest datagram that fits one packet.
    #[napi(catch_unwind)]
    pub fn datagram_size_max(&mut self) -> u32 {
        self.connection.with(0, Connection::datagram_size_max) as u32
    }

    /// Queues a datagram; false when it is too large, or the queue is full.
    #[napi(catch_unwind)]
    pub fn send_datagram(&mut self, datagram: &[u8]) -> bool {
        self.connection.with(false, |connection| connection.send_datagram(datagram))
    }

    /// Datagrams that have not left yet.
    #[napi(catch_unwind)]
    pub fn datagram_send_queue_length(&mut self) -> u32 {
        self.connection.with(0, Connection::datagram_send_queue_length) as u32
    }

    /// Whether DATAGRAM frames are in the packet that was made last.
    #[napi(catch_unwind)]
    pub fn holds_datagrams(&mut self) -> bool {
        self.connection.with(false, Connection::holds_datagrams)
    }

    /// Datagrams so far that were dropped as they had waited for too long.
    #[napi(catch_unwind)]
    pub fn late_datagrams(&mut self) -> f64 {
        self.connection.with(0, |connection| connection.late_datagrams()) as f64
    }

    /// Copies the oldest received datagram into `out`; -1 when there is none.
    #[napi(catch_unwind)]
    pub fn receive_datagram(&mut self, out: Uint8ArraySlice<'_>) -> i32 {
        self.connection
            .with(None, |connection| connection.receive_datagram(writable(out)))
            .map_or(-1, |length| length as i32)
    }

    /// Streams that have bytes, an end or a reset to be read.
    #[napi(catch_unwind)]
    pub fn readable_streams(&mut self) -> Vec<f64> {
        self.connection
            .with(Vec::new(), |connection| connection.readable_streams())
            .into_iter()
            .map(|id| id as f64)
            .collect()
    }

    /// Takes up to all of `bytes`; returns how many, or a `StreamResult`.
    #[napi(catch_unwind)]
    pub fn stream_send(&mut self, id: f64, bytes: &[u8], fin: bool) -> i32 {
        let sent =
            self.connection.with(Err(StreamError::Gone), |connection| connection.stream_send(id as u64, bytes, fin));
        self.stream_result(sent)
    }

    /// Copies into `out`; returns the length, or a `StreamResult`.
    #[napi(catch_unwind)]
    pub fn stream_receive(&mut self, id: f64, out: Uint8ArraySlice<'_>) -> i32 {
        let received = self
            .connection
            .with(Err(StreamError::Gone), |connection| connection.stream_receive(id as u64, writable(out)));
        self.stream_ended = received.is_ok_and(|received| received.is_ended);
        self.stream_result(received.map(|received| received.length))
    }

    /// Whether the last `streamReceive` reached the peer's clean end.
    #[napi(getter, catch_unwind)]
    pub fn stream_ended(&self) -> bool {
        self.stream_ended
    }

    /// The peer's code behind the last `stopped` or `reset` result.
    #[napi(getter, catch_unwind)]
    pub fn stream_error_code(&self) -> f64 {
        self.stream_error_code as f64
    }

    /// Room for `streamSend` now, or a `StreamResult`.
    #[napi(catch_unwind)]
    pub fn stream_capacity(&mut self, id: f64) -> i32 {
        let capacity = self.connection.with(Err(StreamError::Gone), |connection| connection.stream_capacity(id as u64));
        self.stream_result(capacity.map(|bytes| bytes as usize))
    }

    /// RESET_STREAM: gives up what we send.
    #[napi(catch_unwind)]
    pub fn stream_reset(&mut self, id: f64, code: f64) {
        self.connection.with((), |connection| connection.stream_reset(id as u64, code as u64));
    }

    /// STOP_SENDING: gives up what the peer sends.
    #[napi(catch_unwind)]
    pub fn stream_stop(&mut self, id: f64, code: f64) {
        self.connection.with((), |connection| connection.stream_stop(id as u64, code as u64));
    }

    /// Bidirectional streams that we may still open.
    #[napi(catch_unwind)]
    pub fn streams_left(&mut self) -> f64 {
        self.connection.with(0, Connection::streams_left) as f64
    }

    /// Takes the connection away: what is left has ended, and says nothing.
    pub(crate) fn take(&mut self) -> Guarded {
        std::mem::take(&mut self.connection)
    }

    fn of(make: impl FnOnce() -> Connection) -> Self {
        Self { connection: Guarded::new(make), stream_ended: false, stream_error_code: 0 }
    }

    /// The numbers of `StreamResult` (packages/quic/src/engine.ts).
    fn stream_result(&mut self, result: std::result::Result<usize, StreamError>) -> i32 {
        match result {
            Ok(bytes) => i32::try_from(bytes).unwrap_or(i32::MAX),
            Err(StreamError::Blocked) => -1,
            Err(StreamError::Stopped(code)) => {
                self.stream_error_code = code;
                -2
            }
            Err(StreamError::Reset(code)) => {
                self.stream_error_code = code;
                -3
            }
            Err(StreamError::Gone) => -4,
            Err(StreamError::Limit) => -5,
        }
    }
}

/// Writes a Retry packet into `out`; returns its length, or 0 when there is no room.
#[napi(catch_unwind)]
pub fn write_quic_retry(
    client_id: &[u8],
    original_id: &[u8],
    new_id: &[u8],
    token: &[u8],
    out: Uint8ArraySlice<'_>,
) -> u32 {
    write_retry(client_id, original_id, new_id, token, writable(out)) as u32
}

fn cause_name(cause: CloseCause) -> &'static str {
    match cause {
        CloseCause::Peer => "peer",
        CloseCause::Local => "local",
        CloseCause::Idle => "idle",
        CloseCause::Reset => "reset",
    }
}

fn arrays(chain: Vec<Vec<u8>>) -> Vec<Uint8Array> {
    chain.into_iter().map(Uint8Array::from).collect()
}
