//! Congestion controllers, each driving real connections over simulated bottlenecks.
//!
//! `cargo test -p florenetes-engine --test congestion -- --ignored --nocapture table` prints all figures of all controllers.

mod credentials;
mod flow;
mod generations;
mod moves;
mod outages;
mod path;
mod promises;
mod simulation;
mod table;
mod yielding;

use florenetes_engine::CongestionControl;
use path::PathShape;
use simulation::{Scenario, simulate};

#[test]
fn equal_scenarios_give_equal_figures() {
    let path = PathShape::new(20.0, 20.0, 40.0).with_loss(0.01).with_reordering(0.01);
    let scenario = Scenario::bulk(path, &[CongestionControl::Cubic, CongestionControl::Bbr], 3.0);
    assert_eq!(simulate(&scenario), simulate(&scenario));
}

#[test]
fn a_window_that_is_large_enough_fills_the_path_and_its_queue() {
    let scenario = Scenario::bulk(PathShape::new(20.0, 20.0, 40.0), &[CongestionControl::Cubic], 6.0);
    let figures = simulate(&scenario);
    assert!(figures.total() > 0.95 && figures.total() < 1.0, "{figures:?}");
    assert!(figures.queue_p99 > 30.0 && figures.queue_p99 < 41.0, "{figures:?}");
}
