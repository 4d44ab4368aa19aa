//! A log of the packets that a connection sends, receives and loses, in qlog format: draft-ietf-quic-qlog-main-schema and -quic-events, version 0.3,
//! as JSON text sequences (RFC 7464).

mod frames;
mod lines;
mod packet_log;
mod sink;

use quinn_proto::Connection as Quinn;

pub(crate) use self::packet_log::PacketLog;
pub use self::sink::{Qlog, QlogSink};

/// The connection's log, if it has one.
pub(crate) fn log_of(quinn: &mut Quinn) -> Option<&mut PacketLog> {
    quinn.observer()
}

/// Logs the metrics of loss detection and congestion control.
pub(crate) fn log_metrics(quinn: &mut Quinn, now_ms: f64) {
    if log_of(quinn).is_none() {
        return;
    }
    let metrics = quinn.recovery_metrics();
    if let Some(log) = log_of(quinn) {
        log.handle_metrics(now_ms, metrics);
    }
}
