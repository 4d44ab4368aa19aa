//! Good packets, frames and pieces with bytes changed, cut, doubled and joined: nothing panics, nothing is lost uncounted and
//! nothing is kept beyond its bound.

mod fixtures;

use fixtures::{Recorder, TableVector, bytes, read_vectors};
use florenetes_florio::frame::{Verdict, append_packet, begin_data, check, has_room};
use florenetes_fuzz::rounds;
use florenetes_wire::limits::{JOIN_SLOTS_MAX, LINK_MTU};
use florenetes_wire::mesh::Forwarder;
use florenetes_wire::pieces::{JoinBuffers, Joiner};
use serde_json::Value;
use std::collections::BTreeMap;
use std::time::Duration;

const ROUNDS: u64 = 20_000;

/// All strings of some fields in a file of vectors.
fn corpus(path: &str, fields: &[&str]) -> Vec<Vec<u8>> {
    fn collect(value: &Value, fields: &[&str], found: &mut Vec<Vec<u8>>) {
        match value {
            Value::Object(object) => object.iter().for_each(|(name, value)| match value {
                Value::String(text) if fields.contains(&name.as_str()) => found.push(bytes(text)),
                Value::Array(items) if fields.contains(&name.as_str()) => {
                    found.extend(items.iter().filter_map(Value::as_str).map(bytes));
                }
                _ => collect(value, fields, found),
            }),
            Value::Array(items) => items.iter().for_each(|item| collect(item, fields, found)),
            _ => {}
        }
    }
    let mut found = Vec::new();
    collect(&read_vectors(path), fields, &mut found);
    assert!(found.len() > 10, "{path} has inputs");
    found
}

/// Forwarders of all tables in the vectors.
fn forwarders() -> Vec<Forwarder> {
    #[derive(serde::Deserialize)]
    struct Tables {
        tables: BTreeMap<String, TableVector>,
    }
    let Tables { tables } = read_vectors("packages/forwarding/vectors/table.json");
    tables.values().map(|table| table.forwarder().0).collect()
}

#[test]
fn every_packet_of_a_frame_is_counted_once() {
    let packets = corpus("packages/forwarding/vectors/table.json", &["packet", "result"]);
    let frames = corpus("packages/florio/vectors/frames.json", &["hex"]);
    let mut forwarders = forwarders();
    let mut recorder = Recorder::default();
    let mut taken = 0;
    rounds(ROUNDS, |round, random| {
        let mut made = Vec::new();
        begin_data(&mut made, 1);
        for _ in 0..random.below(5) {
            let packet = random.mutate(&packets);
            if !packet.is_empty() && has_room(&made, packet.len()) {
                append_packet(&mut made, &packet);
            }
        }
        let mut frame = if random.below(4) == 0 { random.mutate(&frames) } else { random.mutate(&[made]) };
        let Verdict::Data { packets, .. } = check(&frame) else { return };
        let at = random.below(forwarders.len());
        let forwarder = &mut forwarders[at];
        let in_link = random.below(forwarder.links().count()) as u32;
        let handled = |forwarder: &Forwarder| {
            let counts = forwarder.link_counts(in_link).unwrap();
            counts.packets_forwarded + counts.packets_delivered + counts.drops.iter().sum::<u64>()
        };
        let before = handled(forwarder);
        forwarder.handle_frame(in_link, &mut frame, Duration::from_millis(round), &mut recorder);
        assert_eq!(handled(forwarder) - before, packets as u64);
        taken += recorder.packets.drain(..).count();
    });
    assert!(taken > 1_000, "packets still went somewhere: {taken}");
}

#[test]
fn pieces_are_kept_within_their_bounds() {
    let pieces = corpus("apps/link-flor/vectors/pieces.json", &["datagrams"]);
    let (mut joiner, mut buffers) = (Joiner::default(), JoinBuffers::default());
    rounds(ROUNDS, |round, random| {
        let datagram = random.mutate(&pieces);
        let now = Duration::from_millis(round);
        if let Some(packet) = joiner.handle_piece(&datagram, now, &mut buffers) {
            assert!(!packet.is_empty() && packet.len() <= LINK_MTU);
        }
        assert!(joiner.incomplete() <= JOIN_SLOTS_MAX);
        joiner.handle_timeout(now, &mut buffers);
        assert!(joiner.next_timeout().is_none_or(|time| time > now));
    });
    assert!(joiner.counts().joined > 0, "some packets were whole");
}
