//! Promises of senders that let others go first.

use florenetes_engine::CongestionControl::{Cubic, Steady};

use crate::path::PathShape;
use crate::simulation::{Scenario, simulate};

#[test]
fn who_yields_keeps_the_rate_with_a_fraction_of_the_queue() {
    let metro = PathShape::new(100.0, 20.0, 40.0);
    for (what, path, flows, seconds) in [
        ("100 Mbit/s, 20 ms", metro, 1, 6.0),
        ("50 Mbit/s, 0.4 ms, queue of 200 ms", PathShape::new(50.0, 0.4, 200.0), 1, 4.0),
        ("1 Mbit/s, 50 ms", PathShape::new(1.0, 50.0, 500.0), 1, 20.0),
        ("1 % lost", metro.with_loss(0.01), 1, 6.0),
        ("2 % late", metro.with_reordering(0.02), 1, 6.0),
        ("4 flows", metro, 4, 9.0),
    ] {
        let scenario = Scenario::bulk(path, &vec![Steady; flows], seconds);
        let (usual, yielding) = (simulate(&scenario), simulate(&scenario.clone().yielding(flows)));
        assert!(yielding.total() > 0.95 * usual.total(), "{what}: {yielding:?} {usual:?}");
        // A packet that takes 12 ms by itself keeps the queue that long.
        let share = if path.rate < 1_000.0 { 1.05 } else { 0.4 };
        assert!(yielding.queue_p50 < share * usual.queue_p50, "{what}: {yielding:?} {usual:?}");
    }
}

#[test]
fn who_yields_leaves_the_path_to_others_of_ours_but_does_not_starve() {
    let path = PathShape::new(50.0, 20.0, 200.0);
    let figures = simulate(&Scenario::bulk(path, &[Steady; 2], 15.0).yielding(1));
    assert!(figures.shares[1] > 0.8 && figures.shares[0] > 0.01, "{figures:?}");
    assert!(figures.total() > 0.9, "{figures:?}");
}

/// A sender that minds the delay alone would be left nothing.
#[test]
fn beside_cubic_who_yields_does_not_starve() {
    for (queue, controls) in [(40.0, [Steady, Cubic]), (40.0, [Cubic, Steady]), (600.0, [Steady, Cubic])] {
        let mut scenario = Scenario::bulk(PathShape::new(20.0, 20.0, queue), &controls, 40.0);
        scenario.senders.iter_mut().for_each(|sender| sender.is_yielding = true);
        let figures = simulate(&scenario);
        assert!(figures.shares.iter().all(|&share| share > 0.05), "{queue} {controls:?} {figures:?}");
    }
}
