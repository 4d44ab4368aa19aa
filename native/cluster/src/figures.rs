use std::time::Duration;

use florenetes_engine::Stats;
use florenetes_florio::PortFigures;
use florenetes_lane::to_bytes::ToBytes;
use florenetes_wire::mesh::{DropCounts, DropLabels, PairCounts, Scope};

use crate::datagrams::{FlowDrops, FlowFigures};
use crate::event::Account;
use crate::order::Way;

// Figures that TypeScript hears are declared in native/declaration.
include!(concat!(env!("CARGO_MANIFEST_DIR"), "/../made/declared/cluster/figures.rs"));

/// All figures of a lane, at one time. Counts never fall, but those of what is closed are gone.
#[derive(Clone, Debug, Default)]
pub struct Figures {
    /// Open ports.
    pub ports: Vec<PortalFigures>,
    /// Links that were ever told of.
    pub links: Vec<LinkFigures>,
    /// Packets of this vertex's own that were thrown away, by cause.
    pub own_drops: DropCounts,
    /// Pairs of links that any entry of the label table leads through.
    pub pairs: Vec<PairCounts>,
    /// Entries of the label table.
    pub entries: Vec<EntryFigures>,
    /// Connections that were adopted and not left yet.
    pub connections: Vec<ConnectionFigures>,
    /// Tunnels and services that were ever told of.
    pub accounts: Vec<AccountFigures>,
    /// Packets and messages that were thrown away here.
    pub drops: Drops,
    /// Streams and flows that were over, and that the owner had no time to hear of.
    pub streams_untold: u64,
    /// Bytes that all streams hold in memory.
    pub memory_held: u64,
    /// Connections of workloads, those included that wait or are being dialled.
    pub workloads_open: usize,
}

/// Figures of the port of a link vertex.
#[derive(Clone, Debug)]
pub struct PortalFigures {
    /// The number of the port.
    pub port: u32,
    /// The port's own.
    pub florio: PortFigures,
    /// Frames that were thrown away, as no link has their handle.
    pub frames_no_link: u64,
}

/// Figures of a link.
#[derive(Clone, Copy, Debug, Default)]
pub struct LinkFigures {
    /// The number of the link.
    pub link: u32,
    /// Packets that came.
    pub packets_received: u64,
    /// Bytes of the packets that came.
    pub bytes_received: u64,
    /// Packets that the port took.
    pub packets_sent: u64,
    /// Bytes of the packets that the port took.
    pub bytes_sent: u64,
    /// Packets for the link while it was not up.
    pub dropped_down: u64,
    /// Packets that the port did not take.
    pub dropped_full: u64,
    /// Packets that came over the link and were sent on.
    pub packets_forwarded: u64,
    /// Packets that came over the link and ended here.
    pub packets_delivered: u64,
    /// Packets that came over the link and were thrown away, by cause.
    pub drops: DropCounts,
    /// A label for each.
    pub dropped_labels: DropLabels,
    /// Different labels that came over the link and mean nothing here.
    pub labels_guessed: u64,
}

/// How many packets an entry of the label table let through.
#[derive(Clone, Copy, Debug)]
pub struct EntryFigures {
    /// Whose packets the entry holds for.
    pub scope: Scope,
    /// The label of the entry.
    pub label: u32,
    /// Packets that the entry let through.
    pub packets: u64,
}

/// Stands for all links, as in packages/forwarding.
const ALL_LINKS: f64 = -2.0;

/// Millions of entries may be told: they are doubles of this machine's byte order, behind the length of all in bytes (4), to be taken over in one piece.
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

/// Figures of a connection since it was adopted; those of QUIC since it began.
#[derive(Clone, Debug)]
pub struct ConnectionFigures {
    /// The number of the connection.
    pub connection: u32,
    /// Figures of the QUIC connection.
    pub quic: Stats,
    /// The way of the connection's packets.
    pub way: Way,
    /// Largest QUIC packet that the connection sends.
    pub payload_max: u16,
    /// Streams that are relayed.
    pub streams_open: usize,
    /// Streams that were relayed so far.
    pub streams_opened: u64,
    /// Streams of the peer that are not relayed yet.
    pub streams_opening: usize,
    /// Whether something that was sent has not been acknowledged, or may wait to be sent.
    pub is_in_flight: bool,
    /// Time since an authenticated packet of the peer came.
    pub silent: Duration,
    /// For how long the peer has been asked without an answer.
    pub unanswered: Duration,
    /// Whether the connection has ended, and says so.
    pub is_closing: bool,
    /// Packets that were not of the connection's keys (forged, changed), or came twice.
    pub packets_ignored: u64,
}

/// How many streams, or flows of datagrams, a tunnel or a service has and had.
#[derive(Clone, Debug)]
pub struct AccountFigures {
    /// Whose.
    pub account: Account,
    /// Now.
    pub open: u64,
    /// So far, with those that were refused.
    pub total: u64,
    /// Refused, by code. All codes that are not known here are counted as the first of them.
    pub refused: Vec<(u64, u64)>,
    /// Accepted, and ended by neither workload, by code.
    pub cut: Vec<(u64, u64)>,
    /// Datagrams of its flows: none, where it takes streams.
    pub flows: FlowFigures,
}

/// Packets and messages that were thrown away here, by cause. Counts never fall.
#[derive(Clone, Copy, Debug, Default)]
pub struct Drops {
    /// Packets for no connection here, that the owner had no time for.
    pub packets_untold: u64,
    /// Packets for connections to another service.
    pub wrong_service: u64,
    /// Packets for connections that have ended.
    pub connection_over: u64,
    /// Packets of connections that are gone, which were not of their keys or came twice.
    pub unauthenticated: u64,
    /// Messages, and news of ports, that the owner had no time for.
    pub messages_untold: u64,
    /// Refusals that were counted and not told.
    pub refusals_untold: u64,
}
