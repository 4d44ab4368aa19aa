use std::collections::{BTreeSet, HashMap, VecDeque};
use std::mem;

use florenetes_florio::frame::DataFrame;
use florenetes_florio::limits::FRAME_HEADER_SIZE;
use florenetes_io::data_thread::{PortId, Ports};
use florenetes_wire::limits::LINKS_MAX;
use florenetes_wire::mesh::LinkState;

use crate::figures::LinkFigures;
use crate::limits::{EARLY_BYTES_MAX, EARLY_FRAMES_MAX};

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
    pub(crate) untold_ports: Vec<u32>,
    /// Frames under handles that no link has yet: its link vertex has said so already, and the owner not yet.
    early: VecDeque<Early>,
    early_bytes: usize,
}

/// A frame that came before its link.
struct Early {
    port: PortId,
    handle: u32,
    packets: usize,
    bytes: Vec<u8>,
}

#[derive(Default)]
struct Row {
    port: u32,
    /// None: its port is not open.
    id: Option<PortId>,
    /// 0: it is not up.
    handle: u32,
    state: LinkState,
    is_congested: bool,
    counts: LinkFigures,
    /// Connections that wait for room, by their numbers.
    waiting: BTreeSet<u32>,
}

impl Links {
    // ── Ports ───────────────────────────────────────────────────────────────────────────────────────────────────────────

    pub(crate) fn add_port(&mut self, port: u32, id: PortId) {
        self.ports.insert(port, id);
        self.rows.iter_mut().filter(|row| row.port == port).for_each(|row| row.id = Some(id));
    }

    pub(crate) fn remove_port(&mut self, port: u32) -> Option<PortId> {
        self.rows.iter_mut().filter(|row| row.port == port).for_each(|row| row.id = None);
        self.ports.remove(&port)
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
    pub(crate) fn set(&mut self, link: u32, port: u32, handle: u32, state: LinkState, is_congested: bool) -> bool {
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
        (row.port, row.id, row.handle, row.state, row.is_congested) = (port, id, handle, state, is_congested);
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

    /// Keeps a frame of no link until there is one. Returns how many packets were dropped for it, the oldest first.
    pub(crate) fn keep_early(&mut self, port: PortId, frame: &mut DataFrame<'_>) -> u64 {
        let (handle, packets, bytes) = (frame.handle, frame.packets, frame.bytes_mut().to_vec());
        self.early_bytes += bytes.len();
        self.early.push_back(Early { port, handle, packets, bytes });
        let mut dropped = 0;
        while self.early.len() > EARLY_FRAMES_MAX || self.early_bytes > EARLY_BYTES_MAX {
            let Some(oldest) = self.early.pop_front() else { break };
            self.early_bytes -= oldest.bytes.len();
            dropped += oldest.packets as u64;
        }
        dropped
    }

    /// The frames that came under a link's handle before it had that, with their packets' numbers.
    pub(crate) fn take_early(&mut self, link: u32) -> Vec<(PortId, usize, Vec<u8>)> {
        let row = &self.rows[link as usize];
        let (port, handle) = (row.id, row.handle);
        let is_of_link = |early: &Early| Some(early.port) == port && early.handle == handle;
        let (taken, kept): (Vec<_>, Vec<_>) = mem::take(&mut self.early).into_iter().partition(is_of_link);
        self.early = kept.into();
        self.early_bytes = self.early.iter().map(|early| early.bytes.len()).sum();
        taken.into_iter().map(|early| (early.port, early.packets, early.bytes)).collect()
    }

    pub(crate) fn state(&self, link: u32) -> LinkState {
        self.rows.get(link as usize).map(|row| row.state).unwrap_or_default()
    }

    /// A link that is down takes packets, in order to drop and count them: whoever waits for it must not wait for ever.
    pub(crate) fn is_writable(&self, link: u32, ports: &Ports) -> bool {
        let Some(row) = self.rows.get(link as usize).filter(|row| row.handle != 0) else { return true };
        !row.is_congested && row.id.is_none_or(|id| ports[id].is_writable())
    }

    /// A connection waits for room.
    pub(crate) fn wait(&mut self, link: u32, connection: u32) {
        if let Some(row) = self.rows.get_mut(link as usize) {
            row.waiting.insert(connection);
        }
    }

    /// Connections that may go on: those of links that take packets again.
    pub(crate) fn take_waiting(&mut self, ports: &Ports) -> BTreeSet<u32> {
        let mut ready = BTreeSet::new();
        for link in 0..self.rows.len() {
            if !self.rows[link].waiting.is_empty() && self.is_writable(link as u32, ports) {
                ready.append(&mut self.rows[link].waiting);
            }
        }
        ready
    }

    /// Takes a mesh packet. False: dropped.
    pub(crate) fn send_packet(&mut self, link: u32, packet: &[u8], ports: &mut Ports) -> bool {
        let Some(row) = self.rows.get_mut(link as usize) else { return false };
        let is_taken = match row.id {
            Some(id) if row.handle != 0 => ports[id].send_packet(row.handle, packet),
            _ => false,
        };
        row.count_sent(is_taken, 1, packet.len() as u64);
        is_taken
    }

    /// Takes a whole frame, all of whose packets go out on the link. False: dropped.
    pub(crate) fn send_frame(&mut self, link: u32, frame: DataFrame<'_>, ports: &mut Ports) -> bool {
        let Some(row) = self.rows.get_mut(link as usize) else { return false };
        let mut frame = frame;
        let packets = frame.packets;
        let bytes = packet_bytes(frame.bytes_mut(), packets);
        let is_taken = match row.id {
            Some(id) if row.handle != 0 => ports[id].send_frame(row.handle, frame),
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
