//! The queue that is aimed at.

/// The queue is to be so long, and the root of what follows over the rate. A flow that has less of the path aims at a longer queue, so that
/// flows that share one become alike.
const TARGET_MS: f64 = 2.0;
const TARGET_ROOT: f64 = 40_000.0;
/// A sender that yields to others aims at this share of it, but at so many packets at least: with less the path is empty now and then.
const YIELDING_SHARE: f64 = 0.25;
const YIELDING_PACKETS: f64 = 2.0;

/// Milliseconds of queue that make senders of this rate alike. Longer ones are looked into: somebody else may be there.
pub(super) fn target(rate: f64) -> f64 {
    TARGET_MS + (TARGET_ROOT / rate).sqrt()
}

/// Milliseconds of queue that who yields aims at.
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
