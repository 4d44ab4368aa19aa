use super::class_queue::ClassQueue;
use super::control_share::ControlShare;
use super::fair_turns::FairTurns;
use super::load::{Load, largest_of};
use super::packet_store::{PacketStore, Slot};
use super::place::Place;
use crate::limits::QUEUE_CLASS_COSTS;
use crate::mesh::TrafficClass;

const CLASSES: usize = TrafficClass::ALL.len();
/// The order of the turns of classes that have had equally much: urgent ones go first.
const ORDER: [TrafficClass; CLASSES] = [
    TrafficClass::Control,
    TrafficClass::Dns,
    TrafficClass::Interactive,
    TrafficClass::Reliable,
    TrafficClass::Bulk,
    TrafficClass::Droppable,
];

/// The waiting packets of an in-link: control goes first, droppable last, and the classes between share by weight.
#[derive(Default)]
pub(super) struct InLinkQueue {
    pub(super) load: Load,
    pub(super) control: ControlShare,
    /// Queues of classes, each made when its first packet has to wait.
    classes: [Option<Box<ClassQueue>>; CLASSES],
    /// The turns of the classes that share by weight, by their ranks.
    turns: FairTurns<CLASSES>,
}

/// Whether packets of a class may go ahead of other in-links, while their in-link has credit.
pub(super) fn is_in_hurry(class: TrafficClass) -> bool {
    rank(class) <= rank(TrafficClass::Interactive)
}

impl InLinkQueue {
    pub(super) fn class(&self, class: TrafficClass) -> Option<&ClassQueue> {
        self.classes[class as usize].as_deref()
    }

    pub(super) fn class_mut(&mut self, class: TrafficClass) -> &mut ClassQueue {
        self.classes[class as usize].get_or_insert_default()
    }

    /// The waiting packets of a class.
    pub(super) fn load_of(&self, class: TrafficClass) -> Load {
        self.class(class).map_or(Load::default(), |queue| queue.load())
    }

    /// The class of the next packet; to be called while packets wait.
    pub(super) fn next_class(&self) -> TrafficClass {
        if self.load_of(TrafficClass::Control).packets > 0 {
            return TrafficClass::Control;
        }
        self.turns.next().map_or(TrafficClass::Droppable, |rank| ORDER[rank])
    }

    pub(super) fn push(&mut self, place: Place, slot: Slot, store: &mut PacketStore) {
        self.load += Load::of_packet(store.length(slot));
        if is_weighted(place.class) {
            self.turns.wake(rank(place.class));
        }
        self.class_mut(place.class).push(place.share, place.flow, slot, store);
    }

    /// Takes the oldest packet out of a flow.
    pub(super) fn pop(&mut self, place: Place, store: &mut PacketStore) -> Option<Slot> {
        let class = self.class_mut(place.class);
        let slot = class.pop(place.share, place.flow, store)?;
        if class.load().packets == 0 {
            self.turns.sleep(rank(place.class));
        }
        self.load -= Load::of_packet(store.length(slot));
        Some(slot)
    }

    /// Notes that a packet was sent, in its turn.
    pub(super) fn handle_sent(&mut self, place: Place, length: usize) {
        self.control.handle_sent(length);
        self.class_mut(place.class).handle_sent(place.share, place.flow, length);
        if is_weighted(place.class) {
            self.turns.handle_sent(rank(place.class), cost(place.class, length));
        }
    }

    /// The class that has to make room if `more` is added to `to`: droppable, or else the class that would hold most for its weight.
    pub(super) fn largest_class(&self, to: TrafficClass, more: usize) -> TrafficClass {
        let size_of = |class: TrafficClass| self.load_of(class).size() + if class == to { more } else { 0 };
        if size_of(TrafficClass::Droppable) > 0 {
            return TrafficClass::Droppable;
        }
        let largest = largest_of(CLASSES, |class| {
            let class = TrafficClass::ALL[class];
            cost(class, size_of(class)) as usize
        });
        TrafficClass::ALL[largest]
    }
}

const fn rank(class: TrafficClass) -> usize {
    let mut rank = 0;
    while ORDER[rank] as usize != class as usize {
        rank += 1;
    }
    rank
}

/// Whether a class shares by weight with other classes.
fn is_weighted(class: TrafficClass) -> bool {
    !matches!(class, TrafficClass::Control | TrafficClass::Droppable)
}

/// The cost of a class's bytes in its turns.
fn cost(class: TrafficClass, bytes: usize) -> u64 {
    QUEUE_CLASS_COSTS[class as usize] * bytes as u64
}
