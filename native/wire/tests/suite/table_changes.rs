//! The label table as its owner hands it over: parts that take force whole, and changes that hold at once.

use crate::fixtures::{NO_LIMITS, Recorder, SEEDS, carry};
use florenetes_wire::limits::{LINKS_MAX, TRANSIT_MAX};
use florenetes_wire::mesh::{
    Change, ChangeError, Forwarder, Operation, Packet, Scope, TableError, TransitLimits, write_header,
};
use proptest::prelude::*;
use std::collections::BTreeMap;
use std::time::Duration;

const fn link(link: u32) -> Change {
    Change::AddLink { link, label: 100 + link }
}

const fn service(label: u32) -> Change {
    Change::AddEntry { scope: Scope::All, label, operation: Operation::Deliver { service: 0 } }
}

const fn swap(label: u32, out_link: u32) -> Change {
    Change::AddEntry { scope: Scope::Link(0), label, operation: Operation::Swap { out_link, out_label: label } }
}

const fn remove(scope: Scope, label: u32) -> Change {
    Change::RemoveEntry { scope, label }
}

fn packet(labels: &[u32]) -> Vec<u8> {
    let mut packet = vec![0; 12 + 4 * labels.len()];
    write_header(&mut packet, 1, labels.iter().map(|label| label << 12), 32);
    packet
}

fn forwarder(changes: &[Change]) -> Forwarder {
    let mut forwarder = Forwarder::new(NO_LIMITS, SEEDS);
    replace(&mut forwarder, 1, changes);
    forwarder
}

fn replace(forwarder: &mut Forwarder, generation: u64, changes: &[Change]) {
    forwarder.begin(generation);
    for &change in changes {
        forwarder.stage(generation, change).unwrap();
    }
    forwarder.commit(generation).unwrap();
}

/// How many of five packets with these labels, over link 0, come through.
fn through(forwarder: &mut Forwarder, labels: &[u32]) -> usize {
    let mut recorder = Recorder::default();
    for number in 0..5 {
        let mut packet = packet(labels);
        packet[4] = number;
        forwarder.handle_packet(0, &mut packet, Duration::ZERO, &mut recorder);
    }
    recorder.packets.len()
}

#[test]
fn a_new_table_takes_force_whole_at_its_commit() {
    let mut forwarder = forwarder(&[link(0), link(1), service(500)]);
    forwarder.begin(2);
    forwarder.stage(2, link(0)).unwrap();
    forwarder.stage(2, service(501)).unwrap();
    assert_eq!((through(&mut forwarder, &[500]), through(&mut forwarder, &[501]), forwarder.generation()), (5, 0, 1));
    forwarder.commit(2).unwrap();
    assert_eq!((through(&mut forwarder, &[500]), through(&mut forwarder, &[501]), forwarder.generation()), (0, 5, 2));
    assert_eq!(forwarder.entries(), 2);
}

#[test]
fn parts_and_changes_of_another_generation_are_refused() {
    let mut forwarder = forwarder(&[link(0)]);
    assert_eq!(forwarder.stage(1, service(500)), Err(ChangeError::Generation), "nothing was begun");
    forwarder.begin(2);
    assert_eq!(forwarder.stage(3, service(500)), Err(ChangeError::Generation));
    assert_eq!(forwarder.commit(3), Err(ChangeError::Generation));
    assert_eq!(forwarder.change(2, service(500)), Err(ChangeError::Generation), "it does not hold yet");
    forwarder.begin(3);
    assert_eq!(forwarder.commit(2), Err(ChangeError::Generation), "it was given up");
    assert_eq!((forwarder.generation(), forwarder.entries()), (1, 1));
}

