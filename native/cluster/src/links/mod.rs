//! The links of the vertex: their ports, the connections that wait for them, and the packets that leave by them.

mod early;
pub(crate) mod outbound;

use std::collections::{BTreeSet, HashMap};
use std::mem;
use std::time::Instant;

use florenetes_florio::frame::{Address, DataFrame};
use florenetes_florio::limits::FRAME_HEADER_SIZE;
use florenetes_io::data_thread::{PortId, Ports};
use florenetes_wire::limits::LINKS_MAX;
use florenetes_wire::mesh::{LinkState, TrafficClass, Way};
use florenetes_wire::slot::slot_of;

use self::early::{EarlyFrame, EarlyFrames};
use crate::figures::LinkFigures;

/// Bytes of the length before each packet of a frame.
const LENGTH_SIZE: usize = 2;

/// The ports of the vertex, and the links that they carry.
#[derive(Default)]
pub(crate) struct Links {
    ports: HashMap<u32, PortId>,
    /// Rows by the slots of their links.
    rows: Vec<Row>,
    /// Links by the numbers of their ports and their handles.
    by_handle: HashMap<(u32, u32), u32>,
    /// Ports whose partner came or went, as the owner is still to be told.
    pub(crate) untold_ports: BTreeSet<u32>,
    pub(crate) early: EarlyFrames,
}

#[derive(Default)]
struct Row {
    /// None: the slot has had no link.
    link: Option<u32>,
    port: u32,
    /// None: the link's port is not open.
    id: Option<PortId>,
    /// 0: the link is not up.
    handle: u32,
    state: LinkState,
    /// The set of traffic classes whose sources hold back, as the link is congested.
    congested: u8,
    counts: LinkFigures,
    /// Numbers of the connections of each class that wait for room.
    waiting: [BTreeSet<u32>; TrafficClass::ALL.len()],
}

impl Links {
    // ── Ports ───────────────────────────────────────────────────────────────────────────────────────────────────────────

    pub(crate) fn add_port(&mut self, port: u32, id: PortId) {
        self.ports.insert(port, id);
        self.rows.iter_mut().filter(|row| row.port == port).for_each(|row| row.id = Some(id));
    }

    pub(crate) fn remove_port(&mut self, port: u32) -> Option<PortId> {
        self.rows.iter_mut().filter(|row| row.port == port).for_each(|row| row.id = None);
        let id = self.ports.remove(&port)?;
        self.early.forget(port);
        Some(id)
    }

    pub(crate) fn port(&self, port: u32) -> Option<PortId> {
        self.ports.get(&port).copied()
    }

    pub(crate) fn ports(&self) -> impl Iterator<Item = (u32, PortId)> {
        self.ports.iter().map(|(port, id)| (*port, *id))
    }

    /// The number of an open port.
    pub(crate) fn number_of(&self, id: PortId) -> Option<u32> {
        self.ports().find(|(_, other)| *other == id).map(|(port, _)| port)
    }

    // ── Links ───────────────────────────────────────────────────────────────────────────────────────────────────────────

    /// Gives the link its slot. Returns the connections that waited for room on the slot's former link.
    pub(crate) fn begin(&mut self, link: u32) -> Vec<u32> {
        let slot = slot_of(link);
        if slot >= LINKS_MAX {
            return Vec::new();
        }
        let rows = self.rows.len().max(slot + 1);
        self.rows.resize_with(rows, Row::default);
        let row = &mut self.rows[slot];
        if row.link == Some(link) {
            return Vec::new();
        }
        let former = mem::replace(row, Row { link: Some(link), ..Row::default() });
        if former.link.is_some() && self.by_handle.get(&(former.port, former.handle)) == former.link.as_ref() {
            self.by_handle.remove(&(former.port, former.handle));
        }
        former.waiting.into_iter().flatten().collect()
    }

    /// Sets the state of a link. True: the link has come up, or up again under another handle. A link whose slot another link has is ignored.
    pub(crate) fn set(&mut self, link: u32, port: u32, handle: u32, state: LinkState, congested: u8) -> bool {
        if self.rows.get(slot_of(link)).is_none_or(|row| row.link.is_none()) {
            self.begin(link);
        }
        let id = self.port(port);
        let Some(row) = self.rows.get_mut(slot_of(link)).filter(|row| row.link == Some(link)) else { return false };
        if row.handle != 0 && self.by_handle.get(&(row.port, row.handle)) == Some(&link) {
            self.by_handle.remove(&(row.port, row.handle));
        }
        let is_new = handle != 0 && handle != row.handle;
        if handle != 0 {
            self.by_handle.insert((port, handle), link);
        }
        (row.port, row.id, row.handle, row.state, row.congested) = (port, id, handle, state, congested);
        is_new
    }

    /// Finds the link of a frame, and counts the frame. None: no link has the frame's handle.
    pub(crate) fn handle_frame(&mut self, id: PortId, frame: &mut DataFrame<'_>) -> Option<u32> {
        let link = *self.by_handle.get(&(self.number_of(id)?, frame.handle))?;
        let (counts, packets) = (&mut self.rows[slot_of(link)].counts, frame.packets);
        counts.packets_received += packets as u64;
        counts.bytes_received += packet_bytes(frame.bytes_mut(), packets);
        Some(link)
    }

