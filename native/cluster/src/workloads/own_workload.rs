use std::io::{self, ErrorKind};
use std::mem;

use florenetes_lane::EventWriter;

use super::Taken;
use crate::codes::WORKLOAD_RESET;
use crate::event::Event;
use crate::limits::CHUNK_SIZE;

/// The owner as the workload of a stream, in the place of a socket: bytes are read from and written to the owner.
///
/// ```text
///     owner ──WriteStream──▶ [said] ──read──▶ relay     `StreamWritable` once all of it is read: one write at a time
///     owner ◀─StreamBytes── [untaken] ◀─write── relay    no more until `TakeStream`
/// ```
///
/// Besides, the owner says what it has taken (`AcknowledgeStream`), and is told what the far workload has taken (`StreamTaken`).
///
/// At most a chunk waits in either direction, however slow the other side is, and at most one event of each kind is in the queue.
pub(crate) struct OwnWorkload {
    pub(crate) number: u32,
    /// Bytes of the owner, from `said_at` on.
    said: Vec<u8>,
    said_at: usize,
    has_ended: bool,
    /// Bytes that were given to the owner, which has not asked for more yet (`TakeStream`).
    unheard: usize,
    /// The count of all bytes given to the owner, and how much of them, and of the end, it has acknowledged.
    told: u64,
    acknowledged: Taken,
    /// How much the far workload has taken, if the owner is still to be told.
    far_taken: Option<Taken>,
    news: News,
}

/// Events that the next `tell` gives to the owner.
#[derive(Default)]
struct News {
    bytes: Vec<u8>,
    /// Whether the far end tells what its workload has taken.
    answered: Option<bool>,
    has_ended: bool,
    is_writable: bool,
}

/// An order of the owner to its end of a stream.
pub(crate) enum Act {
    Write(Vec<u8>),
    End,
    Take,
    /// All bytes up to this offset, and perhaps the end, have reached their destination.
    Acknowledge(Taken),
    /// Resets or refuses the stream, by a code and a text for people.
    Reset(u64, String),
    /// Accepts a stream that the owner was asked for.
    Answer,
}

/// The owner has written before its last bytes were read, or after its end.
#[derive(Debug, PartialEq, Eq)]
struct OutOfTurn;

impl OwnWorkload {
    pub(crate) fn new(number: u32) -> Self {
        Self {
            number,
            said: Vec::new(),
            said_at: 0,
            has_ended: false,
            unheard: 0,
            told: 0,
            acknowledged: Taken::default(),
            far_taken: None,
            news: News::default(),
        }
    }

    /// A workload that first gets `prefix`, of at most a chunk.
    pub(crate) fn prefixed(number: u32, prefix: &[u8]) -> Self {
        let news = News { bytes: prefix.to_vec(), ..News::default() };
        Self { unheard: prefix.len(), told: prefix.len() as u64, news, ..Self::new(number) }
    }

    /// Bytes kept here or in the queue of events.
    pub(crate) fn memory(&self) -> u64 {
        (self.said.len() + self.unheard) as u64
    }

    /// Bytes that were given to the owner, and that it has not acknowledged.
    pub(crate) fn untaken(&self) -> u64 {
        self.told - self.acknowledged.offset
    }

    /// Whether the owner has acknowledged the end.
    pub(crate) fn has_taken_end(&self) -> bool {
        self.acknowledged.is_end
    }

    // ── Orders of the owner ─────────────────────────────────────────────────────────────────────────────────────────────

    /// Carries out an act. An error is the end of the stream, by this code.
    pub(crate) fn handle_act(&mut self, act: Act) -> Result<(), u64> {
        match act {
            Act::Write(bytes) => self.handle_said(bytes).map_err(|OutOfTurn| WORKLOAD_RESET)?,
            Act::End => self.has_ended = true,
            Act::Take => self.unheard = 0,
            Act::Acknowledge(Taken { offset, is_end }) => {
                let Taken { offset: before, is_end: was_end } = self.acknowledged;
                let offset = if is_end { self.told } else { offset.clamp(before, self.told) };
                self.acknowledged = Taken { offset, is_end: is_end || was_end };
            }
            Act::Reset(code, _) => return Err(code),
            // The stream is answered already.
            Act::Answer => {}
        }
        Ok(())
    }

