use std::ops::RangeInclusive;
use std::sync::Arc;
use std::time::Instant;

use quinn_proto::{FrameJudge, StreamId, TransportError};

use super::acknowledgements::Acknowledgements;
use super::connection_ledger::ConnectionLedger;
use super::process_ledger::ProcessLedger;
use super::rate_limit::RateLimit;
use super::violation::Violation;
use crate::limits::{
    CONNECTION_IDS_MAX, PATH_CHALLENGES_MAX, PATH_CHALLENGES_PER_SECOND, TICKET_BYTES_MAX, TICKET_FRAMES_MAX,
};

/// Judges the frames of a connection's 1-RTT packets before they are handled: whether they make us keep, answer or send more than an honest peer's
/// would.
pub(crate) struct ConnectionGuard {
    ledger: ConnectionLedger,
    acknowledgements: Acknowledgements,
    path_challenges: RateLimit,
    is_server: bool,
    connection_ids_left: u32,
    ticket_frames: u32,
    violation: Option<Violation>,
}

impl ConnectionGuard {
    /// `id_length` is the length of our own connection IDs; if it is 0, so is that of the peer's. `chance` is a number that the peer cannot predict.
    pub(crate) fn new(is_server: bool, id_length: usize, process: &ProcessLedger, chance: u64) -> Self {
        Self {
            ledger: ConnectionLedger::new(is_server, process),
            acknowledgements: Acknowledgements::new(chance),
            path_challenges: RateLimit::new(PATH_CHALLENGES_MAX, PATH_CHALLENGES_PER_SECOND),
            is_server,
            connection_ids_left: if id_length == 0 { 0 } else { CONNECTION_IDS_MAX },
            ticket_frames: 0,
            violation: None,
        }
    }

    /// The key by which the process's ledger names the connection.
    pub(crate) fn key(&self) -> u64 {
        self.ledger.key()
    }

    /// Bytes that the connection hides.
    pub(crate) fn hidden(&self) -> u64 {
        self.ledger.hidden()
    }

    pub(crate) fn set_owner(&mut self, owner: Option<Arc<str>>) {
        self.ledger.set_owner(owner);
    }

    /// Why the connection is closed, or has to close.
    pub(crate) fn violation(&self) -> Option<Violation> {
        self.violation.or_else(|| self.ledger.is_too_many().then_some(Violation::HiddenBytesOfAll))
    }

    /// Notes a stream that we have begun.
    pub(crate) fn handle_opened(&mut self, id: u64) {
        self.ledger.handle_opened(id);
    }

    /// Notes that the application has read bytes of a stream.
    pub(crate) fn handle_read(&mut self, id: u64, length: usize) {
        self.ledger.handle_read(id, length as u64);
    }

    /// Notes that the application has read a stream to its end, or has stopped it.
    pub(crate) fn handle_stream_over(&mut self, id: u64) {
        self.ledger.handle_stream_over(id);
    }

    /// Notes that the application has taken a datagram.
    pub(crate) fn handle_delivered(&mut self, length: usize) {
        self.ledger.handle_delivered(length as u64);
    }

    /// Notes that the connection is closed, for whatever reason.
    pub(crate) fn handle_closed(&mut self) {
        if let Some(violation) = self.violation() {
            self.ledger.count(violation);
        }
        self.ledger.handle_closed();
    }

    fn told<T>(&mut self, verdict: Result<T, Violation>) -> Result<T, TransportError> {
        verdict.map_err(|violation| {
            self.violation = Some(violation);
            violation.error()
        })
    }

    fn require(&mut self, is_fine: bool, otherwise: Violation) -> Result<(), TransportError> {
        self.told(if is_fine { Ok(()) } else { Err(otherwise) })
    }
}

impl FrameJudge for ConnectionGuard {
    fn handle_stream(&mut self, id: StreamId, offset: u64, length: u64) -> Result<bool, TransportError> {
        let verdict = self.ledger.handle_stream(id.into(), offset, length);
        self.told(verdict)
    }

    fn handle_reset(&mut self, id: StreamId) -> Result<(), TransportError> {
        let verdict = self.ledger.handle_reset(id.into());
        self.told(verdict)
    }

