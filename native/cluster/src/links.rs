use std::collections::{BTreeSet, HashMap};
use std::time::Instant;

use florenetes_florio::frame::{Address, DataFrame};
use florenetes_florio::limits::FRAME_HEADER_SIZE;
use florenetes_io::data_thread::{PortId, Ports};
use florenetes_wire::limits::LINKS_MAX;
use florenetes_wire::mesh::{LinkState, TrafficClass, Way};

use crate::early::{EarlyFrame, EarlyFrames};
use crate::figures::LinkFigures;

/// Bytes before each packet of a frame: its length.
const LENGTH_SIZE: usize = 2;

/// The ports of the vertex, and the links that they carry.
#[derive(Default)]
pub(crate) struct Links {
    ports: HashMap<u32, PortId>,
    rows: Vec<Row>,
    /// Links by the numbers of their ports and their handles.
    by_handle: HashMap<(u32, u32), u32>,
    /// Ports of which the owner has missed that their partners have come or gone.
    pub(crate) untold_ports: BTreeSet<u32>,
    pub(crate) early: EarlyFrames,
}

#[derive(Default)]
struct Row {
    port: u32,
    /// None: its port is not open.
    id: Option<PortId>,
    /// 0: it is not up.
    handle: u32,
    state: LinkState,
    /// The set of classes whose sources hold back.
    congested: u8,
    counts: LinkFigures,
    /// Connections of each class that wait for room, by their numbers.
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

    /// True: it has come up, or up again under another handle.
    pub(crate) fn set(&mut self, link: u32, port: u32, handle: u32, state: LinkState, congested: u8) -> bool {
        if link >= LINKS_MAX {
            return false;
        }
        let id = self.port(port);
        let rows = self.rows.len().max(link as usize + 1);
        self.rows.resize_with(rows, Row::default);
        let row = &mut self.rows[link as usize];
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

    /// The link of a frame, which is counted. None: there is none.
    pub(crate) fn handle_frame(&mut self, id: PortId, frame: &mut DataFrame<'_>) -> Option<u32> {
        let link = *self.by_handle.get(&(self.number_of(id)?, frame.handle))?;
        let (counts, packets) = (&mut self.rows[link as usize].counts, frame.packets);
        counts.packets_received += packets as u64;
        counts.bytes_received += packet_bytes(frame.bytes_mut(), packets);
        Some(link)
    }

    /// Keeps a frame of no link for a while.
    pub(crate) fn keep_early(&mut self, id: PortId, frame: &mut DataFrame<'_>, now: Instant) {
        if let Some(port) = self.number_of(id) {
            self.early.keep(port, frame, now);
        }
    }

    /// The frames that came under a link's handle before it had that, with their port.
    pub(crate) fn take_early(&mut self, link: u32) -> Vec<(PortId, EarlyFrame)> {
        let row = &self.rows[link as usize];
        let Some(id) = row.id else { return Vec::new() };
        self.early.take(row.port, row.handle).into_iter().map(|frame| (id, frame)).collect()
    }

    /// A frame has come over a link that the label table does not have.
    pub(crate) fn refuse_frame(&mut self, link: u32) {
        self.early.count_dropped(self.rows[link as usize].port);
    }

    pub(crate) fn state(&self, link: u32) -> LinkState {
        self.rows.get(link as usize).map(|row| row.state).unwrap_or_default()
    }

    /// A link that is down takes packets, in order to drop and count them: whoever waits for it must not wait for ever.
    pub(crate) fn is_writable(&self, link: u32, class: TrafficClass, ports: &Ports) -> bool {
        let Some(row) = self.rows.get(link as usize).filter(|row| row.handle != 0) else { return true };
        !class.is_in(row.congested) && row.id.is_none_or(|id| ports[id].is_writable())
    }

    /// A connection waits for room.
    pub(crate) fn wait(&mut self, link: u32, class: TrafficClass, connection: u32) {
        if let Some(row) = self.rows.get_mut(link as usize) {
            row.waiting[class as usize].insert(connection);
        }
    }

    /// Connections that may go on: those of links that take packets again.
    pub(crate) fn take_waiting(&mut self, ports: &Ports) -> BTreeSet<u32> {
        let mut ready = BTreeSet::new();
        for link in 0..self.rows.len() {
            for class in TrafficClass::ALL {
                let are_waiting = !self.rows[link].waiting[class as usize].is_empty();
                if are_waiting && self.is_writable(link as u32, class, ports) {
                    ready.append(&mut self.rows[link].waiting[class as usize]);
                }
            }
        }
        ready
    }

    /// Takes a mesh packet. False: dropped.
    pub(crate) fn send_packet(&mut self, way: Way, packet: &[u8], ports: &mut Ports) -> bool {
        let Some(row) = self.rows.get_mut(way.out_link as usize) else { return false };
        let is_taken = match row.id {
            Some(id) if row.handle != 0 => ports[id].send_packet(row.address(way.in_link), packet),
            _ => false,
        };
        row.count_sent(is_taken, 1, packet.len() as u64);
        is_taken
    }

    /// Takes a whole frame, all of whose packets go out on the link. False: dropped.
    pub(crate) fn send_frame(&mut self, way: Way, frame: DataFrame<'_>, ports: &mut Ports) -> bool {
        let Some(row) = self.rows.get_mut(way.out_link as usize) else { return false };
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
        self.rows.iter().zip(0..).map(|(row, link)| LinkFigures { link, ..row.counts })
    }
}

impl Row {
    /// Where packets of an in-link go; `None`: those of this vertex itself.
    fn address(&self, in_link: Option<u32>) -> Address {
        let source = in_link.map_or(0, |link| u16::try_from(1 + link).unwrap_or(u16::MAX));
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
