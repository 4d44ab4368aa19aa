use super::codel::Codel;
use super::fair_turns::FairTurns;
use super::load::Load;
use super::packet_store::{PacketStore, Slot};
use super::place::Place;
use crate::limits::{QUEUE_FLOWS, QUEUE_GROUPS};

/// The packets of one class that wait: shares are fair among links first, then among the connections that came by one of them. The state
/// of a link is made when the first packet of it has to wait.
#[derive(Default)]
pub(super) struct ClassQueue {
    pub(super) turns: FairTurns<QUEUE_GROUPS>,
    groups: [Option<Box<Group>>; QUEUE_GROUPS],
    pub(super) load: Load,
}

#[derive(Default)]
struct Group {
    turns: FairTurns<QUEUE_FLOWS>,
    flows: [Flow; QUEUE_FLOWS],
    load: Load,
}

/// Packets in the order in which they came.
#[derive(Default)]
pub(super) struct Flow {
    pub(super) head: Option<Slot>,
    tail: Option<Slot>,
    pub(super) load: Load,
    pub(super) codel: Codel,
}

impl ClassQueue {
    pub(super) fn flow_mut(&mut self, place: Place) -> &mut Flow {
        &mut self.group_mut(place).flows[usize::from(place.flow)]
    }

    /// Link and connection whose turn it is.
    pub(super) fn next(&self) -> Option<(u8, u8)> {
        let group = self.turns.next()?;
        let flow = self.groups[group].as_ref()?.turns.next()?;
        Some((group as u8, flow as u8))
    }

    pub(super) fn head(&self, place: Place) -> Option<Slot> {
        self.groups[usize::from(place.group)].as_ref()?.flows[usize::from(place.flow)].head
    }

    pub(super) fn push(&mut self, place: Place, slot: Slot, store: &mut PacketStore) {
        let load = Load::of_packet(store.length(slot));
        self.load += load;
        self.turns.wake(place.group.into());
        let group = self.group_mut(place);
        group.load += load;
        group.turns.wake(place.flow.into());
        let flow = &mut group.flows[usize::from(place.flow)];
        flow.load += load;
        match flow.tail.replace(slot) {
            Some(tail) => store.entry_mut(tail).next = Some(slot),
            None => flow.head = Some(slot),
        }
    }

    /// Takes the packet out that has waited in a flow for longest.
    pub(super) fn pop(&mut self, place: Place, store: &mut PacketStore) -> Option<Slot> {
        let group = self.group_mut(place);
        let flow = &mut group.flows[usize::from(place.flow)];
        let slot = flow.head?;
        let load = Load::of_packet(store.length(slot));
        let entry = store.entry_mut(slot);
        entry.is_out = true;
        flow.head = entry.next;
        flow.load -= load;
        group.load -= load;
        if flow.head.is_none() {
            flow.tail = None;
            flow.codel.handle_empty();
            group.turns.sleep(place.flow.into());
        }
        if group.load.packets == 0 {
            self.turns.sleep(place.group.into());
        }
        self.load -= load;
        Some(slot)
    }

    /// A packet of it was sent when it was its turn.
    pub(super) fn handle_sent(&mut self, place: Place, length: usize) {
        self.turns.handle_sent(place.group.into(), length as u64);
        self.group_mut(place).turns.handle_sent(place.flow.into(), length as u64);
    }

    /// Link and connection that take most, after `more` was added to what a place takes.
    pub(super) fn largest(&self, more: Load, at: Place) -> (u8, u8) {
        let (at_group, at_flow) = (usize::from(at.group), usize::from(at.flow));
        let with_more = |load: Load, is_there: bool| load.size() + if is_there { more.size() } else { 0 };
        let group = largest_of(QUEUE_GROUPS, |group| {
            let load = self.groups[group].as_ref().map_or(Load::default(), |group| group.load);
            with_more(load, group == at_group)
        });
        let flow = largest_of(QUEUE_FLOWS, |flow| {
            let load = self.groups[group].as_ref().map_or(Load::default(), |group| group.flows[flow].load);
            with_more(load, group == at_group && flow == at_flow)
        });
        (group as u8, flow as u8)
    }

    fn group_mut(&mut self, place: Place) -> &mut Group {
        self.groups[usize::from(place.group)].get_or_insert_default()
    }
}

/// The first of the largest.
pub(super) fn largest_of(count: usize, size_of: impl Fn(usize) -> usize) -> usize {
    let mut largest = (0, 0);
    for index in 0..count {
        let size = size_of(index);
        if size > largest.1 {
            largest = (index, size);
        }
    }
    largest.0
}
