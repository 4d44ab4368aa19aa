//! Packets that left before the path became another one say nothing of it.

use florenetes_engine::CongestionControl::Steady;
use florenetes_engine::{Credentials, Stats};

use crate::credentials::credentials;
use crate::flow::{End, Flow, Load, PAYLOAD_MAX, Sender};

/// The first window of a new connection.
const WINDOW_FIRST: u64 = 12_000;
/// The round trip that is assumed before one is known.
const RTT_FIRST_MS: f64 = 333.0;
const FORMER_DELAY: u64 = 60;
const DELAY: u64 = 10;

/// A sender and a receiver with so many milliseconds between them, each way, and any rate.
struct Pair {
    flow: Flow,
    credentials: Credentials,
    now: u64,
    delay: u64,
    /// When a packet arrives, and where.
    on_the_way: Vec<(u64, End, Vec<u8>)>,
    /// The sizes of the packets that the sender has sent since it moved.
    sizes: Vec<usize>,
}

impl Pair {
    /// Two ends after a second of bulk or more, when many packets are under way.
    fn busy(delay: u64) -> Self {
        let what = Sender { control: Steady, begins: 0.0, load: Load::Bulk, is_yielding: false };
        let flow = Flow::new(what, [1; 32]);
        let (on_the_way, sizes) = (Vec::new(), Vec::new());
        let mut pair = Self { flow, credentials: credentials(), now: 0, delay, on_the_way, sizes };
        pair.flow.handle_load(&pair.credentials, 0.0);
        // A window that grows without end would make the test long.
        pair.flow.sender().set_send_rate(1_000_000);
        for _ in 0..3_000 {
            pair.run(1);
            if pair.now > 1_000 && pair.under_way() > 50 {
                return pair;
            }
        }
        panic!("the path is never busy");
    }

    /// How many packets are on their way to the receiver.
    fn under_way(&self) -> usize {
        self.on_the_way.iter().filter(|(_, end, _)| *end == End::Receiver).count()
    }

    fn run(&mut self, milliseconds: u64) {
        for _ in 0..milliseconds {
            self.send();
            self.now += 1;
            let now = self.now as f64;
            let (due, later) = std::mem::take(&mut self.on_the_way).into_iter().partition(|(at, ..)| *at <= self.now);
            self.on_the_way = later;
            for (_, end, packet) in due {
                self.flow.handle_datagram(end, &packet, None, &self.credentials, now);
            }
            for end in [End::Sender, End::Receiver] {
                if self.flow.next_timeout(end) <= now {
                    self.flow.handle_timeout(end, now);
                }
            }
        }
    }

    fn send(&mut self) {
        for (end, to) in [(End::Sender, End::Receiver), (End::Receiver, End::Sender)] {
            while let Some((packet, _)) = self.flow.poll_transmit(end, self.now as f64) {
                if end == End::Sender {
                    self.sizes.push(packet.len());
                }
                self.on_the_way.push((self.now + self.delay, to, packet));
            }
        }
    }

    /// Takes all packets that are on the way.
    fn cut(&mut self) -> Vec<(u64, End, Vec<u8>)> {
        self.send();
        std::mem::take(&mut self.on_the_way)
    }

    /// The sender's packets take a path with this delay.
    fn begin_path(&mut self, delay: u64) {
        self.delay = delay;
        self.sizes.clear();
        self.flow.begin_path(self.now as f64);
    }

    fn stats(&mut self) -> Stats {
        self.flow.sender().stats()
    }

    fn is_anew(&mut self) -> bool {
        let Stats { rtt_ms, min_rtt_ms, congestion_window, delivery_rate, .. } = self.stats();
        (rtt_ms, min_rtt_ms, congestion_window, delivery_rate) == (RTT_FIRST_MS, 0.0, WINDOW_FIRST, 0)
    }
}

#[test]
fn window_round_trip_and_rate_begin_anew_and_the_size_stays() {
    let mut pair = Pair::busy(FORMER_DELAY);
    let before = pair.stats();
    assert!(before.congestion_window > 4 * WINDOW_FIRST && before.delivery_rate > 0, "{before:?}");
    assert!(before.rtt_ms >= 2.0 * FORMER_DELAY as f64 && before.rtt_ms < 200.0, "{before:?}");
    pair.cut();
    pair.begin_path(DELAY);
    assert!(pair.is_anew());
    pair.send();
    let first: usize = pair.sizes.iter().sum();
    assert!(first as u64 > WINDOW_FIRST / 2 && first as u64 <= WINDOW_FIRST + u64::from(PAYLOAD_MAX), "{first}");
    assert!(pair.sizes.iter().filter(|&&size| size == usize::from(PAYLOAD_MAX)).count() > 5, "{:?}", pair.sizes);
    pair.run(2 * DELAY + 2);
    let after = pair.stats();
    assert!((2.0 * DELAY as f64..3.0 * DELAY as f64).contains(&after.rtt_ms), "{after:?}");
    assert!(after.min_rtt_ms < 3.0 * DELAY as f64 && after.delivery_rate > 0, "{after:?}");
    assert!(after.packets_lost > before.packets_lost && after.packets_sent > before.packets_sent);
}

