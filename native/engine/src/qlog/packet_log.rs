use std::time::{Duration, Instant};

use quinn_proto::{PacketKind, PacketObserver, RecoveryMetrics, SeenPacket};

use super::Qlog;
use super::frames::put_frames;
use super::lines::{Lines, put, put_foreign, put_hexadecimal};
use crate::clock::Clock;
use crate::event::{CloseCause, Closed};

/// The packet log of one connection.
pub(crate) struct PacketLog {
    lines: Lines,
    clock: Clock,
    begins_ms: f64,
    unix_ms: f64,
    is_server: bool,
    metrics: Option<RecoveryMetrics>,
}

impl PacketLog {
    pub(crate) fn new(qlog: Qlog, is_server: bool, clock: Clock, now_ms: f64) -> Self {
        let unix_ms = qlog.unix_ms;
        Self { lines: Lines::new(qlog, is_server), clock, begins_ms: now_ms, unix_ms, is_server, metrics: None }
    }

    /// Keeps the log, as the handshake is complete.
    pub(crate) fn handle_established(&mut self) {
        self.lines.keep();
    }

    /// Logs the metrics that have changed.
    pub(super) fn handle_metrics(&mut self, now_ms: f64, metrics: RecoveryMetrics) {
        if self.metrics == Some(metrics) {
            return;
        }
        let before = self.metrics.replace(metrics).map(|metrics| members(&metrics));
        self.lines.event(self.elapsed(self.clock.instant(now_ms)), "recovery:metrics_updated", |out| {
            let mut separator = "";
            for (index, (name, value)) in members(&metrics).into_iter().enumerate() {
                if before.is_none_or(|before| before[index].1 != value) {
                    put(out, format_args!("{separator}\"{name}\":{value}"));
                    separator = ",";
                }
            }
        });
    }

    /// Logs the end of the connection.
    pub(crate) fn handle_closed(&mut self, now_ms: f64, closed: &Closed) {
        let owner = if closed.cause == CloseCause::Peer { "remote" } else { "local" };
        let code_name = if closed.is_application { "application_code" } else { "connection_code" };
        let trigger = match closed.cause {
            CloseCause::Idle => "idle_timeout",
            CloseCause::Reset => "stateless_reset",
            _ if closed.is_application => "application",
            _ if closed.code == 0 => "clean",
            _ => "error",
        };
        self.lines.event(self.elapsed(self.clock.instant(now_ms)), "connectivity:connection_closed", |out| {
            let code = closed.code;
            put(
                out,
                format_args!("\"owner\":\"{owner}\",\"{code_name}\":{code},\"trigger\":\"{trigger}\",\"reason\":\""),
            );
            put_foreign(out, &closed.reason);
            out.push(b'"');
        });
        self.lines.end();
    }

    fn elapsed(&self, now: Instant) -> f64 {
        self.clock.milliseconds(now) - self.begins_ms
    }

    fn packet_event(&mut self, now: Instant, name: &str, packet: &SeenPacket<'_>) {
        self.lines.event(self.elapsed(now), name, |out| {
            put_header(out, packet.kind, packet.number);
            put(out, format_args!(",\"raw\":{{\"length\":{}}},\"frames\":", packet.length));
            put_frames(out, packet.payload);
        });
    }
}

impl PacketObserver for PacketLog {
    fn handle_begin(&mut self, first_id: &[u8]) {
        self.lines.name(first_id);
        let (unix_ms, side) = (self.unix_ms, if self.is_server { "server" } else { "client" });
        self.lines.record(|out| {
            put(
                out,
                format_args!(
                    "{{\"qlog_version\":\"0.3\",\"qlog_format\":\"JSON-SEQ\",\"title\":\"Florenetes\",\"trace\":{{"
                ),
            );
            put(out, format_args!("\"vantage_point\":{{\"type\":\"{side}\"}},\"common_fields\":{{\"ODCID\":\""));
            put_hexadecimal(out, first_id);
            put(out, format_args!("\",\"group_id\":\""));
            put_hexadecimal(out, first_id);
            put(out, format_args!("\",\"protocol_type\":[\"QUIC\"],\"time_format\":\"relative\""));
            put(out, format_args!(",\"reference_time\":{unix_ms:.3}}}}}}}"));
        });
        // The schema requires addresses, and the engine knows none.
        self.lines.event(0.0, "connectivity:connection_started", |out| {
            put(out, format_args!("\"src_ip\":\"::\",\"dst_ip\":\"::\""));
        });
    }

    fn handle_sent(&mut self, now: Instant, packet: &SeenPacket<'_>) {
        self.packet_event(now, "transport:packet_sent", packet);
    }

    fn handle_received(&mut self, now: Instant, packet: &SeenPacket<'_>) {
        if !self.is_server {
            self.lines.keep();
        }
        self.packet_event(now, "transport:packet_received", packet);
    }

    fn handle_lost(&mut self, now: Instant, kind: PacketKind, number: u64, is_late: bool) {
        let trigger = if is_late { "time_threshold" } else { "reordering_threshold" };
        self.lines.event(self.elapsed(now), "recovery:packet_lost", |out| {
            put_header(out, kind, number);
            put(out, format_args!(",\"trigger\":\"{trigger}\""));
        });
    }
}

/// The names and values of the metrics; times in milliseconds.
fn members(metrics: &RecoveryMetrics) -> [(&'static str, f64); 7] {
    let milliseconds = |time: Duration| time.as_micros() as f64 / 1_000.0;
    [
        ("min_rtt", milliseconds(metrics.min_rtt)),
        ("smoothed_rtt", milliseconds(metrics.smoothed_rtt)),
        ("latest_rtt", milliseconds(metrics.latest_rtt)),
        ("rtt_variance", milliseconds(metrics.rtt_variance)),
        ("pto_count", metrics.pto_count.into()),
        ("congestion_window", metrics.congestion_window as f64),
        ("bytes_in_flight", metrics.bytes_in_flight as f64),
    ]
}

fn put_header(out: &mut Vec<u8>, kind: PacketKind, number: u64) {
    let kind = match kind {
        PacketKind::Initial => "initial",
        PacketKind::Handshake => "handshake",
        PacketKind::OneRtt => "1RTT",
    };
    put(out, format_args!("\"header\":{{\"packet_type\":\"{kind}\",\"packet_number\":{number}}}"));
}
