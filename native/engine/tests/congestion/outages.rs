//! Outages: for a while nothing gets through, and the window is full of packets that are lost.

use florenetes_engine::CongestionControl::Steady;

use crate::flow::{Load, Sender};
use crate::path::PathShape;
use crate::simulation::{Scenario, simulate};

const BEGINS: f64 = 5_000.0;
/// How often an owner asks for a ping that hears no answer.
const PINGS_MS: f64 = 250.0;

/// The share of its rate that a path of 20 Mbit/s carries between two times after an outage.
fn share_after(outage_ms: f64, round_trip_ms: f64, from: f64, until: f64) -> f64 {
    let path = PathShape::new(20.0, round_trip_ms, 40.0);
    let ends = BEGINS + outage_ms;
    let sender = Sender { control: Steady, begins: 0.0, load: Load::Pinged { period: PINGS_MS }, is_yielding: false };
    let scenario = Scenario { senders: vec![sender], ..Scenario::bulk(path, &[], (ends + until) / 1_000.0) };
    let gone = path.with_loss(1.0);
    simulate(&scenario.changing(BEGINS, gone).changing(ends, path).from(ends + from)).total()
}

#[test]
fn a_ping_shows_the_end_of_an_outage_however_long_it_was() {
    for outage_ms in [1_000.0, 2_000.0, 5_000.0, 20_000.0] {
        for round_trip_ms in [2.0, 20.0] {
            // The time is for a ping, its answer, and a round trip for packets that were lost.
            let within = PINGS_MS + 2.0 * round_trip_ms + 10.0;
            let share = share_after(outage_ms, round_trip_ms, 0.0, within);
            assert!(share > 0.0, "{outage_ms} {round_trip_ms}");
        }
    }
}

#[test]
fn the_rate_is_back_soon_after_an_outage() {
    for outage_ms in [1_000.0, 5_000.0] {
        for (round_trip_ms, within) in [(2.0, 500.0), (20.0, 1_000.0), (200.0, 4_000.0)] {
            let share = share_after(outage_ms, round_trip_ms, within, within + 1_000.0);
            assert!(share > 0.88, "{outage_ms} {round_trip_ms} {share}");
        }
    }
}
