use std::collections::HashMap;

use crate::limits::DATAGRAM_SIZE_MAX;

/// Type, flags, length and stream id of a frame (docs/protocol/data-session.md).
const HEAD_SIZE: usize = 12;
const TYPE_DATAGRAM: u8 = 15;
/// Flags that change what a frame means. None of them is known for DATAGRAM.
const CRITICAL_FLAGS: u8 = 0x0f;

/// A part of a session's byte stream.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Piece<'a> {
    /// The datagram of a joined flow, with the owner's number of it.
    Datagram(u32, &'a [u8]),
    /// Bytes for the owner: whole frames, or parts of them.
    Other(&'a [u8]),
}

/// Cuts the datagrams of joined flows out of a session's byte stream. A frame that is anything but such a datagram, and plainly right, is the owner's:
/// its machine of the session judges all frames that are wrong, too. At most one incomplete datagram is kept.
#[derive(Default)]
pub(crate) struct Cutter {
    /// The owner's numbers of joined flows, by their numbers in the session.
    flows: HashMap<u64, u32>,
    /// The beginning of a frame: a part of its head, or of a datagram.
    partial: Vec<u8>,
    /// Bytes that are left of a frame of the owner's.
    passing: usize,
}

/// A frame, as its head says.
enum Judged {
    /// A datagram, and the size of its frame.
    Datagram(u32, usize),
    /// A frame of the owner's, and its size.
    Other(usize),
}

impl Cutter {
    pub(crate) fn join(&mut self, flow: u64, workload: u32) {
        self.flows.insert(flow, workload);
    }

    pub(crate) fn part(&mut self, flow: u64) {
        self.flows.remove(&flow);
    }

    /// Bytes of memory for an incomplete frame.
    pub(crate) fn memory(&self) -> usize {
        self.partial.capacity()
    }

    /// The beginning of a frame that is not complete, which is the owner's from now on.
    pub(crate) fn take_rest(&mut self) -> Vec<u8> {
        std::mem::take(&mut self.partial)
    }

    /// Takes the next bytes of the stream, and gives all pieces that they complete.
    pub(crate) fn cut(&mut self, bytes: &[u8], mut give: impl FnMut(Piece<'_>)) {
        let bytes = &bytes[self.complete(bytes, &mut give)..];
        let mut at = self.passing.min(bytes.len());
        self.passing -= at;
        // The owner's bytes that were not given yet begin here.
        let mut others = 0;
        while let Some(judged) = self.judge(&bytes[at..]) {
            let left = bytes.len() - at;
            match judged {
                Judged::Datagram(_, size) if size > left => break,
                Judged::Datagram(workload, size) => {
                    give_other(&bytes[others..at], &mut give);
                    give(Piece::Datagram(workload, &bytes[at + HEAD_SIZE..at + size]));
                    at += size;
                    others = at;
                }
                Judged::Other(size) => {
                    self.passing = size.saturating_sub(left);
                    at += size.min(left);
                }
            }
        }
        give_other(&bytes[others..at], &mut give);
        self.partial.extend_from_slice(&bytes[at..]);
    }

    /// Completes the frame that has begun. Returns how many of the bytes were its own.
    fn complete(&mut self, bytes: &[u8], give: &mut impl FnMut(Piece<'_>)) -> usize {
        let mut taken = 0;
        while !self.partial.is_empty() {
            let size = match self.judge(&self.partial) {
                None => HEAD_SIZE,
                Some(Judged::Datagram(workload, size)) if self.partial.len() == size => {
                    give(Piece::Datagram(workload, &self.partial[HEAD_SIZE..]));
                    self.partial.clear();
                    break;
                }
                Some(Judged::Datagram(_, size)) => size,
                // Only its head was waited for, or its flow was joined when the frame began.
                Some(Judged::Other(size)) => {
                    self.passing = size - self.partial.len();
                    give(Piece::Other(&self.partial));
                    self.partial.clear();
                    break;
                }
            };
            let count = (size - self.partial.len()).min(bytes.len() - taken);
            if count == 0 {
                break;
            }
            self.partial.extend_from_slice(&bytes[taken..taken + count]);
            taken += count;
        }
        // A large datagram's memory is not kept for the small ones that follow.
        if self.partial.is_empty() && self.partial.capacity() > KEPT_MAX {
            self.partial = Vec::new();
        }
        taken
    }

    /// Judges the frame that begins with these bytes. None: a head has more.
    fn judge(&self, bytes: &[u8]) -> Option<Judged> {
        let head = bytes.first_chunk::<HEAD_SIZE>()?;
        let [kind, flags, length @ ..] = head;
        let (length, flow) = length.split_at(2);
        let length = usize::from(u16::from_be_bytes(length.try_into().ok()?));
        let size = HEAD_SIZE + length;
        let is_right = *kind == TYPE_DATAGRAM && flags & CRITICAL_FLAGS == 0 && length <= DATAGRAM_SIZE_MAX;
        let joined = match is_right {
            true => self.flows.get(&u64::from_be_bytes(flow.try_into().ok()?)),
            false => None,
        };
        Some(joined.map_or(Judged::Other(size), |workload| Judged::Datagram(*workload, size)))
    }
}

/// Bytes of memory that are kept between two incomplete frames.
const KEPT_MAX: usize = 4_096;

fn give_other(bytes: &[u8], give: &mut impl FnMut(Piece<'_>)) {
    if !bytes.is_empty() {
        give(Piece::Other(bytes));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn frame(kind: u8, flags: u8, flow: u64, body: &[u8]) -> Vec<u8> {
        [&[kind, flags][..], &(body.len() as u16).to_be_bytes(), &flow.to_be_bytes(), body].concat()
    }

    /// Datagrams by their workloads, and all of the owner's bytes, in pieces of so many bytes.
    fn cut(cutter: &mut Cutter, bytes: &[u8], size: usize) -> (Vec<(u32, Vec<u8>)>, Vec<u8>) {
        let (mut datagrams, mut others) = (Vec::new(), Vec::new());
        for piece in bytes.chunks(size) {
            cutter.cut(piece, |piece| match piece {
                Piece::Datagram(workload, bytes) => datagrams.push((workload, bytes.to_vec())),
                Piece::Other(bytes) => {
                    assert!(!bytes.is_empty());
                    others.extend_from_slice(bytes);
                }
            });
        }
        (datagrams, others)
    }

    #[test]
    fn datagrams_of_joined_flows_are_cut_out_wherever_reads_end() {
        let data = frame(5, 0, 1, &[0xaa; 40]);
        let ping = frame(7, 0, 0, &[0; 8]);
        let unknown = frame(200, 0x80, 3, &[TYPE_DATAGRAM; 30]);
        let of_others = frame(TYPE_DATAGRAM, 0, 9, b"not joined");
        let others = [&ping[..], &data, &of_others, &unknown].concat();
        let bytes = [
            frame(TYPE_DATAGRAM, 0, 3, b"one"),
            ping,
            data,
            frame(TYPE_DATAGRAM, 0x70, 3, b""),
            frame(TYPE_DATAGRAM, 0x80, 5, &[7; 300]),
            of_others,
            unknown,
            frame(TYPE_DATAGRAM, 0, 3, b"last"),
        ]
        .concat();
        let datagrams = [(33, b"one".to_vec()), (33, vec![]), (55, vec![7; 300]), (33, b"last".to_vec())];
        for size in (1..40).chain([bytes.len()]) {
            let mut cutter = Cutter::default();
            cutter.join(3, 33);
            cutter.join(5, 55);
            assert_eq!(cut(&mut cutter, &bytes, size), (datagrams.to_vec(), others.clone()), "{size}");
            assert!(cutter.take_rest().is_empty());
        }
    }

    #[test]
    fn whatever_is_not_plainly_right_is_the_owners() {
        let too_long = frame(TYPE_DATAGRAM, 0, 3, &vec![1; DATAGRAM_SIZE_MAX + 1]);
        for wrong in [
            frame(TYPE_DATAGRAM, 0x01, 3, b"flag"),
            frame(TYPE_DATAGRAM, 0, 0, b"of no flow"),
            frame(TYPE_DATAGRAM, 0, u64::MAX, b"beyond all numbers"),
            frame(14, 0, 3, b"another type"),
            too_long,
        ] {
            let mut cutter = Cutter::default();
            cutter.join(3, 33);
            assert_eq!(cut(&mut cutter, &wrong, 1_000), (vec![], wrong.clone()));
        }
    }

    /// A length that lies has the next frames in its body, as for any reader; an end within a frame leaves the frame's beginning.
    #[test]
    fn a_frame_that_is_cut_keeps_no_more_than_itself() {
        let mut cutter = Cutter::default();
        cutter.join(3, 33);
        let largest = frame(TYPE_DATAGRAM, 0, 3, &vec![1; DATAGRAM_SIZE_MAX]);
        let (begin, rest) = largest.split_at(largest.len() - 1);
        assert_eq!(cut(&mut cutter, begin, 65_536), (vec![], vec![]));
        assert!(cutter.memory() <= 2 * largest.len());
        assert_eq!(cut(&mut cutter, rest, 1).0.len(), 1);
        assert!(cutter.memory() <= KEPT_MAX, "{}", cutter.memory());
        let head = frame(5, 0, 3, &[]);
        assert_eq!(cut(&mut cutter, &head[..11], 11), (vec![], vec![]));
        assert_eq!(cutter.take_rest(), head[..11]);
    }

    #[test]
    fn a_flow_that_is_parted_is_the_owners_even_within_a_datagram() {
        let bytes = frame(TYPE_DATAGRAM, 0, 3, b"to whom?");
        for cut_at in 0..bytes.len() {
            let mut cutter = Cutter::default();
            cutter.join(3, 33);
            let mut all = cut(&mut cutter, &bytes[..cut_at], 100).1;
            cutter.part(3);
            let (datagrams, others) = cut(&mut cutter, &bytes[cut_at..], 100);
            all.extend(others);
            assert_eq!((datagrams, all), (vec![], bytes.clone()), "{cut_at}");
        }
    }
}