#[test]
fn a_removal_holds_from_the_next_packet_on_and_in_the_table_that_comes() {
    let all = [
        link(0),
        link(1),
        link(2),
        service(500),
        swap(600, 1),
        Change::Permit { in_link: 0, out_link: 2, share: 0, allowance: None },
    ];
    let mut forwarder = forwarder(&all);
    forwarder.begin(2);
    for change in all {
        forwarder.stage(2, change).unwrap();
    }
    for (labels, removal) in [
        (&[500][..], remove(Scope::All, 500)),
        (&[600], remove(Scope::Link(0), 600)),
        (&[102, 1], Change::Forbid { in_link: 0, out_link: 2 }),
    ] {
        assert_eq!(through(&mut forwarder, labels), 5, "{removal:?}");
        forwarder.change(1, removal).unwrap();
        assert_eq!(through(&mut forwarder, labels), 0, "{removal:?}");
        assert_eq!(forwarder.change(1, removal), Err(ChangeError::Missing));
    }
    forwarder.commit(2).unwrap();
    for labels in [&[500][..], &[600], &[102, 1]] {
        assert_eq!(through(&mut forwarder, labels), 0, "{labels:?}");
    }
}

#[test]
fn from_a_link_that_is_gone_nothing_passes_by_adjacency_labels() {
    let mut forwarder =
        forwarder(&[link(0), link(1), Change::Permit { in_link: 0, out_link: 1, share: 0, allowance: None }]);
    assert_eq!(through(&mut forwarder, &[101, 1]), 5);
    forwarder.change(1, remove(Scope::All, 100)).unwrap();
    assert_eq!(through(&mut forwarder, &[101, 1]), 0);
    forwarder.change(1, Change::AddLink { link: 0, label: 200 }).unwrap();
    assert_eq!(through(&mut forwarder, &[101, 1]), 5, "it is back, by another label");
}

#[test]
fn a_link_keeps_the_label_that_is_written_when_another_one_comes_and_goes() {
    let mut forwarder =
        forwarder(&[link(0), link(1), Change::Permit { in_link: 0, out_link: 1, share: 0, allowance: None }]);
    let back = |forwarder: &mut Forwarder, label| {
        let mut packet = packet(&[label, 1]);
        let mut recorder = Recorder::default();
        forwarder.handle_packet(0, &mut packet, Duration::ZERO, &mut recorder);
        recorder.packets.pop().map(|(_, packet)| Packet::parse(packet).unwrap().label(0))
    };
    for second in [Change::AddLink { link: 0, label: 200 }, Change::AddLink { link: 1, label: 201 }] {
        forwarder.change(1, second).unwrap();
    }
    assert_eq!([101, 201].map(|label| back(&mut forwarder, label)), [Some(100); 2]);
    for label in [200, 201] {
        forwarder.change(1, remove(Scope::All, label)).unwrap();
    }
    assert_eq!([101, 201].map(|label| back(&mut forwarder, label)), [Some(100), None]);
}

#[test]
fn counts_go_on_over_a_new_table_and_end_with_their_entry() {
    let table = [link(0), link(1), service(500), swap(600, 1)];
    let mut forwarder = forwarder(&table);
    through(&mut forwarder, &[500]);
    through(&mut forwarder, &[600]);
    for generation in 2..5 {
        replace(&mut forwarder, generation, &table);
        forwarder.sweep(usize::MAX);
        assert_eq!(forwarder.entry_packets(Scope::All, 500), Some(5));
        assert_eq!(forwarder.entry_packets(Scope::Link(0), 600), Some(5));
        assert_eq!(forwarder.pair_counts().map(|pair| pair.packets_passed).collect::<Vec<_>>(), [5]);
        assert_eq!(forwarder.link_counts(0).unwrap().packets_delivered, 5);
    }
    replace(&mut forwarder, 5, &[link(0), link(1)]);
    assert_eq!(forwarder.entry_packets(Scope::All, 500), None);
    forwarder.sweep(usize::MAX);
    assert_eq!(forwarder.pair_counts().count(), 0, "no entry leads through the pair");
    replace(&mut forwarder, 6, &table);
    assert_eq!(forwarder.entry_packets(Scope::All, 500), Some(0));
}

