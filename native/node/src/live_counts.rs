//! Counts of a session that are read without waiting for the thread.

use std::sync::Arc;

use florenetes_link::LiveCounts;
use napi_derive::napi;

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
