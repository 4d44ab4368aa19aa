//! Packets that take another path, which a new window fills as soon as a new connection would.

use florenetes_engine::CongestionControl::Steady;

use crate::path::PathShape;
use crate::simulation::{Scenario, timeline};

const STEP: f64 = 5.0;
const MOVED: f64 = 1_500.0;
/// How long nothing gets through before the owner chooses another path.
const UNANSWERED: f64 = 1_300.0;
/// The share of a path's rate that is no headers.
const PAYLOAD_SHARE: f64 = 0.96;

/// Milliseconds from `begins` until nine tenths of the path's rate arrive, over two round trips or 50 ms.
fn filled_after(scenario: &Scenario, begins: f64, path: PathShape) -> f64 {
    let received = timeline(scenario, STEP);
    let steps = ((4.0 * path.delay).max(50.0) / STEP).ceil() as usize;
    let enough = 0.9 * PAYLOAD_SHARE * path.rate * STEP * steps as f64;
    let first = (begins / STEP) as usize;
    let filled = (first..received.len() - steps).find(|&at| (received[at + steps] - received[at]) as f64 >= enough);
    filled.map_or(f64::INFINITY, |at| (at + steps - first) as f64 * STEP)
}

#[test]
fn another_path_is_filled_within_one_and_a_half_times_the_start_of_a_new_connection() {
    let metro = PathShape::new(100.0, 20.0, 40.0);
    let far = PathShape::new(100.0, 80.0, 40.0);
    let slow = PathShape::new(20.0, 20.0, 100.0);
    for (what, from, to) in [
        ("a like one", metro, metro),
        ("20 ms become 80", metro, far),
        ("80 ms become 20", far, metro),
        ("a fifth of the rate", metro, slow),
        ("five times the rate", slow, metro),
    ] {
        // A new connection needs a round trip before it may send.
        let fresh = filled_after(&Scenario::bulk(to, &[Steady], 2.0), 0.0, to) - 2.0 * to.delay;
        let scenario = Scenario::bulk(from, &[Steady], 2.8).moving(MOVED, to);
        let alive = filled_after(&scenario, MOVED, to);
        let dead = scenario.changing(MOVED - UNANSWERED, from.with_loss(1.0));
        let dead = filled_after(&dead, MOVED, to);
        assert!(alive <= 1.5 * fresh && dead <= 1.5 * fresh, "{what}: {fresh} {alive} {dead}");
    }
}
