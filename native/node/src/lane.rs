//! The lane of link-flor: orders go in, a bell says that there are events.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use florenetes_link::{Adoption, Event, Figures, LiveCounts, Order};
use napi::bindgen_prelude::{Buffer, Error, Function, Result, Uint8Array};
use napi_derive::napi;

use crate::lane_owner::{HeardPartners, LaneOwner, bell_of};
use crate::live_counts::NativeLiveCounts;
use crate::quic::NativeConnection;

/// A session that is up: see `Adoption` of native/link.
#[napi(object)]
pub struct NativeAdoption {
    pub session: u32,
    pub cluster: u32,
    pub own_id: Uint8Array,
    pub host: String,
    pub port: u16,
    pub is_originator: bool,
    pub payload: u16,
    pub probe_key: Uint8Array,
    pub dead_after_ms: f64,
}

/// The data thread of link-flor.
#[napi]
pub struct NativeLane {
    owner: LaneOwner<Order, Event, Figures>,
    heard: HeardPartners,
}

#[napi]
impl NativeLane {
    /// Starts the thread. `now` is the time by the caller's clock; `bell` is called when there are events, and not again before they
    /// are taken.
    #[napi(constructor, catch_unwind)]
    pub fn new(now: f64, bell: Function<'_, (), ()>) -> Result<Self> {
        let owner = LaneOwner::new(florenetes_link::start(now, bell_of(&bell)?))?;
        Ok(Self { owner, heard: HeardPartners::default() })
    }

    /// Stops the thread, and waits for it.
    #[napi(catch_unwind)]
    pub fn close(&mut self) {
        self.owner.close();
    }

    /// All events that wait, as native/declaration/link.mjs has them; null: there are none.
    #[napi(catch_unwind)]
    pub fn take_events(&self) -> Option<Buffer> {
        self.owner.take_events()
    }

    /// Gives the orders that had to wait. False: some still do.
    #[napi(catch_unwind)]
    pub fn flush(&mut self) -> bool {
        self.owner.flush()
    }

    /// Looks whether the thread goes on; to be called each second. One that has not for ten of them ends the process.
    #[napi(catch_unwind)]
    pub fn watch(&mut self) {
        self.owner.watch();
    }

    /// The figures of a cluster, likewise; null: the thread does not answer.
    #[napi(catch_unwind)]
    pub fn figures(&self, cluster: u32) -> Option<Buffer> {
        self.owner.figures(cluster)
    }

    /// `host` is an IP address.
    #[napi(catch_unwind)]
    pub fn open_udp(&mut self, cluster: u32, host: String, port: u16) -> Result<()> {
        self.give(Order::OpenUdp { cluster, listen: address(&host, port)? }).map(drop)
    }

    #[napi(catch_unwind)]
    pub fn open_port(&mut self, cluster: u32, bind: String, connect: String) -> Result<()> {
        self.give(Order::OpenPort { cluster, bind: bind.into(), connect: connect.into() }).map(drop)
    }

    #[napi(catch_unwind)]
    pub fn close_udp(&mut self, cluster: u32) -> Result<()> {
        self.give(Order::CloseUdp { cluster }).map(drop)
    }

    #[napi(catch_unwind)]
    pub fn close_port(&mut self, cluster: u32) -> Result<()> {
        self.give(Order::ClosePort { cluster }).map(drop)
    }

    #[napi(catch_unwind)]
    pub fn remove_cluster(&mut self, cluster: u32) -> Result<()> {
        self.heard.forget(cluster);
        self.give(Order::RemoveCluster { cluster }).map(drop)
    }

    #[napi(catch_unwind)]
    pub fn send_datagram(&mut self, cluster: u32, host: String, port: u16, bytes: &[u8]) -> Result<bool> {
        self.give(Order::SendDatagram { cluster, to: address(&host, port)?, bytes: bytes.into() })
    }

    #[napi(catch_unwind)]
    pub fn handle_datagram(&mut self, cluster: u32, host: String, port: u16, bytes: &[u8]) -> Result<bool> {
        self.give(Order::HandleDatagram { cluster, from: address(&host, port)?, bytes: bytes.into() })
    }

    #[napi(catch_unwind)]
    pub fn send_message(&mut self, cluster: u32, message: &[u8]) -> Result<bool> {
        self.give(Order::SendMessage { cluster, message: message.into() })
    }

    #[napi(catch_unwind)]
    pub fn repeat_message(&mut self, cluster: u32, message: &[u8], interval_ms: u32) -> Result<()> {
        let interval = Duration::from_millis(interval_ms.into());
        self.give(Order::RepeatMessage { cluster, message: message.into(), interval }).map(drop)
    }

