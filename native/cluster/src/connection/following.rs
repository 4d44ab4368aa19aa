use std::time::Instant;

use crate::limits::FOLLOW_INTERVAL;

/// Decides whether an acceptor that follows its peer to another way begins congestion control anew there: at most once in `FOLLOW_INTERVAL`, and only
/// if the peer has acknowledged something since the last time. A peer that changes its way all the time gets no first window each time.
#[derive(Default)]
pub(super) struct Following {
    /// When congestion control last began anew, and the acknowledgements that had come by then.
    last: Option<(Instant, u64)>,
}

impl Following {
    /// Handles another way, when so many acknowledgements have come. True: congestion control begins anew.
    pub(super) fn handle_other_way(&mut self, acknowledgements: u64, now: Instant) -> bool {
        let begins = self.last.is_none_or(|(at, before)| now >= at + FOLLOW_INTERVAL && acknowledgements != before);
        if begins {
            self.last = Some((now, acknowledgements));
        }
        begins
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn at_most_once_a_second_and_only_for_a_peer_that_acknowledges() {
        let (start, mut following) = (Instant::now(), Following::default());
        let mut begun = |rate: u64| {
            let times = (0..10_000).map(|ms| (ms, start + Duration::from_millis(ms)));
            times.filter(|(ms, at)| following.handle_other_way(ms * rate, *at)).map(|(ms, _)| ms).collect::<Vec<_>>()
        };
        assert_eq!(begun(1), (0..10).map(|second| 1_000 * second).collect::<Vec<_>>());
        let mut following = Following::default();
        let begun = (0..10_000).filter(|ms| following.handle_other_way(7, start + Duration::from_millis(*ms)));
        assert_eq!(begun.collect::<Vec<_>>(), [0]);
    }
}
