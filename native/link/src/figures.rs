use std::net::SocketAddr;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use florenetes_engine::Stats;
use florenetes_florio::PortFigures;
use florenetes_io::udp::UdpCounters;
use florenetes_lane::to_bytes::{ToBytes, write_option};
use florenetes_wire::mesh::Transit;
use florenetes_wire::pieces::{JoinCounts, SendCounts};
use florenetes_wire::queue::ClassCounts;

// Figures that TypeScript hears are declared in native/declaration.
include!(concat!(env!("CARGO_MANIFEST_DIR"), "/../made/declared/link/figures.rs"));

/// All figures of a cluster, at one time. Counts never fall, but those of a socket or session that is closed are gone.
#[derive(Clone, Debug, Default)]
pub struct Figures {
    /// The UDP socket; none while it is not open.
    pub udp: Option<UdpFigures>,
    /// The FlorIO port; none while it is not open.
    pub port: Option<PortFigures>,
    /// Sessions that were adopted, in no order. A session that has ended stays for a second.
    pub sessions: Vec<SessionFigures>,
    /// Drops that belong to no session.
    pub drops: Drops,
    /// Figures of the cluster's transit.
    pub transit: TransitFigures,
}

/// Figures of transit; counts by link and label are told by `TellTransit`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct TransitFigures {
    /// Labels that packets are forwarded by.
    pub labels: usize,
    /// Packets that transit has decided about.
    pub packets_decided: u64,
}

impl TransitFigures {
    pub(crate) fn of(transit: &Transit) -> Self {
        Self { labels: transit.labels(), packets_decided: transit.packets_decided() }
    }
}

/// Figures of a UDP socket.
#[derive(Clone, Debug)]
pub struct UdpFigures {
    /// The address and port of the socket.
    pub local: SocketAddr,
    /// Counts since the socket was opened.
    pub counters: UdpCounters,
}

/// Figures of a session since it was adopted; those of its connection since that began.
#[derive(Clone, Copy, Debug)]
pub struct SessionFigures {
    /// The number of the session.
    pub session: u32,
    /// Figures of the session's QUIC connection.
    pub quic: Stats,
    /// Packets that left, without probes.
    pub sent: SendCounts,
    /// Packets that came in pieces.
    pub joined: JoinCounts,
    /// Packets that came, without probes.
    pub packets_received: u64,
    /// Bytes of the packets that came, without probes.
    pub bytes_received: u64,
    /// Packets of the cluster vertex that were larger than the link carries.
    pub dropped_too_large: u64,
    /// Packets that came for no handle.
    pub dropped_no_handle: u64,
    /// Packets that went to the engine or were dropped by the queue, of each class by its number, without probes.
    pub classes: [ClassCounts; 6],
    /// Packets that wait.
    pub queue_length: usize,
    /// When something authentic was heard last, in milliseconds of the owner's clock.
    pub last_heard_ms: f64,
}

impl SessionFigures {
    /// Packets of the cluster vertex that were larger than a link carries, or than its engine took.
    fn dropped_too_large(&self) -> u64 {
        self.dropped_too_large + self.sent.dropped_by_engine
    }

    /// Packets that the queue has dropped.
    #[must_use]
    pub fn dropped_by_queue(&self) -> u64 {
        self.classes.iter().map(|class| class.dropped_full + class.dropped_late).sum()
    }
}

/// Counts of a session as they were after the thread's last turn that had to do with it. Reading them takes no lock.
#[derive(Debug, Default)]
pub struct LiveCounts {
    packets_sent: AtomicU64,
    quic_packets_sent: AtomicU64,
    quic_packets_received: AtomicU64,
    quic_packets_lost: AtomicU64,
}

/// The counts of [`LiveCounts`], as in [`SessionFigures`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Packets that left, without probes.
    pub packets_sent: u64,
    /// Packets of the connection.
    pub quic_packets_sent: u64,
    /// Packets that were genuine, and no duplicates.
    pub quic_packets_received: u64,
    /// Packets that were given up as lost.
    pub quic_packets_lost: u64,
}

impl LiveCounts {
    /// Each count was true by itself: two of them may be of two turns.
    #[must_use]
    pub fn read(&self) -> Counts {
        Counts {
            packets_sent: self.packets_sent.load(Relaxed),
            quic_packets_sent: self.quic_packets_sent.load(Relaxed),
            quic_packets_received: self.quic_packets_received.load(Relaxed),
            quic_packets_lost: self.quic_packets_lost.load(Relaxed),
        }
    }

    pub(crate) fn publish(&self, counts: Counts) {
        self.packets_sent.store(counts.packets_sent, Relaxed);
        self.quic_packets_sent.store(counts.quic_packets_sent, Relaxed);
        self.quic_packets_received.store(counts.quic_packets_received, Relaxed);
        self.quic_packets_lost.store(counts.quic_packets_lost, Relaxed);
    }
}

/// Counts of what was dropped, by cause.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Drops {
    /// Datagrams for sessions, also for sessions that are gone, that were not of their keys, or duplicates, or from elsewhere.
    pub datagrams_ignored: u64,
    /// Datagrams for sessions that had ended.
    pub datagrams_session_over: u64,
    /// Datagrams that were for no session, while too many waited for the owner.
    pub datagrams_untold: u64,
    /// Datagrams of the owner, while too many waited for the socket.
    pub datagrams_unsent: u64,
    /// Messages and news of the port, while too many waited for the owner.
    pub messages_untold: u64,
    /// Probes, while too many of their session waited for the owner.
    pub probes_untold: u64,
    /// Packets of the cluster vertex under a handle that leads nowhere, or to a session that has ended.
    pub packets_no_route: u64,
}
