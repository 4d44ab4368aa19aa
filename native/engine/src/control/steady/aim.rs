//! The target length of the queue.

/// The target is TARGET_MS plus the square root of TARGET_ROOT over the rate. A flow with a smaller share of the path aims at a longer queue, so that
/// the shares of flows become equal.
const TARGET_MS: f64 = 2.0;
const TARGET_ROOT: f64 = 40_000.0;
/// A yielding sender aims at this share of the target, but at least at this number of packets: with fewer the path would be idle now and then.
const YIELDING_SHARE: f64 = 0.25;
const YIELDING_PACKETS: f64 = 2.0;

/// The target queue of a sender with this rate, in milliseconds. A longer queue may be due to rivals.
pub(super) fn target(rate: f64) -> f64 {
    TARGET_MS + (TARGET_ROOT / rate).sqrt()
}

/// The target queue of a yielding sender, in milliseconds.
pub(super) fn yielding(rate: f64, packet_size: f64) -> f64 {
    let target = target(rate);
    (YIELDING_SHARE * target).max(YIELDING_PACKETS * packet_size / rate).min(target)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_yields_aims_at_a_quarter_but_at_two_packets() {
        let packet = 1_452.0;
        for (megabits, share) in [(1_000.0, 0.25), (50.0, 0.25), (5.0, 0.46), (1.0, 1.0)] {
            let rate = megabits * 125.0;
            let aim = yielding(rate, packet) / target(rate);
            assert!((aim - share).abs() < 0.01, "{megabits} Mbit/s: {aim}");
        }
    }
}
