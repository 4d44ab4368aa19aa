use std::time::Duration;

use florenetes_engine::Stats;
use florenetes_florio::PortFigures;
use florenetes_lane::to_bytes::ToBytes;
use florenetes_wire::mesh::{DropCounts, DropLabels, ExchangedRow, PairCounts, PermitRow, Scope};

use crate::datagrams::{FlowDrops, FlowFigures};
use crate::event::Account;
use crate::order::Way;

// Figures that TypeScript hears are declared in native/declaration.
include!(concat!(env!("CARGO_MANIFEST_DIR"), "/../made/declared/cluster/figures.rs"));

/// All figures of a data thread at one time. Counts never fall, but disappear with what they count.
#[derive(Clone, Debug, Default)]
pub struct Figures {
    /// Open ports.
    pub ports: Vec<PortalFigures>,
    /// Links that the owner has announced.
    pub links: Vec<LinkFigures>,
    /// Dropped packets of this vertex's own, by cause.
    pub own_drops: DropCounts,
    /// Pairs of links that any entry of the label table leads through.
    pub pairs: Vec<PairCounts>,
    /// Pairs of links that permits open, by class.
    pub permits: Vec<PermitRow>,
    /// This vertex's own packets over links, by share and class.
    pub exchanged: Vec<ExchangedRow>,
    /// Entries of the label table.
    pub entries: Vec<EntryFigures>,
    /// Adopted connections that are not gone yet.
    pub connections: Vec<ConnectionFigures>,
    /// Tunnels and services that the owner has announced and not forgotten.
    pub accounts: Vec<AccountFigures>,
    /// Packets and messages that the data thread itself dropped.
    pub drops: Drops,
    /// Ended streams and flows that the access log misses, since too many waited for the owner.
    pub streams_untold: u64,
    /// Bytes that all streams hold in memory.
    pub memory_held: u64,
    /// Connections of workloads, including the ones that wait or are being dialled.
    pub workloads_open: usize,
}

/// Figures of the port of a link vertex.
#[derive(Clone, Debug)]
pub struct PortalFigures {
    /// The number of the port.
    pub port: u32,
    /// Figures of FlorIO for the port.
    pub florio: PortFigures,
    /// Frames that were dropped, as no link has their handle.
    pub frames_no_link: u64,
}

/// Figures of a link.
#[derive(Clone, Copy, Debug, Default)]
pub struct LinkFigures {
    /// The number of the link.
    pub link: u32,
    /// Packets that came over the link.
    pub packets_received: u64,
    /// Bytes of the packets that came over the link.
    pub bytes_received: u64,
    /// Packets that the port took.
    pub packets_sent: u64,
    /// Bytes of the packets that the port took.
    pub bytes_sent: u64,
    /// Packets that were dropped while the link was not up.
    pub dropped_down: u64,
    /// Packets that were dropped because the port had no room.
    pub dropped_full: u64,
    /// Packets that came over the link and were forwarded.
    pub packets_forwarded: u64,
    /// Packets that came over the link and were delivered here.
    pub packets_delivered: u64,
    /// Packets that came over the link and were dropped, by cause.
    pub drops: DropCounts,
    /// A label of a dropped packet for each cause.
    pub dropped_labels: DropLabels,
    /// Different labels that came over the link and are not in the label table.
    pub labels_guessed: u64,
}

/// Counts of an entry of the label table.
#[derive(Clone, Copy, Debug)]
pub struct EntryFigures {
    /// The links whose packets the entry holds for.
    pub scope: Scope,
    /// The label of the entry.
    pub label: u32,
    /// Packets that the entry let through.
    pub packets: u64,
}

/// Stands for all links in the place of a link's number, as in packages/forwarding.
const ALL_LINKS: f64 = -2.0;

/// An entry is written as three doubles in this machine's byte order: link, label, packets. All entries follow their total length in bytes (4), so
/// that the reader takes millions of them over in one piece.
impl ToBytes for EntryFigures {
    fn write(&self, out: &mut Vec<u8>) {
        let link = match self.scope {
            Scope::All => ALL_LINKS,
            Scope::Link(link) => link.into(),
        };
        for number in [link, self.label.into(), self.packets as f64] {
            out.extend_from_slice(&number.to_ne_bytes());
        }
    }

    fn write_all(all: &[Self], out: &mut Vec<u8>) {
        let size = all.len() * 3 * size_of::<f64>();
        out.reserve(size);
        (size as u32).write(out);
        all.iter().for_each(|each| each.write(out));
    }
}

/// Figures of a connection since its adoption; QUIC's figures count from the connection's beginning.
#[derive(Clone, Debug)]
pub struct ConnectionFigures {
    /// The number of the connection.
    pub connection: u32,
    /// Figures of the QUIC connection.
    pub quic: Stats,
    /// The way of the connection's packets.
    pub way: Way,
    /// The size of the largest QUIC packet that the connection sends.
    pub payload_max: u16,
    /// Streams that are relayed.
    pub streams_open: usize,
    /// Streams that have been relayed since the adoption.
    pub streams_opened: u64,
    /// Streams of the peer that are not relayed yet.
    pub streams_opening: usize,
    /// Whether packets are unacknowledged, or may wait to be sent.
    pub is_in_flight: bool,
    /// Time since an authenticated packet of the peer came.
    pub silent: Duration,
    /// For how long packets have been unanswered.
    pub unanswered: Duration,
    /// Whether the connection has ended, and only answers stragglers.
    pub is_closing: bool,
    /// Packets that the connection's keys did not authenticate (forged, changed), or that came twice.
    pub packets_ignored: u64,
}

/// Counts of the streams, or flows of datagrams, of a tunnel or a service.
#[derive(Clone, Debug)]
pub struct AccountFigures {
    /// The tunnel or the service.
    pub account: Account,
    /// Streams and flows that are open now.
    pub open: u64,
    /// Streams and flows that have been opened, and the refused ones.
    pub total: u64,
    /// Refused streams and flows, by code. All unknown codes are counted under one.
    pub refused: Vec<(u64, u64)>,
    /// Accepted streams and flows that neither workload has ended, by code.
    pub cut: Vec<(u64, u64)>,
    /// Counts of the flows' datagrams; zeros where the account has streams.
    pub flows: FlowFigures,
}

/// Packets and messages that the data thread itself dropped, by cause. Counts never fall.
#[derive(Clone, Copy, Debug, Default)]
pub struct Drops {
    /// Packets for no connection here that the owner was not told of, since too many waited for it.
    pub packets_untold: u64,
    /// Packets whose connection is to another service than their label.
    pub wrong_service: u64,
    /// Packets for connections that have ended.
    pub connection_over: u64,
    /// Packets of connections that are gone which their keys did not authenticate, or which came twice.
    pub unauthenticated: u64,
    /// Messages, and news of ports, that the owner was not told of, since too many waited for it.
    pub messages_untold: u64,
    /// Refusals that were counted, but not told to the owner.
    pub refusals_untold: u64,
}
