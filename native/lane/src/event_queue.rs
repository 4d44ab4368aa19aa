//! The way of events from the thread to the owner: a queue, and a bell that is rung once until the queue is emptied.

use std::collections::BTreeSet;
use std::mem;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use crate::share::{Origin, Share};

struct Shared<Event> {
    waiting: Mutex<Waiting<Event>>,
    /// How often the queue was emptied.
    emptied: AtomicU64,
}

struct Waiting<Event> {
    events: Vec<Event>,
    /// The thread has held something back until the queue is emptied.
    is_holding_back: bool,
}

/// The owner's end.
pub struct EventReader<Event>(Arc<Shared<Event>>);

/// The thread's end.
pub struct EventWriter<Event> {
    shared: Arc<Shared<Event>>,
    bell: Box<dyn Fn() + Send>,
    /// Events of this turn.
    turn: Vec<Event>,
    is_holding_back: bool,
    held_back: Option<HeldBack>,
    /// `Shared::emptied` as it was seen last.
    emptied: u64,
}

/// All that was held back, since the queue was emptied so often.
struct HeldBack {
    emptied: u64,
    numbers: BTreeSet<u32>,
}

/// Makes both ends. `bell` is called in the thread.
pub fn event_queue<Event>(bell: impl Fn() + Send + 'static) -> (EventWriter<Event>, EventReader<Event>) {
    let waiting = Mutex::new(Waiting { events: Vec::new(), is_holding_back: false });
    let shared = Arc::new(Shared { waiting, emptied: AtomicU64::new(0) });
    let writer = EventWriter {
        shared: shared.clone(),
        bell: Box::new(bell),
        turn: Vec::new(),
        is_holding_back: false,
        held_back: None,
        emptied: 0,
    };
    (writer, EventReader(shared))
}

impl<Event> EventReader<Event> {
    /// Empties the queue. True: the thread waits for that, and is to be woken.
    pub fn take(&self) -> (Vec<Event>, bool) {
        let mut waiting = lock(&self.0.waiting);
        let taken = (mem::take(&mut waiting.events), mem::take(&mut waiting.is_holding_back));
        drop(waiting);
        self.0.emptied.fetch_add(1, Ordering::Release);
        taken
    }
}

impl<Event> EventWriter<Event> {
    /// An event that must not be lost. Whoever calls it knows a bound: orders that are answered, or `batch`.
    pub fn push(&mut self, event: Event) {
        self.turn.push(event);
    }

    /// The last event of this turn, which more may be added to: whoever does so knows a bound, too.
    pub fn last_mut(&mut self) -> Option<&mut Event> {
        self.turn.last_mut()
    }

    /// A packet of a stranger's, of `size` bytes, that comes from there. False: too many of this cluster's wait, or of that
    /// origin's.
    pub fn push_stranger(
        &mut self,
        share: &mut Share,
        origin: Option<Origin>,
        size: usize,
        event: impl FnOnce() -> Event,
    ) -> bool {
        let has_room = share.take_stranger(self.batch(), origin, size);
        if has_room {
            self.turn.push(event());
        }
        has_room
    }

    /// A message of `size` bytes, or news of a port (0). False: too many of this cluster's wait.
    pub fn push_message(&mut self, share: &mut Share, size: usize, event: impl FnOnce() -> Event) -> bool {
        let has_room = share.take_message(self.batch(), size);
        if has_room {
            self.turn.push(event());
        }
        has_room
    }

    /// A number that is another one after the queue was emptied: whoever tells no more than so much under the same number is bounded.
    pub fn batch(&mut self) -> u64 {
        self.emptied = self.shared.emptied.load(Ordering::Acquire);
        self.emptied
    }

    /// Something was not told that is to be told once the queue is emptied: the thread will be woken then, for `poll_released`.
    pub fn hold_back(&mut self) {
        let emptied = self.batch();
        self.is_holding_back = true;
        self.held_back.get_or_insert_with(|| HeldBack { emptied, numbers: BTreeSet::new() });
    }

    /// The same, of the session or connection of this number.
    pub fn hold_back_of(&mut self, number: u32) {
        self.hold_back();
        if let Some(held_back) = &mut self.held_back {
            held_back.numbers.insert(number);
        }
    }

    /// The numbers of those of which something was held back, when the queue was emptied since. None: it was not, or nothing was.
    pub fn poll_released(&mut self) -> Option<BTreeSet<u32>> {
        let before = self.held_back.as_ref()?.emptied;
        if self.batch() == before {
            return None;
        }
        self.held_back.take().map(|held_back| held_back.numbers)
    }

