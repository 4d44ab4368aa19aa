//! The half of a relay from the stream to the workload.

use std::io::{self, ErrorKind};

use florenetes_engine::{Guarded, Received, StreamError};

use super::{Over, Receiving, Relay, Turn};
use crate::codes::{CONNECTION_LOST, MALFORMED, WORKLOAD_RESET};
use crate::message::{ReadState, decode_answer};

impl Relay {
    /// Moves bytes from the stream to the workload, until the workload takes no more or the share is used up.
    pub(crate) fn pull(&mut self, quic: &mut Guarded, share: usize, chunk: &mut [u8]) -> Result<Turn, Over> {
        if !self.flush().map_err(|_| self.abort(WORKLOAD_RESET, quic))? {
            self.check_reset(quic)?;
            return Ok(Turn::Done);
        }
        self.check_done()?;
        if self.is_unanswered() && !self.read_answer(quic)? {
            return Ok(Turn::Done);
        }
        let mut left = share;
        while self.is_receiving() {
            if left == 0 {
                return Ok(Turn::Share);
            }
            let length = self.receive(quic, chunk)?;
            left = left.saturating_sub(length);
            if !self.held.is_empty() || length < chunk.len() {
                break;
            }
        }
        self.check_done()?;
        Ok(Turn::Done)
    }

    /// Moves a chunk. Returns its length; a length below the chunk's size means that the stream is empty.
    fn receive(&mut self, quic: &mut Guarded, chunk: &mut [u8]) -> Result<usize, Over> {
        let stream = self.stream;
        match quic.with(Err(StreamError::Gone), |quic| quic.stream_receive(stream, chunk)) {
            // The peer has ended the stream without the end mark.
            Ok(Received { length: 0, is_ended: true }) => Err(self.cut(MALFORMED, self.is_sending(), false, quic)),
            Ok(Received { length, is_ended }) => {
                let bytes = &chunk[..length - usize::from(is_ended)];
                self.deliver(bytes).map_err(|_| self.abort(WORKLOAD_RESET, quic))?;
                if is_ended {
                    self.receiving = Receiving::Ending;
                    self.flush().map_err(|_| self.abort(WORKLOAD_RESET, quic))?;
                }
                Ok(length)
            }
            Err(StreamError::Blocked) => Ok(0),
            Err(error) => Err(self.handle_receive_failed(error, quic)),
        }
    }

    /// Reads the answer to OPEN. True: it is whole, and accepts the stream.
    fn read_answer(&mut self, quic: &mut Guarded) -> Result<bool, Over> {
        let stream = self.stream;
        let Receiving::Answer(reader, _) = &mut self.receiving else { return Ok(true) };
        while reader.state() == ReadState::Partial {
            let room = reader.room();
            match quic.with(Err(StreamError::Gone), |quic| quic.stream_receive(stream, room)) {
                Ok(Received { length, is_ended: false }) => reader.advance(length),
                Ok(Received { is_ended: true, .. }) => return Err(self.cut(MALFORMED, self.is_sending(), false, quic)),
                Err(StreamError::Blocked) => return Ok(false),
                Err(error) => return Err(self.handle_receive_failed(error, quic)),
            }
        }
        let answer = (reader.state() == ReadState::Whole).then(|| decode_answer(reader.body())).flatten();
        let Some(tells_taken) = answer else { return Err(self.abort(MALFORMED, quic)) };
        self.receiving = Receiving::Open;
        self.taken = self.taken.take().filter(|_| tells_taken);
        self.workload.handle_answered(self.taken.is_some());
        Ok(true)
    }

    /// Finds out whether the peer has reset a stream that is not read now.
    fn check_reset(&mut self, quic: &mut Guarded) -> Result<(), Over> {
        if !self.is_receiving() {
            return Ok(());
        }
        let stream = self.stream;
        match quic.with(Err(StreamError::Gone), |quic| quic.stream_receive(stream, &mut [])) {
            Ok(Received { is_ended: true, .. }) => Err(self.cut(MALFORMED, self.is_sending(), false, quic)),
            Ok(_) | Err(StreamError::Blocked) => Ok(()),
            Err(error) => Err(self.handle_receive_failed(error, quic)),
        }
    }

    /// Ends both halves after a failed read. Of the two, only the sending half is news to the peer.
    fn handle_receive_failed(&mut self, error: StreamError, quic: &mut Guarded) -> Over {
        let (code, is_by_peer) = match error {
            StreamError::Reset(code) => (code, true),
            _ => (CONNECTION_LOST, false),
        };
        Over { is_by_peer, ..self.cut(code, self.is_sending(), false, quic) }
    }

    /// Writes the held bytes to the workload. False: it takes no more.
    fn flush(&mut self) -> io::Result<bool> {
        while self.held_at < self.held.len() {
            match self.workload.write(&self.held[self.held_at..]) {
                Ok(taken) => self.held_at += taken,
                Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(false),
                Err(error) => return Err(error),
            }
        }
        self.held = Vec::new();
        self.held_at = 0;
        if matches!(self.receiving, Receiving::Ending) {
            self.workload.end();
            self.receiving = Receiving::Ended;
        }
        Ok(true)
    }

    /// Gives bytes to the workload, and holds the rest.
    fn deliver(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.received += bytes.len() as u64;
        let mut rest = bytes;
        while !rest.is_empty() {
            match self.workload.write(rest) {
                Ok(taken) => rest = &rest[taken..],
                Err(error) if error.kind() == ErrorKind::WouldBlock => break,
                Err(error) => return Err(error),
            }
        }
        self.held.extend_from_slice(rest);
        Ok(())
    }
}
