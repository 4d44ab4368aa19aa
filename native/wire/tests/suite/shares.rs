//! Shares of a class in the queue of a link: equal parts, bounds, and what invented shares are worth. `test-e2e/test/native-pieces.test.ts` holds the
//! order to that of the TypeScript, packet by packet.

use florenetes_wire::limits::{
    LINK_MTU, QUEUE_CLASS_PARTS, QUEUE_GROUPS, QUEUE_PACKETS_MAX, QUEUE_RING_MAX, QUEUE_SHARES,
};
use florenetes_wire::mesh::{TrafficClass, write_header};
use florenetes_wire::queue::{PacketQueue, Place};
use proptest::prelude::*;
use std::collections::HashMap;
use std::time::Duration;

const NOW: Duration = Duration::from_secs(1);
/// The offset of the payload behind two words.
const BODY: usize = 20;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Sender {
    in_link: u32,
    class: TrafficClass,
    share: u32,
    connection: u64,
    length: usize,
}

impl Sender {
    fn of(share: u32, connection: u64) -> Self {
        Self { in_link: 1, class: TrafficClass::Bulk, share, connection, length: 1_000 }
    }

    /// A packet whose first word has been read, with a number in its payload.
    fn packet(self, number: u32) -> Vec<u8> {
        let mut packet = vec![number as u8; self.length.max(BODY + 4)];
        write_header(&mut packet, self.connection, [77 << 12 | self.share, 88 << 12].into_iter(), 32);
        self.class.write(&mut packet);
        packet[3] = 1;
        packet[BODY..BODY + 4].copy_from_slice(&number.to_be_bytes());
        packet
    }
}

fn number_of(packet: &[u8]) -> usize {
    u32::from_be_bytes(packet[BODY..BODY + 4].try_into().unwrap()) as usize
}

fn push(queue: &mut PacketQueue, of: Sender, number: usize) -> bool {
    let packet = of.packet(number as u32);
    queue.push(&packet, Place::of(&packet, Some(of.in_link)), NOW)
}

/// The bytes that each sender has of so many packets, where each has two packets waiting at any time.
fn share(queue: &mut PacketQueue, senders: &[Sender], packets: usize) -> Vec<usize> {
    let mut sent = vec![0; senders.len()];
    let mut waiting = vec![0; senders.len()];
    for _ in 0..packets {
        for (index, sender) in senders.iter().enumerate() {
            while waiting[index] < 2 {
                assert!(push(queue, *sender, index));
                waiting[index] += 1;
            }
        }
        let packet = queue.poll_packet(NOW).expect("some wait");
        let index = number_of(packet);
        sent[index] += packet.len();
        waiting[index] -= 1;
    }
    sent
}

#[test]
fn a_share_has_its_half_beside_one_with_a_hundred_connections() {
    for class in [TrafficClass::Interactive, TrafficClass::Reliable, TrafficClass::Bulk, TrafficClass::Droppable] {
        // Two packets of each have to find room.
        let connections = (QUEUE_PACKETS_MAX / QUEUE_CLASS_PARTS[class as usize] / 2 - 1).min(100) as u64;
        let crowd = (0..connections).map(|connection| Sender { class, length: 700, ..Sender::of(8, connection) });
        let mut senders: Vec<_> = crowd.collect();
        senders.push(Sender { class, ..Sender::of(7, 3) });
        let sent = share(&mut PacketQueue::default(), &senders, 2_000);
        let (alone, all) = (*sent.last().unwrap(), sent.iter().sum::<usize>());
        assert!(alone * 100 >= all * 49 && alone * 100 <= all * 51, "{class:?}: {alone} of {all}");
    }
}

#[test]
fn a_share_that_comes_back_has_its_turn_at_once_and_no_credit() {
    let mut queue = PacketQueue::default();
    let (busy, back) = (Sender::of(1, 0), Sender::of(2, 0));
    share(&mut queue, &[back], 10);
    while queue.poll_packet(NOW).is_some() {}
    share(&mut queue, &[busy], 1_000);
    for _ in 0..100 {
        push(&mut queue, busy, 0);
        push(&mut queue, back, 1);
    }
    let turns: Vec<_> = (0..100).map(|_| number_of(queue.poll_packet(NOW).expect("some wait"))).collect();
    assert!(turns[..2].contains(&1));
    assert!(turns.iter().sum::<usize>().abs_diff(50) <= 1);
}

