use super::codel::Codel;
use super::fair_turns::FairTurns;
use super::load::{Load, largest_of};
use super::packet_store::{PacketStore, Slot};
use crate::limits::QUEUE_FLOWS;

/// The waiting packets of a share, in a class of an in-link. Connections have equal parts.
#[derive(Default)]
pub(super) struct ShareQueue {
    pub(super) turns: FairTurns<QUEUE_FLOWS>,
    pub(super) flows: [Flow; QUEUE_FLOWS],
    pub(super) load: Load,
}

/// Packets in the order of their arrival.
#[derive(Default)]
pub(super) struct Flow {
    pub(super) head: Option<Slot>,
    tail: Option<Slot>,
    pub(super) load: Load,
    pub(super) codel: Codel,
}

impl ShareQueue {
    pub(super) fn push(&mut self, number: u8, slot: Slot, store: &mut PacketStore) {
        let load = Load::of_packet(store.length(slot));
        self.load += load;
        self.turns.wake(number.into());
        let flow = &mut self.flows[usize::from(number)];
        flow.load += load;
        match flow.tail.replace(slot) {
            Some(tail) => store.entry_mut(tail).next = Some(slot),
            None => flow.head = Some(slot),
        }
    }

    /// Takes the oldest packet out of a flow.
    pub(super) fn pop(&mut self, number: u8, store: &mut PacketStore) -> Option<Slot> {
        let flow = &mut self.flows[usize::from(number)];
        let slot = flow.head?;
        let load = Load::of_packet(store.length(slot));
        let entry = store.entry_mut(slot);
        entry.is_out = true;
        flow.head = entry.next;
        flow.load -= load;
        if flow.head.is_none() {
            flow.tail = None;
            flow.codel.handle_empty();
            self.turns.sleep(number.into());
        }
        self.load -= load;
        Some(slot)
    }

    /// The flow that would hold most if `more` were added at `at`.
    pub(super) fn largest(&self, more: usize, at: u8) -> u8 {
        let size_of = |flow: usize| self.flows[flow].load.size() + if flow == usize::from(at) { more } else { 0 };
        largest_of(QUEUE_FLOWS, size_of) as u8
    }
}
