use std::collections::HashMap;
use std::sync::Arc;

use super::process_ledger::{HiddenAccount, ProcessLedger};
use super::stream_ledger::StreamLedger;
use super::unseen_streams::UnseenStreams;
use super::violation::Violation;
use crate::limits::{
    GAPS_MAX, HIDDEN_MAX, HIDDEN_MIN, HIDDEN_PER_DELIVERED, PASSED_STREAM_COST, STREAMS_KEPT, UNREAD_PIECES_MAX,
};

/// Bounds the memory that a connection hides from its application: to a constant plus a multiple of the delivered bytes, and to a larger constant.
/// Hidden are bytes beyond gaps, the cost of small pieces, and streams without a first byte; delivered are the bytes that the application has read.
/// The application itself bounds bytes in order, since it sees them; only the cost of small pieces among them counts here, beyond a third constant.
#[derive(Debug)]
pub(super) struct ConnectionLedger {
    account: HiddenAccount,
    /// The peer's bidirectional streams that have not begun.
    unseen: UnseenStreams,
    /// The last two bits of the IDs of the peer's bidirectional streams.
    peers_kind: u64,
    streams: HashMap<u64, StreamLedger>,
    hidden: u64,
    /// The part of `hidden` that is the cost of small pieces in order.
    unread: u64,
    delivered: u64,
    is_over: bool,
}

impl ConnectionLedger {
    pub(super) fn new(is_server: bool, process: &ProcessLedger) -> Self {
        Self {
            account: process.open(),
            unseen: UnseenStreams::default(),
            peers_kind: u64::from(!is_server),
            streams: HashMap::new(),
            hidden: 0,
            unread: 0,
            delivered: 0,
            is_over: false,
        }
    }

    /// Sets the principal that is answerable for the connection.
    pub(super) fn set_owner(&mut self, owner: Option<Arc<str>>) {
        self.account.set_owner(owner);
    }

    /// The key by which the process's ledger names the connection.
    pub(super) fn key(&self) -> u64 {
        self.account.key()
    }

    pub(super) fn hidden(&self) -> u64 {
        self.hidden
    }

    /// Whether the process's ledger wants the connection to be closed.
    pub(super) fn is_too_many(&self) -> bool {
        self.account.is_told()
    }

    /// Counts a connection that is closed for a violation.
    pub(super) fn count(&self, violation: Violation) {
        self.account.count(violation);
    }

    /// Handles a STREAM frame. Returns whether any byte of it is new.
    pub(super) fn handle_stream(&mut self, id: u64, offset: u64, length: u64) -> Result<bool, Violation> {
        self.begin(id);
        let Some(stream) = self.streams.get_mut(&id) else { return Ok(true) };
        let before = (stream.hidden(), stream.unread());
        let is_new = stream.handle_frame(offset, length);
        let (after, gaps) = ((stream.hidden(), stream.unread()), stream.gaps());
        self.settle(before, after);
        if gaps > GAPS_MAX {
            return Err(Violation::Gaps);
        }
        self.check().map(|()| is_new)
    }

    /// Handles any other frame that names a stream.
    pub(super) fn handle_stream_named(&mut self, id: u64) -> Result<(), Violation> {
        self.begin(id);
        self.check()
    }

    /// Handles the reset of a stream by the peer. The library frees the stream's bytes, and tells the application.
    pub(super) fn handle_reset(&mut self, id: u64) -> Result<(), Violation> {
        self.begin(id);
        self.handle_stream_over(id);
        self.check()
    }

    /// Notes a stream that we have begun.
    pub(super) fn handle_opened(&mut self, id: u64) {
        self.streams.insert(id, StreamLedger::own());
    }

    /// Notes that the application has read bytes of a stream.
    pub(super) fn handle_read(&mut self, id: u64, length: u64) {
        self.delivered += length;
        let Some(stream) = self.streams.get_mut(&id) else { return };
        let before = (stream.hidden(), stream.unread());
        stream.handle_read(length);
        let after = (stream.hidden(), stream.unread());
        self.settle(before, after);
    }

    /// Notes that the application has taken a datagram.
    pub(super) fn handle_delivered(&mut self, length: u64) {
        self.delivered += length;
    }

    /// Forgets a stream that the application has read to its end, or has stopped.
    pub(super) fn handle_stream_over(&mut self, id: u64) {
        let Some(stream) = self.streams.remove(&id) else { return };
        self.settle((stream.hidden(), stream.unread()), (0, 0));
        if self.streams.is_empty() && self.streams.capacity() > STREAMS_KEPT {
            self.streams.shrink_to(STREAMS_KEPT);
        }
    }