#[test]
fn a_share_that_fills_the_queue_drops_its_own_packets() {
    let mut queue = PacketQueue::default();
    for packet in 0..2 * QUEUE_PACKETS_MAX {
        push(&mut queue, Sender::of(1, packet as u64), 0);
    }
    for _ in 0..100 {
        assert!(push(&mut queue, Sender::of(2, 0), 1) && push(&mut queue, Sender::of(0, 0), 1));
    }
    let mut left = 0;
    while let Some(packet) = queue.poll_packet(NOW) {
        left += number_of(packet);
    }
    assert_eq!(left, 200);
}

fn invented() -> impl Strategy<Value = Vec<Sender>> {
    prop::collection::vec(
        (1..4_096_u32, 0..256_u64).prop_map(|(share, connection)| Sender::of(share, connection)),
        1..40,
    )
}

fn any_sender() -> impl Strategy<Value = Sender> {
    let length = prop_oneof![9 => 24..300_usize, 1 => Just(LINK_MTU)];
    let class = (0..TrafficClass::ALL.len()).prop_map(|class| TrafficClass::ALL[class]);
    let share = prop_oneof![0..4_096_u32, 0..40_u32];
    // Each in-link has a place of its own: who comes to share one may overtake what waits of it elsewhere.
    (0..QUEUE_GROUPS as u32 - 1, class, share, 0..40_u64, length)
        .prop_map(|(in_link, class, share, connection, length)| Sender { in_link, class, share, connection, length })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(30))]

    #[test]
    fn invented_shares_leave_packets_without_one_their_place(mut senders in invented()) {
        senders.push(Sender::of(0, 0));
        let sent = share(&mut PacketQueue::default(), &senders, 3_000);
        let all = sent.iter().sum::<usize>();
        prop_assert!(sent.last().unwrap() * QUEUE_SHARES * 50 >= all * 49, "{sent:?}");
    }

    #[test]
    fn invented_shares_take_nothing_from_another_in_link(mut senders in invented(), own in 0..4_096_u32) {
        senders.push(Sender { in_link: 2, ..Sender::of(own, 0) });
        let sent = share(&mut PacketQueue::default(), &senders, 1_000);
        let all = sent.iter().sum::<usize>();
        prop_assert!((2 * sent.last().unwrap()).abs_diff(all) <= 4_000, "{sent:?}");
    }

    #[test]
    fn packets_come_out_once_and_in_the_order_of_their_connections(
        steps in prop::collection::vec(prop::option::weighted(0.6, any_sender()), 0..3_000),
    ) {
        let mut queue = PacketQueue::default();
        let mut waiting = HashMap::new();
        let mut last = HashMap::new();
        let mut steps: Vec<_> = steps.into_iter().enumerate().collect();
        steps.extend((0..QUEUE_PACKETS_MAX).map(|_| (0, None)));
        let senders: HashMap<_, _> = steps.iter().filter_map(|(number, of)| Some((*number, (*of)?))).collect();
        for (number, step) in steps {
            match step {
                Some(of) => {
                    push(&mut queue, of, number);
                    waiting.insert(number, of.packet(number as u32));
                }
                None => if let Some(packet) = queue.poll_packet(NOW) {
                    let number = number_of(packet);
                    let pushed = waiting.remove(&number);
                    prop_assert_eq!(pushed.as_deref(), Some(&*packet));
                    let Sender { in_link, class, share, connection, .. } = senders[&number];
                    // Control beyond its share goes through another class.
                    if class != TrafficClass::Control {
                        let before = last.insert((in_link, class as u8, share, connection), number);
                        prop_assert!(before.is_none_or(|before| before < number));
                    }
                }
            }
            prop_assert!(queue.len() <= QUEUE_PACKETS_MAX && queue.memory() <= QUEUE_RING_MAX);
        }
        let dropped: u64 = queue.counts().iter().map(|counts| counts.dropped_full + counts.dropped_late).sum();
        prop_assert_eq!(waiting.len() as u64, dropped);
        queue.trim();
        queue.trim();
        prop_assert_eq!((queue.len(), queue.memory()), (0, 0));
    }
}
