//! Figures of the lane as objects.

use std::sync::Arc;

use florenetes_florio::{FlorioCounters, PortFigures};
use florenetes_link::{ClassCounts, Figures, LiveCounts, SessionFigures, UdpFigures};
use napi_derive::napi;

/// All figures of a cluster, at one time.
#[napi(object)]
pub struct NativeLaneFigures {
    pub udp: Option<NativeUdpFigures>,
    pub port: Option<NativePortFigures>,
    pub sessions: Vec<NativeSessionFigures>,
    pub drops: NativeLaneDrops,
    pub transit: NativeTransitFigures,
}

/// Labels that transit goes by, and packets that were decided about.
#[napi(object)]
pub struct NativeTransitFigures {
    pub labels: f64,
    pub packets_decided: f64,
}

/// Counts of what belongs to no session.
#[napi(object)]
pub struct NativeLaneDrops {
    pub datagrams_ignored: f64,
    pub datagrams_session_over: f64,
    pub datagrams_untold: f64,
    pub datagrams_unsent: f64,
    pub messages_untold: f64,
    pub probes_untold: f64,
    pub packets_no_route: f64,
}

/// Counts of a UDP socket.
#[napi(object)]
pub struct NativeUdpFigures {
    pub received: f64,
    pub sent: f64,
    pub bytes_received: f64,
    pub bytes_sent: f64,
    pub socket_full: f64,
    pub send_errors: f64,
    pub receive_errors: f64,
}

/// Figures of a FlorIO port.
#[napi(object)]
pub struct NativePortFigures {
    pub is_connected: bool,
    pub is_writable: bool,
    pub waiting_for: String,
    pub counters: NativeFlorioCounters,
}

/// Counts of a FlorIO port.
#[napi(object)]
pub struct NativeFlorioCounters {
    pub frames_sent: f64,
    pub frames_received: f64,
    pub packets_sent: f64,
    pub packets_received: f64,
    pub packets_refused_queue_full: f64,
    pub packets_refused_not_connected: f64,
    pub packets_refused_unsendable: f64,
    pub packets_dropped_not_connected: f64,
    pub packets_dropped_unsendable: f64,
    pub control_dropped: f64,
    pub socket_full: f64,
    pub disconnects: f64,
    pub frames_dropped_disconnected: f64,
    pub frames_dropped_malformed: f64,
    pub frames_dropped_version: f64,
    pub frames_dropped_type: f64,
    pub frames_dropped_sender: f64,
}

/// Figures of a session since it was adopted; those of QUIC since its connection began.
#[napi(object)]
pub struct NativeSessionFigures {
    pub session: u32,
    pub rtt_ms: f64,
    pub packets_lost: f64,
    pub is_ecn_on: bool,
    pub ce_received: f64,
    pub packets_sent: f64,
    pub packets_received: f64,
    pub bytes_sent: f64,
    pub bytes_received: f64,
    pub packets_split: f64,
    pub pieces_sent: f64,
    pub packets_joined: f64,
    pub queue_length: f64,
    pub dropped_too_large: f64,
    pub dropped_no_handle: f64,
    /// By the numbers of the classes.
    pub classes: Vec<NativeClassCounts>,
    pub incomplete: f64,
    pub pieces_refused: f64,
    pub last_heard: f64,
}

/// Counts of a class: see `ClassCounts` of native/wire.
#[napi(object)]
pub struct NativeClassCounts {
    pub packets_sent: f64,
    pub bytes_sent: f64,
    pub dropped_full: f64,
    pub dropped_late: f64,
    pub delay_ms: f64,
}

/// Counts of a session that are read without waiting for the thread.
#[napi]
pub struct NativeLiveCounts(pub(crate) Arc<LiveCounts>);

#[napi]
impl NativeLiveCounts {
    /// The counts after the thread's last turn that had to do with the session.
    #[napi(catch_unwind)]
    pub fn read(&self) -> NativeCounts {
        let counts = self.0.read();
        NativeCounts {
            packets_sent: counts.packets_sent as f64,
            quic_packets_sent: counts.quic_packets_sent as f64,
            quic_packets_received: counts.quic_packets_received as f64,
            quic_packets_lost: counts.quic_packets_lost as f64,
        }
    }
}

/// See `Counts` of native/link.
#[napi(object)]
pub struct NativeCounts {
    pub packets_sent: f64,
    pub quic_packets_sent: f64,
    pub quic_packets_received: f64,
    pub quic_packets_lost: f64,
}

