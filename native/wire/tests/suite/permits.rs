//! Pairs of links that permits open: classes, a rate, and counts.

use crate::fixtures::{NO_LIMITS, Recorder, SEEDS};
use florenetes_wire::limits::{SHARE_MAX, SHARE_PERMITS_MAX, SHARES_PER_PAIR_MAX};
use florenetes_wire::mesh::{
    Allowance, Change, ChangeError, DropCause, Forwarder, Packet, PermitCounts, TableError, TrafficClass, write_header,
};
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
    forwarder.stage(1, Change::Permit { in_link: A, out_link: B, share: 0, allowance: None }).unwrap();
    forwarder.stage(1, Change::Permit { in_link: A, out_link: C, share: 0, allowance }).unwrap();
    forwarder.commit(1).unwrap();
    forwarder
}

/// A permit from link a to link c for a share, with the class `interactive`.
fn permit(share: u16, bits_per_second: u64) -> Change {
    let allowance = Some(Allowance { classes: 1 << TrafficClass::Interactive as u8, bits_per_second });
    Change::Permit { in_link: A, out_link: C, share, allowance }
}

/// A table with three links and these permits takes the place of the former one.
fn replace(forwarder: &mut Forwarder, generation: u64, permits: impl IntoIterator<Item = Change>) {
    forwarder.begin(generation);
    for link in [A, B, C] {
        forwarder.stage(generation, Change::AddLink { link, label: 100 + link }).unwrap();
    }
    permits.into_iter().for_each(|change| forwarder.stage(generation, change).unwrap());
    forwarder.commit(generation).unwrap();
    forwarder.sweep(usize::MAX);
}

/// How many of some packets of 1,250 bytes from link a pass to a link.
fn through(forwarder: &mut Forwarder, out_link: u32, class: TrafficClass, count: u64, now: u64) -> usize {
    of_share(forwarder, (out_link, 0), class, count, now).len()
}

/// The shares in the words of those packets that pass, of some that have a share in all of theirs.
fn of_share(
    forwarder: &mut Forwarder,
    (out_link, share): (u32, u32),
    class: TrafficClass,
    count: u64,
    now: u64,
) -> Vec<[u32; 3]> {
    let mut recorder = Recorder::default();
    for number in 0..count {
        let mut packet = vec![0; 1_250];
        let words = [100 + out_link, 300, 1].map(|label| label << 12 | share);
        write_header(&mut packet, now << 32 | number << 12 | u64::from(share), words.into_iter(), 32);
        class.write(&mut packet);
        forwarder.handle_packet(A, &mut packet, Duration::from_millis(now), &mut recorder);
    }
    let packets = recorder.packets.iter().map(|(_, packet)| Packet::parse(packet).unwrap());
    packets.map(|packet| [0, 1, 2].map(|index| packet.word(index) & 0xfff)).collect()
}

