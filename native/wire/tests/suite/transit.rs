//! Transit in a link vertex's place: tables in parts, their bounds, and counts. `test-e2e/test/native-transit.test.ts` compares packets with
//! those of the TypeScript.

use florenetes_wire::limits::{TRANSIT_LINKS_MAX, TRANSIT_PAIRS_MAX, TRANSIT_ROWS_PER_REPORT};
use florenetes_wire::mesh::{
    LinkRow, Passage, Refusal, Seeds, Taken, Transit, TransitChange, TransitLimits, write_header,
};
use std::time::Duration;

const LIMITS: TransitLimits = TransitLimits { packets_per_second: 1_000_000, bytes_per_second: 1_000_000_000 };
const SEEDS: Seeds = Seeds { packets: 1, table: 2 };

fn link(link: u32) -> TransitChange {
    TransitChange::Link { link, label: 20 + link }
}

/// A cross-connect from link 0 to link 1, under the same label.
fn swap(label: u32) -> TransitChange {
    TransitChange::Swap { link: 0, label, out_link: 1, out_label: label }
}

/// A transit with two links that are up.
fn transit() -> Transit {
    let mut transit = Transit::new(SEEDS);
    for link in 0..2 {
        transit.set_link(link, LinkRow { handle: 70 + link, mtu: 1_400, preferred_mtu: 1_400 });
    }
    transit
}

fn begin(transit: &mut Transit, table: u32, changes: &[TransitChange]) -> Option<Taken> {
    transit.begin(table, changes.len() as u32, LIMITS);
    transit.change(table, 0, changes)
}

/// Whether a packet with that label goes on; `number` makes the packet differ from all others.
fn passes(transit: &mut Transit, label: u32, number: u64) -> bool {
    let mut packet = [0; 28];
    write_header(&mut packet, number, [label, 900].map(|label| label << 12).into_iter(), 32);
    transit.handle_packet(0, &mut packet, Duration::ZERO) == Passage::Out { handle: 71 }
}

const fn taken(changes: u32) -> Option<Taken> {
    Some(Taken { changes, refusal: None })
}

const fn refused(changes: u32, refusal: Refusal) -> Option<Taken> {
    Some(Taken { changes, refusal: Some(refusal) })
}

#[test]
fn a_table_holds_once_it_is_whole_and_its_changes_at_once() {
    let mut transit = transit();
    transit.begin(1, 4, LIMITS);
    assert_eq!(transit.change(1, 0, &[link(0), link(1)]), taken(2));
    assert_eq!(transit.change(1, 3, &[swap(300)]), taken(2), "there is a gap before it");
    assert_eq!(transit.change(1, 1, &[link(1), swap(300)]), taken(3), "one of them was taken before");
    assert!(!passes(&mut transit, 300, 1), "one is missing");
    assert_eq!(transit.change(1, 3, &[swap(301), TransitChange::Remove { link: 0, label: 300 }]), taken(5));
    assert!(!passes(&mut transit, 300, 2) && passes(&mut transit, 301, 3));
    assert_eq!(transit.change(2, 0, &[link(0)]), None, "nobody has begun it");
    transit.drop_table(1);
    assert!(!passes(&mut transit, 301, 4));
    assert_eq!((transit.labels(), transit.change(1, 5, &[])), (0, None));
}

#[test]
fn the_table_before_holds_until_the_next_one_is_whole() {
    let mut transit = transit();
    assert_eq!(begin(&mut transit, 1, &[link(0), link(1), swap(300)]), taken(3));
    transit.begin(2, 3, LIMITS);
    assert_eq!(transit.change(2, 0, &[link(0), link(1)]), taken(2));
    assert!(passes(&mut transit, 300, 1));
    assert_eq!(transit.change(2, 2, &[swap(301)]), taken(3));
    assert!(!passes(&mut transit, 300, 2) && passes(&mut transit, 301, 3));
}

/// A link keeps its labels when it gets another handle, and drops packets when it is down.
#[test]
fn labels_go_by_links_and_not_by_handles() {
    let mut transit = transit();
    begin(&mut transit, 1, &[link(0), link(1), swap(300)]);
    transit.set_link(0, LinkRow { handle: 80, mtu: 1_400, preferred_mtu: 1_400 });
    assert_eq!((transit.link_of(70), transit.link_of(80)), (None, Some(0)));
    transit.set_link(1, LinkRow { handle: 0, mtu: 1_400, preferred_mtu: 1_400 });
    assert!(!passes(&mut transit, 300, 1));
    transit.set_link(1, LinkRow { handle: 71, mtu: 1_400, preferred_mtu: 1_400 });
    assert!(passes(&mut transit, 300, 2));
    let report = transit.report(1, 1).unwrap();
    assert_eq!((report.links[1].packets_refused, report.links[1].packets_out), (1, 1));
    // Link 1 lets go of a handle that another link has by now: the other link keeps it.
    transit.set_link(0, LinkRow { handle: 71, mtu: 1_400, preferred_mtu: 1_400 });
    transit.set_link(1, LinkRow::default());
    assert_eq!(transit.link_of(71), Some(0));
}