    fn handle_stream_named(&mut self, id: StreamId) -> Result<(), TransportError> {
        let verdict = self.ledger.handle_stream_named(id.into());
        self.told(verdict)
    }

    /// CRYPTO data after the handshake holds session tickets, which only servers send. They come nearly in order.
    fn handle_crypto(&mut self, offset: u64, length: u64) -> Result<(), TransportError> {
        self.ticket_frames += 1;
        let is_fine = !self.is_server && self.ticket_frames <= TICKET_FRAMES_MAX && offset + length <= TICKET_BYTES_MAX;
        self.require(is_fine, Violation::CryptoData)
    }

    fn handle_new_connection_id(&mut self) -> Result<(), TransportError> {
        let left = self.connection_ids_left.checked_sub(1);
        self.connection_ids_left = left.unwrap_or(0);
        self.require(left.is_some(), Violation::ConnectionIds)
    }

    /// We issue a single ID. A packet that was sent to an ID must not retire it (RFC 9000, 19.16), so no such frame is allowed.
    fn handle_retire_connection_id(&mut self) -> Result<(), TransportError> {
        self.require(false, Violation::ConnectionIds)
    }

    fn handle_path_challenge(&mut self, now: Instant) -> Result<(), TransportError> {
        let is_fine = self.path_challenges.take(now);
        self.require(is_fine, Violation::PathChallenges)
    }

    fn handle_ack(
        &mut self,
        next: u64,
        largest: u64,
        ranges: &mut dyn Iterator<Item = RangeInclusive<u64>>,
    ) -> Result<(), TransportError> {
        let verdict = self.acknowledgements.handle_ack(next, largest, ranges);
        self.told(verdict)
    }

    fn handle_malformed(&mut self) {
        self.violation = Some(Violation::MalformedFrame);
    }

    fn handle_packet(&mut self, next: u64) -> Result<(), TransportError> {
        let verdict = self.acknowledgements.check(next);
        self.told(verdict)
    }

    fn is_left_out(&self, number: u64) -> bool {
        self.acknowledgements.is_canary(number)
    }

    fn handle_left_out(&mut self, number: u64, chance: u64) {
        self.acknowledgements.handle_canary(number, chance);
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn guard(is_server: bool, id_length: usize) -> ConnectionGuard {
        ConnectionGuard::new(is_server, id_length, &ProcessLedger::default(), 0)
    }

    #[test]
    fn a_client_hears_so_much_crypto_and_a_server_none() {
        let mut client = guard(false, 8);
        for i in 0..TICKET_FRAMES_MAX {
            client.handle_crypto(i.into(), 1).unwrap();
        }
        assert!(client.handle_crypto(0, 1).is_err());
        assert!(guard(false, 8).handle_crypto(TICKET_BYTES_MAX - 100, 100).is_ok());
        assert!(guard(false, 8).handle_crypto(TICKET_BYTES_MAX - 99, 100).is_err());
        let mut server = guard(true, 8);
        assert!(server.handle_crypto(0, 1).is_err());
        assert_eq!(server.violation(), Some(Violation::CryptoData));
    }

    #[test]
    fn connection_ids_are_so_many_in_a_life_and_none_where_they_are_empty() {
        let mut one = guard(true, 8);
        for _ in 0..CONNECTION_IDS_MAX {
            one.handle_new_connection_id().unwrap();
        }
        assert!(one.handle_new_connection_id().is_err());
        assert!(guard(true, 0).handle_new_connection_id().is_err());
        assert!(guard(true, 8).handle_retire_connection_id().is_err());
    }

    #[test]
    fn path_challenges_are_so_many_at_once_and_in_a_second() {
        let (mut one, mut now) = (guard(true, 8), Instant::now());
        for _ in 0..PATH_CHALLENGES_MAX {
            one.handle_path_challenge(now).unwrap();
        }
        assert!(one.handle_path_challenge(now).is_err());
        now += Duration::from_secs(1);
        for _ in 0..PATH_CHALLENGES_PER_SECOND {
            one.handle_path_challenge(now).unwrap();
        }
        assert!(one.handle_path_challenge(now).is_err());
    }
}
