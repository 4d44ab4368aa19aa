//! The cost of a packet that waits for its link: nanoseconds to put it into the queue, to take it out and to hand it to the engine, the best of
//! many rounds. Copying is in it.
//!
//! ```text
//! cargo bench -p florenetes-wire --bench queue
//! ```

#![allow(clippy::print_stdout, reason = "its results")]

use florenetes_wire::limits::LINK_MTU;
use florenetes_wire::mesh::write_header;
use florenetes_wire::pieces::{DatagramSender, DatagramSink, PIECE_HEADER_SIZE};
use florenetes_wire::queue::Place;
use std::hint::black_box;
use std::time::{Duration, Instant};

const ROUNDS: usize = 2_000;
/// The offset of the index of the word that the next vertex reads.
const CURSOR: usize = 3;

/// An engine that throws all away.
struct Engine {
    is_full: bool,
}

impl DatagramSink for Engine {
    fn has_room(&self, _: usize) -> bool {
        !self.is_full
    }

    fn send(&mut self, datagram: &[u8]) -> bool {
        black_box(datagram);
        true
    }
}

/// Senders of all that the queue holds.
struct Crowd {
    name: &'static str,
    classes: u8,
    links: u32,
    /// The number of shares; 1: packets have none.
    shares: u32,
    connections: u64,
}

fn packet_of(crowd: &Crowd, number: usize, size: usize) -> (Vec<u8>, u32) {
    let mut packet = vec![0; PIECE_HEADER_SIZE + size];
    let connection = number as u64 / 6 % crowd.connections;
    let share = number as u32 % crowd.shares;
    write_header(&mut packet[PIECE_HEADER_SIZE..], connection, [1 << 12 | share, 1 << 12].into_iter(), 32);
    packet[PIECE_HEADER_SIZE + CURSOR] = 1;
    packet[PIECE_HEADER_SIZE] |= (number as u8 % crowd.classes) << 1;
    (packet, number as u32 / 7 % crowd.links)
}

/// Nanoseconds for a packet, where so many wait before any leaves.
fn measure(crowd: &Crowd, size: usize, waiting: usize) -> f64 {
    let mut packets: Vec<_> = (0..waiting).map(|number| packet_of(crowd, number, size)).collect();
    let mut sender = DatagramSender::new(LINK_MTU + PIECE_HEADER_SIZE);
    let mut engine = Engine { is_full: true };
    let mut best = Duration::MAX;
    for round in 0..ROUNDS {
        let now = Duration::from_millis(round as u64);
        engine.is_full = true;
        let start = Instant::now();
        for (packet, link) in &mut packets {
            let range = PIECE_HEADER_SIZE..packet.len();
            let place = Place::of(&packet[PIECE_HEADER_SIZE..], Some(*link));
            assert!(sender.send(packet, range, place, now, &mut engine));
        }
        engine.is_full = false;
        sender.refill(now, &mut engine);
        best = best.min(start.elapsed());
    }
    best.as_nanos() as f64 / waiting as f64
}

fn main() {
    let crowds = [
        Crowd { name: "one connection", classes: 1, links: 1, shares: 1, connections: 1 },
        Crowd { name: "16 connections of one link", classes: 1, links: 1, shares: 1, connections: 16 },
        Crowd { name: "a million connections of 31 links", classes: 1, links: 31, shares: 1, connections: 1 << 20 },
        Crowd { name: "the same in three classes", classes: 3, links: 31, shares: 1, connections: 1 << 20 },
        Crowd { name: "16 connections of 2 shares", classes: 1, links: 1, shares: 2, connections: 16 },
        Crowd { name: "16 connections of 16 shares", classes: 1, links: 1, shares: 16, connections: 16 },
        Crowd { name: "a million connections of 40 shares", classes: 1, links: 1, shares: 40, connections: 1 << 20 },
    ];
    for crowd in crowds {
        for (size, waiting) in [(64, 20), (64, 60), (1_280, 20), (1_280, 60), (4_200, 60)] {
            println!("{}, {waiting} of {size} bytes: {:.0} ns", crowd.name, measure(&crowd, size, waiting));
        }
    }
}
