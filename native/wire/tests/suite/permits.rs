//! Pairs of links that permits open: classes, a rate, and counts.

use crate::fixtures::{NO_LIMITS, Recorder, SEEDS};
use florenetes_wire::mesh::{Allowance, Change, DropCause, Forwarder, PermitCounts, TrafficClass, write_header};
use std::time::Duration;

const A: u32 = 0;
const B: u32 = 1;
const C: u32 = 2;
const MEGABIT: u64 = 1_000_000;

/// A forwarder with a pair [a, b] that is open, and a pair [a, c] that a permit opens.
fn forwarder(bits_per_second: u64) -> Forwarder {
    let mut forwarder = Forwarder::new(NO_LIMITS, SEEDS);
    forwarder.begin(1);
    for link in [A, B, C] {
        forwarder.stage(1, Change::AddLink { link, label: 100 + link }).unwrap();
    }
    let classes = 1 << TrafficClass::Interactive as u8;
    let allowance = Some(Allowance { classes, bits_per_second });
    forwarder.stage(1, Change::Permit { in_link: A, out_link: B, allowance: None }).unwrap();
    forwarder.stage(1, Change::Permit { in_link: A, out_link: C, allowance }).unwrap();
    forwarder.commit(1).unwrap();
    forwarder
}

/// How many of some packets of 1,250 bytes from link a pass to a link.
fn through(forwarder: &mut Forwarder, out_link: u32, class: TrafficClass, count: u64, now: u64) -> usize {
    let mut recorder = Recorder::default();
    for number in 0..count {
        let mut packet = vec![0; 1_250];
        write_header(&mut packet, now << 32 | number, [(100 + out_link) << 12, 1 << 12].into_iter(), 32);
        class.write(&mut packet);
        forwarder.handle_packet(A, &mut packet, Duration::from_millis(now), &mut recorder);
    }
    recorder.packets.len()
}

#[test]
fn a_permit_lets_its_classes_pass_and_counts_what_comes() {
    let mut forwarder = forwarder(MEGABIT);
    assert_eq!(through(&mut forwarder, C, TrafficClass::Interactive, 3, 0), 3);
    assert_eq!(through(&mut forwarder, C, TrafficClass::Bulk, 2, 0), 0);
    assert_eq!(forwarder.link_counts(A).unwrap().drops[DropCause::TransitDenied as usize], 2);
    let rows: Vec<_> = forwarder.permit_rows().map(|row| (row.in_link, row.out_link, row.class, row.counts)).collect();
    let passed = PermitCounts { packets: 3, bytes: 3 * 1_250, packets_denied: 0 };
    let denied = PermitCounts { packets: 0, bytes: 0, packets_denied: 2 };
    assert_eq!(rows, [(A, C, TrafficClass::Interactive as u8, passed), (A, C, TrafficClass::Bulk as u8, denied)]);
}

#[test]
fn a_flood_above_the_rate_is_dropped_and_takes_nothing_of_another_pair() {
    let mut forwarder = forwarder(MEGABIT);
    assert_eq!(through(&mut forwarder, C, TrafficClass::Interactive, 1_000, 0), 25);
    assert_eq!(through(&mut forwarder, B, TrafficClass::Bulk, 1_000, 0), 1_000);
    assert_eq!(through(&mut forwarder, C, TrafficClass::Interactive, 1_000, 100), 10);
    assert_eq!(forwarder.link_counts(A).unwrap().drops[DropCause::TransitLimit as usize], 1_965);
}

#[test]
fn time_that_goes_back_brings_nothing() {
    let mut forwarder = forwarder(MEGABIT);
    assert_eq!(through(&mut forwarder, C, TrafficClass::Interactive, 100, 5_000), 25);
    assert_eq!(through(&mut forwarder, C, TrafficClass::Interactive, 100, 1_000), 0);
    assert_eq!(through(&mut forwarder, C, TrafficClass::Interactive, 100, 5_001), 0);
    assert_eq!(through(&mut forwarder, C, TrafficClass::Interactive, 100, 5_010), 1);
}

#[test]
fn nothing_passes_at_a_rate_of_0_or_after_the_end() {
    let mut none = forwarder(0);
    assert_eq!(through(&mut none, C, TrafficClass::Interactive, 5, 1_000), 0);
    let mut forwarder = forwarder(MEGABIT);
    assert_eq!(through(&mut forwarder, C, TrafficClass::Interactive, 5, 1_000), 5);
    forwarder.change(1, Change::Forbid { in_link: A, out_link: C }).unwrap();
    assert_eq!(through(&mut forwarder, C, TrafficClass::Interactive, 5, 1_001), 0);
    assert_eq!(forwarder.link_counts(A).unwrap().drops[DropCause::TransitDenied as usize], 5);
    assert_eq!(forwarder.permit_rows().count(), 0, "the pair is gone with its counts");
}
