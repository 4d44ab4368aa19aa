//! Packets that wait for a link. Their order is that of the TypeScript, which `test-e2e/test/native-pieces.test.ts` compares packet by packet, and whose
//! tests say which it is: apps/link-flor/test/quic-link/queue.

use florenetes_wire::limits::{
    CONTROL_BURST, LINK_MTU, QUEUE_BYTES_MAX, QUEUE_CLASS_PARTS, QUEUE_PACKETS_MAX, QUEUE_RING_MAX,
};
use florenetes_wire::mesh::{TrafficClass, write_header};
use florenetes_wire::queue::{PacketQueue, Place};
use proptest::prelude::*;
use std::collections::HashMap;
use std::time::Duration;

const NOW: Duration = Duration::from_secs(1);

fn packet_of(class: TrafficClass, connection: u64, length: usize) -> Vec<u8> {
    let mut packet = vec![0; length.max(16)];
    write_header(&mut packet, connection, [1 << 12].into_iter(), 32);
    packet[0] |= (class as u8) << 1;
    packet
}

fn push(queue: &mut PacketQueue, packet: &[u8], in_link: u32) -> bool {
    queue.push(packet, Place::of(packet, Some(in_link)), NOW)
}

#[test]
fn connections_that_are_invented_cost_nothing() {
    let mut queue = PacketQueue::default();
    let honest = packet_of(TrafficClass::Reliable, u64::MAX, 65);
    for connection in 0..100_000 {
        push(&mut queue, &packet_of(TrafficClass::Reliable, connection, 65), 1);
        if connection % 1_000 == 999 {
            assert!(push(&mut queue, &honest, 2), "whoever holds less finds room");
            let is_honest = |packet: Option<&mut [u8]>| packet.is_some_and(|packet| *packet == *honest);
            let turns = [is_honest(queue.poll_packet(NOW)), is_honest(queue.poll_packet(NOW))];
            assert!(turns.contains(&true), "and has his turn");
        }
    }
    assert!(queue.len() >= QUEUE_PACKETS_MAX - 2);
    assert!(queue.memory() <= 128 * 1024);
}

#[test]
fn a_neighbour_who_marks_all_as_control_gains_nothing() {
    let mut queue = PacketQueue::default();
    let packets = [packet_of(TrafficClass::Control, 0, 1_000), packet_of(TrafficClass::Reliable, 0, 1_000)];
    let (mut sent, mut waiting) = ([0_usize; 2], [0; 2]);
    for _ in 0..10_000 {
        for link in 0..2 {
            while waiting[link] < 8 {
                assert!(push(&mut queue, &packets[link], link as u32));
                waiting[link] += 1;
            }
        }
        let first = queue.poll_packet(NOW).expect("some wait")[0];
        let link = usize::from(first == packets[1][0]);
        sent[link] += 1;
        waiting[link] -= 1;
    }
    assert!(sent[0].abs_diff(sent[1]) <= 2 * CONTROL_BURST / 1_000, "{sent:?}");
}

#[test]
fn classes_are_bounded_in_packets_and_bytes() {
    for class in TrafficClass::ALL {
        let part = QUEUE_CLASS_PARTS[class as usize];
        for (length, most) in [(20, QUEUE_PACKETS_MAX / part), (LINK_MTU, QUEUE_BYTES_MAX / part / LINK_MTU)] {
            let mut queue = PacketQueue::default();
            // Control of one link is little.
            for link in 0..2 * QUEUE_PACKETS_MAX as u32 {
                push(&mut queue, &packet_of(class, 0, length), link);
            }
            while queue.poll_packet(NOW).is_some() {}
            assert_eq!(queue.counts()[class as usize].packets_sent, most as u64, "{class:?}");
        }
    }
}

#[derive(Clone, Debug)]
enum Step {
    Push(usize, u32, usize),
    Poll,
    Trim,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        5 => (0..6_usize, 0..3_u32, 24..3_000_usize).prop_map(|(class, link, length)| Step::Push(class, link, length)),
        1 => (0..6_usize, 0..3_u32, 24..=LINK_MTU).prop_map(|(class, link, length)| Step::Push(class, link, length)),
        4 => Just(Step::Poll),
        1 => Just(Step::Trim),
    ];
    prop::collection::vec(step, 0..3_000)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    #[test]
    fn packets_come_out_as_they_went_in(steps in steps()) {
        let mut queue = PacketQueue::default();
        let mut waiting: HashMap<u64, Vec<u8>> = HashMap::new();
        for (number, step) in steps.into_iter().enumerate() {
            match step {
                Step::Push(class, link, length) => {
                    let number = number as u64;
                    let mut packet = packet_of(TrafficClass::ALL[class], number, length);
                    packet[16..].fill(number as u8);
                    push(&mut queue, &packet, link);
                    waiting.insert(number, packet);
                }
                Step::Poll => {
                    if let Some(packet) = queue.poll_packet(NOW) {
                        let number = u64::from_be_bytes(packet[4..12].try_into().unwrap());
                        let pushed = waiting.remove(&number);
                        prop_assert_eq!(pushed.as_deref(), Some(&*packet));
                    }
                }
                Step::Trim => queue.trim(),
            }
            prop_assert!(queue.len() <= QUEUE_PACKETS_MAX && queue.memory() <= QUEUE_RING_MAX);
        }
    }
}
