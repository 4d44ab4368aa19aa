//! All that a connection sends, receives and loses, in the form of qlog: draft-ietf-quic-qlog-main-schema and -quic-events, version 0.3, as
//! JSON text sequences (RFC 7464).

mod frames;
mod lines;
mod packet_log;

use quinn_proto::Connection as Quinn;

pub(crate) use self::packet_log::PacketLog;

/// Where the log of a connection goes, and what time it is there.
pub struct Qlog {
    /// Takes what is written.
    pub sink: Box<dyn QlogSink>,
    /// Milliseconds since 1970 when the connection begins.
    pub unix_ms: f64,
}

/// The file of one connection. It ends when it is dropped.
pub trait QlogSink: Send + Sync {
    /// Takes whole records, of the connection that the client named so in its first packets. False: there is no room, and they are lost.
    fn write(&mut self, first_id: &[u8], is_server: bool, records: Vec<u8>) -> bool;
}

/// The connection's own log, where it has one.
pub(crate) fn log_of(quinn: &mut Quinn) -> Option<&mut PacketLog> {
    quinn.observer()
}

/// Tells what has become of loss detection and congestion control.
pub(crate) fn log_metrics(quinn: &mut Quinn, now_ms: f64) {
    if log_of(quinn).is_none() {
        return;
    }
    let metrics = quinn.recovery_metrics();
    if let Some(log) = log_of(quinn) {
        log.handle_metrics(now_ms, metrics);
    }
}
