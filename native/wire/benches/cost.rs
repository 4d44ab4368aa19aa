//! The cost of a packet in the forwarder: nanoseconds by the number of labels, the best of many rounds.
//!
//! ```text
//! cargo bench -p florenetes-wire
//! ```

#![allow(clippy::print_stdout, reason = "its results")]

use florenetes_florio::frame::{append_packet, begin_data, packets_mut};
use florenetes_wire::mesh::{
    Arrival, Change, Forwarder, LinkState, Operation, Output, Question, Scope, Seeds, TransitLimits, Way, write_header,
};
use std::time::{Duration, Instant};

const PACKET_SIZE: usize = 1_280;
const FIRST_LABEL: u32 = 1_000;
/// Packets of each round, and how many rounds.
const PACKETS: usize = 4_096;
const ROUNDS: usize = 200;
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

/// Two links, and so many labels that go on as themselves.
fn forwarder(labels: u32) -> Forwarder {
    let limits = TransitLimits { packets_per_second: 1_000_000_000, bytes_per_second: 1_000_000_000_000 };
    let mut forwarder = Forwarder::new(limits, Seeds { packets: 1, table: 1 });
    forwarder.begin(1);
    let mut stage = |change| forwarder.stage(1, change).expect("the table is sound");
    stage(Change::AddLink { link: 0, label: 16 });
    stage(Change::AddLink { link: 1, label: 17 });
    for label in FIRST_LABEL..FIRST_LABEL + labels {
        let operation = Operation::Swap { out_link: 1, out_label: label };
        stage(Change::AddEntry { scope: Scope::Link(0), label, operation });
    }
    forwarder.commit(1).expect("it was begun");
    forwarder
}

/// Nanoseconds for a packet in frames of so many.
fn measure(labels: u32, per_frame: usize) -> f64 {
    let mut forwarder = forwarder(labels);
    let mut frames: Vec<Vec<u8>> = (0..PACKETS / per_frame).map(|_| Vec::new()).collect();
    let mut number = 0;
    for frame in &mut frames {
        begin_data(frame, 1);
        for _ in 0..per_frame {
            let mut packet = [0; PACKET_SIZE];
            let label = FIRST_LABEL + (number * STRIDE) as u32 % labels;
            let words = [label << 12, 900 << 12];
            let size = write_header(&mut packet, number as u64, words.into_iter(), 32);
            packet[size..size + 8].copy_from_slice(&number.to_be_bytes());
            append_packet(frame, &packet);
            number += 1;
        }
    }
    let mut best = Duration::MAX;
    let mut taken = Taken(0);
    for round in 0..ROUNDS {
        // The hop limit was lowered.
        frames.iter_mut().for_each(|frame| packets_mut(frame).for_each(|packet| packet[1] = 32));
        let start = Instant::now();
        for frame in &mut frames {
            forwarder.handle_frame(0, frame, Duration::from_millis(round as u64), &mut taken);
        }
        best = best.min(start.elapsed());
    }
    assert_eq!(taken.0, ROUNDS * PACKETS, "no packet was dropped");
    best.as_nanos() as f64 / PACKETS as f64
}

fn main() {
    for per_frame in [1, 32] {
        for labels in [1, 100, 10_000, 100_000, 1_000_000] {
            println!("{labels} labels, frames of {per_frame}: {:.0} ns", measure(labels, per_frame));
        }
    }
}