    /// Keeps a frame without a link for a while.
    pub(crate) fn keep_early(&mut self, id: PortId, frame: &mut DataFrame<'_>, now: Instant) {
        if let Some(port) = self.number_of(id) {
            self.early.keep(port, frame, now);
        }
    }

    /// Takes the frames that came under a link's handle before the link had it, with their port.
    pub(crate) fn take_early(&mut self, link: u32) -> Vec<(PortId, EarlyFrame)> {
        let Some(row) = self.row(link) else { return Vec::new() };
        let Some(id) = row.id else { return Vec::new() };
        self.early.take(row.port, row.handle).into_iter().map(|frame| (id, frame)).collect()
    }

    /// Counts a dropped frame of a link that the label table does not have.
    pub(crate) fn refuse_frame(&mut self, link: u32) {
        if let Some(port) = self.row(link).map(|row| row.port) {
            self.early.count_dropped(port);
        }
    }

    pub(crate) fn state(&self, link: u32) -> LinkState {
        self.row(link).map(|row| row.state).unwrap_or_default()
    }

    /// Whether packets of the class may be sent on the link now. A link that is down takes packets too, and drops and counts them, so that nobody
    /// waits for it for ever.
    pub(crate) fn is_writable(&self, link: u32, class: TrafficClass, ports: &Ports) -> bool {
        let Some(row) = self.row(link).filter(|row| row.handle != 0) else { return true };
        !class.is_in(row.congested) && row.id.is_none_or(|id| ports[id].is_writable())
    }

    /// Notes that a connection waits for room on a link.
    pub(crate) fn wait(&mut self, link: u32, class: TrafficClass, connection: u32) {
        if let Some(row) = self.row_mut(link) {
            row.waiting[class as usize].insert(connection);
        }
    }

    /// Takes the waiting connections of links that take packets again.
    pub(crate) fn take_waiting(&mut self, ports: &Ports) -> BTreeSet<u32> {
        let mut ready = BTreeSet::new();
        for slot in 0..self.rows.len() {
            let Some(link) = self.rows[slot].link else { continue };
            for class in TrafficClass::ALL {
                let are_waiting = !self.rows[slot].waiting[class as usize].is_empty();
                if are_waiting && self.is_writable(link, class, ports) {
                    ready.append(&mut self.rows[slot].waiting[class as usize]);
                }
            }
        }
        ready
    }

    /// Sends a mesh packet on a link. False: dropped.
    pub(crate) fn send_packet(&mut self, way: Way, packet: &[u8], ports: &mut Ports) -> bool {
        let Some(row) = self.row_mut(way.out_link) else { return false };
        let is_taken = match row.id {
            Some(id) if row.handle != 0 => ports[id].send_packet(row.address(way.in_link), packet),
            _ => false,
        };
        row.count_sent(is_taken, 1, packet.len() as u64);
        is_taken
    }

    /// Sends a whole frame of packets on a link. False: dropped.
    pub(crate) fn send_frame(&mut self, way: Way, frame: DataFrame<'_>, ports: &mut Ports) -> bool {
        let Some(row) = self.row_mut(way.out_link) else { return false };
        let mut frame = frame;
        let packets = frame.packets;
        let bytes = packet_bytes(frame.bytes_mut(), packets);
        let is_taken = match row.id {
            Some(id) if row.handle != 0 => ports[id].send_frame(row.address(way.in_link), frame),
            _ => false,
        };
        row.count_sent(is_taken, packets as u64, bytes);
        is_taken
    }

    pub(crate) fn figures(&self) -> impl Iterator<Item = LinkFigures> {
        self.rows.iter().filter_map(|row| Some(LinkFigures { link: row.link?, ..row.counts }))
    }

    fn row(&self, link: u32) -> Option<&Row> {
        self.rows.get(slot_of(link)).filter(|row| row.link == Some(link))
    }

    fn row_mut(&mut self, link: u32) -> Option<&mut Row> {
        self.rows.get_mut(slot_of(link)).filter(|row| row.link == Some(link))
    }
}

impl Row {
    /// The FlorIO address of packets that came in by a link; `None`: packets of this vertex itself.
    fn address(&self, in_link: Option<u32>) -> Address {
        let source = in_link.map_or(0, |link| u16::try_from(1 + slot_of(link)).unwrap_or(u16::MAX));
        Address { handle: self.handle, source }
    }

    fn count_sent(&mut self, is_taken: bool, packets: u64, bytes: u64) {
        match is_taken {
            true => {
                self.counts.packets_sent += packets;
                self.counts.bytes_sent += bytes;
            }
            false if self.handle == 0 => self.counts.dropped_down += packets,
            false => self.counts.dropped_full += packets,
        }
    }
}

fn packet_bytes(frame: &[u8], packets: usize) -> u64 {
    (frame.len() - FRAME_HEADER_SIZE - LENGTH_SIZE * packets) as u64
}
