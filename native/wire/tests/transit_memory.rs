//! Memory that label tables of a cluster vertex take. The test measures the whole process, and so is the only one in it.

use florenetes_wire::mesh::{LinkRow, Seeds, Transit, TransitChange, TransitLimits};

const LIMITS: TransitLimits = TransitLimits { packets_per_second: 1, bytes_per_second: 1_000 };
const LABELS: u32 = 1_000_000;
/// The number of changes in one part.
const PART: u32 = 512;
/// Bytes for a table that is twice as large as it needs to be for a moment, its counters, and their doubling.
const BYTES_PER_LABEL: usize = 160;

fn resident() -> usize {
    let text = std::fs::read_to_string("/proc/self/statm").unwrap();
    text.split_whitespace().nth(1).unwrap().parse::<usize>().unwrap() * 4_096
}

fn hand_over(transit: &mut Transit, table: u32, labels: u32, whole: u32) {
    transit.begin(table, whole, LIMITS);
    let links = [0, 1].map(|link| TransitChange::Link { link, label: 20 + link });
    transit.change(table, 0, &links);
    for first in (0..labels).step_by(PART as usize) {
        let labels = first..labels.min(first + PART);
        let swap = |label| TransitChange::Swap { link: 0, label: 40 + label, out_link: 1, out_label: 40 + label };
        let taken = transit.change(table, 2 + first, &labels.clone().map(swap).collect::<Vec<_>>()).unwrap();
        assert_eq!((taken.changes, taken.refusal), (2 + labels.end, None));
    }
}

#[test]
fn memory_goes_by_what_was_handed_over() {
    let mut transit = Transit::new(Seeds { packets: 1, table: 2 });
    transit.set_link(0, LinkRow::default());
    let start = resident();
    for table in 0..10_000 {
        transit.begin(table, 8_000_000, LIMITS);
    }
    assert!(resident() - start < 4_000_000, "tables that were only announced: {}", resident() - start);
    // The table needs no sweep: each change gives back more than it takes.
    for table in 20_000..20_060 {
        hand_over(&mut transit, table, 10_000, if table % 2 == 0 { 10_002 } else { 20_000 });
    }
    assert!(resident() - start < 10_000_000, "tables that are gone: {}", resident() - start);
    hand_over(&mut transit, 30_000, LABELS, LABELS + 2);
    assert_eq!(transit.labels(), LABELS as usize + 2);
    let each = (resident() - start) / LABELS as usize;
    assert!(each < BYTES_PER_LABEL, "{each} bytes for a label");
    transit.drop_table(30_000);
    while transit.sweep(4_096) {}
    assert!(resident() - start < 10_000_000, "the million is gone: {}", resident() - start);
}
