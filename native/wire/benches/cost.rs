//! The cost of a packet in the forwarder: nanoseconds by the number of labels, and by what opens a pair of links; the best of many rounds.
//!
//! ```text
//! cargo bench -p florenetes-wire
//! ```

#![allow(clippy::print_stdout, reason = "its results")]

use florenetes_florio::frame::{append_packet, begin_data};
use florenetes_wire::mesh::{
    Allowance, Arrival, Change, Forwarder, LinkState, Operation, Output, Question, Scope, Seeds, TransitLimits, Way,
    write_header,
};
use std::time::{Duration, Instant};

const PACKET_SIZE: usize = 1_280;
const FIRST_LABEL: u32 = 1_000;
/// Packets of each round, and how many rounds.
const PACKETS: usize = 4_096;
const ROUNDS: usize = 200;
const SHARE_STRIDE: u16 = 61;
const SERVICE: u32 = 900;
/// Labels behind which the next ones are looked up: far apart, and in no order.
const STRIDE: usize = 7_919;

/// A link that takes all.
struct Taken(usize);

impl Output for Taken {
    fn link(&self, _: u32) -> LinkState {
        LinkState { is_up: true, mtu: 16_384, preferred_mtu: 16_384 }
    }

    fn send_packet(&mut self, _: Way, _: &mut [u8]) -> bool {
        self.0 += 1;
        true
    }

    fn send_frame(&mut self, _: Way, _: &mut [u8], packets: usize) -> bool {
        self.0 += packets;
        true
    }

