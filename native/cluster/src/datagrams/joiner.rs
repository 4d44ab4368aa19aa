use std::collections::{BTreeMap, HashMap};
use std::time::Instant;

use super::frame::Piece;
use crate::limits::{DATAGRAM_SIZE_MAX, JOINED_BYTES_MAX, UNFINISHED_AGE_MAX, UNFINISHED_MAX};

/// The cost of an unfinished datagram beside its bytes.
const UNFINISHED_COST: usize = 256;
/// Buffers of finished datagrams that are kept for the next ones.
const SPARE_MAX: usize = 4;

/// Joins the pieces of datagrams, for all flows of a connection. Where a flow has too many unfinished datagrams, or all flows too many bytes, the
/// oldest unfinished datagram is given up.
#[derive(Default)]
pub(crate) struct Joiner {
    /// Unfinished datagrams of each flow, the oldest first.
    flows: HashMap<u64, Vec<Unfinished>>,
    /// Unfinished datagrams of all flows, the oldest first.
    in_order: BTreeMap<u64, (Instant, u64)>,
    next: u64,
    bytes: usize,
    spare: Vec<Vec<u8>>,
}

/// The result of a piece.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Joined {
    /// Pieces are still missing, or this piece came for the second time.
    Nothing,
    /// The piece contradicts the others of its datagram.
    Malformed,
    /// No memory is left for the datagram.
    NoRoom,
    Whole(Vec<u8>),
}

struct Unfinished {
    order: u64,
    number: u16,
    last: u8,
    /// A bit for each piece that has come.
    have: [u64; 4],
    missing: usize,
    /// Bytes of each piece but the last, once any of these has come.
    size: Option<usize>,
    /// Room for all pieces, once their size is known.
    bytes: Vec<u8>,
    tail: Vec<u8>,
}

impl Unfinished {
    fn cost(&self) -> usize {
        UNFINISHED_COST + self.bytes.capacity().max(self.tail.len())
    }

    fn has(&self, index: u8) -> bool {
        self.have[usize::from(index / 64)] & 1 << (index % 64) != 0
    }

    /// Adds a piece. False: it contradicts the datagram's other pieces.
    fn put(&mut self, piece: Piece, bytes: &[u8], spare: &mut Vec<Vec<u8>>) -> bool {
        let (index, last) = (usize::from(piece.index), usize::from(self.last));
        if piece.last != self.last {
            return false;
        }
        if piece.index < self.last {
            let size = *self.size.get_or_insert(bytes.len());
            if bytes.len() != size || last * size + self.tail.len().max(1) > DATAGRAM_SIZE_MAX || self.tail.len() > size
            {
                return false;
            }
            if self.bytes.is_empty() {
                self.bytes = spare.pop().unwrap_or_default();
                self.bytes.clear();
                // The last piece is no longer than the others: the buffer never grows.
                self.bytes.reserve_exact((last + 1) * size);
                self.bytes.resize(last * size + self.tail.len(), 0);
                let tail = std::mem::take(&mut self.tail);
                self.bytes[last * size..].copy_from_slice(&tail);
            }
            self.bytes[index * size..][..size].copy_from_slice(bytes);
        } else if let Some(size) = self.size {
            if bytes.len() > size || last * size + bytes.len() > DATAGRAM_SIZE_MAX {
                return false;
            }
            self.bytes.extend_from_slice(bytes);
        } else {
            self.tail = bytes.to_vec();
        }
        self.have[index / 64] |= 1 << (index % 64);
        self.missing -= 1;
        true
    }
}

impl Joiner {
    /// Bytes that are kept, of unfinished datagrams and of spare buffers.
    pub(crate) fn bytes(&self) -> usize {
        self.bytes + self.spare.iter().map(Vec::capacity).sum::<usize>()
    }