#[test]
fn there_are_so_many_links_and_pairs_and_no_more() {
    let mut transit = transit();
    let links: Vec<_> = (0..TRANSIT_LINKS_MAX).map(link).collect();
    assert_eq!(begin(&mut transit, 1, &links), taken(TRANSIT_LINKS_MAX));
    assert_eq!(begin(&mut transit, 2, &[link(TRANSIT_LINKS_MAX)]), refused(0, Refusal::Full));
    let churn: Vec<_> =
        (0..=TRANSIT_LINKS_MAX).flat_map(|at| [link(0), TransitChange::Remove { link: at, label: 20 }]).collect();
    assert_eq!(begin(&mut transit, 3, &churn), refused(2 * TRANSIT_LINKS_MAX, Refusal::Full), "under ever new numbers");
    let side = 257;
    let permit = |at: usize| TransitChange::Permit {
        link: (at / side) as u32,
        out_link: (at % side) as u32,
        share: 0,
        allowance: None,
    };
    let of_links: Vec<_> = (0..side as u32).map(link).collect();
    let with = |first: usize| [of_links.clone(), (first..first + TRANSIT_PAIRS_MAX).map(permit).collect()].concat();
    assert_eq!(begin(&mut transit, 4, &with(0)), taken((side + TRANSIT_PAIRS_MAX) as u32));
    assert_eq!(begin(&mut transit, 5, &with(1)).unwrap().refusal, Some(Refusal::Full), "counts of the first stay");
}

#[test]
fn counts_are_told_bit_by_bit_and_again_until_they_are_taken() {
    let mut transit = transit();
    let labels = 1_000..1_000 + 2 * TRANSIT_ROWS_PER_REPORT as u32;
    let changes: Vec<_> = [link(0), link(1)].into_iter().chain(labels.clone().map(swap)).collect();
    begin(&mut transit, 1, &changes);
    for (number, label) in labels.clone().enumerate() {
        assert!(passes(&mut transit, label, number as u64));
    }
    let mut told = Vec::new();
    assert_eq!(transit.report(2, 1), None, "another table holds");
    let first = transit.report(1, 1).unwrap();
    assert_eq!(first.links.len(), 2);
    let again = transit.report(1, 1).unwrap();
    assert_eq!((again.number, &again.links), (first.number + 1, &first.links), "it was not taken");
    let mut report = Some(again);
    while let Some(part) = report {
        told.extend(part.labels.iter().map(|row| (row.label, row.packets)));
        assert!(part.labels.len() <= TRANSIT_ROWS_PER_REPORT);
        let is_more = transit.handle_report_taken(part.number);
        report = transit.report(1, 1);
        assert_eq!(is_more, report.is_some());
    }
    told.sort_unstable();
    // The rows of the first report come again, as that report was never taken.
    told.dedup();
    assert!(told.iter().all(|(_, packets)| *packets == 1));
    assert_eq!(told.len(), labels.len());
    assert_eq!(transit.report(1, 2).map(|report| report.links.len()), Some(2), "another reader knows nothing");
}

/// The number of a slot in a generation.
const fn numbered(slot: u32, generation: u32) -> u32 {
    slot | generation << 20
}

#[test]
fn a_slot_is_used_again_and_nothing_of_its_former_link_meets_the_next() {
    let mut transit = transit();
    begin(&mut transit, 1, &[link(0), link(1), swap(300)]);
    assert!(passes(&mut transit, 300, 1));
    begin(&mut transit, 2, &[link(1)]);
    transit.set_link(0, LinkRow::default());
    let next = numbered(0, 1);
    transit.set_link(next, LinkRow { handle: 80, mtu: 1_400, preferred_mtu: 1_400 });
    assert_eq!((transit.link_of(70), transit.link_of(80)), (None, Some(next)));
    begin(&mut transit, 3, &[TransitChange::Link { link: next, label: 20 }, link(1), swap(300)]);
    assert!(!passes(&mut transit, 300, 2), "a packet of the former link goes up");
    let mut packet = [0; 28];
    write_header(&mut packet, 3, [300, 900].map(|label| label << 12).into_iter(), 32);
    assert_eq!(transit.handle_packet(next, &mut packet, Duration::ZERO), Passage::Out { handle: 71 });
    let report = transit.report(3, 1).unwrap();
    assert_eq!(report.links.iter().map(|row| (row.link, row.packets_forwarded)).collect::<Vec<_>>(), [(0, 1), (1, 0)]);
    assert_eq!(report.pairs.iter().map(|row| row.packets_passed).collect::<Vec<_>>(), [1]);
}

#[test]
fn very_many_links_are_replaced_in_one_life() {
    const SLOTS: u32 = 64;
    let mut transit = transit();
    for round in 0..TRANSIT_PAIRS_MAX as u32 + 100 {
        let link = numbered(round % SLOTS, round / SLOTS);
        let changes = [
            TransitChange::Link { link, label: 20 },
            TransitChange::Link { link: SLOTS, label: 21 },
            TransitChange::Permit { link: 0, out_link: 1, share: 0, allowance: None },
        ];
        assert_eq!(begin(&mut transit, round + 1, &changes), taken(3), "round {round}");
        while transit.sweep(1_000) {}
    }
}
