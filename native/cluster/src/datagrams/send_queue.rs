use std::collections::{BTreeSet, HashMap, VecDeque};
use std::time::Instant;

use bytes::Bytes;

use super::Lost;
use super::frame::{Piece, frame, head_size, whole};
use crate::limits::{
    DATAGRAM_COST, FLOW_WAITING_BYTES_MAX, FLOW_WAITING_MAX, TURN_BYTES, WAITING_AGE_MAX, WAITING_BYTES_MAX,
};

/// Bounds for the size of a payload.
#[derive(Clone, Copy)]
pub(crate) struct Sizes {
    /// Bytes that a packet has room for.
    pub(crate) max: usize,
    /// Bytes that are still free in the next packet.
    pub(crate) left: usize,
    /// Whether a datagram that no packet has room for is dropped, and not cut into pieces.
    pub(crate) is_uncut: bool,
}

/// Datagrams of a connection's flows that wait to be sent. Datagrams of a flow keep their order; flows take turns by bytes (deficit round robin).
/// Where too many bytes wait, the oldest datagram of the flow with the most bytes is dropped.
#[derive(Default)]
pub(crate) struct SendQueue {
    flows: HashMap<u64, FlowQueue>,
    /// Flows with waiting datagrams, by their bytes.
    by_length: BTreeSet<(usize, u64)>,
    turns: VecDeque<u64>,
    bytes: usize,
}

#[derive(Default)]
struct FlowQueue {
    /// The waiting datagrams, each as the payload that would carry it whole, and since when they wait.
    waiting: VecDeque<(Instant, Bytes)>,
    bytes: usize,
    is_queued: bool,
    /// Bytes that the flow may still send in its turn.
    credit: isize,
    /// The cut of the first datagram, once some of its pieces have left.
    cut: Option<Cut>,
    /// The number for the next datagram that is cut into pieces.
    number: u16,
}

#[derive(Clone, Copy)]
struct Cut {
    number: u16,
    size: usize,
    next: u8,
    last: u8,
}

impl SendQueue {
    /// Bytes that all waiting datagrams cost.
    pub(crate) fn bytes(&self) -> usize {
        self.bytes
    }

    /// Queues a datagram. `lose` is called with the flow of each datagram that is dropped for it.
    pub(crate) fn push(&mut self, flow: u64, datagram: &[u8], now: Instant, mut lose: impl FnMut(u64)) {
        let payload = whole(flow, datagram);
        let cost = cost(&payload);
        while self.flows.get(&flow).is_some_and(|queue| !queue.has_room(cost)) {
            self.drop_first(flow);
            lose(flow);
        }
        let queue = self.flows.entry(flow).or_default();
        self.by_length.remove(&(queue.bytes, flow));
        queue.bytes += cost;
        self.bytes += cost;
        self.by_length.insert((queue.bytes, flow));
        queue.waiting.push_back((now, payload));
        if !std::mem::replace(&mut queue.is_queued, true) {
            self.turns.push_back(flow);
        }
        while self.bytes > WAITING_BYTES_MAX {
            let Some((_, longest)) = self.by_length.last().copied() else { return };
            self.drop_first(longest);
            lose(longest);
        }
    }

    /// The next payload, if it fits into the packet's free bytes. `lose` hears of datagrams that cannot be sent, or have waited for too long.
    pub(crate) fn pop(&mut self, sizes: Sizes, now: Instant, mut lose: impl FnMut(u64, Lost)) -> Option<Bytes> {
        loop {
            let flow = *self.turns.front()?;
            let queue = self.flows.get_mut(&flow).expect("it is queued");
            let Some((since, payload)) = queue.waiting.front() else {
                (queue.is_queued, queue.credit) = (false, queue.credit.min(0));
                self.turns.pop_front();
                continue;
            };
            if queue.cut.is_none() && *since + WAITING_AGE_MAX <= now {
                self.drop_first(flow);
                lose(flow, Lost::Late);
                continue;
            }
            if sizes.is_uncut && payload.len() > sizes.max {
                self.drop_first(flow);
                lose(flow, Lost::TooLarge);
                continue;
            }
            if queue.credit <= 0 {
                queue.credit += TURN_BYTES;
                self.turns.rotate_left(1);
                continue;
            }
            let is_whole = queue.cut.is_none() && payload.len() <= sizes.max;
            let next = match is_whole {
                true if payload.len() > sizes.left => Next::Later,
                true => Next::Payload(payload.clone()),
                false => queue.next_piece(flow, sizes),
            };
            let next = match next {
                Next::Later => return None,
                Next::Payload(payload) => {
                    queue.credit -= payload.len().cast_signed();
                    Some(payload)
                }
                Next::Never => None,
            };
            if queue.cut.is_none() {
                self.drop_first(flow);
            }
            match next {
                Some(payload) => return Some(payload),
                None => lose(flow, Lost::Queue),
            }
        }
    }