    /// Takes a piece. `lose` is called with the flow of each datagram that was given up for it.
    pub(crate) fn handle_piece(
        &mut self,
        (flow, piece): (u64, Piece),
        bytes: &[u8],
        is_short: bool,
        now: Instant,
        mut lose: impl FnMut(u64),
    ) -> Joined {
        let unfinished = self.flows.entry(flow).or_default();
        let at = match unfinished.iter().position(|it| it.number == piece.number) {
            Some(at) => at,
            None if is_short => {
                self.forget_empty(flow);
                return Joined::NoRoom;
            }
            None => {
                if unfinished.len() >= UNFINISHED_MAX {
                    // The piece is of a datagram that was given up before.
                    if unfinished.iter().all(|it| it.number.wrapping_sub(piece.number) < 1 << 15) {
                        return Joined::Nothing;
                    }
                    self.give_up(flow, 0);
                    lose(flow);
                }
                self.begin(flow, piece, now)
            }
        };
        let Some(unfinished) = self.flows.get_mut(&flow).and_then(|flow| flow.get_mut(at)) else {
            return Joined::Nothing;
        };
        if unfinished.last == piece.last && unfinished.has(piece.index) {
            return Joined::Nothing;
        }
        let before = unfinished.cost();
        let is_fine = unfinished.put(piece, bytes, &mut self.spare);
        self.bytes = self.bytes + unfinished.cost() - before;
        let (is_whole, is_empty) = (unfinished.missing == 0, unfinished.missing > usize::from(unfinished.last));
        if is_whole {
            return Joined::Whole(self.remove(flow, at));
        }
        if !is_fine {
            if is_empty {
                self.give_up(flow, at);
            }
            return Joined::Malformed;
        }
        while self.bytes() > JOINED_BYTES_MAX {
            if self.spare.pop().is_some() {
                continue;
            }
            let Some((order, (_, oldest))) = self.in_order.first_key_value() else { break };
            let (order, oldest) = (*order, *oldest);
            let at = self.flows[&oldest].iter().position(|it| it.order == order).expect("it is in its order");
            self.give_up(oldest, at);
            lose(oldest);
        }
        Joined::Nothing
    }

    /// Takes back a buffer that was given out. A connection without unfinished datagrams keeps no memory.
    pub(crate) fn recycle(&mut self, buffer: Vec<u8>) {
        if !self.in_order.is_empty() && self.spare.len() < SPARE_MAX {
            self.spare.push(buffer);
        }
    }

    /// Gives up all datagrams of a flow that has ended.
    pub(crate) fn forget(&mut self, flow: u64) {
        while self.flows.contains_key(&flow) {
            self.give_up(flow, 0);
        }
    }

    pub(crate) fn next_timeout(&self) -> Option<Instant> {
        self.in_order.first_key_value().map(|(_, (until, _))| *until)
    }

    /// Gives up datagrams whose pieces have not come in time; `lose` is called with the flow of each.
    pub(crate) fn handle_timeout(&mut self, now: Instant, mut lose: impl FnMut(u64)) {
        while let Some((order, (until, flow))) = self.in_order.first_key_value().map(|(key, value)| (*key, *value)) {
            if until > now {
                return;
            }
            let at = self.flows[&flow].iter().position(|it| it.order == order).expect("it is in its order");
            self.give_up(flow, at);
            lose(flow);
        }
    }

    fn begin(&mut self, flow: u64, piece: Piece, now: Instant) -> usize {
        let order = self.next;
        self.next += 1;
        self.in_order.insert(order, (now + UNFINISHED_AGE_MAX, flow));
        let Piece { number, last, .. } = piece;
        let (missing, bytes, tail) = (usize::from(last) + 1, Vec::new(), Vec::new());
        let unfinished = Unfinished { order, number, last, have: [0; 4], missing, size: None, bytes, tail };
        self.bytes += unfinished.cost();
        let all = self.flows.entry(flow).or_default();
        all.push(unfinished);
        all.len() - 1
    }

    fn give_up(&mut self, flow: u64, at: usize) {
        let buffer = self.remove(flow, at);
        self.recycle(buffer);
    }

