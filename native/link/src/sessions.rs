use std::collections::{BTreeSet, HashMap, VecDeque};
use std::ops::{Index, IndexMut};
use std::time::Instant;

use crate::session::Session;
use florenetes_lane::LaneClock;

/// The sessions of the thread, in numbered places: found by their numbers, by when their time comes, and by whether there is something to
/// be done for them.
#[derive(Default)]
pub(crate) struct Sessions {
    places: Vec<Option<Session>>,
    free: Vec<usize>,
    by_number: HashMap<u32, usize>,
    deadlines: BTreeSet<(Instant, usize)>,
    dirty: VecDeque<usize>,
}

impl Sessions {
    /// Returns its place.
    pub(crate) fn add(&mut self, session: Session) -> usize {
        let place = self.free.pop().unwrap_or_else(|| {
            self.places.push(None);
            self.places.len() - 1
        });
        self.by_number.insert(session.number, place);
        self.places[place] = Some(session);
        place
    }

    pub(crate) fn remove(&mut self, place: usize) -> Option<Session> {
        let session = self.places[place].take()?;
        self.free.push(place);
        if self.by_number.get(&session.number) == Some(&place) {
            self.by_number.remove(&session.number);
        }
        if let Some(deadline) = session.deadline {
            self.deadlines.remove(&(deadline, place));
        }
        Some(session)
    }

    pub(crate) fn place_of(&self, number: u32) -> Option<usize> {
        self.by_number.get(&number).copied()
    }

    pub(crate) fn get_mut(&mut self, place: usize) -> Option<&mut Session> {
        self.places.get_mut(place)?.as_mut()
    }

    pub(crate) fn iter_mut(&mut self) -> impl Iterator<Item = (usize, &mut Session)> {
        self.places
            .iter_mut()
            .enumerate()
            .filter_map(|(place, session)| session.as_mut().map(|session| (place, session)))
    }

    // ── Work ────────────────────────────────────────────────────────────────────────────────────────────────────────────

    /// Something happened to it.
    pub(crate) fn mark_dirty(&mut self, place: usize) {
        let Some(session) = self.places[place].as_mut().filter(|session| !session.is_dirty) else { return };
        session.is_dirty = true;
        self.dirty.push_back(place);
    }

    /// How many there are that something happened to, some of which may be gone.
    pub(crate) fn dirty(&self) -> usize {
        self.dirty.len()
    }

    /// The place of one of them.
    pub(crate) fn dirty_place(&self, index: usize) -> usize {
        self.dirty[index]
    }

    /// The one that was marked first, which is marked no more.
    pub(crate) fn take_dirty(&mut self) -> Option<usize> {
        let place = self.dirty.pop_front()?;
        if let Some(session) = self.get_mut(place) {
            session.is_dirty = false;
        }
        Some(place)
    }

    // ── Time ────────────────────────────────────────────────────────────────────────────────────────────────────────────

    pub(crate) fn next_timeout(&self) -> Option<Instant> {
        self.deadlines.first().map(|(at, _)| *at)
    }

    /// One whose time has come; it has none until `set_deadline`.
    pub(crate) fn take_due(&mut self, now: Instant) -> Option<usize> {
        let (at, place) = *self.deadlines.first()?;
        if at > now {
            return None;
        }
        self.deadlines.pop_first();
        if let Some(session) = self.get_mut(place) {
            session.deadline = None;
        }
        Some(place)
    }

    /// Asks a session when its time comes.
    pub(crate) fn set_deadline(&mut self, place: usize, clock: &LaneClock) {
        let Some(session) = self.places[place].as_mut() else { return };
        let (before, after) = (session.deadline, session.next_timeout(clock));
        if before == after {
            return;
        }
        session.deadline = after;
        if let Some(before) = before {
            self.deadlines.remove(&(before, place));
        }
        self.deadlines.extend(after.map(|after| (after, place)));
    }
}

impl Index<usize> for Sessions {
    type Output = Session;

    fn index(&self, place: usize) -> &Session {
        self.places[place].as_ref().expect("the session is there")
    }
}

impl IndexMut<usize> for Sessions {
    fn index_mut(&mut self, place: usize) -> &mut Session {
        self.places[place].as_mut().expect("the session is there")
    }
}
