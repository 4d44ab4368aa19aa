use std::time::{Duration, Instant};

use florenetes_wire::mesh::TrafficClass;
use florenetes_wire::queue::ClassCounts;

/// A class counts as present for so long after a packet of it. Open streams of any class have one each second: their connection's sign of life.
const PRESENT: Duration = Duration::from_secs(2);

const CLASSES: usize = TrafficClass::ALL.len();

/// Sees whether packets of several classes leave by a session. Then its congestion control keeps the queue in the wire's buffer short, where
/// packets wait in the order in which they came: the rest of the queue is here, and has the order of classes.
#[derive(Default)]
pub(crate) struct Company {
    sent: [u64; CLASSES],
    sent_at: [Option<Instant>; CLASSES],
}

impl Company {
    /// Takes what was sent so far. Returns whether packets of more than one class leave now.
    pub(crate) fn handle_sent(&mut self, counts: &[ClassCounts; CLASSES], now: Instant) -> bool {
        let mut present = 0;
        for ((sent, sent_at), count) in self.sent.iter_mut().zip(&mut self.sent_at).zip(counts) {
            if *sent != count.packets_sent {
                (*sent, *sent_at) = (count.packets_sent, Some(now));
            }
            present += u32::from(sent_at.is_some_and(|at| now < at + PRESENT));
        }
        present > 1
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counts(reliable: u64, bulk: u64) -> [ClassCounts; CLASSES] {
        let mut counts = [ClassCounts::default(); CLASSES];
        counts[TrafficClass::Reliable as usize].packets_sent = reliable;
        counts[TrafficClass::Bulk as usize].packets_sent = bulk;
        counts
    }

    #[test]
    fn a_class_is_there_until_it_has_been_silent_for_a_while() {
        let (mut company, start) = (Company::default(), Instant::now());
        let mut at =
            |ms, reliable, bulk| company.handle_sent(&counts(reliable, bulk), start + Duration::from_millis(ms));
        assert!(!at(0, 0, 0));
        assert!(!at(1, 0, 1), "bulk is alone");
        assert!(at(2, 1, 2));
        assert!(at(1_999, 1, 1_000));
        assert!(!at(2_003, 1, 1_001), "the other has been silent for two seconds");
        assert!(at(2_500, 2, 1_002));
    }
}
