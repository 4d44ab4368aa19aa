//! Counts of a vertex's own packets, by link, share and class.

use crate::fixtures::{NO_LIMITS, Recorder, SEEDS};
use florenetes_wire::limits::{SHARE_MAX, SHARES_PER_LINK_MAX};
use florenetes_wire::mesh::{Change, ExchangedCounts, Forwarder, Operation, Scope, TrafficClass, write_header};
use std::time::Duration;

const A: u32 = 0;
const B: u32 = 1;
const WEB: u32 = 900;

/// A forwarder with an open pair of links and a service.
fn forwarder() -> Forwarder {
    let mut forwarder = Forwarder::new(NO_LIMITS, SEEDS);
    forwarder.begin(1);
    for link in [A, B] {
        forwarder.stage(1, Change::AddLink { link, label: 100 + link }).unwrap();
    }
    let operation = Operation::Deliver { service: 0 };
    forwarder.stage(1, Change::AddEntry { scope: Scope::All, label: WEB, operation }).unwrap();
    forwarder.stage(1, Change::Permit { in_link: A, out_link: B, share: 0, allowance: None }).unwrap();
    forwarder.commit(1).unwrap();
    forwarder
}

/// A packet with these words, which has some octets of payload.
fn packet(words: &[u32], class: TrafficClass, payload: &[u8]) -> Vec<u8> {
    let mut packet = vec![0; 12 + 4 * words.len()];
    write_header(&mut packet, 1, words.iter().copied(), 32);
    class.write(&mut packet);
    packet.extend_from_slice(payload);
    packet
}

fn come(forwarder: &mut Forwarder, in_link: u32, mut packet: Vec<u8>) {
    forwarder.handle_packet(in_link, &mut packet, Duration::ZERO, &mut Recorder::default());
}

fn send(forwarder: &mut Forwarder, out_link: Option<u32>, mut packet: Vec<u8>) {
    forwarder.send_from_here(out_link, &mut packet, &mut Recorder::default());
}

/// Rows by link, share and class.
fn rows(forwarder: &Forwarder) -> Vec<(u32, u16, u8, ExchangedCounts)> {
    let mut rows: Vec<_> = forwarder.exchanged_rows().map(|row| (row.link, row.share, row.class, row.counts)).collect();
    rows.sort_unstable_by_key(|row| (row.0, row.1, row.2));
    rows
}

fn sent(sent_packets: u64, sent_bytes: u64) -> ExchangedCounts {
    ExchangedCounts { sent_packets, sent_bytes, ..ExchangedCounts::default() }
}

fn came(packets: u64, bytes: u64) -> ExchangedCounts {
    ExchangedCounts { packets, bytes, ..ExchangedCounts::default() }
}

const BULK: TrafficClass = TrafficClass::Bulk;

#[test]
fn own_packets_are_counted_whole_by_link_share_and_class() {
    let mut forwarder = forwarder();
    send(&mut forwarder, Some(B), packet(&[202 << 12 | 7, WEB << 12 | 9], BULK, &[0; 80]));
    send(&mut forwarder, Some(B), packet(&[202 << 12 | 7, WEB << 12 | 9], BULK, &[0; 10]));
    send(&mut forwarder, Some(A), packet(&[WEB << 12], TrafficClass::Control, &[]));
    come(&mut forwarder, A, packet(&[WEB << 12 | 4_095], BULK, &[1; 4]));
    come(&mut forwarder, A, packet(&[1 << 12], BULK, &[1; 4]));
    let control = TrafficClass::Control as u8;
    let bulk = BULK as u8;
    let expected = [
        (A, 0, control, sent(1, 16)),
        (A, 0, bulk, came(1, 20)),
        (A, 4_095, bulk, came(1, 20)),
        (B, 7, bulk, sent(2, 130)),
    ];
    assert_eq!(rows(&forwarder), expected, "the first word says what is sent, and the last one what comes");
    let delivered: u64 = forwarder.links().map(|(_, counts)| counts.packets_delivered).sum();
    assert_eq!(delivered, 2, "each packet that was delivered is among them");
}

