use std::collections::{HashMap, VecDeque};
use std::time::Instant;

use florenetes_florio::frame::DataFrame;

use crate::limits::{EARLY_AGE_MAX, EARLY_BYTES_MAX, EARLY_FRAMES_MAX};

/// Frames whose handles no link has yet: the link vertex may have announced the link just now, before the owner could pass it on. Frames whose link
/// does not follow in time are counted and dropped.
#[derive(Default)]
pub(crate) struct EarlyFrames {
    /// Frames by the time until which they are kept, the oldest first.
    frames: VecDeque<(Instant, EarlyFrame)>,
    bytes: usize,
    /// Dropped frames, by the numbers of their ports.
    dropped: HashMap<u32, u64>,
}

/// A frame that came before its link was announced.
pub(crate) struct EarlyFrame {
    pub(crate) port: u32,
    pub(crate) handle: u32,
    pub(crate) packets: usize,
    pub(crate) bytes: Vec<u8>,
}

impl EarlyFrames {
    /// Keeps a frame; the oldest frames make room for it.
    pub(crate) fn keep(&mut self, port: u32, frame: &mut DataFrame<'_>, now: Instant) {
        let (handle, packets, bytes) = (frame.handle, frame.packets, frame.bytes_mut().to_vec());
        self.bytes += bytes.len();
        self.frames.push_back((now + EARLY_AGE_MAX, EarlyFrame { port, handle, packets, bytes }));
        while self.frames.len() > EARLY_FRAMES_MAX || self.bytes > EARLY_BYTES_MAX {
            self.drop_first();
        }
    }

    /// Takes the frames of a handle, in the order of their arrival.
    pub(crate) fn take(&mut self, port: u32, handle: u32) -> Vec<EarlyFrame> {
        self.take_those(|frame| frame.port == port && frame.handle == handle)
    }

    /// Drops the frames of a port whose handles mean other links from now on.
    pub(crate) fn forget(&mut self, port: u32) {
        for _ in self.take_those(|frame| frame.port == port) {
            self.count_dropped(port);
        }
    }

    /// Counts a frame of a port that is for no link.
    pub(crate) fn count_dropped(&mut self, port: u32) {
        *self.dropped.entry(port).or_default() += 1;
    }

    /// How many frames of a port were dropped.
    pub(crate) fn dropped(&self, port: u32) -> u64 {
        self.dropped.get(&port).copied().unwrap_or(0)
    }

    pub(crate) fn next_timeout(&self) -> Option<Instant> {
        self.frames.front().map(|(until, _)| *until)
    }

    pub(crate) fn handle_timeout(&mut self, now: Instant) {
        while self.next_timeout().is_some_and(|until| until <= now) {
            self.drop_first();
        }
    }

    fn take_those(&mut self, is_taken: impl Fn(&EarlyFrame) -> bool) -> Vec<EarlyFrame> {
        let frames = std::mem::take(&mut self.frames);
        let (taken, kept): (Vec<_>, Vec<_>) = frames.into_iter().partition(|(_, frame)| is_taken(frame));
        self.frames = kept.into();
        self.bytes -= taken.iter().map(|(_, frame)| frame.bytes.len()).sum::<usize>();
        taken.into_iter().map(|(_, frame)| frame).collect()
    }

    fn drop_first(&mut self) {
        if let Some((_, frame)) = self.frames.pop_front() {
            self.bytes -= frame.bytes.len();
            self.count_dropped(frame.port);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PORT: u32 = 3;
    const HANDLE: u32 = 4;

    /// Keeps `count` frames of a size, and returns how many are kept then.
    fn kept(early: &mut EarlyFrames, count: usize, size: usize, now: Instant) -> usize {
        let mut bytes = vec![0; size];
        bytes[4..8].copy_from_slice(&HANDLE.to_be_bytes());
        for _ in 0..count {
            early.keep(PORT, &mut DataFrame::of_checked(&mut bytes, 1), now);
        }
        early.frames.len()
    }

    #[test]
    fn frames_are_bounded_by_number_bytes_and_age() {
        let (mut early, start) = (EarlyFrames::default(), Instant::now());
        assert_eq!(kept(&mut early, 2 * EARLY_FRAMES_MAX, 100, start), EARLY_FRAMES_MAX);
        assert_eq!(early.dropped(PORT), EARLY_FRAMES_MAX as u64);
        assert_eq!(early.take(PORT, HANDLE).len(), EARLY_FRAMES_MAX);
        assert_eq!(kept(&mut early, 20, 60_000, start), EARLY_BYTES_MAX / 60_000);
        early.handle_timeout(start + EARLY_AGE_MAX / 2);
        assert_eq!(early.frames.len(), EARLY_BYTES_MAX / 60_000);
        early.handle_timeout(start + EARLY_AGE_MAX);
        assert_eq!((early.frames.len(), early.bytes, early.next_timeout()), (0, 0, None));
        assert_eq!(early.dropped(PORT), EARLY_FRAMES_MAX as u64 + 20);
    }
}
