//! The judge, who is asked before a frame of a 1-RTT packet is handled

use std::{any::Any, ops::RangeInclusive};

use rand::RngExt;

use super::Connection;
use crate::{Dir, Instant, StreamId, TransportError, frame::Frame, packet::SpaceId};

/// Judges the frames of 1-RTT packets before they are handled: what a peer may make us keep, answer and send
///
/// An error closes the connection, and is what the peer is told.
pub trait FrameJudge: Any + Send + Sync {
    /// STREAM; returns whether any of its bytes is new
    fn handle_stream(&mut self, id: StreamId, offset: u64, length: u64) -> Result<bool, TransportError>;
    /// RESET_STREAM
    fn handle_reset(&mut self, id: StreamId) -> Result<(), TransportError>;
    /// A frame that can begin a stream without anything to be read: STOP_SENDING, MAX_STREAM_DATA
    fn handle_stream_named(&mut self, id: StreamId) -> Result<(), TransportError>;
    /// CRYPTO
    fn handle_crypto(&mut self, offset: u64, length: u64) -> Result<(), TransportError>;
    /// NEW_CONNECTION_ID
    fn handle_new_connection_id(&mut self) -> Result<(), TransportError>;
    /// RETIRE_CONNECTION_ID
    fn handle_retire_connection_id(&mut self) -> Result<(), TransportError>;
    /// PATH_CHALLENGE
    fn handle_path_challenge(&mut self, now: Instant) -> Result<(), TransportError>;
    /// ACK, where `next` is the number that no packet has yet; the ranges come from the largest down
    fn handle_ack(
        &mut self,
        next: u64,
        largest: u64,
        ranges: &mut dyn Iterator<Item = RangeInclusive<u64>>,
    ) -> Result<(), TransportError>;
    /// A frame that cannot be read. The connection is closed for it in any case
    fn handle_malformed(&mut self);
    /// All frames of a packet were handled, and `next` is the number that no packet of ours has yet
    fn handle_packet(&mut self, next: u64) -> Result<(), TransportError>;
    /// Whether a number of ours is left out: who acknowledges it lies (RFC 9000, 21.4)
    fn is_left_out(&self, number: u64) -> bool;
    /// The number was left out; the next one is to be chosen by chance
    fn handle_left_out(&mut self, number: u64, chance: u64);
}

impl Connection {
    /// Has all frames of 1-RTT packets judged from now on
    ///
    /// Is to be called before the first of them is sent, or heard. `make` gets a number that the peer cannot know.
    pub fn set_judge(&mut self, make: impl FnOnce(u64) -> Box<dyn FrameJudge>) {
        self.judge = Some(make(self.rng.random()));
    }

    /// The judge, if there is one and it is of this type
    pub fn judge<J: FrameJudge>(&mut self) -> Option<&mut J> {
        let judge: &mut dyn Any = self.judge.as_deref_mut()?;
        judge.downcast_mut()
    }

    /// Closes the connection with an error of the transport, as if the peer had broken the protocol
    pub fn abort(&mut self, now: Instant, error: TransportError) {
        if !self.state.is_closed() {
            self.error = Some(error.clone().into());
            self.close_inner(now, error.into());
        }
    }

    /// The number of the next packet
    pub(super) fn peek_number(&self) -> u64 {
        let space = &self.spaces[SpaceId::Data];
        match &self.judge {
            None => self.packet_number_filter.peek(space),
            Some(judge) => space.next_packet_number + u64::from(judge.is_left_out(space.next_packet_number)),
        }
    }

    /// Takes the number of the next packet
    pub(super) fn allocate_number(&mut self) -> u64 {
        let space = &mut self.spaces[SpaceId::Data];
        let Some(judge) = &mut self.judge else {
            return self.packet_number_filter.allocate(&mut self.rng, space);
        };
        let number = space.get_tx_number();
        if !judge.is_left_out(number) {
            return number;
        }
        judge.handle_left_out(number, self.rng.random());
        space.get_tx_number()
    }

    /// Has a frame judged, and takes from it what is there already
    pub(super) fn judge_frame(&mut self, now: Instant, frame: &mut Frame) -> Result<(), TransportError> {
        let Some(judge) = &mut self.judge else {
            return Ok(());
        };
        // A stream that may not be does not have to be judged.
        let named = match frame {
            Frame::Stream(frame) => Some(frame.id),
            Frame::ResetStream(frame) => Some(frame.id),
            Frame::StopSending(frame) => Some(frame.id),
            Frame::MaxStreamData { id, .. } => Some(*id),
            _ => None,
        };
        if let Some(id) = named.filter(|id| id.dir() == Dir::Bi) {
            self.streams.validate_receive_id(id)?;
        }
        match frame {
            Frame::Stream(frame) => {
                let length = frame.data.len() as u64;
                if !judge.handle_stream(frame.id, frame.offset, length)? {
                    frame.offset += length;
                    frame.data.clear();
                }
                Ok(())
            }
            Frame::ResetStream(frame) => judge.handle_reset(frame.id),
            Frame::StopSending(frame) => judge.handle_stream_named(frame.id),
            Frame::MaxStreamData { id, .. } => judge.handle_stream_named(*id),
            Frame::Crypto(frame) => judge.handle_crypto(frame.offset, frame.data.len() as u64),
            Frame::NewConnectionId(_) => judge.handle_new_connection_id(),
            Frame::RetireConnectionId { .. } => judge.handle_retire_connection_id(),
            Frame::PathChallenge(_) => judge.handle_path_challenge(now),
            Frame::Ack(ack) => {
                let next = self.spaces[SpaceId::Data].next_packet_number;
                judge.handle_ack(next, ack.largest, &mut ack.iter())
            }
            _ => Ok(()),
        }
    }

    /// Tells the judge of a frame that cannot be read
    pub(super) fn judge_malformed(&mut self, error: impl Into<TransportError>) -> TransportError {
        if let Some(judge) = &mut self.judge {
            judge.handle_malformed();
        }
        error.into()
    }

    /// All frames of a packet were handled
    pub(super) fn judge_packet(&mut self) -> Result<(), TransportError> {
        match &mut self.judge {
            None => Ok(()),
            Some(judge) => judge.handle_packet(self.spaces[SpaceId::Data].next_packet_number),
        }
    }
}
