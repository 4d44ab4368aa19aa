//! Bounds for the guessing of labels.

use super::header::Packet;
use super::mix::mix;
use crate::limits::{GUESS_BUCKETS, GUESSES, GUESSES_PER_SECOND, LABEL_MAX};
use crate::slot::slot_of;

/// The levels on which guesses are counted: the in-link, a vertex behind it, and a vertex behind that. Each level has a quarter of the guesses of the
/// level above.
const LEVELS: usize = 3;
const SHARE: u64 = 4;
/// Stands in the place of a label where no further vertex is.
const NO_LABEL: u32 = LABEL_MAX + 1;
/// Separates packets out of LSPs from others.
const IN_LSP: u32 = LABEL_MAX + 2;
/// The cost of a guess on the first level, where a millisecond brings `GUESSES_PER_SECOND`. On each further level a guess costs `SHARE` times as
/// much.
const GUESS: u64 = 1000;
const FULL: u64 = GUESSES * GUESS;

/// Bounds how many unknown labels can be tried from each origin. Each label costs once, so a neighbour with an old config, which sends the same label
/// for ever, uses up hardly anything. After too many guesses from an origin, packets from there that would start something get no answer
/// (`is_blind`), so that even a right guess reveals nothing. Transit and existing connections go on.
///
/// The origin of a packet is its in-link, which is certain, and the two labels before its cursor: an honest neighbour wrote one, and the vertex
/// before it the other. A vertex can invent the labels of the vertices behind it, but then uses up only the share of its own level, and not that of
/// the vertices beside it.
///
/// For a packet at the end of an LSP, the LSP's label and the word before it tell less. If the neighbour wrote the label, the packet crossed the LSP
/// with words that its sender may have invented. If a vertex behind the neighbour wrote it, the label itself is the sender's choice, and the word
/// before is certain. So such a packet counts by each of them alone: by that word on the second level, and by the LSP's label on the third.
pub(super) struct LabelGuesses {
    seed: u32,
    /// A bit for each label that was tried; made with the first one.
    tried: Option<Box<[u64]>>,
    links: Vec<Bucket>,
    /// The buckets of the further levels, by a keyed hash.
    behind: [Box<[Bucket]>; LEVELS - 1],
    /// The number of guesses, by in-link.
    counts: Vec<u64>,
}

#[derive(Clone, Copy)]
struct Bucket {
    left: u64,
    filled_at: u64,
}

const NEW: Bucket = Bucket { left: FULL, filled_at: 0 };

/// The word at which a packet was read.
#[derive(Clone, Copy, Debug)]
pub(super) struct Reading {
    pub(super) in_link: u32,
    /// The packet's cursor when it came.
    pub(super) came_at: usize,
    /// The index of the word. It is behind that cursor if LSPs end before it.
    pub(super) at: usize,
}

impl LabelGuesses {
    pub(super) fn new(seed: u32) -> Self {
        let level = || vec![NEW; GUESS_BUCKETS].into_boxed_slice();
        Self { seed, tried: None, links: Vec::new(), behind: [level(), level()], counts: Vec::new() }
    }

    /// Begins the counters of a link in a slot.
    pub(super) fn add_link(&mut self, slot: usize) {
        let links = self.links.len().max(slot + 1);
        self.links.resize(links, NEW);
        self.counts.resize(links, 0);
        (self.links[slot], self.counts[slot]) = (NEW, 0);
    }

    /// How many labels were guessed over the link in a slot.
    pub(super) fn count(&self, slot: usize) -> u64 {
        self.counts.get(slot).copied().unwrap_or(0)
    }

    /// Counts a label that is unknown on the in-link. True: with this guess there are too many. `now` is in milliseconds.
    pub(super) fn handle_unknown(&mut self, packet: &Packet<impl AsRef<[u8]>>, reading: Reading, now: u64) -> bool {
        let label = packet.label(reading.at);
        let (word, bit) = (label as usize / 64, 1 << (label % 64));
        let tried = self.tried.get_or_insert_with(|| vec![0; (LABEL_MAX as usize + 1) / 64].into());
        if tried[word] & bit != 0 {
            return false;
        }
        let places = self.places_of(packet, reading);
        if !self.has_left(places, now) {
            return false;
        }
        self.counts[slot_of(reading.in_link)] += 1;
        if let Some(tried) = &mut self.tried {
            tried[word] |= bit;
        }
        let mut is_last = false;
        for (level, place) in places.into_iter().enumerate() {
            let bucket = self.bucket(level, place);
            bucket.left -= cost(level);
            is_last |= bucket.left < cost(level);
        }
        is_last
    }

    /// Whether too many labels were guessed from the origin of a delivered packet. `now` is in milliseconds.
    pub(super) fn is_blind(&mut self, packet: &Packet<impl AsRef<[u8]>>, reading: Reading, now: u64) -> bool {
        if self.tried.is_none() {
            return false;
        }
        let places = self.places_of(packet, reading);
        !self.has_left(places, now)
    }

    fn places_of(&self, packet: &Packet<impl AsRef<[u8]>>, reading: Reading) -> [usize; LEVELS] {
        let Reading { in_link, came_at, at } = reading;
        let link = mix(self.seed, in_link);
        let before = label_before(packet, came_at);
        let (second, third) = if at == came_at {
            let neighbour = mix(link, before);
            (neighbour, mix(neighbour, label_before(packet, came_at.saturating_sub(1))))
        } else {
            let lsps = mix(link, IN_LSP);
            (mix(lsps, before), mix(lsps, packet.label(came_at)))
        };
        [slot_of(in_link), second as usize % GUESS_BUCKETS, third as usize % GUESS_BUCKETS]
    }

    /// Refills the buckets of a packet's origin by the elapsed time. Returns whether all have room for a guess.
    fn has_left(&mut self, places: [usize; LEVELS], now: u64) -> bool {
        let mut has_left = true;
        for (level, place) in places.into_iter().enumerate() {
            let bucket = self.bucket(level, place);
            let earned = now.saturating_sub(bucket.filled_at).saturating_mul(GUESSES_PER_SECOND);
            bucket.left = bucket.left.saturating_add(earned).min(FULL);
            bucket.filled_at = now;
            has_left &= bucket.left >= cost(level);
        }
        has_left
    }

    fn bucket(&mut self, level: usize, place: usize) -> &mut Bucket {
        match level {
            0 => &mut self.links[place],
            _ => &mut self.behind[level - 1][place],
        }
    }
}

fn cost(level: usize) -> u64 {
    GUESS * SHARE.pow(level as u32)
}

fn label_before(packet: &Packet<impl AsRef<[u8]>>, at: usize) -> u32 {
    at.checked_sub(1).map_or(NO_LABEL, |before| packet.label(before))
}
