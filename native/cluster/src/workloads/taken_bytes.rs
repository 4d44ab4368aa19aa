//! The news that the ends of a stream exchange about how much their workloads have taken (apps/cluster-flor/src/transport/streams/taken-bytes.ts).

use crate::limits::TAKEN_STEP;

/// How much a workload has taken of one half of a stream.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Taken {
    /// Offset in the workload's bytes, without messages and marks.
    pub(crate) offset: u64,
    /// Whether the end of the half is taken, too.
    pub(crate) is_end: bool,
}

/// How far the half has come that this end sends.
#[derive(Clone, Copy)]
pub(crate) struct HalfSent {
    pub(crate) bytes: u64,
    pub(crate) has_ended: bool,
}

/// The last news in each direction, for a stream whose ends tell each other what their workloads have taken.
///
/// ```text
///     this workload takes ──▶ told ──STREAM_TAKEN──▶ peer      the newest alone, and only what is worth a message
///     peer ──STREAM_TAKEN──▶ heard                             each goes on from the one before, and not beyond what was sent
/// ```
#[derive(Debug, Default)]
pub(crate) struct TakenBytes {
    told: Taken,
    heard: Taken,
}

impl TakenBytes {
    pub(crate) fn is_end_told(&self) -> bool {
        self.told.is_end
    }

    pub(crate) fn is_end_heard(&self) -> bool {
        self.heard.is_end
    }

    /// Whether the peer is to be told now: the end is taken, or all that has come, or enough for a message.
    pub(crate) fn is_due(&self, taken: Taken, received: u64) -> bool {
        if taken.is_end {
            return !self.told.is_end;
        }
        let news = taken.offset.saturating_sub(self.told.offset);
        news >= TAKEN_STEP || (news > 0 && taken.offset == received)
    }

    /// Notes the news that the peer is told.
    pub(crate) fn handle_told(&mut self, taken: Taken) {
        self.told = taken;
    }

    /// Notes the peer's news. False: the news is impossible, and ignored.
    pub(crate) fn handle_heard(&mut self, taken: Taken, sent: HalfSent) -> bool {
        let before = self.heard;
        let is_end_news = taken.is_end && !before.is_end && taken.offset == before.offset;
        let is_possible = match taken.is_end {
            true => sent.has_ended && taken.offset == sent.bytes,
            false => taken.offset <= sent.bytes,
        };
        if !is_possible || !(taken.offset > before.offset || is_end_news) {
            return false;
        }
        self.heard = taken;
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Both engines must judge the vectors alike (apps/cluster-flor/test/transport/streams/taken-bytes.test.ts).
    #[test]
    fn the_vectors_are_judged_as_the_portable_engine_judges_them() {
        let all = include_str!("../../../../apps/cluster-flor/vectors/stream-taken.json");
        let all: serde_json::Value = serde_json::from_str(all).unwrap();
        let streams = |name: &str| all[name].as_array().unwrap().clone();
        let number = |value: &serde_json::Value| value.as_u64().unwrap();
        let flag = |value: &serde_json::Value| value.as_bool().unwrap();
        for steps in streams("heard") {
            let mut taken = TakenBytes::default();
            for step in steps.as_array().unwrap() {
                let sent = HalfSent { bytes: number(&step[0]), has_ended: flag(&step[1]) };
                let said = Taken { offset: number(&step[2]), is_end: flag(&step[3]) };
                assert_eq!(taken.handle_heard(said, sent), flag(&step[4]), "{step} of {steps}");
            }
        }
        for steps in streams("told") {
            let mut taken = TakenBytes::default();
            for step in steps.as_array().unwrap() {
                let here = Taken { offset: number(&step[1]), is_end: flag(&step[2]) };
                let is_due = taken.is_due(here, number(&step[0]));
                assert_eq!(is_due, flag(&step[3]), "{step} of {steps}");
                if is_due {
                    taken.handle_told(here);
                }
            }
        }
    }

    fn at(offset: u64) -> Taken {
        Taken { offset, is_end: false }
    }

    fn end_at(offset: u64) -> Taken {
        Taken { offset, is_end: true }
    }

    #[test]
    fn all_that_has_come_is_told_or_enough_of_it_and_the_end_once() {
        let mut taken = TakenBytes::default();
        assert!(!taken.is_due(at(0), 0) && !taken.is_due(at(9), 10) && taken.is_due(at(10), 10));
        taken.handle_told(at(10));
        assert!(!taken.is_due(at(10), 10));
        let enough = 10 + TAKEN_STEP;
        assert!(!taken.is_due(at(enough - 1), 2 * enough) && taken.is_due(at(enough), 2 * enough));
        assert!(taken.is_due(end_at(10), 10));
        taken.handle_told(end_at(10));
        assert!(!taken.is_due(end_at(10), 10) && taken.is_end_told());
    }

    #[test]
    fn a_peer_goes_on_and_not_beyond_what_was_sent() {
        let mut taken = TakenBytes::default();
        let open = HalfSent { bytes: 10, has_ended: false };
        let ended = HalfSent { bytes: 10, has_ended: true };
        let said = [(at(0), open), (at(4), open), (at(4), open), (at(3), open), (at(11), open), (end_at(10), open)];
        assert_eq!(said.map(|(it, sent)| taken.handle_heard(it, sent)), [false, true, false, false, false, false]);
        let said =
            [(end_at(9), ended), (at(u64::MAX), ended), (at(10), ended), (end_at(10), ended), (end_at(10), ended)];
        assert_eq!(said.map(|(it, sent)| taken.handle_heard(it, sent)), [false, false, true, true, false]);
        assert!(taken.is_end_heard() && !taken.handle_heard(at(10), ended));
        let nothing = HalfSent { bytes: 0, has_ended: true };
        assert!(TakenBytes::default().handle_heard(end_at(0), nothing));
    }
}