    fn remove(&mut self, flow: u64, at: usize) -> Vec<u8> {
        let all = self.flows.get_mut(&flow).expect("it has some");
        let unfinished = all.remove(at);
        self.bytes -= unfinished.cost();
        self.in_order.remove(&unfinished.order);
        if self.in_order.is_empty() {
            self.spare = Vec::new();
        }
        self.forget_empty(flow);
        unfinished.bytes
    }

    fn forget_empty(&mut self, flow: u64) {
        if self.flows.get(&flow).is_some_and(Vec::is_empty) {
            self.flows.remove(&flow);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    fn piece(number: u16, index: u8, last: u8) -> Piece {
        Piece { number, index, last }
    }

    struct Bench {
        joiner: Joiner,
        start: Instant,
        lost: Vec<u64>,
    }

    impl Bench {
        fn new() -> Self {
            Self { joiner: Joiner::default(), start: Instant::now(), lost: Vec::new() }
        }

        fn take(&mut self, flow: u64, piece: Piece, bytes: &[u8]) -> Joined {
            let Self { joiner, start, lost } = self;
            joiner.handle_piece((flow, piece), bytes, false, *start, |flow| lost.push(flow))
        }

        fn is_empty(&self) -> bool {
            let Joiner { flows, in_order, bytes, .. } = &self.joiner;
            flows.is_empty() && in_order.is_empty() && *bytes == 0 && self.joiner.bytes() == 0
        }
    }

    #[test]
    fn pieces_in_any_order_make_a_datagram() {
        let mut bench = Bench::new();
        let pieces: [&[u8]; 3] = [b"abc", b"def", b"g"];
        for order in [[0, 1, 2], [2, 1, 0], [1, 2, 0], [2, 0, 1], [0, 2, 1], [1, 0, 2]] {
            for (place, index) in order.into_iter().enumerate() {
                let joined = bench.take(1, piece(7, index, 2), pieces[usize::from(index)]);
                let expected = if place == 2 { Joined::Whole(b"abcdefg".to_vec()) } else { Joined::Nothing };
                assert_eq!(joined, expected, "{order:?}");
                if place < 2 {
                    assert_eq!(bench.take(1, piece(7, index, 2), pieces[usize::from(index)]), Joined::Nothing);
                }
            }
            assert!(bench.is_empty());
        }
        assert!(bench.lost.is_empty());
    }

    #[test]
    fn pieces_that_do_not_go_together_are_malformed() {
        for (first, second) in [
            ((piece(1, 0, 2), 3), (piece(1, 1, 2), 2)),
            ((piece(1, 0, 2), 3), (piece(1, 1, 2), 4)),
            ((piece(1, 0, 2), 3), (piece(1, 2, 2), 4)),
            ((piece(1, 2, 2), 4), (piece(1, 0, 2), 3)),
            ((piece(1, 0, 2), 3), (piece(1, 1, 3), 3)),
            ((piece(1, 0, 1), 65_506), (piece(1, 1, 1), 2)),
        ] {
            let mut bench = Bench::new();
            assert_eq!(bench.take(1, first.0, &vec![1; first.1]), Joined::Nothing);
            let cost = bench.joiner.bytes;
            assert_eq!(bench.take(1, second.0, &vec![1; second.1]), Joined::Malformed, "{first:?} {second:?}");
            assert_eq!(bench.joiner.bytes, cost);
        }
        let mut bench = Bench::new();
        for too_large in [(piece(1, 0, 255), 300), (piece(1, 0, 1), 65_507), (piece(1, 7, 8), 8_189)] {
            assert_eq!(bench.take(1, too_large.0, &vec![1; too_large.1]), Joined::Malformed, "{too_large:?}");
            assert!(bench.is_empty());
        }
        assert_eq!(bench.take(1, piece(1, 0, 1), &[1; 65_506]), Joined::Nothing);
        assert_eq!(bench.take(1, piece(1, 1, 1), &[1]), Joined::Whole(vec![1; 65_507]));
    }

    #[test]
    fn a_newer_datagram_pushes_the_oldest_out_and_not_the_other_way_round() {
        let mut bench = Bench::new();
        for number in 0..=UNFINISHED_MAX as u16 {
            assert_eq!(bench.take(1, piece(number.wrapping_sub(2), 0, 1), b"a"), Joined::Nothing);
        }
        assert_eq!(bench.lost, [1]);
        assert_eq!(bench.take(1, piece(0_u16.wrapping_sub(2), 1, 1), b"b"), Joined::Nothing, "it has made room");
        assert_eq!(bench.lost, [1]);
        assert_eq!(bench.take(1, piece(0_u16.wrapping_sub(1), 1, 1), b"b"), Joined::Whole(b"ab".to_vec()));
        // Another flow has its own bound.
        assert_eq!(bench.take(2, piece(5, 0, 1), b"a"), Joined::Nothing);
        bench.joiner.forget(1);
        assert_eq!(bench.lost, [1]);
        bench.joiner.forget(2);
        assert!(bench.is_empty());
    }

    #[test]
    fn all_flows_together_keep_so_many_bytes() {
        let mut bench = Bench::new();
        for flow in 0..10_000 {
            bench.take(flow, piece(0, 0, 1), &[0; 200]);
            assert!(bench.joiner.bytes <= JOINED_BYTES_MAX);
        }
        assert!(bench.lost.len() > 9_000 && bench.lost.is_sorted());
        let is_short = bench.joiner.handle_piece((1 << 40, piece(0, 0, 1)), b"a", true, bench.start, |_| ());
        assert_eq!(is_short, Joined::NoRoom);
        let (end, kept) = (bench.start + UNFINISHED_AGE_MAX, 10_000 - bench.lost.len());
        assert_eq!(bench.joiner.next_timeout(), Some(end));
        let mut lost = 0;
        bench.joiner.handle_timeout(end - Duration::from_millis(1), |_| lost += 1);
        assert_eq!(lost, 0);
        bench.joiner.handle_timeout(end, |_| lost += 1);
        assert_eq!(lost, kept);
        assert!(bench.is_empty());
    }

    #[test]
    fn a_connection_without_unfinished_datagrams_keeps_no_memory_and_with_them_tells_of_all() {
        let mut bench = Bench::new();
        for number in 0..4 {
            assert_eq!(bench.take(1, piece(number, 0, 255), &[1]), Joined::Nothing);
        }
        assert_eq!(bench.take(1, piece(4, 0, 1), &[7; 60_000]), Joined::Nothing);
        bench.take(2, piece(0, 0, 1), &[7; 60_000]);
        bench.joiner.forget(2);
        let unfinished = bench.joiner.bytes;
        assert!(bench.joiner.bytes() >= unfinished + 60_000, "a spare buffer is memory");
        bench.joiner.forget(1);
        assert!(bench.is_empty());
        bench.joiner.recycle(vec![0; 60_000]);
        assert!(bench.is_empty());
    }

    #[test]
    fn any_pieces_keep_its_books_right() {
        florenetes_fuzz::rounds(30, |_, random| {
            let mut bench = Bench::new();
            for step in 0..500 {
                let last = 1 + random.below(3) as u8;
                let index = random.below(usize::from(last) + 1) as u8;
                let (flow, number) = (random.below(3) as u64, random.below(8) as u16);
                let size = [1, 7, 7, 7, 30_000][random.below(5)];
                bench.take(flow, piece(number, index, last), &vec![step as u8; size]);
                if random.below(40) == 0 {
                    bench.joiner.forget(flow);
                }
                let all = || bench.joiner.flows.values().flatten();
                assert_eq!(bench.joiner.bytes, all().map(Unfinished::cost).sum::<usize>());
                assert_eq!(bench.joiner.in_order.len(), all().count());
                assert!(bench.joiner.flows.values().all(|flow| (1..=UNFINISHED_MAX).contains(&flow.len())));
                assert!(bench.joiner.bytes <= JOINED_BYTES_MAX);
            }
        });
    }
}
