//! The lane of link-flor: orders go in, a bell says that there are events.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use florenetes_io::data_thread::end_process;
use florenetes_lane::{Taken, WaitingOrders};
use florenetes_link::{Adoption, Lane, LiveCounts, Order, write_events};
use napi::bindgen_prelude::{Buffer, Error, Function, Result, Uint8Array};
use napi::threadsafe_function::ThreadsafeFunctionCallMode;
use napi_derive::napi;

use crate::lane_figures::{NativeLaneFigures, NativeLiveCounts, figures};
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
    /// None once it is closed.
    lane: Option<Lane>,
    /// Orders for which the thread had no room.
    waiting: WaitingOrders<Order>,
}

#[napi]
impl NativeLane {
    /// Starts the thread. `now` is the time by the caller's clock; `bell` is called when there are events, and not again before they
    /// are taken.
    #[napi(constructor)]
    pub fn new(now: f64, bell: Function<'_, (), ()>) -> Result<Self> {
        let bell = bell.build_threadsafe_function::<()>().build()?;
        let ring = move || {
            // A process that ends has nobody to be told.
            bell.call((), ThreadsafeFunctionCallMode::NonBlocking);
        };
        let lane = florenetes_link::start(now, ring).map_err(|error| Error::from_reason(error.to_string()))?;
        Ok(Self { lane: Some(lane), waiting: WaitingOrders::default() })
    }

    /// Stops the thread, and waits for it.
    #[napi]
    pub fn close(&mut self) {
        self.lane = None;
        self.waiting.clear();
    }

    /// All events that wait, in the layout of `event_bytes.rs` of native/link; null: there are none.
    #[napi]
    pub fn take_events(&self) -> Option<Buffer> {
        let events = self.lane.as_ref()?.take_events();
        if events.is_empty() {
            return None;
        }
        let mut out = Vec::new();
        write_events(&events, &mut out);
        Some(out.into())
    }

    /// Gives the orders that had to wait. False: some still do.
    #[napi]
    pub fn flush(&mut self) -> bool {
        let Some(lane) = &self.lane else { return true };
        self.waiting.flush(|order| lane.order(order))
    }

    /// Looks whether the thread goes on; to be called each second. One that has not for ten of them ends the process.
    #[napi]
    pub fn watch(&mut self) {
        if let Some(lane) = &mut self.lane {
            lane.watch();
        }
    }

    /// The figures of a cluster; null: the thread does not answer.
    #[napi]
    pub fn figures(&self, cluster: u32) -> Option<NativeLaneFigures> {
        self.lane.as_ref()?.figures(cluster).map(figures)
    }

    /// `host` is an IP address.
    #[napi]
    pub fn open_udp(&mut self, cluster: u32, host: String, port: u16) -> Result<()> {
        self.give(Order::OpenUdp { cluster, listen: address(&host, port)? }).map(drop)
    }

    #[napi]
    pub fn open_port(&mut self, cluster: u32, bind: String, connect: String) -> Result<()> {
        self.give(Order::OpenPort { cluster, bind: bind.into(), connect: connect.into() }).map(drop)
    }

    #[napi]
    pub fn close_udp(&mut self, cluster: u32) -> Result<()> {
        self.give(Order::CloseUdp { cluster }).map(drop)
    }

    #[napi]
    pub fn close_port(&mut self, cluster: u32) -> Result<()> {
        self.give(Order::ClosePort { cluster }).map(drop)
    }

    #[napi]
    pub fn send_datagram(&mut self, cluster: u32, host: String, port: u16, bytes: &[u8]) -> Result<bool> {
        self.give(Order::SendDatagram { cluster, to: address(&host, port)?, bytes: bytes.into() })
    }

    #[napi]
    pub fn handle_datagram(&mut self, cluster: u32, host: String, port: u16, bytes: &[u8]) -> Result<bool> {
        self.give(Order::HandleDatagram { cluster, from: address(&host, port)?, bytes: bytes.into() })
    }

    #[napi]
    pub fn send_message(&mut self, cluster: u32, message: &[u8]) -> Result<bool> {
        self.give(Order::SendMessage { cluster, message: message.into() })
    }

    #[napi]
    pub fn repeat_message(&mut self, cluster: u32, message: &[u8], interval_ms: u32) -> Result<()> {
        let interval = Duration::from_millis(interval_ms.into());
        self.give(Order::RepeatMessage { cluster, message: message.into(), interval }).map(drop)
    }

    #[napi]
    pub fn set_known_message(&mut self, cluster: u32, message: &[u8]) -> Result<()> {
        self.give(Order::SetKnownMessage { cluster, message: message.into() }).map(drop)
    }

    #[napi]
    pub fn send_packet(&mut self, cluster: u32, handle: u32, packet: &[u8]) -> Result<bool> {
        self.give(Order::SendPacket { cluster, handle, packet: packet.into() })
    }

    /// The connection is the thread's from then on: what is left here has ended.
    #[napi]
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

    #[napi]
    pub fn set_route(&mut self, cluster: u32, handle: u32, session: u32) -> Result<()> {
        self.give(Order::SetRoute { cluster, handle, session }).map(drop)
    }

    #[napi]
    pub fn remove_route(&mut self, cluster: u32, handle: u32) -> Result<()> {
        self.give(Order::RemoveRoute { cluster, handle }).map(drop)
    }

    #[napi]
    pub fn set_handle(&mut self, session: u32, handle: u32) -> Result<()> {
        self.give(Order::SetHandle { session, handle }).map(drop)
    }

    #[napi]
    pub fn set_address(&mut self, session: u32, host: String, port: u16) -> Result<()> {
        self.give(Order::SetAddress { session, to: address(&host, port)? }).map(drop)
    }

    #[napi]
    pub fn add_copies(&mut self, session: u32, host: String, port: u16, bytes: u32) -> Result<()> {
        self.give(Order::AddCopies { session, to: address(&host, port)?, bytes: bytes as usize }).map(drop)
    }

    #[napi]
    pub fn send_stream(&mut self, session: u32, bytes: &[u8]) -> Result<()> {
        self.give(Order::SendStream { session, bytes: bytes.into() }).map(drop)
    }

    #[napi]
    pub fn send_probe(&mut self, session: u32, packet: &[u8]) -> Result<bool> {
        self.give(Order::SendProbe { session, packet: packet.into() })
    }

    #[napi]
    pub fn ping(&mut self, session: u32) -> Result<()> {
        self.give(Order::Ping { session }).map(drop)
    }

    /// Named so that nobody takes it for the thread's end.
    #[napi]
    pub fn close_session(&mut self, session: u32, code: f64, reason: String) -> Result<()> {
        self.give(Order::Close { session, code: code as u64, reason }).map(drop)
    }

    /// An order that there is no room for waits, and so do those that come after it: none overtakes. Returns false when it is given up, since
    /// it may be lost and too many wait; throws when nobody could carry it out.
    pub(crate) fn give(&mut self, order: Order) -> Result<bool> {
        if let Some(rule) = order.fault() {
            return Err(Error::from_reason(rule));
        }
        if self.lane.is_none() {
            return Ok(false);
        }
        self.flush();
        let lossy_bytes = order.lossy_bytes();
        let taken = self.waiting.push(order, lossy_bytes);
        if taken == Taken::TooMany {
            end_process("it takes no orders");
        }
        self.flush();
        Ok(taken == Taken::Yes)
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