    /// Forgets a flow that has ended. Returns how many of its datagrams are not sent.
    pub(crate) fn forget(&mut self, flow: u64) -> usize {
        let Some(queue) = self.flows.remove(&flow) else { return 0 };
        self.bytes -= queue.bytes;
        self.by_length.remove(&(queue.bytes, flow));
        if queue.is_queued {
            self.turns.retain(|other| *other != flow);
        }
        queue.waiting.len()
    }

    /// Drops the first datagram of a flow, with its pieces that have not left yet.
    fn drop_first(&mut self, flow: u64) {
        let queue = self.flows.get_mut(&flow).expect("it has one");
        let Some((_, payload)) = queue.waiting.pop_front() else { return };
        self.by_length.remove(&(queue.bytes, flow));
        queue.cut = None;
        queue.bytes -= cost(&payload);
        self.bytes -= cost(&payload);
        if queue.bytes > 0 {
            self.by_length.insert((queue.bytes, flow));
        }
    }
}

impl FlowQueue {
    /// Whether one more datagram may wait. Alone, a datagram of any size may.
    fn has_room(&self, bytes: usize) -> bool {
        self.waiting.is_empty() || self.waiting.len() < FLOW_WAITING_MAX && self.bytes + bytes <= FLOW_WAITING_BYTES_MAX
    }

    /// The next piece of the first datagram. After the last piece, `cut` is none again.
    fn next_piece(&mut self, flow: u64, sizes: Sizes) -> Next {
        let Some((_, payload)) = self.waiting.front() else { return Next::Never };
        let body = &payload[head_size(flow, false)..];
        let cut = match self.cut.take() {
            None => {
                let number = self.number;
                self.number = number.wrapping_add(1);
                Cut::of(body.len(), sizes.max.saturating_sub(head_size(flow, true)), number)
            }
            begun => begun,
        };
        let Some(cut @ Cut { number, size, next: index, last }) = cut else { return Next::Never };
        let Some(bytes) = body.chunks(size).nth(index.into()) else { return Next::Never };
        let length = head_size(flow, true) + bytes.len();
        if length > sizes.max {
            return Next::Never;
        }
        if length > sizes.left {
            self.cut = Some(cut);
            return Next::Later;
        }
        self.cut = (index < last).then(|| Cut { next: index + 1, ..cut });
        Next::Payload(frame(flow, Some(Piece { number, index, last }), bytes))
    }
}

/// The next payload of a flow.
enum Next {
    Payload(Bytes),
    /// The packet has not enough free bytes for the next payload.
    Later,
    /// No packet has room for the next payload.
    Never,
}

fn cost(payload: &Bytes) -> usize {
    payload.len() + DATAGRAM_COST
}

