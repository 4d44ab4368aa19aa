use std::cell::Cell;
use std::time::Instant;

use florenetes_engine::{Guarded, Received, StreamError};
use florenetes_io::udp::UdpPeer;
use florenetes_lane::{Allowance, EventWriter, Now};

use super::due::Due;
use super::flow_target::FlowTarget;
use crate::codes::{CONNECTION_LOST, DONE, MALFORMED};
use crate::datagrams::{Batch, Frame, Joiner, SendQueue, Sizes, Unopened};
use crate::event::{Account, Event, StreamOver};
use crate::limits::{OWN_DATAGRAMS_SIZE_MAX, OWN_DATAGRAMS_WAITING_MAX};
use crate::message::{self, MessageReader, ReadState, decode_answer};
use crate::order::Adoption;
use crate::relay::{END_MARK, Over};
use crate::workloads::OwnStreams;

/// The local end of a flow: the source and destination of its datagrams.
pub(crate) enum Outlet {
    /// A client of a tunnel.
    Client { tunnel: u32, client: UdpPeer },
    /// The target of a service.
    Target(FlowTarget),
    /// The owner.
    Owner(OwnOutlet),
    /// The flow has ended here.
    Closed,
}

/// Bytes of the length before each datagram for the owner.
const OWN_DATAGRAM_HEAD: usize = 2;

/// The owner as the workload of a flow.
pub(crate) struct OwnOutlet {
    pub(super) number: u32,
    /// Whether the flow is accepted, as far as the owner knows: by the far end, or by the owner itself.
    pub(super) is_answered: bool,
    told: Allowance,
}

impl OwnOutlet {
    pub(crate) fn new(number: u32, is_answered: bool) -> Self {
        Self { number, is_answered, told: Allowance::default() }
    }

