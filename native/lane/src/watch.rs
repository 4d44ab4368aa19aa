//! The look of the owner at the data thread.

use crate::limits::MISSED_BEATS_MAX;

/// Finds out whether the data thread still beats: it would otherwise hang, and packets stand still, with nobody to tell.
///
/// Looks are counted, not read off the clock: a process that was stopped for long finds one of them gone when it goes on, and no dead
/// thread.
#[derive(Debug, Default)]
pub(crate) struct Watch {
    seen: u32,
    missed: u32,
}

impl Watch {
    /// Looks once, and says whether the thread hangs, which has beaten so often. It does not before its first beat.
    pub(crate) fn is_hung(&mut self, beats: u32) -> bool {
        self.missed = if beats == self.seen && beats != 0 { self.missed + 1 } else { 0 };
        self.seen = beats;
        self.missed >= MISSED_BEATS_MAX
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_misses_as_many_beats_as_are_too_many_hangs() {
        let mut watch = Watch::default();
        let looks = (0..=MISSED_BEATS_MAX).map(|_| watch.is_hung(7)).collect::<Vec<_>>();
        assert_eq!(looks.iter().position(|is_hung| *is_hung), Some(MISSED_BEATS_MAX as usize));
    }

    #[test]
    fn a_beat_in_time_makes_good_for_those_that_were_missed() {
        let mut watch = Watch::default();
        for beats in 1..100 {
            assert!((0..MISSED_BEATS_MAX).all(|_| !watch.is_hung(beats)));
        }
    }

    #[test]
    fn who_has_not_begun_is_waited_for() {
        let mut watch = Watch::default();
        assert!((0..100).all(|_| !watch.is_hung(0)));
    }
}