    fn handle_said(&mut self, bytes: Vec<u8>) -> Result<(), OutOfTurn> {
        if self.has_ended || !self.said.is_empty() {
            return Err(OutOfTurn);
        }
        self.said = bytes;
        Ok(())
    }

    // ── As a socket ─────────────────────────────────────────────────────────────────────────────────────────────────────

    /// See `StreamSocket::read`.
    pub(crate) fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let rest = &self.said[self.said_at..];
        if rest.is_empty() {
            return if self.has_ended { Ok(0) } else { Err(ErrorKind::WouldBlock.into()) };
        }
        let length = rest.len().min(out.len());
        out[..length].copy_from_slice(&rest[..length]);
        self.said_at += length;
        if self.said_at == self.said.len() {
            self.said = Vec::new();
            self.said_at = 0;
            self.news.is_writable = !self.has_ended;
        }
        Ok(length)
    }

    /// See `StreamSocket::write`.
    pub(crate) fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.unheard > 0 {
            return Err(ErrorKind::WouldBlock.into());
        }
        let length = bytes.len().min(CHUNK_SIZE);
        self.unheard = length;
        self.told += length as u64;
        self.news.bytes = bytes[..length].to_vec();
        Ok(length)
    }

    /// See `StreamSocket::end`.
    pub(crate) fn end(&mut self) {
        self.news.has_ended = true;
    }

    /// Notes that the far end has accepted the stream.
    pub(crate) fn handle_answered(&mut self, tells_taken: bool) {
        self.news.answered = Some(tells_taken);
    }

    /// Notes how much the far workload has taken.
    pub(crate) fn handle_far_taken(&mut self, taken: Taken) {
        self.far_taken = Some(taken);
    }

    // ── Events ──────────────────────────────────────────────────────────────────────────────────────────────────────────

    /// Gives the owner the events of the calls before.
    pub(crate) fn tell(&mut self, events: &mut EventWriter<Event>) {
        let News { bytes, answered, has_ended, is_writable } = mem::take(&mut self.news);
        let workload = self.number;
        if let Some(tells_taken) = answered {
            events.push(Event::StreamAnswered { workload, tells_taken });
        }
        if !bytes.is_empty() {
            events.push(Event::StreamBytes { workload, bytes });
        }
        if has_ended {
            events.push(Event::StreamEnded { workload });
        }
        if is_writable {
            events.push(Event::StreamWritable { workload });
        }
    }

    /// Tells the owner how much the far workload has taken.
    pub(crate) fn tell_taken(&mut self, events: &mut EventWriter<Event>) {
        if let Some(Taken { offset, is_end }) = self.far_taken.take() {
            events.push(Event::StreamTaken { workload: self.number, offset, is_end });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn blocked<T>(result: io::Result<T>) -> bool {
        result.is_err_and(|error| error.kind() == ErrorKind::WouldBlock)
    }

    #[test]
    fn one_chunk_waits_each_way() {
        let mut workload = OwnWorkload::new(7);
        assert_eq!(workload.write(&[1; CHUNK_SIZE + 1]).unwrap(), CHUNK_SIZE);
        assert!(blocked(workload.write(&[2])));
        assert_eq!(workload.memory(), CHUNK_SIZE as u64);
        assert_eq!(workload.handle_act(Act::Take), Ok(()));
        assert_eq!(workload.write(&[2]).unwrap(), 1);

        assert!(blocked(workload.read(&mut [0; 4])));
        assert_eq!(workload.handle_said(vec![1, 2, 3]), Ok(()));
        assert_eq!(workload.handle_said(vec![4]), Err(OutOfTurn), "the first is not read");
        assert_eq!(workload.memory(), 1 + 3);
        assert_eq!([2, 2].map(|room| workload.read(&mut vec![0; room]).unwrap()), [2, 1]);
        assert_eq!(workload.handle_said(vec![4]), Ok(()));
        assert_eq!(workload.handle_act(Act::End), Ok(()));
        assert_eq!(workload.read(&mut [0; 4]).unwrap(), 1, "what was said before the end comes before it");
        assert_eq!(workload.read(&mut [0; 4]).unwrap(), 0);
        assert_eq!(workload.handle_said(vec![4]), Err(OutOfTurn), "it has ended");
    }
}