    #[napi(catch_unwind)]
    pub fn set_known_message(&mut self, cluster: u32, message: &[u8]) -> Result<()> {
        let heard = self.heard.of(cluster)?;
        self.give(Order::SetKnownMessage { cluster, message: message.into(), heard }).map(drop)
    }

    /// How many milliseconds ago the known message came last; null: it did not.
    #[napi(catch_unwind)]
    pub fn heard_milliseconds_ago(&self, cluster: u32) -> Option<f64> {
        self.heard.milliseconds_ago(cluster)
    }

    #[napi(catch_unwind)]
    pub fn send_packet(&mut self, cluster: u32, handle: u32, packet: &[u8]) -> Result<bool> {
        self.give(Order::SendPacket { cluster, handle, packet: packet.into() })
    }

    /// The connection is the thread's from then on: what is left here has ended.
    #[napi(catch_unwind)]
    pub fn adopt(&mut self, adoption: NativeAdoption, connection: &mut NativeConnection) -> Result<NativeLiveCounts> {
        let NativeAdoption { session, cluster, own_id, host, port, is_originator, payload, probe_key, dead_after_ms } =
            adoption;
        let wrong_length = |_| Error::from_reason("a connection ID has 8 bytes, and a probe key 16");
        let peer = address(&host, port)?;
        let own_id = own_id.as_ref().try_into().map_err(wrong_length)?;
        let probe_key = probe_key.as_ref().try_into().map_err(wrong_length)?;
        let dead_after = Duration::try_from_secs_f64(dead_after_ms / 1_000.0).unwrap_or_default();
        let connection = connection.take();
        let counts = Arc::<LiveCounts>::default();
        let adoption = Adoption {
            session,
            cluster,
            connection,
            own_id,
            peer,
            is_originator,
            payload,
            probe_key,
            dead_after,
            counts: Arc::clone(&counts),
        };
        self.give(Order::Adopt(Box::new(adoption)))?;
        Ok(NativeLiveCounts(counts))
    }

    #[napi(catch_unwind)]
    pub fn set_route(&mut self, cluster: u32, handle: u32, session: u32) -> Result<()> {
        self.give(Order::SetRoute { cluster, handle, session }).map(drop)
    }

    #[napi(catch_unwind)]
    pub fn remove_route(&mut self, cluster: u32, handle: u32) -> Result<()> {
        self.give(Order::RemoveRoute { cluster, handle }).map(drop)
    }

    #[napi(catch_unwind)]
    pub fn set_handle(&mut self, session: u32, handle: u32) -> Result<()> {
        self.give(Order::SetHandle { session, handle }).map(drop)
    }

    #[napi(catch_unwind)]
    pub fn set_rate(&mut self, session: u32, rate: f64) -> Result<()> {
        self.give(Order::SetRate { session, rate: rate as u64 }).map(drop)
    }

    #[napi(catch_unwind)]
    pub fn set_address(&mut self, session: u32, host: String, port: u16) -> Result<()> {
        self.give(Order::SetAddress { session, to: address(&host, port)? }).map(drop)
    }

    #[napi(catch_unwind)]
    pub fn add_copies(&mut self, session: u32, host: String, port: u16, bytes: u32) -> Result<()> {
        self.give(Order::AddCopies { session, to: address(&host, port)?, bytes: bytes as usize }).map(drop)
    }

    #[napi(catch_unwind)]
    pub fn send_stream(&mut self, session: u32, bytes: &[u8]) -> Result<()> {
        self.give(Order::SendStream { session, bytes: bytes.into() }).map(drop)
    }

    #[napi(catch_unwind)]
    pub fn send_probe(&mut self, session: u32, packet: &[u8]) -> Result<bool> {
        self.give(Order::SendProbe { session, packet: packet.into() })
    }

    #[napi(catch_unwind)]
    pub fn ping(&mut self, session: u32) -> Result<()> {
        self.give(Order::Ping { session }).map(drop)
    }

    /// Named so that nobody takes it for the thread's end.
    #[napi(catch_unwind)]
    pub fn close_session(&mut self, session: u32, code: f64, reason: String) -> Result<()> {
        self.give(Order::Close { session, code: code as u64, reason }).map(drop)
    }

    pub(crate) fn give(&mut self, order: Order) -> Result<bool> {
        self.owner.give(order)
    }
}

/// The address of an IP address with the number of its interface, if it has one (`fe80::1%2`).
pub(crate) fn address(host: &str, port: u16) -> Result<SocketAddr> {
    let address = match host.parse::<IpAddr>() {
        Ok(ip) => Some(SocketAddr::new(ip, port)),
        Err(_) => format!("[{host}]:{port}").parse().ok(),
    };
    address.ok_or_else(|| Error::from_reason(format!("\"{host}\" is no IP address")))
}