#[test]
fn late_acknowledgements_are_no_samples_and_do_not_open_the_window() {
    let mut pair = Pair::busy(FORMER_DELAY);
    let late: Vec<_> = pair.cut().into_iter().filter(|(_, end, _)| *end == End::Sender).collect();
    assert!(!late.is_empty());
    pair.begin_path(DELAY);
    let before = pair.flow.sender().acknowledgements();
    for (_, _, packet) in late {
        pair.flow.sender().handle_datagram(&packet, pair.now as f64);
    }
    assert!(pair.flow.sender().acknowledgements() > before);
    assert_eq!(pair.flow.sender().path_acknowledgements(), 0);
    assert!(pair.is_anew());
    pair.run(2 * DELAY + 2);
    assert!(pair.flow.sender().path_acknowledgements() > 0);
    assert!(pair.stats().congestion_window > WINDOW_FIRST);
}

#[test]
fn all_that_was_lost_on_the_former_path_is_sent_again_and_counts_as_no_congestion() {
    let mut pair = Pair::busy(FORMER_DELAY);
    let (lost, received) = (pair.stats().packets_lost, pair.flow.received);
    let cut = pair.under_way() as u64;
    pair.cut();
    pair.begin_path(DELAY);
    // The first round trip shows the losses, and all of the window that it opens is for what was lost.
    pair.run(2 * DELAY + 1);
    assert!(pair.stats().packets_lost >= lost + cut, "{} of {cut}", pair.stats().packets_lost - lost);
    assert!(pair.stats().congestion_window >= WINDOW_FIRST, "{:?}", pair.stats());
    let bytes = cut * u64::from(PAYLOAD_MAX);
    let (mut rounds, mut window) = (1, WINDOW_FIRST);
    while window < 2 * bytes {
        (rounds, window) = (rounds + 1, 2 * window);
    }
    pair.run(2 * DELAY * rounds);
    assert!(pair.flow.received > received + bytes, "{} {received} {bytes}", pair.flow.received);
}

#[test]
fn the_last_bytes_arrive_though_nothing_follows_them() {
    let load = Load::Bursts { bytes: 3_000, period: 1_000_000.0 };
    let mut pair = Pair::busy(FORMER_DELAY);
    pair.flow = Flow::new(Sender { control: Steady, begins: 0.0, load, is_yielding: false }, [2; 32]);
    pair.on_the_way.clear();
    pair.flow.handle_load(&pair.credentials, pair.now as f64);
    pair.run(10 * FORMER_DELAY);
    assert_eq!(pair.flow.received, 3_000);
    pair.flow.handle_load(&pair.credentials, pair.now as f64);
    assert!(pair.cut().len() >= 3);
    pair.begin_path(DELAY);
    // The PING takes a round trip, the bytes take half of one, and the peer may delay its acknowledgement.
    pair.run(3 * DELAY + 30);
    assert_eq!(pair.flow.received, 6_000);
}

#[test]
fn an_end_that_changes_its_path_all_the_time_keeps_its_connection() {
    let mut pair = Pair::busy(DELAY);
    let received = pair.flow.received;
    for round in 0..1_000 {
        pair.begin_path(if round % 2 == 0 { DELAY } else { FORMER_DELAY });
        pair.run(1);
    }
    pair.run(1_000);
    assert!(pair.flow.received > received + 100_000);
    assert!(!pair.flow.sender().is_closed());
}

#[test]
fn a_connection_that_is_not_up_or_over_takes_no_notice() {
    let what = Sender { control: Steady, begins: 0.0, load: Load::Bulk, is_yielding: false };
    let mut flow = Flow::new(what, [1; 32]);
    flow.handle_load(&credentials(), 0.0);
    flow.begin_path(1.0);
    assert!(flow.poll_transmit(End::Sender, 1.0).is_some());
    let mut pair = Pair::busy(DELAY);
    pair.flow.sender().close(0, "");
    pair.begin_path(DELAY);
    pair.run(100);
    assert!(pair.flow.sender().is_closed());
}