#[test]
fn a_pair_that_comes_anew_has_what_a_second_brings() {
    let mut forwarder = forwarder(&[link(0), link(1)]);
    forwarder.set_transit_limits(TransitLimits { packets_per_second: 3, bytes_per_second: 1_000_000 });
    for _ in 0..3 {
        forwarder.change(1, swap(600, 1)).unwrap();
        assert_eq!(through(&mut forwarder, &[600]), 3);
        forwarder.change(1, remove(Scope::Link(0), 600)).unwrap();
    }
}

#[test]
fn a_table_takes_nothing_that_would_break_it() {
    let mut forwarder = forwarder(&[link(0), link(1), service(500)]);
    let end = |link, label| Change::AddEntry { scope: Scope::Link(link), label, operation: Operation::End };
    forwarder.change(1, end(1, 700)).unwrap();
    for (change, error) in [
        (service(500), TableError::Conflict),
        (service(700), TableError::Conflict),
        (end(0, 500), TableError::Conflict),
        (end(0, 100), TableError::Conflict),
        (end(2, 701), TableError::Link),
        (end(0, 15), TableError::Reserved),
        (end(0, 3), TableError::Reserved),
        (service(4), TableError::Reserved),
        (Change::AddLink { link: 2, label: 3 }, TableError::Reserved),
        (end(0, 1 << 20), TableError::Range),
        (swap(701, 2), TableError::Link),
        (Change::AddLink { link: LINKS_MAX as u32, label: 800 }, TableError::Link),
        (Change::AddLink { link: 2, label: 500 }, TableError::Conflict),
        (Change::Permit { in_link: 0, out_link: 2, share: 0, allowance: None }, TableError::Link),
    ] {
        assert_eq!(forwarder.change(1, change), Err(ChangeError::Table(error)), "{change:?}");
    }
    assert_eq!(forwarder.entries(), 4);
    forwarder.change(1, service(3)).unwrap();
    forwarder.change(1, Change::AddLink { link: LINKS_MAX as u32 - 1, label: 800 }).unwrap();
}

#[test]
fn transit_pairs_are_bounded() {
    let links = TRANSIT_MAX.isqrt() as u32 + 1;
    let mut forwarder = Forwarder::new(NO_LIMITS, SEEDS);
    forwarder.begin(1);
    for link in 0..links {
        forwarder.stage(1, Change::AddLink { link, label: 1_000 + link }).unwrap();
    }
    let pairs = (0..links).flat_map(|in_link| {
        (0..links).map(move |out_link| Change::Permit { in_link, out_link, share: 0, allowance: None })
    });
    let results: Vec<_> = pairs.map(|change| forwarder.stage(1, change)).collect();
    assert_eq!(results.iter().filter(|result| result.is_ok()).count(), TRANSIT_MAX);
    assert_eq!(results.last(), Some(&Err(ChangeError::Table(TableError::Full))));
}

#[derive(Clone, Debug)]
enum Step {
    Enter(u32),
    Remove(u32),
    Replace(Vec<u32>),
    Begin(Vec<u32>),
    Sweep(usize),
    Send(u32),
}

fn step() -> impl Strategy<Value = Step> {
    let label = || 500..510_u32;
    let labels = prop::collection::btree_set(label(), 0..8).prop_map(|labels| labels.into_iter().collect());
    prop_oneof![
        label().prop_map(Step::Enter),
        label().prop_map(Step::Remove),
        labels.clone().prop_map(Step::Replace),
        labels.prop_map(Step::Begin),
        (0..6_usize).prop_map(Step::Sweep),
        label().prop_map(Step::Send),
        label().prop_map(Step::Send),
    ]
}

