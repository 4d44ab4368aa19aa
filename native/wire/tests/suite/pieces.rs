//! Packets in pieces, by the vectors that the TypeScript tests read, too: apps/link-flor.

use crate::fixtures::{bytes, hex, read_vectors};
use florenetes_wire::limits::{
    JOIN_SLOTS_MAX, JOIN_TIMEOUT, LINK_MTU, QUEUE_BYTES_MAX, QUEUE_PACKETS_MAX, QUEUE_RING_MIN,
};
use florenetes_wire::pieces::{DatagramSender, DatagramSink, JoinBuffers, Joiner, PIECE_HEADER_SIZE, piece_count};
use florenetes_wire::queue::{PacketQueue, Place};
use proptest::prelude::*;
use serde::Deserialize;
use std::time::Duration;

#[derive(Deserialize)]
struct PieceVectors {
    split: Vec<SplitVector>,
    joined: Vec<JoinedVector>,
    refused: Vec<RefusedVector>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct SplitVector {
    name: String,
    datagram_max: usize,
    packet: String,
    datagrams: Vec<String>,
}

#[derive(Deserialize)]
struct JoinedVector {
    name: String,
    packet: String,
    datagrams: Vec<String>,
}

#[derive(Deserialize)]
struct RefusedVector {
    name: String,
    datagrams: Vec<String>,
    refused: u64,
}

/// An engine that takes all while it is open.
#[derive(Default)]
struct Engine {
    is_full: bool,
    sent: Vec<Vec<u8>>,
}

impl DatagramSink for Engine {
    fn has_room(&self, _: usize) -> bool {
        !self.is_full
    }