#[test]
fn what_passes_through_is_dropped_or_stays_here_is_not_counted() {
    let mut forwarder = forwarder();
    come(&mut forwarder, A, packet(&[(100 + B) << 12 | 7, WEB << 12 | 7], BULK, &[]));
    come(&mut forwarder, B, packet(&[(100 + A) << 12 | 7, WEB << 12 | 7], BULK, &[]));
    come(&mut forwarder, A, packet(&[777 << 12 | 7], BULK, &[]));
    come(&mut forwarder, A, vec![0x10]);
    send(&mut forwarder, None, packet(&[WEB << 12 | 7], BULK, &[]));
    forwarder.deliver_loopback(&mut Recorder::default());
    assert_eq!(rows(&forwarder), []);
    send(&mut forwarder, Some(5), packet(&[WEB << 12], BULK, &[]));
    assert_eq!(rows(&forwarder), [], "no table has that link");
}

#[test]
fn a_question_for_this_vertex_is_one_that_came() {
    let mut forwarder = forwarder();
    come(&mut forwarder, A, packet(&[2 << 12 | 7], TrafficClass::Control, b"\x03TRQ"));
    let delivered = forwarder.link_counts(A).unwrap().packets_delivered;
    assert_eq!((delivered, rows(&forwarder)), (1, vec![(A, 7, TrafficClass::Control as u8, came(1, 20))]));
}

#[test]
fn a_flood_of_shares_leaves_those_in_use_and_is_bounded() {
    let mut forwarder = forwarder();
    let shares = SHARES_PER_LINK_MAX as u32;
    for round in 0..3 {
        for share in 1..=SHARE_MAX {
            come(&mut forwarder, A, packet(&[WEB << 12 | share], BULK, &[]));
            // Used each time, so that others make room.
            come(&mut forwarder, A, packet(&[WEB << 12 | 5], BULK, &[]));
            send(&mut forwarder, Some(A), packet(&[WEB << 12], BULK, &[]));
        }
        let rows = rows(&forwarder);
        assert_eq!(rows.len(), SHARES_PER_LINK_MAX + 1);
        let known: Vec<_> = rows.iter().map(|row| u32::from(row.1)).collect();
        let newest = SHARE_MAX + 2 - shares..=SHARE_MAX;
        assert_eq!(known, [0, 5].into_iter().chain(newest).collect::<Vec<_>>());
        let counts = |share| rows.iter().find(|row| row.1 == share).unwrap().3;
        let all = u64::from(SHARE_MAX) * (round + 1);
        assert_eq!(counts(0).sent_packets, all, "packets of no share have a place of their own");
        assert_eq!(counts(5).packets, all + round + 1);
        assert_eq!(counts(4_095).packets, 1, "a share that comes again begins anew");
    }
}

#[test]
fn another_link_in_a_slot_begins_anew() {
    let mut forwarder = forwarder();
    send(&mut forwarder, Some(B), packet(&[WEB << 12 | 7], BULK, &[]));
    let other = B + (1 << 20);
    forwarder.begin(2);
    forwarder.stage(2, Change::AddLink { link: A, label: 100 }).unwrap();
    forwarder.stage(2, Change::AddLink { link: other, label: 101 }).unwrap();
    forwarder.commit(2).unwrap();
    assert_eq!(rows(&forwarder), []);
    send(&mut forwarder, Some(B), packet(&[WEB << 12 | 7], BULK, &[]));
    assert_eq!(rows(&forwarder), [], "the link is gone");
    send(&mut forwarder, Some(other), packet(&[WEB << 12 | 7], BULK, &[]));
    assert_eq!(rows(&forwarder), [(other, 7, BULK as u8, sent(1, 16))]);
}
