use std::collections::VecDeque;
use std::time::Instant;

use bytes::Bytes;

use crate::limits::{UNOPENED_AGE_MAX, UNOPENED_BYTES_MAX, UNOPENED_MAX};

/// Payloads of flows that are not known yet, since they may have overtaken the OPEN of their stream.
#[derive(Default)]
pub(crate) struct Unopened {
    /// Payloads with their flows and the times until which they are kept; all are kept equally long.
    kept: VecDeque<(Instant, u64, Bytes)>,
    bytes: usize,
}

impl Unopened {
    /// Keeps a payload. False: there is no room.
    pub(crate) fn keep(&mut self, flow: u64, payload: &[u8], now: Instant) -> bool {
        if self.kept.len() >= UNOPENED_MAX || self.bytes + payload.len() > UNOPENED_BYTES_MAX {
            return false;
        }
        self.bytes += payload.len();
        // The engine's buffer would keep a whole packet in memory, so the payload is copied.
        self.kept.push_back((now + UNOPENED_AGE_MAX, flow, Bytes::copy_from_slice(payload)));
        true
    }

    /// Takes the payloads of a flow that has become known.
    pub(crate) fn take(&mut self, flow: u64) -> Vec<Bytes> {
        if self.kept.is_empty() {
            return Vec::new();
        }
        let (taken, kept) = self.kept.drain(..).partition(|(_, of, _)| *of == flow);
        self.kept = kept;
        self.bytes = self.kept.iter().map(|(.., payload)| payload.len()).sum();
        let taken: VecDeque<(Instant, u64, Bytes)> = taken;
        taken.into_iter().map(|(.., payload)| payload).collect()
    }

    pub(crate) fn next_timeout(&self) -> Option<Instant> {
        self.kept.front().map(|(until, ..)| *until)
    }

    /// Forgets payloads whose time is over. Returns how many.
    pub(crate) fn handle_timeout(&mut self, now: Instant) -> usize {
        let count = self.kept.iter().take_while(|(until, ..)| *until <= now).count();
        for (.., payload) in self.kept.drain(..count) {
            self.bytes -= payload.len();
        }
        count
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn few_are_kept_and_for_a_while() {
        let (mut unopened, start) = (Unopened::default(), Instant::now());
        assert!(!unopened.keep(1, &vec![0; UNOPENED_BYTES_MAX + 1], start));
        for index in 0..=UNOPENED_MAX {
            assert_eq!(unopened.keep(index as u64 % 2, &[index as u8], start), index < UNOPENED_MAX);
        }
        assert_eq!(unopened.take(1).len(), UNOPENED_MAX / 2);
        assert_eq!(unopened.take(1).len(), 0);
        assert!(!unopened.keep(3, &vec![0; UNOPENED_BYTES_MAX], start));
        let later = start + UNOPENED_AGE_MAX / 2;
        assert!(unopened.keep(3, &vec![0; UNOPENED_BYTES_MAX / 2], later));
        assert_eq!(unopened.next_timeout(), Some(start + UNOPENED_AGE_MAX));
        assert_eq!(unopened.handle_timeout(start + UNOPENED_AGE_MAX), UNOPENED_MAX / 2);
        assert_eq!(unopened.take(3)[0].len(), UNOPENED_BYTES_MAX / 2);
        assert_eq!((unopened.bytes, unopened.next_timeout()), (0, None));
    }
}