    fn send(&mut self, datagram: &[u8]) -> bool {
        self.sent.push(datagram.to_vec());
        true
    }
}

/// The datagrams of a packet that had to wait.
fn split(packet: &[u8], datagram_max: usize) -> Vec<Vec<u8>> {
    let mut engine = Engine { is_full: true, ..Engine::default() };
    let mut sender = DatagramSender::new(datagram_max);
    let mut buffer = [&[0xa5], packet].concat();
    let end = buffer.len();
    assert!(sender.send(&mut buffer, 1..end, Place::PROBE, Duration::ZERO, &mut engine));
    engine.is_full = false;
    sender.refill(Duration::ZERO, &mut engine);
    engine.sent
}

/// The number of a packet is the sender's choice.
fn without_number(datagram: &[u8]) -> String {
    if datagram[0] == 0 { hex(datagram) } else { hex(&[&datagram[..1], &datagram[3..]].concat()) }
}

fn expect_to_join(name: &str, packet: &[u8], datagrams: &[String]) {
    let (mut joiner, mut buffers) = (Joiner::default(), JoinBuffers::default());
    for (index, datagram) in datagrams.iter().enumerate() {
        let joined = joiner.handle_piece(&bytes(datagram), Duration::ZERO, &mut buffers);
        assert_eq!(joined.is_some(), index + 1 == datagrams.len(), "{name}");
        assert!(joined.is_none_or(|joined| *joined == *packet), "{name}");
    }
}

#[test]
fn vectors() {
    let vectors: PieceVectors = read_vectors("apps/link-flor/vectors/pieces.json");
    for SplitVector { name, datagram_max, packet, datagrams } in &vectors.split {
        let packet = bytes(packet);
        let sent: Vec<String> = split(&packet, *datagram_max).iter().map(|datagram| without_number(datagram)).collect();
        let expected: Vec<String> = datagrams.iter().map(|text| without_number(&bytes(text))).collect();
        assert_eq!(sent, expected, "{name}");
        assert_eq!(piece_count(packet.len(), *datagram_max), datagrams.len(), "{name}");
        if datagrams.len() > 1 {
            expect_to_join(name, &packet, datagrams);
        }
    }
    for JoinedVector { name, packet, datagrams } in &vectors.joined {
        expect_to_join(name, &bytes(packet), datagrams);
    }
    for RefusedVector { name, datagrams, refused } in &vectors.refused {
        let (mut joiner, mut buffers) = (Joiner::default(), JoinBuffers::default());
        for datagram in datagrams {
            let joined = joiner.handle_piece(&bytes(datagram), Duration::ZERO, &mut buffers);
            assert_eq!(joined, None, "{name}");
        }
        assert_eq!(joiner.counts().pieces_refused, *refused, "{name}");
    }
}

#[test]
fn a_queue_is_bounded_in_packets_and_in_bytes() {
    for (size, most) in [(100, QUEUE_PACKETS_MAX), (LINK_MTU, QUEUE_BYTES_MAX / LINK_MTU)] {
        let mut queue = PacketQueue::default();
        let packet = vec![1; size];
        for waiting in 0..most {
            assert_eq!(queue.congested_classes() == 1, waiting >= most / 2, "{waiting} of {most}");
            assert!(queue.push(&packet, Place::of(&packet, None), Duration::ZERO));
        }
        let taken = (0..most).filter(|_| queue.push(&packet, Place::of(&packet, None), Duration::ZERO)).count();
        assert_eq!((taken, queue.counts()[0].dropped_full), (0, most as u64));
    }
}

#[test]
fn a_ring_that_is_full_to_the_last_byte_overwrites_nothing() {
    let size = 1_024 - PIECE_HEADER_SIZE;
    let whole = (QUEUE_RING_MIN / 1_024) as u8;
    let mut queue = PacketQueue::default();
    let push =
        |queue: &mut PacketQueue, number: u8| assert!(queue.push(&vec![number; size], Place::PROBE, Duration::ZERO));
    (0..whole).for_each(|number| push(&mut queue, number));
    assert_eq!(queue.memory(), QUEUE_RING_MIN);
    assert!(queue.poll_packet(Duration::ZERO).is_some());
    push(&mut queue, whole);
    assert_eq!(queue.memory(), QUEUE_RING_MIN, "it took the place of the one that left");
    push(&mut queue, whole + 1);
    for number in 1..=whole + 1 {
        assert_eq!(queue.poll_packet(Duration::ZERO).as_deref(), Some(&vec![number; size][..]));
    }
}

proptest! {
    #[test]
    fn pieces_in_any_order_make_their_packets(
        sizes in prop::collection::vec((1_300..=LINK_MTU, 1_200..1_300_usize), 1..=JOIN_SLOTS_MAX),
        seed in any::<u64>(),
    ) {
        let mut pieces = Vec::new();
        for (number, &(length, datagram_max)) in sizes.iter().enumerate() {
            let packet: Vec<u8> = (0..length).map(|at| (at * 31 + (at >> 8) + number) as u8).collect();
            for mut datagram in split(&packet, datagram_max) {
                datagram[2] = number as u8;
                pieces.push((datagram, packet.clone()));
            }
        }
        let order = |index: usize| (index as u64 + 1).wrapping_mul(seed | 1) >> 32;
        let mut indices: Vec<usize> = (0..pieces.len()).collect();
        indices.sort_by_key(|&index| order(index));
        let (mut joiner, mut buffers) = (Joiner::default(), JoinBuffers::default());
        let mut joined = 0;
        for index in indices {
            let (datagram, packet) = &pieces[index];
            if let Some(whole) = joiner.handle_piece(datagram, Duration::ZERO, &mut buffers) {
                prop_assert!(whole == &packet[..]);
                joined += 1;
            }
        }
        prop_assert_eq!((joined, joiner.incomplete(), joiner.counts().pieces_refused), (sizes.len(), 0, 0));
    }

    #[test]
    fn pieces_of_a_hostile_peer_cost_no_more_than_their_slots(
        datagrams in prop::collection::vec((any::<u8>(), 0..20_u8, 0..16_400_usize), 0..200),
    ) {
        let (mut joiner, mut buffers) = (Joiner::default(), JoinBuffers::default());
        for (now, (header, number, length)) in datagrams.iter().enumerate() {
            let datagram = [&[*header, 0, *number][..], &vec![7; *length]].concat();
            let now = Duration::from_millis(now as u64);
            if let Some(packet) = joiner.handle_piece(&datagram, now, &mut buffers) {
                prop_assert!(packet.len() <= LINK_MTU);
            }
            prop_assert!(joiner.incomplete() <= JOIN_SLOTS_MAX);
        }
        joiner.handle_timeout(Duration::from_millis(datagrams.len() as u64) + JOIN_TIMEOUT, &mut buffers);
        prop_assert_eq!((joiner.incomplete(), joiner.next_timeout()), (0, None));
    }
}
