use std::collections::HashMap;
use std::sync::Arc;

use florenetes_lane::EventWriter;

use crate::event::Event;
use crate::limits::{
    OWN_ASKED_MAX, OWN_ASKS_WAITING_MAX, OWN_DATAGRAM_BYTES_WAITING_MAX, OWN_NUMBERS_MIN, OWN_OPENED_MAX,
};

/// Streams and flows whose workload is the owner, by the numbers that it knows them by. Streams that peers ask for get numbers below
/// [`OWN_NUMBERS_MIN`] from the data thread; streams that the owner opens have numbers of its choice, from there on.
#[derive(Default)]
pub(crate) struct OwnStreams {
    places: HashMap<u32, Entry>,
    next: u32,
    opened: usize,
    /// How many of the present streams and flows each peer has asked for.
    asked_by: HashMap<Arc<str>, usize>,
    asks: Asks,
    told: Told,
}

struct Entry {
    place: OwnPlace,
    /// The peer that has asked for the stream; none: the owner has opened it.
    peer: Option<Arc<str>>,
}

/// The place of a stream or flow whose workload is the owner.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum OwnPlace {
    /// The stream waits for a connection of its trunk.
    Waiting,
    /// The stream's connection, and its number there.
    Stream(u32, u64),
}

/// A stream or flow that a peer asks for.
pub(crate) struct Ask {
    pub(crate) service: u32,
    pub(crate) place: (u32, u64),
    pub(crate) peer: Arc<str>,
    pub(crate) traffic_class: u8,
    pub(crate) is_flow: bool,
    pub(crate) tells_taken: bool,
}

/// Streams and flows that the owner is asked for in the present batch of events, in all and by peer.
#[derive(Default)]
struct Asks {
    batch: u64,
    count: usize,
    of_peers: HashMap<Arc<str>, usize>,
}

impl Asks {
    /// Whether the owner may be asked for one more in this batch. Who asks for many at once leaves room for others.
    fn take(&mut self, batch: u64, peer: &Arc<str>) -> bool {
        if self.batch != batch {
            (self.batch, self.count) = (batch, 0);
            self.of_peers.clear();
        }
        let of_peer = self.of_peers.get(peer).copied().unwrap_or(0);
        if self.count + of_peer >= OWN_ASKS_WAITING_MAX {
            return false;
        }
        self.of_peers.insert(Arc::clone(peer), of_peer + 1);
        self.count += 1;
        true
    }
}

/// Bytes of datagrams that wait for the owner.
#[derive(Default)]
struct Told {
    batch: u64,
    bytes: usize,
}

impl OwnStreams {
    /// Asks the owner for a stream or flow. None: the owner has as many as it may, or too many questions wait for it.
    pub(crate) fn ask(&mut self, ask: Ask, events: &mut EventWriter<Event>) -> Option<u32> {
        let Ask { service, place: (connection, stream), peer, traffic_class, is_flow, tells_taken } = ask;
        // The rule of `FairShare` (packages/scheduling), here and in a batch: a peer finds room as long as it has fewer than are left.
        let asked = self.places.len() - self.opened;
        let of_peer = self.asked_by.get(&peer).copied().unwrap_or(0);
        if asked + of_peer >= OWN_ASKED_MAX || !self.asks.take(events.batch(), &peer) {
            return None;
        }
        // Two billion numbers are so many that none comes again before the owner has forgotten the former stream.
        while self.places.contains_key(&self.next) {
            self.next = following(self.next);
        }
        let workload = self.next;
        self.next = following(self.next);
        *self.asked_by.entry(Arc::clone(&peer)).or_default() += 1;
        let event =
            Event::StreamAsked { workload, service, is_flow, tells_taken, traffic_class, peer: Arc::clone(&peer) };
        self.places.insert(workload, Entry { place: OwnPlace::Stream(connection, stream), peer: Some(peer) });
        events.push(event);
        Some(workload)
    }

