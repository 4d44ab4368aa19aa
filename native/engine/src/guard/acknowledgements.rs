use std::collections::VecDeque;
use std::ops::RangeInclusive;

use super::violation::Violation;
use crate::limits::{ACK_RANGES_MAX, CANARIES_MAX, PACKETS_PER_CANARY_MAX, PACKETS_PER_CANARY_MIN, UNACKNOWLEDGED_MAX};

/// Checks that the peer acknowledges only packets that were sent (RFC 9000, 13.1), and no canaries. A canary is a packet number that is never sent. A
/// peer that acknowledges one is lying about packets, so as to be sent more than the path carries (RFC 9000, 21.4).
#[derive(Debug)]
pub(super) struct Acknowledgements {
    canaries: VecDeque<u64>,
    canary_due_at: u64,
    /// The packet number after the largest acknowledged one.
    acknowledged: u64,
}

impl Acknowledgements {
    /// `chance` is a number that the peer cannot predict.
    pub(super) fn new(chance: u64) -> Self {
        let canary_due_at = chance % PACKETS_PER_CANARY_MAX;
        Self { canaries: VecDeque::new(), canary_due_at, acknowledged: 0 }
    }

    /// Whether the next packet number is to be left out.
    pub(super) fn is_canary(&self, number: u64) -> bool {
        number >= self.canary_due_at
    }

    pub(super) fn handle_canary(&mut self, number: u64, chance: u64) {
        if self.canaries.len() >= CANARIES_MAX {
            self.canaries.pop_front();
        }
        self.canaries.push_back(number);
        let span = PACKETS_PER_CANARY_MAX - PACKETS_PER_CANARY_MIN;
        self.canary_due_at = number + PACKETS_PER_CANARY_MIN + chance % span;
    }

    /// Checks an acknowledgement. Its ranges come from the largest down; `next` is the next packet number to be sent.
    pub(super) fn handle_ack(
        &mut self,
        next: u64,
        largest: u64,
        ranges: &mut dyn Iterator<Item = RangeInclusive<u64>>,
    ) -> Result<(), Violation> {
        let mut canaries = self.canaries.iter().rev().peekable();
        let (mut count, mut is_lie) = (0, largest >= next);
        for range in ranges {
            count += 1;
            if count > ACK_RANGES_MAX {
                return Err(Violation::AckRanges);
            }
            while canaries.next_if(|canary| *canary > range.end()).is_some() {}
            is_lie |= canaries.peek().is_some_and(|canary| *canary >= range.start());
        }
        if is_lie {
            return Err(Violation::AckOfUnsent);
        }
        self.acknowledged = self.acknowledged.max(largest + 1);
        Ok(())
    }

    /// Checks, with each received packet, that not too many sent packets are unacknowledged.
    pub(super) fn check(&self, next: u64) -> Result<(), Violation> {
        match next - self.acknowledged > UNACKNOWLEDGED_MAX {
            true => Err(Violation::Unacknowledged),
            false => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ack(acks: &mut Acknowledgements, next: u64, ranges: &[RangeInclusive<u64>]) -> Result<(), Violation> {
        acks.handle_ack(next, *ranges[0].end(), &mut ranges.iter().cloned())
    }

    #[test]
    fn may_be_missing_for_so_many_packets() {
        let mut acks = Acknowledgements::new(0);
        assert_eq!(acks.check(UNACKNOWLEDGED_MAX), Ok(()));
        assert_eq!(acks.check(UNACKNOWLEDGED_MAX + 1), Err(Violation::Unacknowledged));
        assert_eq!(ack(&mut acks, UNACKNOWLEDGED_MAX + 1, &[0..=0]), Ok(()));
        assert_eq!(acks.check(UNACKNOWLEDGED_MAX + 1), Ok(()));
    }

    #[test]
    fn are_of_packets_that_were_sent_in_so_many_ranges() {
        let mut acks = Acknowledgements::new(0);
        let ranges: Vec<_> = (0..=ACK_RANGES_MAX as u64).rev().map(|i| 2 * i..=2 * i).collect();
        assert_eq!(ack(&mut acks, 10_000, &ranges), Err(Violation::AckRanges));
        assert_eq!(ack(&mut acks, 10_000, &ranges[1..]), Ok(()));
        assert_eq!(ack(&mut acks, 10, &[0..=10]), Err(Violation::AckOfUnsent));
        assert_eq!(ack(&mut acks, 11, &[0..=10]), Ok(()));
    }

    #[test]
    fn are_of_no_canary_among_the_last_so_many() {
        let mut acks = Acknowledgements::new(0);
        let canaries: Vec<u64> = (0..=CANARIES_MAX as u64).map(|i| 1_000 * i).collect();
        for canary in &canaries {
            acks.handle_canary(*canary, 0);
        }
        for canary in &canaries[1..] {
            let around = [50_000..=50_000, canary - 1..=canary + 1, 7..=7];
            assert_eq!(ack(&mut acks, 60_000, &around), Err(Violation::AckOfUnsent), "{canary}");
            let between = [50_000..=50_000, canary + 1..=canary + 9, canary - 9..=canary - 1];
            assert_eq!(ack(&mut acks, 60_000, &between), Ok(()), "{canary}");
        }
        assert_eq!(ack(&mut acks, 60_000, &[canaries[0]..=canaries[0]]), Ok(()));
    }

    #[test]
    fn meet_a_canary_after_so_many_packets() {
        for chance in [0, 1_023, 1_024, u64::MAX] {
            let mut acks = Acknowledgements::new(chance);
            let first = (0..).find(|number| acks.is_canary(*number)).unwrap();
            assert!(first < PACKETS_PER_CANARY_MAX);
            acks.handle_canary(first, chance);
            let second = (first + 1..).find(|number| acks.is_canary(*number)).unwrap();
            assert!((PACKETS_PER_CANARY_MIN..PACKETS_PER_CANARY_MAX).contains(&(second - first)), "{chance}");
        }
    }
}
