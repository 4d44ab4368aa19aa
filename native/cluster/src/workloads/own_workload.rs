use std::io::{self, ErrorKind};
use std::mem;

use florenetes_lane::EventWriter;

use super::Taken;
use crate::codes::WORKLOAD_RESET;
use crate::event::Event;
use crate::limits::CHUNK_SIZE;

/// The owner as the workload of a stream, in the place of a socket: what is read and written here goes to and comes from the owner.
///
/// ```text
///     owner ──WriteStream──▶ [said] ──read──▶ relay     `StreamWritable` once all of it is read: one write at a time
///     owner ◀─StreamBytes── [untaken] ◀─write── relay    no more until `TakeStream`
/// ```
///
/// Beside that it says what it has taken (`AcknowledgeStream`), and is told what the far workload has (`StreamTaken`).
///
/// So at most a chunk waits in either direction, however slow the other side is, and at most one event of each kind in the queue.
pub(crate) struct OwnWorkload {
    pub(crate) number: u32,
    /// Bytes of the owner's, from `said_at` on.
    said: Vec<u8>,
    said_at: usize,
    has_ended: bool,
    /// Bytes that the owner was told, and has not said that it has heard.
    unheard: usize,
    /// All bytes that it was told, and how much of them, with the end, it has taken.
    told: u64,
    acknowledged: Taken,
    /// How much the far workload has taken, where the owner was not told.
    far_taken: Option<Taken>,
    news: News,
}

/// To be told at the end of the call.
#[derive(Default)]
struct News {
    bytes: Vec<u8>,
    /// Whether the far end tells what its workload has taken.
    answered: Option<bool>,
    has_ended: bool,
    is_writable: bool,
}

/// An order of the owner's to its end of a stream.
pub(crate) enum Act {
    Write(Vec<u8>),
    End,
    Take,
    /// All bytes up to here, and perhaps the end, are where they were meant to get.
    Acknowledge(Taken),
    /// With its code, and more about a refusal, for people.
    Reset(u64, String),
    /// Accepts what was asked for.
    Answer,
}

/// The owner said something when it was not its turn, or after its end.
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

    /// The owner hears these bytes before all others, a chunk at most.
    pub(crate) fn prefixed(number: u32, prefix: &[u8]) -> Self {
        let news = News { bytes: prefix.to_vec(), ..News::default() };
        Self { unheard: prefix.len(), told: prefix.len() as u64, news, ..Self::new(number) }
    }

    /// Bytes that it keeps, here or in the queue of events.
    pub(crate) fn memory(&self) -> u64 {
        (self.said.len() + self.unheard) as u64
    }

    /// Bytes that it was told, and has not taken.
    pub(crate) fn untaken(&self) -> u64 {
        self.told - self.acknowledged.offset
    }

    /// Whether it has taken the end.
    pub(crate) fn has_taken_end(&self) -> bool {
        self.acknowledged.is_end
    }

    // ── Orders of the owner ─────────────────────────────────────────────────────────────────────────────────────────────

    /// An error is the end of the stream, by this code.
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
            // The stream was answered already.
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

    /// The far end has accepted the stream.
    pub(crate) fn handle_answered(&mut self, tells_taken: bool) {
        self.news.answered = Some(tells_taken);
    }

    /// The far workload has taken so much.
    pub(crate) fn handle_far_taken(&mut self, taken: Taken) {
        self.far_taken = Some(taken);
    }

    // ── Events ──────────────────────────────────────────────────────────────────────────────────────────────────────────

    /// Tells the owner what has come of all that.
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

    /// Tells it how much the far workload has taken.
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