    /// Whether the owner may open one more stream, with this number.
    pub(crate) fn has_room(&self, number: u32) -> bool {
        self.opened < OWN_OPENED_MAX && number >= OWN_NUMBERS_MIN
    }

    /// Whether a stream or flow has this number.
    pub(crate) fn has(&self, number: u32) -> bool {
        self.places.contains_key(&number)
    }

    /// Sets the place of a stream of the owner, which may be new or have moved.
    pub(crate) fn set(&mut self, number: u32, place: OwnPlace) {
        match self.places.get_mut(&number) {
            Some(entry) => entry.place = place,
            None => {
                self.opened += 1;
                self.places.insert(number, Entry { place, peer: None });
            }
        }
    }

    pub(crate) fn place(&self, number: u32) -> Option<OwnPlace> {
        self.places.get(&number).map(|entry| entry.place)
    }

    /// Forgets a stream or flow that is over.
    pub(crate) fn remove(&mut self, number: u32) {
        let Some(Entry { peer, .. }) = self.places.remove(&number) else { return };
        match peer {
            None => self.opened -= 1,
            Some(peer) => {
                let Some(count) = self.asked_by.get_mut(&peer) else { return };
                *count -= 1;
                if *count == 0 {
                    self.asked_by.remove(&peer);
                }
            }
        }
    }

    /// Whether a datagram of `size` bytes may wait for the owner, given the waiting datagrams of all flows.
    pub(crate) fn take_datagram(&mut self, batch: u64, size: usize) -> bool {
        if self.told.batch != batch {
            self.told = Told { batch, bytes: 0 };
        }
        if self.told.bytes + size > OWN_DATAGRAM_BYTES_WAITING_MAX {
            return false;
        }
        self.told.bytes += size;
        true
    }
}

fn following(number: u32) -> u32 {
    if number + 1 < OWN_NUMBERS_MIN { number + 1 } else { 0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_of_peers_are_below_those_of_the_owner() {
        assert_eq!([0, OWN_NUMBERS_MIN - 1].map(following), [1, 0]);
        let mut streams = OwnStreams::default();
        assert_eq!(
            [OWN_NUMBERS_MIN - 1, OWN_NUMBERS_MIN, u32::MAX].map(|it| streams.has_room(it)),
            [false, true, true]
        );
        for number in 0..OWN_OPENED_MAX as u32 {
            streams.set(OWN_NUMBERS_MIN + number, OwnPlace::Stream(1, 4));
        }
        assert!(!streams.has_room(u32::MAX));
        streams.set(OWN_NUMBERS_MIN, OwnPlace::Stream(2, 8));
        assert_eq!(streams.place(OWN_NUMBERS_MIN), Some(OwnPlace::Stream(2, 8)));
        streams.remove(OWN_NUMBERS_MIN);
        assert!(streams.has_room(u32::MAX) && !streams.has(OWN_NUMBERS_MIN));
    }

    #[test]
    fn who_asks_for_many_at_once_leaves_room_for_others() {
        let mut asks = Asks::default();
        let [carol, alice] = ["user/carol", "user/alice"].map(Arc::from);
        let mut taken = |batch, peer| (0..OWN_ASKS_WAITING_MAX).filter(|_| asks.take(batch, peer)).count();
        assert_eq!(taken(0, &carol), OWN_ASKS_WAITING_MAX / 2);
        assert_eq!(taken(0, &alice), OWN_ASKS_WAITING_MAX / 4);
        assert_eq!(taken(0, &carol), 0);
        assert_eq!(taken(1, &carol), OWN_ASKS_WAITING_MAX / 2);
    }

    #[test]
    fn so_many_bytes_of_datagrams_wait() {
        let mut streams = OwnStreams::default();
        let most = OWN_DATAGRAM_BYTES_WAITING_MAX;
        let taken = [(0, most), (0, 1), (1, most - 1), (1, 1), (1, 1)];
        assert_eq!(taken.map(|(batch, size)| streams.take_datagram(batch, size)), [true, false, true, true, false]);
    }
}
