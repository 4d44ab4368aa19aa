//! Figures of the lane of cluster-flor as objects.

use florenetes_cluster::{
    Account, AccountFigures, ConnectionFigures, EntryFigures, Figures, FlowFigures, LinkFigures, PortalFigures,
};
use florenetes_wire::mesh::{DropCounts, PairCounts, Scope};
use napi::bindgen_prelude::{Float64Array, Uint32Array};
use napi_derive::napi;

use crate::lane_figures::{NativePortFigures, port_figures};

/// Stands for all links, as in packages/labels.
const ALL_LINKS: f64 = -2.0;

/// All figures of the lane, at one time.
#[napi(object)]
pub struct NativeClusterFigures {
    /// Those that are open.
    pub ports: Vec<NativePortalFigures>,
    pub links: Vec<NativeLinkFigures>,
    /// By cause, from 1 on.
    pub own_drops: Vec<f64>,
    pub pairs: Vec<NativePairFigures>,
    /// Three numbers for each entry of the label table: its link, or -2 for all; its label; packets.
    pub entries: Float64Array,
    pub connections: Vec<NativeEndFigures>,
    pub accounts: Vec<NativeAccountFigures>,
    pub drops: NativeClusterDrops,
    pub streams_untold: f64,
    pub memory_held: f64,
    /// Connections of workloads.
    pub workloads_open: f64,
}

/// Figures of the port of a portal.
#[napi(object)]
pub struct NativePortalFigures {
    pub port: u32,
    pub figures: NativePortFigures,
    /// Frames that no link has the handle of.
    pub frames_no_link: f64,
}

/// Counts of what was thrown away, and belongs to nothing else here.
#[napi(object)]
pub struct NativeClusterDrops {
    pub packets_untold: f64,
    pub wrong_service: f64,
    pub connection_over: f64,
    pub unauthenticated: f64,
    pub messages_untold: f64,
}

/// Figures of a link.
#[napi(object)]
pub struct NativeLinkFigures {
    pub link: u32,
    pub packets_received: f64,
    pub bytes_received: f64,
    pub packets_sent: f64,
    pub bytes_sent: f64,
    pub dropped_down: f64,
    pub dropped_full: f64,
    pub packets_forwarded: f64,
    pub packets_delivered: f64,
    /// By cause, from 1 on.
    pub drops: Vec<f64>,
    /// A label for each; 0: none is known.
    pub dropped_labels: Vec<u32>,
    pub labels_guessed: f64,
}

/// Counts of what passed from one link to another.
#[napi(object)]
pub struct NativePairFigures {
    pub in_link: u32,
    pub out_link: u32,
    pub packets_passed: f64,
    pub packets_dropped: f64,
}

/// Figures of a connection since it was adopted; those of QUIC since it began.
#[napi(object)]
pub struct NativeEndFigures {
    pub connection: u32,
    pub rtt_ms: f64,
    pub bytes_sent: f64,
    pub bytes_received: f64,
    /// -1: this vertex itself.
    pub out_link: i32,
    pub words: Uint32Array,
    pub payload_max: u32,
    pub streams_open: u32,
    pub streams_opening: u32,
    pub is_in_flight: bool,
    pub silent_ms: f64,
    pub unanswered_ms: f64,
    pub packets_ignored: f64,
}

/// How many streams a tunnel or a service has and had.
#[napi(object)]
pub struct NativeAccountFigures {
    pub tunnel: Option<u32>,
    pub service: Option<u32>,
    pub open: f64,
    pub total: f64,
    /// Pairs of numbers: a code, and how many.
    pub refused: Vec<f64>,
    pub cut: Vec<f64>,
    pub flows: NativeFlowFigures,
}

/// Datagrams of the flows of a tunnel or a service: none, where it takes streams.
#[napi(object)]
pub struct NativeFlowFigures {
    pub ended_idle: f64,
    pub ended_room: f64,
    /// Handed to the mesh.
    pub datagrams_sent: f64,
    pub bytes_sent: f64,
    /// Out of the mesh.
    pub datagrams_received: f64,
    pub bytes_received: f64,
    pub drops: NativeFlowDrops,
}

/// Datagrams that were thrown away, by cause.
#[napi(object)]
pub struct NativeFlowDrops {
    pub queue: f64,
    pub late: f64,
    pub too_large: f64,
    pub unfinished: f64,
    pub unknown_flow: f64,
    pub malformed: f64,
    pub no_room: f64,
    pub refused: f64,
    pub target: f64,
}