    fn deliver(&mut self, _: &mut Arrival<'_>) {}
    fn handle_turn_end(&mut self) {}
    fn handle_guessing(&mut self, _: u32) {}
    fn handle_question(&mut self, _: Question<'_>) {}
}

/// A forwarder with two links, and further changes of its table.
fn forwarder(changes: impl Iterator<Item = Change>) -> Forwarder {
    let limits = TransitLimits { packets_per_second: 1_000_000_000, bytes_per_second: 1_000_000_000_000 };
    let mut forwarder = Forwarder::new(limits, Seeds { packets: 1, table: 1 });
    forwarder.begin(1);
    let mut stage = |change| forwarder.stage(1, change).expect("the table is sound");
    stage(Change::AddLink { link: 0, label: 16 });
    stage(Change::AddLink { link: 1, label: 17 });
    changes.for_each(stage);
    forwarder.commit(1).expect("it was begun");
    forwarder
}

/// So many labels that go on as themselves.
fn swaps(labels: u32) -> impl Iterator<Item = Change> {
    (FIRST_LABEL..FIRST_LABEL + labels).map(|label| {
        let operation = Operation::Swap { out_link: 1, out_label: label };
        Change::AddEntry { scope: Scope::Link(0), label, operation }
    })
}

/// Nanoseconds for a packet in frames of so many. `word_of` makes the word that packet number n is forwarded by.
fn measure(mut forwarder: Forwarder, per_frame: usize, word_of: impl Fn(usize) -> u32) -> f64 {
    let mut frames: Vec<Vec<u8>> = (0..PACKETS / per_frame).map(|_| Vec::new()).collect();
    let mut number = 0;
    for frame in &mut frames {
        begin_data(frame, 1);
        for _ in 0..per_frame {
            let mut packet = [0; PACKET_SIZE];
            let word = word_of(number);
            let words = [word, 900 << 12 | word & 0xfff];
            let size = write_header(&mut packet, number as u64, words.into_iter(), 32);
            packet[size..size + 8].copy_from_slice(&number.to_be_bytes());
            append_packet(frame, &packet);
            number += 1;
        }
    }
    let mut best = Duration::MAX;
    let mut taken = Taken(0);
    let before = frames.clone();
    for round in 0..ROUNDS {
        frames.iter_mut().zip(&before).for_each(|(frame, before)| frame.copy_from_slice(before));
        let start = Instant::now();
        for frame in &mut frames {
            forwarder.handle_frame(0, frame, Duration::from_millis(round as u64), &mut taken);
        }
        best = best.min(start.elapsed());
    }
    assert_eq!(taken.0, ROUNDS * PACKETS, "no packet was dropped");
    best.as_nanos() as f64 / PACKETS as f64
}

/// Nanoseconds for a packet that crosses a pair of links by an adjacency label.
fn cross(changes: impl Iterator<Item = Change>, share_of: impl Fn(usize) -> u32) -> f64 {
    measure(forwarder(changes), 32, |number| 17 << 12 | share_of(number))
}

/// A service here.
fn service() -> impl Iterator<Item = Change> {
    let operation = Operation::Deliver { service: 0 };
    [Change::AddEntry { scope: Scope::All, label: SERVICE, operation }].into_iter()
}

/// Nanoseconds for a packet that is delivered here, and for one of the vertex's own that a link takes. `share_of` makes the share of packet number n.
fn exchange(share_of: impl Fn(usize) -> u32) -> (f64, f64) {
    let mut packets: Vec<Vec<u8>> = Vec::new();
    for number in 0..PACKETS {
        let mut packet = vec![0; PACKET_SIZE];
        write_header(&mut packet, number as u64, [SERVICE << 12 | share_of(number)].into_iter(), 32);
        packets.push(packet);
    }
    let mut forwarder = forwarder(service());
    let mut taken = Taken(0);
    let (mut delivered, mut sent) = (Duration::MAX, Duration::MAX);
    for round in 0..ROUNDS {
        let start = Instant::now();
        for packet in &mut packets {
            forwarder.handle_packet(0, packet, Duration::from_millis(round as u64), &mut taken);
        }
        delivered = delivered.min(start.elapsed());
        let start = Instant::now();
        for packet in &mut packets {
            forwarder.send_from_here(Some(1), packet, &mut taken);
        }
        sent = sent.min(start.elapsed());
    }
    assert_eq!(taken.0, ROUNDS * PACKETS, "no packet was dropped");
    let each = |all: Duration| all.as_nanos() as f64 / PACKETS as f64;
    (each(delivered), each(sent))
}

fn permit(share: u16, allowance: Option<Allowance>) -> Change {
    Change::Permit { in_link: 0, out_link: 1, share, allowance }
}

/// Permits of a pair for so many shares, and for none.
fn permits(shares: u16, allowance: Option<Allowance>) -> impl Iterator<Item = Change> {
    (0..=shares).map(move |number| permit(number * SHARE_STRIDE, allowance))
}

fn main() {
    let allowance = Some(Allowance { classes: 0x3f, bits_per_second: 1_000_000_000_000_000 });
    println!("an open pair: {:.1} ns", cross([permit(0, None)].into_iter(), |_| 0));
    println!("a pair with a permit: {:.1} ns", cross([permit(0, allowance)].into_iter(), |_| 0));
    for shares in [1, 8, 64] {
        let next = |number: usize| u32::from(SHARE_STRIDE) * (1 + (number * STRIDE) as u32 % u32::from(shares));
        println!("one of {shares} shares: {:.1} ns", cross(permits(shares, allowance), next));
    }
    println!("no share beside 64: {:.1} ns", cross(permits(64, allowance), |_| 0));
    for shares in [0, 1, 2, 64, 4_095] {
        let (delivered, sent) = exchange(|number| if shares == 0 { 0 } else { 1 + number as u32 % shares });
        println!("an own packet, {shares} shares in turn: delivered {delivered:.1} ns, sent {sent:.1} ns");
    }
    for per_frame in [1, 32] {
        for labels in [1, 100, 10_000, 100_000, 1_000_000] {
            let word_of = |number: usize| (FIRST_LABEL + (number * STRIDE) as u32 % labels) << 12;
            let cost = measure(forwarder(swaps(labels)), per_frame, word_of);
            println!("{labels} labels, frames of {per_frame}: {cost:.0} ns");
        }
    }
}
