//! All scenarios with all controllers, by which a controller can be chosen.
#![allow(clippy::print_stdout)]

use florenetes_engine::CongestionControl;

use crate::flow::{Load, Sender};
use crate::path::PathShape;
use crate::simulation::{Scenario, simulate};

const CONTROLS: [CongestionControl; 4] =
    [CongestionControl::Cubic, CongestionControl::Reno, CongestionControl::Bbr, CongestionControl::Steady];

fn scenarios(control: CongestionControl) -> Vec<(&'static str, Scenario)> {
    let one = [control];
    let metro = PathShape::new(100.0, 20.0, 40.0);
    let slow = PathShape::new(20.0, 20.0, 600.0);
    let beside_cubic = [control, CongestionControl::Cubic];
    let bursts =
        Sender { control, begins: 0.0, load: Load::Bursts { bytes: 200_000, period: 250.0 }, is_yielding: false };
    vec![
        ("100 Mbit/s, 20 ms", Scenario::bulk(metro, &one, 10.0)),
        ("… 0.5 % lost", Scenario::bulk(metro.with_loss(0.005), &one, 10.0)),
        ("… 1 % lost", Scenario::bulk(metro.with_loss(0.01), &one, 10.0)),
        ("… 2 % lost", Scenario::bulk(metro.with_loss(0.02), &one, 10.0)),
        ("50 ms, 5 % lost", Scenario::bulk(PathShape::new(100.0, 50.0, 50.0).with_loss(0.05), &one, 12.0)),
        ("20 Mbit/s, queue of 600 ms", Scenario::bulk(slow, &one, 15.0)),
        ("100 Mbit/s, 200 ms", Scenario::bulk(PathShape::new(100.0, 200.0, 400.0), &one, 15.0)),
        ("1 Gbit/s, 0.2 ms", Scenario::bulk(PathShape::new(1000.0, 0.2, 4.0), &one, 1.5)),
        ("1 Gbit/s, 0.2 ms, queue of 0.04 ms", Scenario::bulk(PathShape::new(1000.0, 0.2, 0.04), &one, 1.5)),
        ("1 Gbit/s, 0.2 ms, queue of 0.5 ms", Scenario::bulk(PathShape::new(1000.0, 0.2, 0.5), &one, 1.5)),
        ("100 Mbit/s, 20 ms, queue of 4 ms", Scenario::bulk(PathShape::new(100.0, 20.0, 4.0), &one, 15.0)),
        ("1 Mbit/s, 50 ms", Scenario::bulk(PathShape::new(1.0, 50.0, 500.0), &one, 30.0)),
        ("5 % late", Scenario::bulk(metro.with_reordering(0.05), &one, 10.0)),
        ("0.5 % late", Scenario::bulk(metro.with_reordering(0.005), &one, 10.0)),
        ("2 % late", Scenario::bulk(metro.with_reordering(0.02), &one, 10.0)),
        ("2 flows", Scenario::bulk(metro, &[control; 2], 20.0)),
        ("4 flows", Scenario::bulk(metro, &[control; 4], 30.0)),
        ("2 flows, queue of 4 ms", Scenario::bulk(PathShape::new(100.0, 20.0, 4.0), &[control; 2], 30.0)),
        ("beside cubic", Scenario::bulk(metro, &beside_cubic, 40.0)),
        ("beside cubic, 20 Mbit/s, deep", Scenario::bulk(slow, &beside_cubic, 60.0)),
        ("beside cubic, queue of 4 ms", Scenario::bulk(PathShape::new(100.0, 20.0, 4.0), &beside_cubic, 40.0)),
        (
            "rate halves",
            Scenario::bulk(metro, &one, 8.0).changing(4000.0, PathShape::new(50.0, 20.0, 80.0)).from(4000.0),
        ),
        (
            "rate doubles",
            Scenario::bulk(metro, &one, 8.0).changing(4000.0, PathShape::new(200.0, 20.0, 40.0)).from(4000.0),
        ),
        (
            "20 ms become 80",
            Scenario::bulk(metro, &one, 12.0).changing(4000.0, PathShape::new(100.0, 80.0, 40.0)).from(4000.0),
        ),
        (
            "80 ms become 20",
            Scenario::bulk(PathShape::new(100.0, 80.0, 40.0), &one, 12.0).changing(4000.0, metro).from(4000.0),
        ),
        ("joins cubic", Scenario::bulk(metro, &[CongestionControl::Cubic, control], 40.0)),
        ("2 flows, 10 s apart", Scenario::bulk(metro, &[control; 2], 40.0).apart(10_000.0)),
        ("2 flows, 1 % lost", Scenario::bulk(metro.with_loss(0.01), &[control; 2], 20.0)),
        (
            "rate falls to a tenth",
            Scenario::bulk(metro, &one, 12.0).changing(4000.0, PathShape::new(10.0, 20.0, 400.0)).from(4000.0),
        ),
        (
            "rate grows tenfold",
            Scenario::bulk(PathShape::new(10.0, 20.0, 40.0), &one, 12.0).changing(4000.0, metro).from(4000.0),
        ),
        ("timers every 2 ms", Scenario { timers_every: 2.0, ..Scenario::bulk(metro, &one, 10.0) }),
        (
            "1 Gbit/s, 0.2 ms, timers every 2 ms",
            Scenario { timers_every: 2.0, ..Scenario::bulk(PathShape::new(1000.0, 0.2, 4.0), &one, 1.5) },
        ),
        ("bursts", Scenario { senders: vec![bursts], ..Scenario::bulk(metro, &one, 10.0) }),
    ]
}

#[test]
#[ignore = "prints figures; nothing is held by it"]
fn table() {
    println!(
        "{:36} {:6} {:>7} {:>15} {:>8} {:>8} {:>8} {:>6}",
        "", "", "total", "each", "p50 ms", "p99 ms", "dropped", "fair"
    );
    let names: Vec<_> = scenarios(CongestionControl::Cubic).into_iter().map(|(name, _)| name).collect();
    let only = std::env::var("ONLY").unwrap_or_default();
    let by = std::env::var("BY").unwrap_or_default();
    for (index, name) in names.into_iter().enumerate().filter(|(_, name)| name.contains(&only)) {
        for control in CONTROLS.into_iter().filter(|control| format!("{control:?}").contains(&by)) {
            let figures = simulate(&scenarios(control).swap_remove(index).1);
            let each: Vec<_> = figures.shares.iter().map(|share| format!("{:.0}", share * 100.0)).collect();
            println!(
                "{name:36} {:6} {:6.1}% {:>15} {:8.1} {:8.1} {:7.2}% {:6.3}",
                format!("{control:?}").to_lowercase(),
                figures.total() * 100.0,
                each.join(" "),
                figures.queue_p50,
                figures.queue_p99,
                figures.dropped * 100.0,
                figures.fairness()
            );
        }
    }
}