    /// Forgets all streams, as the library frees everything.
    pub(super) fn handle_closed(&mut self) {
        self.streams = HashMap::new();
        self.settle((self.hidden, self.unread), (0, 0));
        self.is_over = true;
    }

    /// Bytes that the connection may hide now.
    fn allowed(&self) -> u64 {
        HIDDEN_MAX.min(HIDDEN_MIN + HIDDEN_PER_DELIVERED * self.delivered)
    }

    fn check(&self) -> Result<(), Violation> {
        if self.is_too_many() {
            return Err(Violation::HiddenBytesOfAll);
        }
        match self.hidden - self.unread.min(UNREAD_PIECES_MAX) > self.allowed() {
            true => Err(Violation::HiddenBytes),
            false => Ok(()),
        }
    }

    /// Notes a stream of the peer if it begins with this frame.
    fn begin(&mut self, id: u64) {
        if id & 3 != self.peers_kind || self.is_over || self.streams.contains_key(&id) {
            return;
        }
        let before = PASSED_STREAM_COST * self.unseen.passed_over();
        if !self.unseen.take(id >> 2) {
            return;
        }
        let stream = StreamLedger::default();
        let after = PASSED_STREAM_COST * self.unseen.passed_over() + stream.hidden();
        self.streams.insert(id, stream);
        self.settle((before, 0), (after, 0));
    }

    fn settle(&mut self, before: (u64, u64), after: (u64, u64)) {
        if self.is_over || before == after {
            return;
        }
        self.unread = self.unread + after.1 - before.1;
        if before.0 != after.0 {
            self.hidden = self.hidden + after.0 - before.0;
            self.account.set_hidden(self.hidden);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::limits::HIDDEN_STREAM_COST;

    fn ledger() -> ConnectionLedger {
        ConnectionLedger::new(true, &ProcessLedger::default())
    }

    #[test]
    fn what_may_be_hidden_grows_with_what_was_delivered() {
        let mut ledger = ledger();
        assert_eq!(ledger.allowed(), HIDDEN_MIN);
        ledger.handle_delivered(1_000_000);
        assert_eq!(ledger.allowed(), HIDDEN_MIN + HIDDEN_PER_DELIVERED * 1_000_000);
        ledger.handle_read(0, 1_000_000_000);
        assert_eq!(ledger.allowed(), HIDDEN_MAX);
    }

    #[test]
    fn large_pieces_in_order_hide_nothing_however_late_they_are_read() {
        let mut ledger = ledger();
        for at in 0..7_000 {
            assert_eq!(ledger.handle_stream(0, 1_350 * at, 1_350), Ok(true));
        }
        assert_eq!(ledger.hidden, 0);
        assert_eq!(ledger.handle_stream(0, 0, 1_350), Ok(false));
    }

    #[test]
    fn what_is_hidden_is_let_go_when_it_is_read_or_the_stream_is_over() {
        let mut ledger = ledger();
        for at in 0..8_192 {
            ledger.handle_stream(0, at, 1).unwrap();
        }
        let all = ledger.hidden;
        ledger.handle_read(0, 4_097);
        assert!(ledger.hidden > 0 && ledger.hidden <= all * 4_097 / 8_192);
        ledger.handle_reset(0).unwrap();
        assert_eq!(ledger.hidden, 0);
        ledger.handle_stream(0, 9_000, 1).unwrap();
        assert_eq!(ledger.hidden, 0);
    }

    #[test]
    fn streams_that_were_passed_over_count_until_they_begin() {
        let mut ledger = ledger();
        ledger.handle_stream_named(4 * 10).unwrap();
        assert_eq!(ledger.hidden, HIDDEN_STREAM_COST + 10 * PASSED_STREAM_COST);
        ledger.handle_stream(4 * 3, 0, 1_000).unwrap();
        assert_eq!(ledger.hidden, HIDDEN_STREAM_COST + 9 * PASSED_STREAM_COST);
        // A frame does not begin our own streams, unidirectional streams, or streams that are over.
        for id in [1, 2, 3, 4 * 3] {
            ledger.handle_stream_over(id);
            ledger.handle_stream_named(id).unwrap();
        }
        assert_eq!(ledger.hidden, HIDDEN_STREAM_COST + 9 * PASSED_STREAM_COST);
        ledger.handle_closed();
        assert_eq!(ledger.hidden, 0);
    }

    #[test]
    fn a_stream_of_ours_has_begun() {
        let mut ledger = ledger();
        ledger.handle_opened(1);
        ledger.handle_stream(1, 1_000, 1_000).unwrap();
        assert_eq!(ledger.hidden, 1_000);
    }
}
