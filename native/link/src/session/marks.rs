//! ECN marks of a session's packets (RFC 9000, 13.4): when they are tried, and what the kernel calls them.

use std::time::{Duration, Instant};

use florenetes_engine::EcnCodepoint;
use florenetes_io::Ecn;

use crate::limits::{MARKS_PAUSE_MAX, MARKS_PAUSE_MIN};

/// Says when it is time to try whether marks come through: ever less often, as long as the path is the same.
///
/// The peer's end may not be with its data thread yet, or never will be: then it tells of no marks.
pub(super) struct MarkTrials {
    next: Instant,
    pause: Duration,
}

impl MarkTrials {
    /// The path is new.
    pub(super) fn new(now: Instant) -> Self {
        Self { next: now + MARKS_PAUSE_MIN, pause: MARKS_PAUSE_MIN }
    }

    pub(super) fn next_timeout(&self) -> Instant {
        self.next
    }

    /// Whether it is time for a trial.
    pub(super) fn handle_timeout(&mut self, now: Instant) -> bool {
        let is_due = self.next <= now;
        if is_due {
            self.pause = (self.pause * 8).min(MARKS_PAUSE_MAX);
            self.next = now + self.pause;
        }
        is_due
    }
}

/// The mark of a packet that has come, as QUIC counts it.
pub(super) fn codepoint(mark: Ecn) -> Option<EcnCodepoint> {
    match mark {
        Ecn::NotCapable => None,
        Ecn::Capable0 => Some(EcnCodepoint::Ect0),
        Ecn::Capable1 => Some(EcnCodepoint::Ect1),
        Ecn::CongestionExperienced => Some(EcnCodepoint::Ce),
    }
}

/// The mark of a packet that leaves, as the kernel is to set it.
pub(super) fn mark_of(codepoint: Option<EcnCodepoint>) -> Ecn {
    match codepoint {
        None => Ecn::NotCapable,
        Some(EcnCodepoint::Ect0) => Ecn::Capable0,
        Some(EcnCodepoint::Ect1) => Ecn::Capable1,
        Some(EcnCodepoint::Ce) => Ecn::CongestionExperienced,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn trials_are_ever_less_often_until_the_path_is_new() {
        let start = Instant::now();
        let mut trials = MarkTrials::new(start);
        assert!(!trials.handle_timeout(start));
        let mut now = start;
        let pauses: Vec<_> = (0..5)
            .map(|_| {
                let pause = trials.next_timeout() - now;
                now = trials.next_timeout();
                assert!(trials.handle_timeout(now) && !trials.handle_timeout(now));
                pause.as_secs()
            })
            .collect();
        assert_eq!(pauses, [1, 8, 64, 512, 600]);
        assert_eq!(MarkTrials::new(now).next_timeout() - now, MARKS_PAUSE_MIN);
    }
}
