//! Packets that wait for a link, in the order of the TypeScript: `test-e2e/test/native-pieces.test.ts` compares the two packet by packet, and tests
//! in apps/link-flor/test/quic-link/queue say what the order is.

use florenetes_wire::limits::{LINK_MTU, QUEUE_BYTES_MAX, QUEUE_CLASS_PARTS, QUEUE_PACKETS_MAX, QUEUE_RING_MAX};
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
fn classes_of_an_in_link_are_bounded_in_packets_and_bytes() {
    for class in TrafficClass::ALL {
        let part = QUEUE_CLASS_PARTS[class as usize];
        for (length, most) in [(20, QUEUE_PACKETS_MAX / part), (LINK_MTU, QUEUE_BYTES_MAX / part / LINK_MTU)] {
            // Control counts as reliable once it has had what may go ahead, before its bytes are many.
            if class == TrafficClass::Control && length == LINK_MTU {
                continue;
            }
            let mut queue = PacketQueue::default();
            for _ in 0..2 * QUEUE_PACKETS_MAX {
                push(&mut queue, &packet_of(class, 0, length), 1);
            }
            while queue.poll_packet(NOW).is_some() {}
            assert_eq!(queue.counts()[class as usize].packets_sent, most as u64, "{class:?}");
        }
    }
}

/// A sender behind a link: its packets have these marks and lengths, over and over.
type Sender = (Vec<usize>, Vec<usize>);

fn senders() -> impl Strategy<Value = Vec<Sender>> {
    let length = prop_oneof![4 => 20..1_500_usize, 1 => 1_500..=LINK_MTU];
    prop::collection::vec((prop::collection::vec(0..6_usize, 1..8), prop::collection::vec(length, 1..8)), 2..8)
}

/// A queue in which each of some senders always has a packet.
struct Crowd {
    queue: PacketQueue,
    senders: Vec<Sender>,
    waiting: Vec<usize>,
    pushed: Vec<usize>,
    /// The bytes of each sender that were sent.
    sent: Vec<usize>,
}

impl Crowd {
    fn new(senders: Vec<Sender>) -> Self {
        let zeros = vec![0; senders.len() + 1];
        let (waiting, pushed, sent) = (zeros.clone(), zeros.clone(), zeros);
        Self { queue: PacketQueue::default(), senders, waiting, pushed, sent }
    }

    fn fill(&mut self) {
        for link in 0..self.senders.len() {
            while self.waiting[link] < 3 {
                let (marks, lengths) = &self.senders[link];
                let number = self.pushed[link];
                let class = TrafficClass::ALL[marks[number % marks.len()]];
                let length = lengths[number % lengths.len()];
                self.pushed[link] += 1;
                assert!(self.push(link, class, length));
            }
        }
    }

    fn push(&mut self, link: usize, class: TrafficClass, length: usize) -> bool {
        let mut packet = packet_of(class, 0, length);
        packet[12] = link as u8;
        self.waiting[link] += 1;
        push(&mut self.queue, &packet, link as u32)
    }

    /// Sends a packet; returns its sender.
    fn poll(&mut self) -> usize {
        let packet = self.queue.poll_packet(NOW).expect("some wait");
        let link = usize::from(packet[12]);
        self.sent[link] += packet.len();
        self.waiting[link] -= 1;
        link
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

    #[test]
    fn in_links_get_equal_shares_whatever_they_mark(senders in senders()) {
        let links = senders.len();
        let mut crowd = Crowd::new(senders);
        for _ in 0..600 {
            crowd.fill();
            crowd.poll();
            let sent = &crowd.sent[..links];
            let apart = sent.iter().max().unwrap() - sent.iter().min().unwrap();
            prop_assert!(apart <= 2 * LINK_MTU, "{sent:?}");
        }
    }

    #[test]
    fn a_packet_in_a_hurry_within_its_share_waits_for_one_of_each_other_in_link(
        senders in senders(),
        calls in prop::collection::vec((0..3_usize, 20..1_500_usize), 1..20),
    ) {
        let links = senders.len();
        let mut crowd = Crowd::new(senders);
        let (mut before, mut owed) = (crowd.sent.clone(), 0);
        for (hurried, length) in calls {
            // The call keeps to its share: each sender that waits has sent as many bytes as the last packet in a hurry had.
            crowd.fill();
            while (0..links).any(|link| crowd.sent[link] - before[link] < owed) {
                crowd.poll();
                crowd.fill();
            }
            let class = [TrafficClass::Control, TrafficClass::Dns, TrafficClass::Interactive][hurried];
            prop_assert!(crowd.push(links, class, length));
            let mut waited_for = vec![0; links];
            loop {
                let link = crowd.poll();
                if link == links {
                    break;
                }
                waited_for[link] += 1;
                crowd.fill();
            }
            prop_assert!(waited_for.iter().all(|packets| *packets <= 1), "{waited_for:?}");
            (before, owed) = (crowd.sent.clone(), length);
        }
    }
}
