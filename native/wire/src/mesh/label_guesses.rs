//! Labels that mean nothing here, and how many of them may be tried.

use super::header::Packet;
use super::mix::mix;
use crate::limits::{GUESS_BUCKETS, GUESSES, GUESSES_PER_SECOND, LABEL_MAX};
use crate::slot::slot_of;

/// The levels that guesses are counted on: an in-link, a vertex behind it, a vertex behind that. Each has a quarter of the
/// guesses of the level above it.
const LEVELS: usize = 3;
const SHARE: u64 = 4;
/// Stands where the label of a further vertex would, and is none.
const NO_LABEL: u32 = LABEL_MAX + 1;
/// Keeps what came in LSPs apart from what did not.
const IN_LSP: u32 = LABEL_MAX + 2;
/// The cost of a guess on the first level, where a millisecond brings `GUESSES_PER_SECOND`; on each further one it costs
/// `SHARE` times as much.
const GUESS: u64 = 1000;
const FULL: u64 = GUESSES * GUESS;

/// Bounds how many labels that mean nothing here can be tried from anywhere. Each costs once, so that a neighbour whose config
/// is old, and which sends the same label for ever, uses up next to nothing. From where there have been too many, nothing that
/// starts something is answered (`is_blind`), so that whoever goes on learns nothing by a label that he guesses rightly;
/// transit and connections that are there go on.
///
/// Where a packet comes from is its in-link, which is sure, and the two labels before its cursor: the neighbour wrote the one,
/// if it is honest, and the vertex before it the other. A vertex can invent the labels of those behind it, and so uses up the
/// share of its own level, which those beside it do not share.
///
/// An LSP's label where it ends tells less, and so does what stands before it. If the neighbour wrote that label, the packet
/// crossed the LSP with words that its sender may have invented; if a vertex behind it did, the label itself is its sender's
/// choice, and the word before is sure. So a packet out of an LSP counts by both, each alone: by that word on the second level,
/// and by the LSP's label on the third.
pub(super) struct LabelGuesses {
    seed: u32,
    /// A bit for each label that was tried; made when the first one is.
    tried: Option<Box<[u64]>>,
    links: Vec<Bucket>,
    /// The further levels, found by a keyed hash.
    behind: [Box<[Bucket]>; LEVELS - 1],
    /// How many were made, by in-link.
    counts: Vec<u64>,
}

#[derive(Clone, Copy)]
struct Bucket {
    left: u64,
    filled_at: u64,
}

const NEW: Bucket = Bucket { left: FULL, filled_at: 0 };

/// The place of the word that a packet was read by.
#[derive(Clone, Copy, Debug)]
pub(super) struct Reading {
    pub(super) in_link: u32,
    /// The cursor of the packet when it came.
    pub(super) came_at: usize,
    /// The word: behind that cursor, if LSPs end before it.
    pub(super) at: usize,
}

impl LabelGuesses {
    pub(super) fn new(seed: u32) -> Self {
        let level = || vec![NEW; GUESS_BUCKETS].into_boxed_slice();
        Self { seed, tried: None, links: Vec::new(), behind: [level(), level()], counts: Vec::new() }
    }

    /// Begins the counters of a link, by its slot.
    pub(super) fn add_link(&mut self, slot: usize) {
        let links = self.links.len().max(slot + 1);
        self.links.resize(links, NEW);
        self.counts.resize(links, 0);
        (self.links[slot], self.counts[slot]) = (NEW, 0);
    }

    /// How many labels were guessed over a link, by its slot.
    pub(super) fn count(&self, slot: usize) -> u64 {
        self.counts.get(slot).copied().unwrap_or(0)
    }

    /// Takes note of a label that means nothing on that in-link. True: it is the guess with which there are too many. `now` is
    /// in milliseconds.
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

    /// Whether there were too many guesses from where a packet comes that is delivered. `now` is in milliseconds.
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

    /// Fills the places of the packet by the time that has gone.
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