/// The counts by share: packets that passed, and those that did not.
fn counts(forwarder: &Forwarder) -> Vec<(u16, u64, u64)> {
    let mut rows: Vec<_> =
        forwarder.permit_rows().map(|row| (row.share, row.counts.packets, row.counts.packets_denied)).collect();
    rows.sort_unstable();
    rows
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

const INTERACTIVE: TrafficClass = TrafficClass::Interactive;

#[test]
fn shares_of_a_pair_have_a_rate_and_counts_each() {
    let mut forwarder = Forwarder::new(NO_LIMITS, SEEDS);
    replace(&mut forwarder, 1, [permit(7, MEGABIT), permit(9, 2 * MEGABIT), permit(0, MEGABIT)]);
    let mut passed = |share| of_share(&mut forwarder, (C, share), INTERACTIVE, 100, 0);
    assert_eq!(passed(7), [[7, 7, 7]; 25], "word and next word have the share, and the origin has written the last");
    assert_eq!(passed(9), [[9, 9, 9]; 50]);
    assert_eq!(passed(8), [[0, 8, 8]; 25], "a share without a permit goes by the permit for none, and is gone");
    assert_eq!(passed(0).len(), 0, "as do packets of no share");
    assert_eq!(counts(&forwarder), [(0, 25, 175), (7, 25, 75), (9, 50, 50)]);
    assert!(of_share(&mut forwarder, (C, 7), TrafficClass::Bulk, 1, 1_000).is_empty());
    assert_eq!(forwarder.link_counts(A).unwrap().drops[DropCause::TransitDenied as usize], 1, "by no other permit");
}

#[test]
fn a_guessed_share_passes_nowhere_and_makes_no_row() {
    let mut forwarder = Forwarder::new(NO_LIMITS, SEEDS);
    replace(&mut forwarder, 1, [permit(7, MEGABIT)]);
    let passed: Vec<_> =
        (0..=SHARE_MAX).filter(|share| !of_share(&mut forwarder, (C, *share), INTERACTIVE, 1, 0).is_empty()).collect();
    assert_eq!((passed, counts(&forwarder)), (vec![7], vec![(7, 1, 0)]));
    assert_eq!(forwarder.link_counts(A).unwrap().drops[DropCause::TransitDenied as usize], u64::from(SHARE_MAX));
}

#[test]
fn counts_go_with_the_permits_and_a_share_that_stays_goes_on_counting() {
    let mut forwarder = Forwarder::new(NO_LIMITS, SEEDS);
    replace(&mut forwarder, 1, [permit(7, MEGABIT), permit(9, MEGABIT)]);
    for share in [7, 7, 9] {
        of_share(&mut forwarder, (C, share), INTERACTIVE, 1, 0);
    }
    replace(&mut forwarder, 2, [permit(7, MEGABIT)]);
    assert!(of_share(&mut forwarder, (C, 9), INTERACTIVE, 1, 1).is_empty());
    assert_eq!(counts(&forwarder), [(7, 2, 0)]);
    replace(&mut forwarder, 3, [permit(9, MEGABIT), permit(7, MEGABIT)]);
    of_share(&mut forwarder, (C, 9), INTERACTIVE, 1, 2);
    assert_eq!(counts(&forwarder), [(7, 2, 0), (9, 1, 0)]);
    forwarder.change(3, Change::Forbid { in_link: A, out_link: C }).unwrap();
    assert_eq!((counts(&forwarder), forwarder.pair_counts().count()), (vec![], 0));
}

#[test]
fn a_pair_and_a_table_have_so_many_shares_and_no_more() {
    let mut forwarder = Forwarder::new(NO_LIMITS, SEEDS);
    for hour in 0..50 {
        let shares: Vec<_> = (0..SHARES_PER_PAIR_MAX as u16).map(|at| 1 + (hour * 64 + at) % 4_095).collect();
        replace(&mut forwarder, u64::from(hour) + 1, shares.iter().map(|share| permit(*share, MEGABIT)));
        for share in &shares {
            of_share(&mut forwarder, (C, (*share).into()), INTERACTIVE, 1, hour.into());
        }
        assert_eq!(counts(&forwarder).len(), SHARES_PER_PAIR_MAX);
    }
    let full = Err(ChangeError::Table(TableError::Full));
    assert_eq!(forwarder.change(50, permit(4_095, MEGABIT)), full, "a pair is full");
    assert_eq!(forwarder.change(50, permit(0, MEGABIT)), Ok(()), "no share has no part in it");
    let none = Change::Permit { in_link: A, out_link: B, share: 7, allowance: None };
    for change in [none, permit(4_096, MEGABIT)] {
        assert_eq!(forwarder.change(50, change), Err(ChangeError::Table(TableError::Share)));
    }

    let mut forwarder = Forwarder::new(NO_LIMITS, SEEDS);
    let side = SHARE_PERMITS_MAX.div_ceil(SHARES_PER_PAIR_MAX) as u32 + 1;
    let allowance = Some(Allowance { classes: 1, bits_per_second: 1 });
    forwarder.begin(1);
    let mut stage = |change| forwarder.stage(1, change);
    (0..=side).for_each(|link| stage(Change::AddLink { link, label: 100 + link }).unwrap());
    let ways = (1..=side).flat_map(|out_link| (1..=SHARES_PER_PAIR_MAX as u16).map(move |share| (out_link, share)));
    let taken: Vec<_> = ways
        .map(|(out_link, share)| stage(Change::Permit { in_link: 0, out_link, share, allowance }))
        .take_while(Result::is_ok)
        .collect();
    assert_eq!(taken.len(), SHARE_PERMITS_MAX);
}
