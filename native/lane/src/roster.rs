use std::collections::{BTreeSet, HashMap, VecDeque};
use std::ops::{Index, IndexMut};
use std::time::Instant;

use crate::clock::LaneClock;

/// A session or connection, as a roster needs it.
pub trait Member {
    /// Its number, of the owner's choice.
    fn number(&self) -> u32;

    /// When its time comes.
    fn next_timeout(&mut self, clock: &LaneClock) -> Option<Instant>;
}

/// The sessions or connections of a thread, in numbered places: found by their numbers, by when their time comes, and by whether there is
/// something to be done for them.
pub struct Roster<T> {
    places: Vec<Option<Row<T>>>,
    free: Vec<usize>,
    by_number: HashMap<u32, usize>,
    deadlines: BTreeSet<(Instant, usize)>,
    dirty: VecDeque<usize>,
}

struct Row<T> {
    member: T,
    is_dirty: bool,
    /// Its key among the deadlines.
    deadline: Option<Instant>,
}

impl<T> Default for Roster<T> {
    fn default() -> Self {
        Self {
            places: Vec::new(),
            free: Vec::new(),
            by_number: HashMap::new(),
            deadlines: BTreeSet::new(),
            dirty: VecDeque::new(),
        }
    }
}

impl<T: Member> Roster<T> {
    /// Returns its place.
    pub fn add(&mut self, member: T) -> usize {
        let place = self.free.pop().unwrap_or_else(|| {
            self.places.push(None);
            self.places.len() - 1
        });
        self.by_number.insert(member.number(), place);
        self.places[place] = Some(Row { member, is_dirty: false, deadline: None });
        place
    }

    /// Empties a place.
    pub fn remove(&mut self, place: usize) -> Option<T> {
        let Row { member, deadline, .. } = self.places[place].take()?;
        self.free.push(place);
        if self.by_number.get(&member.number()) == Some(&place) {
            self.by_number.remove(&member.number());
        }
        if let Some(deadline) = deadline {
            self.deadlines.remove(&(deadline, place));
        }
        Some(member)
    }

    /// The place of the member with that number.
    pub fn place_of(&self, number: u32) -> Option<usize> {
        self.by_number.get(&number).copied()
    }

    /// The one in a place, which may be empty.
    pub fn get_mut(&mut self, place: usize) -> Option<&mut T> {
        Some(&mut self.row_mut(place)?.member)
    }

    /// All of them, with their places.
    pub fn iter_mut(&mut self) -> impl Iterator<Item = (usize, &mut T)> {
        self.places.iter_mut().enumerate().filter_map(|(place, row)| row.as_mut().map(|row| (place, &mut row.member)))
    }

    // ── Work ────────────────────────────────────────────────────────────────────────────────────────────────────────────

    /// Something happened to it.
    pub fn mark_dirty(&mut self, place: usize) {
        let Some(row) = self.places[place].as_mut().filter(|row| !row.is_dirty) else { return };
        row.is_dirty = true;
        self.dirty.push_back(place);
    }

    /// Something happened that may be about any of them.
    pub fn mark_all_dirty(&mut self) {
        for place in 0..self.places.len() {
            self.mark_dirty(place);
        }
    }

    /// How many there are that something happened to, some of which may be gone.
    pub fn dirty(&self) -> usize {
        self.dirty.len()
    }

    /// The place of one of them.
    pub fn dirty_place(&self, index: usize) -> usize {
        self.dirty[index]
    }

    /// The one that was marked first, which is marked no more.
    pub fn take_dirty(&mut self) -> Option<usize> {
        let place = self.dirty.pop_front()?;
        if let Some(row) = self.row_mut(place) {
            row.is_dirty = false;
        }
        Some(place)
    }

    // ── Time ────────────────────────────────────────────────────────────────────────────────────────────────────────────

    /// When the first time of any comes.
    pub fn next_timeout(&self) -> Option<Instant> {
        self.deadlines.first().map(|(at, _)| *at)
    }

    /// A member whose time has come; it has none until `set_deadline`.
    pub fn take_due(&mut self, now: Instant) -> Option<usize> {
        let (at, place) = *self.deadlines.first()?;
        if at > now {
            return None;
        }
        self.deadlines.pop_first();
        if let Some(row) = self.row_mut(place) {
            row.deadline = None;
        }
        Some(place)
    }

    /// Asks one when its time comes.
    pub fn set_deadline(&mut self, place: usize, clock: &LaneClock) {
        let Some(row) = self.row_mut(place) else { return };
        let (before, after) = (row.deadline, row.member.next_timeout(clock));
        if before == after {
            return;
        }
        row.deadline = after;
        if let Some(before) = before {
            self.deadlines.remove(&(before, place));
        }
        self.deadlines.extend(after.map(|after| (after, place)));
    }

    fn row_mut(&mut self, place: usize) -> Option<&mut Row<T>> {
        self.places.get_mut(place)?.as_mut()
    }
}

impl<T> Index<usize> for Roster<T> {
    type Output = T;

    fn index(&self, place: usize) -> &T {
        &self.places[place].as_ref().expect("the place is taken").member
    }
}

impl<T> IndexMut<usize> for Roster<T> {
    fn index_mut(&mut self, place: usize) -> &mut T {
        &mut self.places[place].as_mut().expect("the place is taken").member
    }
}
