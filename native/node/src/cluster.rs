//! The lane of cluster-flor: orders go in, a bell says that there are events.

use std::net::SocketAddr;

use florenetes_cluster::{Address, Adoption, Lane, Order, Role, Target, Way};
use florenetes_io::data_thread::end_process;
use florenetes_lane::{Taken, WaitingOrders};
use florenetes_wire::mesh::{Destination, LinkState};
use napi::bindgen_prelude::{Buffer, Error, Function, Result, Uint8Array, Uint32Array};
use napi::threadsafe_function::ThreadsafeFunctionCallMode;
use napi_derive::napi;

use crate::cluster_events::write_events;
use crate::cluster_figures::{NativeClusterFigures, figures};
use crate::cluster_settings::{NativeClusterSettings, settings};
use crate::cluster_table::table;
use crate::lane::address;
use crate::quic::NativeConnection;

/// A connection whose peer has said hello: see `Adoption` of native/cluster.
#[napi(object)]
pub struct NativeEndAdoption {
    pub connection: u32,
    pub id_high: u32,
    pub id_low: u32,
    /// An originator's.
    pub trunk: Option<u32>,
    /// An acceptor's.
    pub service: Option<u32>,
    pub out_link: u32,
    pub words: Uint32Array,
    pub payload_max: u16,
    pub is_draining: bool,
    pub control_unsent: Uint8Array,
}

/// Where a service's workload is, or a tunnel listens: an IP address and a port, or a path. A service without either has a name.
#[napi(object)]
pub struct NativeStreamAddress {
    pub host: Option<String>,
    pub port: Option<u16>,
    pub path: Option<String>,
    pub mode: Option<u32>,
    pub uid: Option<u32>,
    pub gid: Option<u32>,
}

/// The data thread of cluster-flor.
#[napi]
pub struct NativeCluster {
    /// None once it is closed.
    lane: Option<Lane>,
    /// Orders for which the thread had no room.
    waiting: WaitingOrders<Order>,
}

#[napi]
impl NativeCluster {
    /// Starts the thread. `now` is the time by the caller's clock; `bell` is called when there are events, and not again before they
    /// are taken.
    #[napi(constructor)]
    pub fn new(now: f64, with: NativeClusterSettings, bell: Function<'_, (), ()>) -> Result<Self> {
        let bell = bell.build_threadsafe_function::<()>().build()?;
        let ring = move || {
            // A process that ends has nobody to be told.
            bell.call((), ThreadsafeFunctionCallMode::NonBlocking);
        };
        let lane = florenetes_cluster::start(now, settings(&with)?, ring)
            .map_err(|error| Error::from_reason(error.to_string()))?;
        Ok(Self { lane: Some(lane), waiting: WaitingOrders::default() })
    }

    /// Stops the thread, and waits for it. Workloads that are still connected get a reset.
    #[napi]
    pub fn close(&mut self) {
        self.lane = None;
        self.waiting.clear();
    }

    /// All events that wait, in the layout of `cluster_events.rs`; null: there are none.
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

    /// All figures; null: the thread does not answer.
    #[napi]
    pub fn figures(&self) -> Option<NativeClusterFigures> {
        self.lane.as_ref()?.figures(0).map(figures)
    }

    #[napi]
    pub fn open_port(&mut self, port: u32, bind: String, connect: String) {
        self.give(Order::OpenPort { port, bind: bind.into(), connect: connect.into() });
    }

    #[napi]
    pub fn close_port(&mut self, port: u32) {
        self.give(Order::ClosePort { port });
    }

    #[napi]
    pub fn send_message(&mut self, port: u32, message: &[u8]) {
        self.give(Order::SendMessage { port, message: message.into() });
    }

    /// `handle` 0: the link is not up.
    #[napi]
    pub fn set_link(&mut self, link: u32, port: u32, handle: u32, mtu: u32, preferred_mtu: u32, is_congested: bool) {
        let state = LinkState { is_up: handle != 0, mtu: mtu as usize, preferred_mtu: preferred_mtu as usize };
        self.give(Order::SetLink { link, port, handle, state, is_congested });
    }

    /// The label table, in the layout of `cluster_table.rs`.
    #[napi]
    pub fn set_table(&mut self, entries: Uint32Array) -> Result<()> {
        self.give(Order::SetTable { entries: table(&entries)? });
        Ok(())
    }

    #[napi]
    pub fn send_packet(&mut self, port: u32, handle: u32, packet: &[u8]) {
        self.give(Order::SendPacket { port, handle, packet: packet.into() });
    }

    /// Without a service it is for the originator of its ConnectionId.
    #[napi]
    pub fn deliver_packet(&mut self, in_link: u32, service: Option<u32>, packet: &[u8]) {
        let destination = service.map_or(Destination::Connection, Destination::Service);
        self.give(Order::DeliverPacket { in_link, destination, packet: packet.into() });
    }

