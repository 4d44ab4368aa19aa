//! Packets and pieces that anybody could send: nothing panics, and what is joined is what came.

use florenetes_fuzz::rounds;
use florenetes_segments::{HEADER_SIZE, Joiner, Packets, cut};

const ROUNDS: u64 = 20_000;

/// Segments of both versions, without right checksums.
fn corpus() -> Vec<Vec<u8>> {
    let tcp = [&[0x10, 0, 1, 0xbb, 0, 0, 0, 1, 0, 0, 0, 2, 0x50, 0x10, 1, 0, 0, 0, 0, 0][..], &[7; 60]].concat();
    let v4 = [&[0x45, 0, 0, 100, 0, 1, 0x40, 0, 64, 6, 0, 0, 10, 0, 0, 1, 10, 0, 0, 2][..], &tcp].concat();
    let v6 = [&[0x60, 0, 0, 0, 0, 80, 6, 64][..], &[0xfd; 32], &tcp].concat();
    vec![v4, v6]
}

#[test]
fn packets_of_hostile_senders() {
    let corpus = corpus();
    let mut joiner = Joiner::default();
    rounds(ROUNDS, |_, random| {
        let packets: Vec<_> = (0..random.below(6)).map(|_| random.mutate(&corpus)).collect();
        let bytes = packets.concat();
        let mut lengths: Vec<u32> = packets.iter().map(|packet| packet.len() as u32).collect();
        if random.below(9) == 0 {
            lengths.push(random.number() as u32);
        }
        let mut out = vec![0; bytes.len() + HEADER_SIZE * lengths.len()];
        let mut ends = vec![0; lengths.len()];
        let count = joiner.join(Packets { bytes: &bytes, lengths: &lengths }, &mut out, &mut ends);
        assert!(count <= packets.len().max(lengths.len()));
        assert!(ends[..count].is_sorted() && ends[..count].last().is_none_or(|end| *end as usize <= out.len()));
    });
}

#[test]
fn pieces_that_lie() {
    let headers = [[1, 1, 40, 0, 9, 0, 20, 0, 16, 0], [1, 4, 60, 0, 9, 0, 40, 0, 16, 0], [0; HEADER_SIZE]];
    let pieces: Vec<_> =
        headers.iter().flat_map(|it| corpus().into_iter().map(|packet| [&it[..], &packet].concat())).collect();
    let (mut out, mut lengths) = (vec![0; 4_096], vec![0; 64]);
    rounds(ROUNDS, |_, random| {
        let piece = random.mutate(&pieces);
        let Ok(count) = cut(&piece, &[0], &mut out, &mut lengths) else { return };
        let bytes: u64 = lengths[..count].iter().map(|length| u64::from(*length)).sum();
        assert!((1..=lengths.len()).contains(&count) && bytes <= out.len() as u64);
    });
}