/// Numbers of JavaScript hold these counts for longer than any process lives.
pub(crate) fn figures(of: Figures) -> NativeClusterFigures {
    let ports = of.ports.into_iter().map(|PortalFigures { port, florio, frames_no_link }| NativePortalFigures {
        port,
        figures: port_figures(florio),
        frames_no_link: frames_no_link as f64,
    });
    NativeClusterFigures {
        ports: ports.collect(),
        links: of.links.iter().map(link_figures).collect(),
        own_drops: by_cause(&of.own_drops),
        pairs: of.pairs.iter().map(pair_figures).collect(),
        entries: Float64Array::new(of.entries.iter().flat_map(entry_figures).collect()),
        connections: of.connections.into_iter().map(connection_figures).collect(),
        accounts: of.accounts.iter().map(account_figures).collect(),
        drops: NativeClusterDrops {
            packets_untold: of.drops.packets_untold as f64,
            wrong_service: of.drops.wrong_service as f64,
            connection_over: of.drops.connection_over as f64,
            unauthenticated: of.drops.unauthenticated as f64,
            messages_untold: of.drops.messages_untold as f64,
        },
        streams_untold: of.streams_untold as f64,
        memory_held: of.memory_held as f64,
        workloads_open: of.workloads_open as f64,
    }
}

fn by_cause(counts: &DropCounts) -> Vec<f64> {
    counts[1..].iter().map(|&count| count as f64).collect()
}

fn link_figures(of: &LinkFigures) -> NativeLinkFigures {
    NativeLinkFigures {
        link: of.link,
        packets_received: of.packets_received as f64,
        bytes_received: of.bytes_received as f64,
        packets_sent: of.packets_sent as f64,
        bytes_sent: of.bytes_sent as f64,
        dropped_down: of.dropped_down as f64,
        dropped_full: of.dropped_full as f64,
        packets_forwarded: of.packets_forwarded as f64,
        packets_delivered: of.packets_delivered as f64,
        drops: by_cause(&of.drops),
        dropped_labels: of.dropped_labels[1..].to_vec(),
        labels_guessed: of.labels_guessed as f64,
    }
}

fn pair_figures(of: &PairCounts) -> NativePairFigures {
    NativePairFigures {
        in_link: of.in_link,
        out_link: of.out_link,
        packets_passed: of.packets_passed as f64,
        packets_dropped: of.packets_dropped as f64,
    }
}

fn entry_figures(of: &EntryFigures) -> [f64; 3] {
    let link = match of.scope {
        Scope::All => ALL_LINKS,
        Scope::Link(link) => f64::from(link),
    };
    [link, f64::from(of.label), of.packets as f64]
}

fn connection_figures(of: ConnectionFigures) -> NativeEndFigures {
    NativeEndFigures {
        connection: of.connection,
        rtt_ms: of.quic.rtt_ms,
        bytes_sent: of.quic.bytes_sent as f64,
        bytes_received: of.quic.bytes_received as f64,
        out_link: of.way.out_link.map_or(-1, u32::cast_signed),
        words: Uint32Array::new(of.way.words),
        payload_max: u32::from(of.payload_max),
        streams_open: of.streams_open as u32,
        streams_opening: of.streams_opening as u32,
        is_in_flight: of.is_in_flight,
        silent_ms: of.silent.as_secs_f64() * 1_000.0,
        unanswered_ms: of.unanswered.as_secs_f64() * 1_000.0,
        packets_ignored: of.packets_ignored as f64,
    }
}

fn account_figures(of: &AccountFigures) -> NativeAccountFigures {
    let (tunnel, service) = match of.account {
        Account::Tunnel(tunnel) => (Some(tunnel), None),
        Account::Service(service) => (None, Some(service)),
    };
    let pairs = |counts: &[(u64, u64)]| counts.iter().flat_map(|&(code, count)| [code as f64, count as f64]).collect();
    NativeAccountFigures {
        tunnel,
        service,
        open: of.open as f64,
        total: of.total as f64,
        refused: pairs(&of.refused),
        cut: pairs(&of.cut),
        flows: flow_figures(&of.flows),
    }
}

fn flow_figures(of: &FlowFigures) -> NativeFlowFigures {
    let drops = &of.drops;
    NativeFlowFigures {
        ended_idle: of.ended_idle as f64,
        ended_room: of.ended_room as f64,
        datagrams_sent: of.datagrams_sent as f64,
        bytes_sent: of.bytes_sent as f64,
        datagrams_received: of.datagrams_received as f64,
        bytes_received: of.bytes_received as f64,
        drops: NativeFlowDrops {
            queue: drops.queue as f64,
            late: drops.late as f64,
            too_large: drops.too_large as f64,
            unfinished: drops.unfinished as f64,
            unknown_flow: drops.unknown_flow as f64,
            malformed: drops.malformed as f64,
            no_room: drops.no_room as f64,
            refused: drops.refused as f64,
            target: drops.target as f64,
        },
    }
}