    #[napi]
    pub fn set_service(&mut self, service: u32, target: NativeStreamAddress, is_stopped: bool) -> Result<()> {
        let target = match (target.host, target.path) {
            (Some(host), _) => Target::Addresses(vec![address(&host, target.port.unwrap_or(0))?]),
            (None, Some(path)) => Target::Unix(path.into()),
            (None, None) => Target::Name,
        };
        self.give(Order::SetService { service, target, is_stopped });
        Ok(())
    }

    /// `hosts` are IP addresses; when there are none, `error` says why.
    #[napi]
    pub fn resolved(&mut self, service: u32, hosts: Vec<String>, port: u16, error: String) -> Result<()> {
        let addresses = hosts.iter().map(|host| address(host, port)).collect::<Result<Vec<SocketAddr>>>()?;
        let addresses = if addresses.is_empty() { Err(error) } else { Ok(addresses) };
        self.give(Order::Resolved { service, addresses });
        Ok(())
    }

    #[napi]
    pub fn listen(&mut self, tunnel: u32, trunk: u32, at: NativeStreamAddress) -> Result<()> {
        let address = match (at.host, at.path) {
            (Some(host), _) => Address::Tcp(address(&host, at.port.unwrap_or(0))?),
            (None, Some(path)) => {
                let owner = at.uid.zip(at.gid);
                Address::Unix { path: path.into(), mode: at.mode.unwrap_or(OWNERS_ONLY), owner }
            }
            (None, None) => return Err(Error::from_reason("a listener has an address or a path")),
        };
        self.give(Order::Listen { tunnel, trunk, address });
        Ok(())
    }

    #[napi]
    pub fn stop_listening(&mut self, tunnel: u32) {
        self.give(Order::StopListening { tunnel });
    }

    #[napi]
    pub fn set_current(&mut self, trunk: u32, connection: Option<u32>) {
        self.give(Order::SetCurrent { trunk, connection });
    }

    #[napi]
    pub fn refuse_waiting(&mut self, trunk: u32, code: f64, text: String) {
        self.give(Order::RefuseWaiting { trunk, code: code as u64, text });
    }

    /// The connection is the thread's from then on: what is left here has ended.
    #[napi]
    pub fn adopt(&mut self, adoption: NativeEndAdoption, connection: &mut NativeConnection) -> Result<()> {
        let role = match (adoption.trunk, adoption.service) {
            (Some(trunk), None) => Role::Originator { trunk },
            (None, Some(service)) => Role::Acceptor { service },
            _ => return Err(Error::from_reason("a connection is of a trunk, or of a service")),
        };
        self.give(Order::Adopt(Box::new(Adoption {
            connection: adoption.connection,
            quic: connection.take(),
            id: u64::from(adoption.id_high) << 32 | u64::from(adoption.id_low),
            role,
            way: Way { out_link: adoption.out_link, words: adoption.words.to_vec() },
            payload_max: adoption.payload_max,
            is_draining: adoption.is_draining,
            // It is handed over right behind the peer's hello, which ends with its last byte.
            control_read: Vec::new(),
            control_unsent: adoption.control_unsent.to_vec(),
        })));
        Ok(())
    }

    #[napi]
    pub fn send_control(&mut self, connection: u32, bytes: &[u8]) {
        self.give(Order::SendControl { connection, bytes: bytes.into() });
    }

    #[napi]
    pub fn shrink(&mut self, connection: u32, payload_max: u16) {
        self.give(Order::Shrink { connection, payload_max });
    }

    #[napi]
    pub fn drain(&mut self, connection: u32) {
        self.give(Order::Drain { connection });
    }

    /// Named so that nobody takes it for the thread's end.
    #[napi]
    pub fn close_connection(&mut self, connection: u32, code: f64, reason: String, is_repeated: bool) {
        self.give(Order::Close { connection, code: code as u64, reason, is_repeated });
    }

    #[napi]
    pub fn repeat_close(&mut self, connection: u32) {
        self.give(Order::RepeatClose { connection });
    }

    /// An order that there is no room for waits, and so do those that come after it: none overtakes. Packets and messages are given up when
    /// too many wait, for they may be lost on their way, too.
    fn give(&mut self, order: Order) {
        if self.lane.is_none() {
            return;
        }
        self.flush();
        let lossy_bytes = match &order {
            Order::SendMessage { message, .. } => Some(message.len()),
            Order::SendPacket { packet, .. } | Order::DeliverPacket { packet, .. } => Some(packet.len()),
            _ => None,
        };
        if self.waiting.push(order, lossy_bytes) == Taken::TooMany {
            end_process("it takes no orders");
        }
        self.flush();
    }
}

/// The mode of a socket's file whose config says nothing of it.
const OWNERS_ONLY: u32 = 0o600;