    /// The turn is over: its events go to the owner.
    pub fn flush(&mut self) {
        if self.turn.is_empty() && !self.is_holding_back {
            return;
        }
        let mut waiting = lock(&self.shared.waiting);
        let was_empty = waiting.events.is_empty();
        waiting.events.append(&mut self.turn);
        waiting.is_holding_back |= mem::take(&mut self.is_holding_back);
        drop(waiting);
        if was_empty {
            (self.bell)();
        }
    }
}

fn lock<Event>(waiting: &Mutex<Waiting<Event>>) -> std::sync::MutexGuard<'_, Waiting<Event>> {
    waiting.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::limits::{MESSAGES_WAITING_MAX, STRANGERS_WAITING_MAX};
    use std::sync::atomic::AtomicUsize;

    /// The bytes of the event.
    type Event = Vec<u8>;

    fn queue() -> (EventWriter<Event>, EventReader<Event>, Arc<AtomicUsize>) {
        let rung = Arc::new(AtomicUsize::new(0));
        let count = rung.clone();
        let (writer, reader) = event_queue(move || {
            count.fetch_add(1, Ordering::Relaxed);
        });
        (writer, reader, rung)
    }

    #[test]
    fn the_bell_rings_once_until_the_queue_is_emptied() {
        let (mut writer, reader, rung) = queue();
        writer.flush();
        assert_eq!(rung.load(Ordering::Relaxed), 0, "there is nothing to be told");
        for _ in 0..3 {
            writer.push(Vec::new());
            writer.flush();
        }
        assert_eq!(rung.load(Ordering::Relaxed), 1);
        assert_eq!(reader.take().0.len(), 3);
        writer.push(Vec::new());
        writer.flush();
        assert_eq!(rung.load(Ordering::Relaxed), 2);
    }

    #[test]
    fn strangers_and_messages_are_bounded_and_links_are_not() {
        let (mut writer, reader, _) = queue();
        let mut share = Share::default();
        for round in 0..2 {
            let told = (0..5_000).filter(|_| writer.push_stranger(&mut share, None, 100, || vec![0; 100])).count();
            assert_eq!(told, STRANGERS_WAITING_MAX, "round {round}");
            let message = || vec![1];
            let told = (0..5_000).filter(|_| writer.push_message(&mut share, 1, message)).count();
            assert_eq!(told, MESSAGES_WAITING_MAX);
            writer.push(Vec::new());
            writer.flush();
            assert!(!writer.push_stranger(&mut share, None, 100, || vec![0; 100]), "a turn is no end");
            let (events, _) = reader.take();
            assert_eq!(events.len(), STRANGERS_WAITING_MAX + MESSAGES_WAITING_MAX + 1);
        }
    }

    #[test]
    fn who_holds_back_is_woken() {
        let (mut writer, reader, _) = queue();
        let before = writer.batch();
        writer.push(Vec::new());
        writer.hold_back();
        writer.flush();
        assert_eq!(writer.batch(), before);
        assert!(reader.take().1);
        assert_ne!(writer.batch(), before);
        assert!(!reader.take().1);
    }

    #[test]
    fn those_that_hold_back_are_named_once_and_nobody_else_is() {
        let (mut writer, reader, _) = queue();
        assert_eq!(writer.poll_released(), None);
        let _ = reader.take();
        assert_eq!(writer.poll_released(), None, "nothing was held back");
        for number in [7, 9, 7] {
            writer.hold_back_of(number);
            writer.flush();
            assert_eq!(writer.poll_released(), None, "nobody has emptied it");
        }
        let _ = reader.take();
        assert_eq!(writer.poll_released(), Some(BTreeSet::from([7, 9])));
        assert_eq!(writer.poll_released(), None);
    }

    /// The owner empties the queue while a turn goes on in which an event was held back.
    #[test]
    fn who_holds_back_while_the_queue_is_emptied_is_woken_all_the_same() {
        let (mut writer, reader, rung) = queue();
        writer.hold_back_of(7);
        assert!(!reader.take().1);
        writer.flush();
        assert_eq!(rung.load(Ordering::Relaxed), 1);
        assert!(reader.take().1);
        assert_eq!(writer.poll_released(), Some(BTreeSet::from([7])));
    }
}
