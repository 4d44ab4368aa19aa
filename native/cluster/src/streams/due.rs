use std::collections::VecDeque;
use std::time::Instant;

/// Streams that are given up when their time has come. All streams of a queue wait equally long, so the first is the first to be given up.
#[derive(Default)]
pub(super) struct Due(VecDeque<(Instant, u64)>);

impl Due {
    pub(super) fn push(&mut self, at: Instant, stream: u64) {
        self.0.push_back((at, stream));
    }

    pub(super) fn next_timeout(&self) -> Option<Instant> {
        self.0.front().map(|(at, _)| *at)
    }

    pub(super) fn take(&mut self, now: Instant) -> Vec<u64> {
        let count = self.0.iter().take_while(|(at, _)| *at <= now).count();
        self.0.drain(..count).map(|(_, stream)| stream).collect()
    }

    pub(super) fn clear(&mut self) {
        self.0.clear();
    }
}
