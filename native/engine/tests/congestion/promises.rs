//! Promises of our own controller, with some margin to the figures of the table.

use florenetes_engine::CongestionControl::{Cubic, Steady};

use crate::flow::{Load, Sender};
use crate::path::PathShape;
use crate::simulation::{Figures, Scenario, simulate};

/// The share of its rate that a path carries when it is full. The most is 96 %: the rest is headers.
const FULL: f64 = 0.88;
const METRO: PathShape = PathShape {
    rate: 12_500.0,
    delay: 10.0,
    queue_max: 500_000.0,
    loss: 0.0,
    reordered: 0.0,
    marked_from: f64::INFINITY,
    is_bleaching: false,
};

fn alone(path: PathShape, seconds: f64) -> Figures {
    simulate(&Scenario::bulk(path, &[Steady], seconds))
}

fn assert_full_and_short(what: &str, figures: &Figures, queue_p50: f64, queue_p99: f64) {
    assert!(figures.total() > FULL, "{what}: {figures:?}");
    assert!(figures.queue_p50 < queue_p50 && figures.queue_p99 < queue_p99, "{what}: {figures:?}");
}

#[test]
fn the_path_is_full_and_its_queue_short() {
    for (what, path, p50, p99) in [
        ("100 Mbit/s, 20 ms", METRO, 5.0, 6.0),
        ("20 Mbit/s, queue of 600 ms", PathShape::new(20.0, 20.0, 600.0), 8.0, 12.0),
        ("1 Gbit/s, 0.2 ms", PathShape::new(1000.0, 0.2, 4.0), 4.0, 4.0),
        ("1 Mbit/s, 50 ms", PathShape::new(1.0, 50.0, 500.0), 40.0, 80.0),
    ] {
        let seconds = if path.rate > 100_000.0 { 0.6 } else { 6.0 };
        assert_full_and_short(what, &alone(path, seconds), p50, p99);
    }
}

#[test]
fn a_long_path_is_filled() {
    assert_full_and_short("200 ms", &alone(PathShape::new(100.0, 200.0, 400.0), 9.0), 6.0, 8.0);
}

#[test]
fn loss_for_no_reason_leaves_the_rate_and_the_queue() {
    for loss in [0.005, 0.01, 0.02] {
        assert_full_and_short(&format!("{loss}"), &alone(METRO.with_loss(loss), 8.0), 6.0, 8.0);
    }
    let far = PathShape::new(100.0, 50.0, 50.0).with_loss(0.05);
    assert_full_and_short("50 ms, 0.05", &alone(far, 9.0), 8.0, 12.0);
}

#[test]
fn late_packets_leave_the_rate() {
    assert_full_and_short("2 % late", &alone(METRO.with_reordering(0.02), 6.0), 6.0, 10.0);
}

#[test]
fn a_queue_that_is_too_short_loses_little() {
    let figures = alone(PathShape::new(100.0, 20.0, 4.0), 9.0);
    assert!(figures.total() > FULL && figures.dropped < 0.01, "{figures:?}");
}

#[test]
fn flows_that_share_a_path_become_alike() {
    for flows in [2, 4] {
        let figures = simulate(&Scenario::bulk(METRO, &vec![Steady; flows], 12.0));
        assert!(figures.fairness() > 0.97, "{figures:?}");
        assert_full_and_short("shared", &figures, 8.0, 12.0);
    }
}

#[test]
fn one_that_comes_later_has_its_share() {
    let figures = simulate(&Scenario::bulk(METRO, &[Steady; 2], 16.0).apart(6_000.0).from(9_000.0));
    assert!(figures.fairness() > 0.95, "{figures:?}");
    assert_full_and_short("later", &figures, 8.0, 12.0);
}

#[test]
fn beside_cubic_neither_starves() {
    let slow = PathShape::new(20.0, 20.0, 40.0);
    for (path, controls) in [
        (slow, [Steady, Cubic]),
        (slow, [Cubic, Steady]),
        (PathShape::new(20.0, 20.0, 4.0), [Steady, Cubic]),
        (PathShape::new(20.0, 20.0, 600.0), [Steady, Cubic]),
    ] {
        let figures = simulate(&Scenario::bulk(path, &controls, 60.0));
        assert!(figures.shares.iter().all(|&share| share > 0.1), "{path:?} {controls:?} {figures:?}");
    }
}

#[test]
fn the_window_follows_a_path_that_changes() {
    let half = PathShape::new(50.0, 20.0, 80.0);
    let double = PathShape::new(200.0, 20.0, 40.0);
    let far = PathShape::new(100.0, 80.0, 40.0);
    for (what, before, after, share) in [
        ("half the rate", METRO, half, FULL),
        ("twice the rate", METRO, double, 0.9),
        ("20 ms become 80", METRO, far, 0.7),
        ("80 ms become 20", far, METRO, FULL),
    ] {
        let figures = simulate(&Scenario::bulk(before, &[Steady], 9.0).changing(3_000.0, after).from(3_000.0));
        assert!(figures.total() > share && figures.queue_p50 < 6.0, "{what}: {figures:?}");
    }
}

#[test]
fn bursts_are_short_at_a_rate_of_the_controllers_own() {
    let load = Load::Bursts { bytes: 200_000, period: 250.0 };
    let scenario = |control| Scenario {
        senders: vec![Sender { control, begins: 0.0, load, is_yielding: false }],
        ..Scenario::bulk(METRO, &[], 4.0)
    };
    let (cubic, steady) = (simulate(&scenario(Cubic)), simulate(&scenario(Steady)));
    assert!((steady.total() - cubic.total()).abs() < 0.005, "{steady:?} {cubic:?}");
    assert!(steady.queue_p99 < 0.6 * cubic.queue_p99, "{steady:?} {cubic:?}");
}

#[test]
fn timers_that_are_late_leave_the_rate() {
    let scenario = Scenario { timers_every: 2.0, ..Scenario::bulk(METRO, &[Steady], 6.0) };
    assert_full_and_short("timers every 2 ms", &simulate(&scenario), 5.0, 6.0);
}

#[test]
fn marks_of_routers_are_heeded_where_the_path_has_them() {
    for (control, marked_from, queue_p99) in [(Cubic, 100_000.0, 13.0), (Steady, 20_000.0, 3.0)] {
        let marking = PathShape { marked_from, ..METRO };
        let figures = simulate(&Scenario::bulk(marking, &[control], 6.0));
        assert!(figures.total() > 0.85 && figures.queue_p99 < queue_p99, "{control:?} {figures:?}");
        let bleaching = PathShape { is_bleaching: true, ..marking };
        let figures = simulate(&Scenario::bulk(bleaching, &[control], 6.0));
        assert!(figures.total() > FULL && figures.queue_p50 > queue_p99, "{control:?} {figures:?}");
    }
}

#[test]
fn a_path_that_marks_everything_is_filled_all_the_same() {
    let figures = simulate(&Scenario::bulk(PathShape { marked_from: -1.0, ..METRO }, &[Steady], 6.0));
    assert_full_and_short("marks everywhere", &figures, 5.0, 6.0);
    // The path marks nothing at first.
    let honest = Scenario::bulk(METRO, &[Steady], 12.0);
    let figures = simulate(&honest.changing(3_000.0, PathShape { marked_from: -1.0, ..METRO }).from(6_000.0));
    assert_full_and_short("marks everywhere from a time on", &figures, 5.0, 6.0);
}