proptest! {
    /// Changes come in any order: each label means what it meant last, and counts the packets that it let through.
    #[test]
    fn a_table_is_what_was_last_said_of_it(steps in prop::collection::vec(step(), 0..60)) {
        let mut forwarder = forwarder(&[link(0), link(1)]);
        let mut counts: BTreeMap<u32, u64> = BTreeMap::new();
        let mut generation = 1;
        let mut next = 2;
        let table = |labels: &[u32]| -> Vec<Change> {
            [link(0), link(1)].into_iter().chain(labels.iter().map(|&label| swap(label, 1))).collect()
        };
        for step in steps {
            match step {
                Step::Enter(label) => {
                    let is_new = !counts.contains_key(&label);
                    prop_assert_eq!(forwarder.change(generation, swap(label, 1)).is_ok(), is_new);
                    counts.entry(label).or_insert(0);
                }
                Step::Remove(label) => {
                    let is_there = counts.remove(&label).is_some();
                    let removal = remove(Scope::Link(0), label);
                    prop_assert_eq!(forwarder.change(generation, removal).is_ok(), is_there);
                }
                Step::Replace(labels) => {
                    generation = next;
                    next += 1;
                    replace(&mut forwarder, generation, &table(&labels));
                    counts = labels.iter().map(|&label| (label, counts.get(&label).copied().unwrap_or(0))).collect();
                }
                Step::Begin(labels) => {
                    forwarder.begin(next);
                    for change in table(&labels) {
                        forwarder.stage(next, change).unwrap();
                    }
                    next += 1;
                }
                Step::Sweep(budget) => forwarder.sweep(budget),
                Step::Send(label) => {
                    let is_there = counts.contains_key(&label);
                    prop_assert_eq!(through(&mut forwarder, &[label]), if is_there { 5 } else { 0 });
                    counts.entry(label).and_modify(|count| *count += 5);
                }
            }
            for label in 500..510 {
                let counted = forwarder.entry_packets(Scope::Link(0), label);
                prop_assert_eq!(counted, counts.get(&label).copied());
            }
        }
    }

    /// A packet that is dropped keeps its bytes, whatever they are.
    #[test]
    fn no_bytes_do_harm(bytes in prop::collection::vec(any::<u8>(), 0..100)) {
        let permit = Change::Permit { in_link: 0, out_link: 1, share: 0, allowance: None };
        let mut forwarder = forwarder(&[link(0), link(1), service(500), swap(600, 1), permit]);
        let outcome = carry(&mut forwarder, Some(0), &bytes);
        let is_dropped = !outcome.to.contains(' ') && outcome.to != "connection";
        prop_assert!(!is_dropped || outcome.packet == bytes);
    }
}

/// The next number of the slot of a link.
const fn next(link: u32) -> u32 {
    link + (1 << 20)
}

#[test]
fn a_slot_that_is_used_again_begins_to_count_anew() {
    let deliver = service(900);
    let swap_of = |in_link, out_link| {
        let operation = Operation::Swap { out_link, out_label: 500 };
        Change::AddEntry { scope: Scope::Link(in_link), label: 500, operation }
    };
    let mut forwarder = forwarder(&[link(0), link(1), swap_of(0, 1), deliver]);
    assert_eq!((through(&mut forwarder, &[900]), through(&mut forwarder, &[500, 900])), (5, 5));
    assert_eq!(through(&mut forwarder, &[700]), 0);
    let dropped = forwarder.link_counts(0).unwrap().drops;
    assert_eq!((dropped.iter().sum::<u64>(), forwarder.labels_guessed(0)), (5, 1));

    let successor = Change::AddLink { link: next(0), label: 100 };
    assert_eq!(
        forwarder.change(1, successor),
        Err(ChangeError::Table(TableError::Link)),
        "one slot has one link in a table"
    );
    replace(&mut forwarder, 2, &[link(1), deliver]);
    forwarder.sweep(usize::MAX);
    assert_eq!(forwarder.link_counts(0).unwrap().drops, dropped, "what is gone was counted");
    replace(&mut forwarder, 3, &[link(1), successor, swap_of(next(0), 1), deliver]);
    assert!(forwarder.link_counts(0).is_none());
    assert_eq!(
        (forwarder.link_counts(next(0)).copied(), forwarder.labels_guessed(next(0))),
        (Some(Default::default()), 0)
    );
    assert_eq!(*forwarder.own_drops(), dropped, "no drop is lost");
    assert_eq!(forwarder.entry_packets(Scope::Link(next(0)), 500), Some(0));
    let pairs: Vec<_> = forwarder.pair_counts().map(|pair| (pair.in_link, pair.packets_passed)).collect();
    assert_eq!(pairs, [(next(0), 0)]);
}