/// Numbers of JavaScript hold these counts for longer than any process lives.
pub(crate) fn figures(of: Figures) -> NativeLaneFigures {
    NativeLaneFigures {
        udp: of.udp.map(udp_figures),
        port: of.port.map(port_figures),
        sessions: of.sessions.into_iter().map(session_figures).collect(),
        drops: NativeLaneDrops {
            datagrams_ignored: of.drops.datagrams_ignored as f64,
            datagrams_session_over: of.drops.datagrams_session_over as f64,
            datagrams_untold: of.drops.datagrams_untold as f64,
            datagrams_unsent: of.drops.datagrams_unsent as f64,
            messages_untold: of.drops.messages_untold as f64,
            probes_untold: of.drops.probes_untold as f64,
            packets_no_route: of.drops.packets_no_route as f64,
        },
        transit: NativeTransitFigures {
            labels: of.transit.labels as f64,
            packets_decided: of.transit.packets_decided as f64,
        },
    }
}

fn udp_figures(UdpFigures { counters, .. }: UdpFigures) -> NativeUdpFigures {
    NativeUdpFigures {
        received: counters.received as f64,
        sent: counters.sent as f64,
        bytes_received: counters.bytes_received as f64,
        bytes_sent: counters.bytes_sent as f64,
        socket_full: counters.socket_full as f64,
        send_errors: counters.send_errors as f64,
        receive_errors: counters.receive_errors as f64,
    }
}

pub(crate) fn port_figures(of: PortFigures) -> NativePortFigures {
    NativePortFigures {
        is_connected: of.is_connected,
        is_writable: of.is_writable,
        waiting_for: of.waiting_for,
        counters: florio_counters(&of.counters),
    }
}

fn florio_counters(of: &FlorioCounters) -> NativeFlorioCounters {
    NativeFlorioCounters {
        frames_sent: of.frames_sent as f64,
        frames_received: of.frames_received as f64,
        packets_sent: of.packets_sent as f64,
        packets_received: of.packets_received as f64,
        packets_refused_queue_full: of.packets_refused_queue_full as f64,
        packets_refused_not_connected: of.packets_refused_not_connected as f64,
        packets_refused_unsendable: of.packets_refused_unsendable as f64,
        packets_dropped_not_connected: of.packets_dropped_not_connected as f64,
        packets_dropped_unsendable: of.packets_dropped_unsendable as f64,
        control_dropped: of.control_dropped as f64,
        socket_full: of.socket_full as f64,
        disconnects: of.disconnects as f64,
        frames_dropped_disconnected: of.frames_dropped_disconnected as f64,
        frames_dropped_malformed: of.frames_dropped_malformed as f64,
        frames_dropped_version: of.frames_dropped_version as f64,
        frames_dropped_type: of.frames_dropped_type as f64,
        frames_dropped_sender: of.frames_dropped_sender as f64,
    }
}

fn session_figures(of: SessionFigures) -> NativeSessionFigures {
    NativeSessionFigures {
        session: of.session,
        rtt_ms: of.quic.rtt_ms,
        packets_lost: of.quic.packets_lost as f64,
        is_ecn_on: of.quic.is_ecn_on,
        ce_received: of.quic.ce_received as f64,
        packets_sent: of.sent.packets_sent as f64,
        packets_received: of.packets_received as f64,
        bytes_sent: of.sent.bytes_sent as f64,
        bytes_received: of.bytes_received as f64,
        packets_split: of.sent.packets_split as f64,
        pieces_sent: of.sent.pieces_sent as f64,
        packets_joined: of.joined.joined as f64,
        queue_length: of.queue_length as f64,
        dropped_too_large: (of.dropped_too_large + of.sent.dropped_by_engine) as f64,
        dropped_no_handle: of.dropped_no_handle as f64,
        classes: of.classes.into_iter().map(class_counts).collect(),
        incomplete: of.joined.given_up as f64,
        pieces_refused: of.joined.pieces_refused as f64,
        last_heard: of.last_heard_ms,
    }
}

fn class_counts(of: ClassCounts) -> NativeClassCounts {
    NativeClassCounts {
        packets_sent: of.packets_sent as f64,
        bytes_sent: of.bytes_sent as f64,
        dropped_full: of.dropped_full as f64,
        dropped_late: of.dropped_late as f64,
        delay_ms: of.delay.as_secs_f64() * 1_000.0,
    }
}