impl Cut {
    /// Cuts a datagram into pieces of equal length, of which the last may be shorter. None: there would be too many pieces.
    fn of(length: usize, room: usize, number: u16) -> Option<Self> {
        let count = length.checked_div(room)? + usize::from(!length.is_multiple_of(room));
        let size = length.div_ceil(count);
        let last = u8::try_from(length.div_ceil(size) - 1).ok()?;
        Some(Self { number, size, next: 0, last })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::datagrams::{Joined, Joiner, decode};

    const SIZE_MAX: usize = 1_200;
    const SIZES: Sizes = sizes(SIZE_MAX, SIZE_MAX);

    const fn sizes(max: usize, left: usize) -> Sizes {
        Sizes { max, left, is_uncut: false }
    }

    fn start() -> (SendQueue, Instant) {
        (SendQueue::default(), Instant::now())
    }

    fn never(flow: u64, why: Lost) {
        panic!("{flow} {why:?}");
    }

    fn flow_of(payload: &[u8]) -> u64 {
        decode(payload).unwrap().flow
    }

    #[test]
    fn a_flow_keeps_its_order_and_flows_take_turns_by_bytes() {
        let (mut queue, now) = start();
        for index in 0..40 {
            queue.push(1, &[index; 1_000], now, |_| panic!());
        }
        for index in 0..40 {
            queue.push(2, &[index; 100], now, |_| panic!());
        }
        let (mut bytes, mut order) = ([0; 2], [0; 2]);
        for _ in 0..30 {
            let payload = queue.pop(SIZES, now, never).unwrap();
            let frame = decode(&payload).unwrap();
            let index = frame.flow as usize - 1;
            assert_eq!(frame.bytes[0], order[index]);
            order[index] += 1;
            bytes[index] += payload.len();
        }
        assert!(bytes[0].abs_diff(bytes[1]) <= 2 * TURN_BYTES as usize, "{bytes:?}");
        let rest = std::iter::from_fn(|| queue.pop(SIZES, now, never)).count();
        assert_eq!((rest, queue.bytes(), queue.by_length.len(), queue.turns.len()), (50, 0, 0, 0));
    }

    #[test]
    fn the_oldest_of_the_longest_flow_makes_room() {
        let (mut queue, now) = start();
        for index in 0..=FLOW_WAITING_MAX {
            let mut lost = 0;
            queue.push(1, &[index as u8], now, |flow| lost += flow);
            assert_eq!(lost, u64::from(index == FLOW_WAITING_MAX));
        }
        assert_eq!(queue.pop(SIZES, now, never).unwrap()[..], [1, 0, 1]);
        // Large datagrams are bounded in each flow …
        let mut lost = Vec::new();
        let most = FLOW_WAITING_BYTES_MAX / (65_000 + DATAGRAM_COST);
        for flow in 2..7 {
            for _ in 0..most {
                queue.push(flow, &[0; 65_000], now, |flow| lost.push(flow));
            }
        }
        // … and of all: four flows nearly have what a connection may.
        assert!(
            queue.bytes() <= WAITING_BYTES_MAX && !lost.is_empty() && lost.iter().all(|flow| *flow > 1),
            "{lost:?}"
        );
        lost.clear();
        queue.push(1, &[7], now, |flow| lost.push(flow));
        assert!(lost.is_empty());
        let mut alone = SendQueue::default();
        let most = FLOW_WAITING_BYTES_MAX / (65_510 + DATAGRAM_COST);
        for _ in 0..most + 2 {
            alone.push(1, &[0; 65_507], now, |flow| lost.push(flow));
        }
        assert_eq!((lost, alone.flows[&1].waiting.len()), (vec![1, 1], most));
    }

    #[test]
    fn what_has_waited_for_long_is_not_sent() {
        let (mut queue, now) = start();
        queue.push(1, b"old", now, |_| panic!());
        let later = now + WAITING_AGE_MAX / 2;
        queue.push(1, b"new", later, |_| panic!());
        let mut lost = Vec::new();
        let payload = queue.pop(SIZES, now + WAITING_AGE_MAX, |flow, why| lost.push((flow, why))).unwrap();
        assert_eq!((&payload[..], lost), (&b"\x01\x00new"[..], vec![(1, Lost::Late)]));
    }

    #[test]
    fn large_datagrams_are_cut_evenly_and_others_are_sent_between() {
        let (mut queue, now) = start();
        let large: Vec<u8> = (0..65_507_u32).map(|byte| (byte % 251) as u8).collect();
        queue.push(70, &large, now, |_| panic!());
        queue.push(2, b"small", now, |_| panic!());
        let (mut joiner, mut flows) = (Joiner::default(), Vec::new());
        let mut sizes = Vec::new();
        let joined = loop {
            let payload = queue.pop(SIZES, now, never).expect("it is not whole yet");
            assert!(payload.len() <= SIZE_MAX);
            flows.push(flow_of(&payload));
            let frame = decode(&payload).unwrap();
            let Some(piece) = frame.piece else { continue };
            sizes.push(frame.bytes.len());
            let joined = joiner.handle_piece((frame.flow, piece), frame.bytes, false, now, |_| panic!());
            if joined != Joined::Nothing {
                break joined;
            }
        };
        assert_eq!(joined, Joined::Whole(large));
        assert!(flows[..4].contains(&2), "{flows:?}");
        let last = sizes.pop().unwrap();
        assert!(sizes.iter().all(|size| *size == sizes[0]) && last <= sizes[0] && sizes[0] - last <= sizes.len());
        assert!(queue.pop(SIZES, now, never).is_none() && queue.bytes() == 0);
    }

    #[test]
    fn pieces_that_do_not_fit_any_more_are_not_sent() {
        let (mut queue, now) = start();
        queue.push(1, &[0; 3_000], now, |_| panic!());
        queue.push(1, b"next", now, |_| panic!());
        assert!(queue.pop(SIZES, now, never).is_some());
        let mut lost = Vec::new();
        let payload = queue.pop(sizes(600, 600), now, |flow, why| lost.push((flow, why))).unwrap();
        assert_eq!((&payload[..], lost), (&b"\x01\x00next"[..], vec![(1, Lost::Queue)]));
        queue.push(1, &[0; 65_507], now, |_| panic!());
        assert!(queue.pop(sizes(200, 200), now, |_, _| ()).is_none(), "there would be too many");
    }

    #[test]
    fn what_may_not_be_cut_is_dropped_when_no_packet_has_room_for_it() {
        let (mut queue, now) = start();
        let uncut = Sizes { is_uncut: true, ..SIZES };
        let head = head_size(1, false);
        for length in [SIZE_MAX - head + 1, SIZE_MAX - head, 65_507, 0] {
            queue.push(1, &vec![7; length], now, |_| panic!());
        }
        let mut lost = Vec::new();
        let mut pop = || queue.pop(uncut, now, |flow, why| lost.push((flow, why))).map(|payload| payload.len());
        assert_eq!([pop(), pop(), pop()], [Some(SIZE_MAX), Some(head), None]);
        assert_eq!((lost, queue.bytes()), (vec![(1, Lost::TooLarge); 2], 0));
    }

    #[test]
    fn any_calls_keep_its_books_right() {
        florenetes_fuzz::rounds(30, |_, random| {
            let (mut queue, start) = start();
            for step in 0..500 {
                let now = start + WAITING_AGE_MAX * step / 100;
                let flow = random.below(5) as u64;
                match random.below(8) {
                    0..4 => queue.push(flow, &vec![0; [0, 9, 1_500, 65_507][random.below(4)]], now, |_| ()),
                    4 if random.below(9) == 0 => _ = queue.forget(flow),
                    _ => {
                        let size_max = 300 + random.below(16_000);
                        let left = random.below(size_max + 1);
                        let is_uncut = random.below(2) == 0;
                        let payload = queue.pop(Sizes { max: size_max, left, is_uncut }, now, |_, _| ());
                        assert!(payload.is_none_or(|payload| payload.len() <= left && decode(&payload).is_some()));
                    }
                }
                let of = |queue: &FlowQueue| queue.waiting.iter().map(|(_, payload)| cost(payload)).sum::<usize>();
                assert!(
                    queue.flows.values().all(|flow| flow.bytes == of(flow) && flow.waiting.len() <= FLOW_WAITING_MAX)
                );
                assert_eq!(queue.bytes(), queue.flows.values().map(|flow| flow.bytes).sum::<usize>());
                assert_eq!(queue.turns.len(), queue.flows.values().filter(|flow| flow.is_queued).count());
                assert_eq!(queue.by_length.len(), queue.flows.values().filter(|flow| flow.bytes > 0).count());
                assert!(queue.bytes() <= WAITING_BYTES_MAX);
            }
        });
    }
}