    /// Hands the owner a datagram, of 65,507 bytes at most. False: too many wait for the owner.
    pub(super) fn tell(
        &mut self,
        datagram: &[u8],
        own_streams: &mut OwnStreams,
        events: &mut EventWriter<Event>,
    ) -> bool {
        let batch = events.batch();
        let has_room =
            self.told.take(batch, OWN_DATAGRAMS_WAITING_MAX) && own_streams.take_datagram(batch, datagram.len());
        if !has_room {
            return false;
        }
        let size = OWN_DATAGRAM_HEAD + datagram.len();
        let length = (datagram.len() as u16).to_be_bytes();
        // An event for all that come together costs both threads less than one for each.
        if let Some(Event::Datagrams { workload, bytes }) = events.last_mut()
            && *workload == self.number
            && bytes.len() + size <= OWN_DATAGRAMS_SIZE_MAX
        {
            bytes.extend_from_slice(&length);
            bytes.extend_from_slice(datagram);
        } else {
            let bytes = [&length, datagram].concat();
            events.push(Event::Datagrams { workload: self.number, bytes });
        }
        true
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Sending {
    Open,
    /// QUIC has not taken the end mark yet.
    Ending,
    Ended,
}

enum Receiving {
    /// The answer to OPEN has not come.
    Answer(MessageReader),
    Open,
    Ended,
}

/// A flow of datagrams. Its stream carries only its beginning and its end.
///
/// ```text
///     originator   OPEN ─────▶ end mark and FIN, by whoever is the first; the other answers with its own
///     acceptor     ANSWER ───▶
/// ```
pub(super) struct Flow {
    pub(super) account: Account,
    pub(super) outlet: Outlet,
    /// Bytes of datagrams handed to the connection, and of datagrams that came out of it.
    sent: Cell<u64>,
    received: Cell<u64>,
    pub(super) started_ms: f64,
    stream: u64,
    sending: Sending,
    receiving: Receiving,
    /// The rest of the stream's first message that QUIC has not taken yet.
    head: &'static [u8],
}

impl Flow {
    /// Begins a flow with OPEN.
    pub(super) fn asking(stream: u64, account: Account, outlet: Outlet, now: Now) -> Self {
        let receiving = Receiving::Answer(MessageReader::new());
        Self::new(stream, account, outlet, receiving, message::OPEN_DATAGRAMS, now)
    }

    /// Answers a flow whose target is there.
    pub(super) fn answering(stream: u64, account: Account, outlet: Outlet, now: Now) -> Self {
        Self::new(stream, account, outlet, Receiving::Open, message::ANSWER, now)
    }

    fn new(stream: u64, account: Account, outlet: Outlet, receiving: Receiving, head: &'static [u8], now: Now) -> Self {
        let started_ms = now.ms;
        Self {
            account,
            outlet,
            sent: Cell::new(0),
            received: Cell::new(0),
            started_ms,
            stream,
            sending: Sending::Open,
            receiving,
            head,
        }
    }

    /// The entry of the owner's access log for an end by this code.
    pub(super) fn over(&self, connection: u32, code: u64) -> StreamOver {
        StreamOver {
            connection: Some(connection),
            stream: self.stream,
            account: self.account,
            is_flow: true,
            is_refused: self.is_unanswered(),
            started_ms: self.started_ms,
            sent: self.sent.get(),
            received: self.received.get(),
            code,
        }
    }

    pub(super) fn count_sent(&self, bytes: usize) {
        self.sent.update(|sent| sent + bytes as u64);
    }

    pub(super) fn count_received(&self, bytes: usize) {
        self.received.update(|received| received + bytes as u64);
    }

    /// Whether the flow still carries datagrams.
    pub(super) fn is_open(&self) -> bool {
        !matches!(self.outlet, Outlet::Closed)
    }

    /// Ends the flow by the end mark, once QUIC takes it.
    pub(super) fn end(&mut self) {
        if self.sending == Sending::Open {
            self.sending = Sending::Ending;
        }
    }

    /// Whether the peer has not answered yet.
    pub(super) fn is_unanswered(&self) -> bool {
        matches!(self.receiving, Receiving::Answer(_))
    }

    /// Whether the client has waited for the peer's answer for too long. An infinite `wait_ms` means no limit.
    pub(super) fn is_overdue(&self, wait_ms: f64, now_ms: f64) -> bool {
        self.is_unanswered() && self.is_open() && now_ms >= self.started_ms + wait_ms
    }

    /// Whether the peer has ended the flow.
    pub(super) fn is_ended_by_peer(&self) -> bool {
        matches!(self.receiving, Receiving::Ended)
    }

    /// Writes and reads the flow's stream. An error is the end of the stream.
    pub(super) fn serve(&mut self, quic: &mut Guarded) -> Result<(), Over> {
        self.write(quic)?;
        self.read(quic)?;
        match self.sending == Sending::Ended && self.is_ended_by_peer() {
            true => Err(Over { code: DONE, is_by_peer: false, is_stop_to_repeat: false }),
            false => Ok(()),
        }
    }

    fn write(&mut self, quic: &mut Guarded) -> Result<(), Over> {
        let (stream, mut is_blocked) = (self.stream, false);
        while !is_blocked && (!self.head.is_empty() || self.sending == Sending::Ending) {
            let (bytes, is_end) = if self.head.is_empty() { (END_MARK, true) } else { (self.head, false) };
            let taken = quic.with(Err(StreamError::Gone), |quic| match quic.stream_room(stream) {
                Ok(0) => Ok(0),
                Ok(_) => quic.stream_send(stream, bytes, is_end),
                Err(error) => Err(error),
            });
            let taken = taken.map_err(|error| self.handle_failed(error, false, true, quic))?;
            is_blocked = taken == 0;
            if is_end && !is_blocked {
                self.sending = Sending::Ended;
            } else {
                self.head = &self.head[if is_end { 0 } else { taken }..];
            }
        }
        // Nothing else shows that the peer has stopped the stream.
        if self.sending != Sending::Ended {
            let capacity = quic.with(Err(StreamError::Gone), |quic| quic.stream_capacity(stream));
            capacity.map_err(|error| self.handle_failed(error, false, true, quic))?;
        }
        Ok(())
    }

    fn read(&mut self, quic: &mut Guarded) -> Result<(), Over> {
        let stream = self.stream;
        while let Receiving::Answer(reader) = &mut self.receiving {
            let room = reader.room();
            match quic.with(Err(StreamError::Gone), |quic| quic.stream_receive(stream, room)) {
                Ok(Received { length, is_ended: false }) => reader.advance(length),
                Ok(Received { is_ended: true, .. }) => {
                    self.receiving = Receiving::Ended;
                    return Err(self.abort(MALFORMED, quic));
                }
                Err(StreamError::Blocked) => return Ok(()),
                Err(error) => return Err(self.handle_failed(error, true, false, quic)),
            }
            match reader.state() {
                ReadState::Partial => {}
                ReadState::Whole if decode_answer(reader.body()).is_some() => self.receiving = Receiving::Open,
                _ => return Err(self.abort(MALFORMED, quic)),
            }
        }
        if self.is_ended_by_peer() {
            return Ok(());
        }
        match quic.with(Err(StreamError::Gone), |quic| quic.stream_receive(stream, &mut [0; 2])) {
            Ok(Received { length: 1, is_ended: true }) => {
                self.receiving = Receiving::Ended;
                self.end();
                self.write(quic)
            }
            Ok(Received { is_ended, .. }) => {
                if is_ended {
                    self.receiving = Receiving::Ended;
                }
                Err(self.abort(MALFORMED, quic))
            }
            Err(StreamError::Blocked) => Ok(()),
            Err(error) => Err(self.handle_failed(error, true, false, quic)),
        }
    }

    /// Ends the stream, and tells the peer why.
    pub(super) fn abort(&mut self, code: u64, quic: &mut Guarded) -> Over {
        self.cut(code, !self.is_ended_by_peer(), self.sending != Sending::Ended, quic)
    }

    /// Ends the stream after an error. The peer knows already of the half that has failed.
    fn handle_failed(&mut self, error: StreamError, is_read: bool, is_written: bool, quic: &mut Guarded) -> Over {
        let (code, is_by_peer) = match error {
            StreamError::Reset(code) | StreamError::Stopped(code) => (code, true),
            _ => (CONNECTION_LOST, false),
        };
        let tell_receiving = !is_read && !self.is_ended_by_peer();
        let tell_sending = !is_written && self.sending != Sending::Ended;
        Over { is_by_peer, ..self.cut(code, tell_receiving, tell_sending, quic) }
    }

    fn cut(&mut self, code: u64, tell_receiving: bool, tell_sending: bool, quic: &mut Guarded) -> Over {
        let stream = self.stream;
        quic.with((), |quic| {
            if tell_receiving {
                quic.stream_stop(stream, code);
            }
            if tell_sending {
                quic.stream_reset(stream, code);
            }
        });
        Over { code, is_by_peer: false, is_stop_to_repeat: tell_receiving && !tell_sending }
    }
}

/// The state that all flows of a connection share.
#[derive(Default)]
pub(super) struct Flows {
    /// Whether datagrams may not be cut into pieces.
    is_uncut: bool,
    pub(super) queue: SendQueue,
    pub(super) joiner: Joiner,
    pub(super) unopened: Unopened,
    /// Datagrams that leave for their workload together: at the end of the turn, or when a datagram comes that cannot join them.
    pub(super) batch: Batch,
    /// The account that counts datagrams of unknown flows: the service, or the first tunnel of the trunk.
    pub(super) account: Option<Account>,
    /// Flows that have ended here, by when they are given up if the peer has not ended them too.
    pub(super) end_until: Due,
}

impl Flows {
    pub(super) fn new(adoption: &Adoption) -> Self {
        Self { is_uncut: adoption.is_uncut, ..Self::default() }
    }

    /// Whether the peer may send such a frame: pieces are not allowed where datagrams are not cut.
    pub(super) fn takes(&self, frame: &Frame<'_>) -> bool {
        frame.piece.is_none() || !self.is_uncut
    }

    /// The bounds for the next payload's size.
    pub(super) fn sizes(&self, max: usize, left: usize) -> Sizes {
        Sizes { max, left, is_uncut: self.is_uncut }
    }

    /// When the next thing that waits for the peer is given up.
    pub(super) fn next_timeout(&self) -> Option<Instant> {
        self.end_until
            .next_timeout()
            .into_iter()
            .chain(self.joiner.next_timeout())
            .chain(self.unopened.next_timeout())
            .min()
    }
}

#[cfg(test)]
mod tests {
    use florenetes_lane::event_queue;

    use super::*;

    #[test]
    fn datagrams_that_come_together_are_one_event_until_something_else_is_told_or_it_is_full() {
        let (mut events, reader) = event_queue(|| {});
        let mut streams = OwnStreams::default();
        let [mut one, mut other] = [7, 8].map(|number| OwnOutlet::new(number, true));
        let half = vec![1; OWN_DATAGRAMS_SIZE_MAX / 2 - OWN_DATAGRAM_HEAD];
        assert!(one.tell(&[1, 2], &mut streams, &mut events));
        assert!(one.tell(&[], &mut streams, &mut events));
        assert!(other.tell(&[3], &mut streams, &mut events));
        assert!(other.tell(&half, &mut streams, &mut events));
        assert!(other.tell(&half, &mut streams, &mut events));
        events.push(Event::StreamEnded { workload: 8 });
        assert!(other.tell(&half, &mut streams, &mut events));
        assert!(other.tell(&half, &mut streams, &mut events));
        events.flush();
        assert!(other.tell(&[4], &mut streams, &mut events));
        events.flush();
        let lengths = reader.take().0.into_iter().map(|event| match event {
            Event::Datagrams { workload, bytes } => (workload, bytes.len()),
            _ => (0, 0),
        });
        let full = OWN_DATAGRAMS_SIZE_MAX;
        let expected = [(7, 6), (8, 3 + full / 2), (8, full / 2), (0, 0), (8, full), (8, 3)];
        assert_eq!(lengths.collect::<Vec<_>>(), expected);
    }
}
