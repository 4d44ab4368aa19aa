//! The settings of a connection, which do not change during its life.

use std::sync::Arc;
use std::time::Duration;

use quinn_proto::{EndpointConfig, IdleTimeout, TransportConfig, VarInt};

use crate::control::{CongestionControl, MeasuredFactory};
use crate::limits::{
    CRYPTO_BUFFER_MAX, DATAGRAM_BUFFER, DATAGRAM_SEND_BUFFER, INITIAL_RTT_MS, INITIAL_RTT_MS_MAX, PAYLOAD_MAX,
    PAYLOAD_MIN, SEND_WINDOW_MIN, VARINT_MAX,
};

/// The settings of a connection; packages/quic/src/engine.ts describes each.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Milliseconds without a packet after which the connection ends; 0: it never does.
    pub idle_timeout_ms: u64,
    /// Milliseconds that a round trip is assumed to take until one is measured; at least the assumption of RFC 9002.
    pub initial_rtt_ms: u64,
    /// The largest UDP payload that we accept.
    pub receive_payload_max: u16,
    /// The largest UDP payload that we send.
    pub send_payload_max: u16,
    /// The queues of DATAGRAM frames. None: the frames are not offered.
    pub datagrams: Option<DatagramQueues>,
    /// Flow control window of all streams together: bytes that the peer may send beyond the bytes read.
    pub connection_window: u64,
    /// Flow control window of a stream: bytes that the peer may send beyond the bytes read.
    pub stream_window: u64,
    /// The bytes that `stream_window` may grow to while the stream is read.
    pub stream_window_max: u64,
    /// Bidirectional streams that the peer may have open.
    pub bidirectional_max: u64,
    /// The token of a server's stateless resets.
    pub stateless_reset_token: Option<[u8; 16]>,
    /// The congestion controller.
    pub congestion_control: CongestionControl,
    /// Whether a client waits for its owner's judgement of the server's verified chain before it sends anything more.
    pub is_judging: bool,
    /// Whether the connection's packets carry other connections with controllers of their own, as a link's do. The steady controller then leaves it
    /// to them to find out what the path bears.
    pub carries_others: bool,
}

/// Bounds of the datagram queues, in datagrams.
#[derive(Clone, Copy, Debug)]
pub struct DatagramQueues {
    /// Received datagrams that wait for the application.
    pub receive_max: usize,
    /// Datagrams that have not left yet.
    pub send_max: usize,
}

impl Settings {
    pub(crate) fn send_payload_max(&self) -> u16 {
        self.send_payload_max.clamp(PAYLOAD_MIN, PAYLOAD_MAX)
    }

    pub(crate) fn endpoint(&self) -> Arc<EndpointConfig> {
        let mut endpoint = EndpointConfig::default();
        // With a greased QUIC bit, half of the short packets would begin with a byte below 0x40, which links take for probes.
        endpoint.grease_quic_bit(false);
        endpoint.supported_versions(vec![1]);
        let payload_max = self.receive_payload_max.clamp(PAYLOAD_MIN, PAYLOAD_MAX);
        endpoint.max_udp_payload_size(payload_max).expect("it is at least 1,200");
        Arc::new(endpoint)
    }

    pub(crate) fn transport(&self, control: MeasuredFactory) -> Arc<TransportConfig> {
        let mut transport = TransportConfig::default();
        let idle = (self.idle_timeout_ms > 0).then(|| Duration::from_millis(self.idle_timeout_ms));
        transport
            .initial_rtt(Duration::from_millis(self.initial_rtt_ms.clamp(INITIAL_RTT_MS, INITIAL_RTT_MS_MAX)))
            .max_idle_timeout(idle.and_then(|timeout| IdleTimeout::try_from(timeout).ok()))
            .max_concurrent_bidi_streams(varint(self.bidirectional_max))
            .max_concurrent_uni_streams(VarInt::from_u32(0))
            .stream_receive_window(varint(self.stream_window))
            .receive_window(varint(self.connection_window))
            .send_window(SEND_WINDOW_MIN)
            .crypto_buffer_size(CRYPTO_BUFFER_MAX)
            .datagram_receive_buffer_size(self.datagrams.map(|_| DATAGRAM_BUFFER))
            .datagram_send_buffer_size(DATAGRAM_SEND_BUFFER)
            .initial_mtu(PAYLOAD_MIN)
            .min_mtu(PAYLOAD_MIN)
            .mtu_discovery_config(None)
            .allow_spin(false)
            .enable_segmentation_offload(false)
            .congestion_controller_factory(Arc::new(control));
        Arc::new(transport)
    }
}

fn varint(value: u64) -> VarInt {
    VarInt::from_u64(value.min(VARINT_MAX)).unwrap_or(VarInt::MAX)
}
