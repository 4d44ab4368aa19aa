//! The lane of cluster-flor: orders go in, a bell says that there are events.

use std::net::SocketAddr;
use std::time::Duration;

use florenetes_cluster::{Address, Adoption, Event, Figures, Forgotten, Order, Role, Target, Way};
use florenetes_wire::mesh::{Destination, LinkState, TrafficClass};
use napi::bindgen_prelude::{Buffer, Error, Function, Result, Uint8Array, Uint32Array};
use napi_derive::napi;

use crate::cluster_settings::{NativeClusterSettings, settings, time, transit_limits};
use crate::cluster_table::table;
use crate::lane::address;
use crate::lane_owner::{HeardPartners, LaneOwner, bell_of};
use crate::ledger::LEDGER;
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
    /// -1: its packets are for this vertex itself.
    pub out_link: i32,
    pub words: Uint32Array,
    pub payload_max: u16,
    /// By its number.
    pub traffic_class: u8,
    /// Its datagrams are not cut.
    pub is_uncut: bool,
    pub is_draining: bool,
    pub control_unsent: Uint8Array,
    pub target_prefix: Uint8Array,
    /// The principal at the other end.
    pub peer: String,
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
    /// A tunnel takes datagrams.
    pub is_udp: Option<bool>,
    /// A service takes flows of datagrams, which end when nothing has passed for so long.
    pub flow_idle_ms: Option<f64>,
}

/// The data thread of cluster-flor.
#[napi]
pub struct NativeCluster {
    owner: LaneOwner<Order, Event, Figures>,
    heard: HeardPartners,
}

#[napi]
impl NativeCluster {
    /// Starts the thread. `now` is the time by the caller's clock; `bell` is called when there are events, and not again before they
    /// are taken.
    #[napi(constructor, catch_unwind)]
    pub fn new(now: f64, with: NativeClusterSettings, bell: Function<'_, (), ()>) -> Result<Self> {
        let settings = settings(&with)?;
        if let Some(rule) = settings.fault() {
            return Err(Error::from_reason(rule));
        }
        let owner = LaneOwner::new(florenetes_cluster::start(now, settings, LEDGER.clone(), bell_of(&bell)?))?;
        Ok(Self { owner, heard: HeardPartners::default() })
    }

    /// Stops the thread, and waits for it. Workloads that are still connected get a reset.
    #[napi(catch_unwind)]
    pub fn close(&mut self) {
        self.owner.close();
    }

    /// All events that wait, as native/declaration/cluster.mjs has them; null: there are none.
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

    /// All figures, likewise; null: the thread does not answer.
    #[napi(catch_unwind)]
    pub fn figures(&self) -> Option<Buffer> {
        self.owner.figures(0)
    }

    #[napi(catch_unwind)]
    pub fn open_port(&mut self, port: u32, bind: String, connect: String) -> Result<()> {
        self.owner.give(Order::OpenPort { port, bind: bind.into(), connect: connect.into() }).map(drop)
    }

    #[napi(catch_unwind)]
    pub fn close_port(&mut self, port: u32) -> Result<()> {
        self.heard.forget(port);
        self.owner.give(Order::ClosePort { port }).map(drop)
    }

    #[napi(catch_unwind)]
    pub fn send_message(&mut self, port: u32, message: &[u8]) -> Result<bool> {
        self.owner.give(Order::SendMessage { port, message: message.into() })
    }

    #[napi(catch_unwind)]
    pub fn repeat_message(&mut self, port: u32, message: &[u8], interval_ms: u32) -> Result<()> {
        let interval = Duration::from_millis(interval_ms.into());
        self.owner.give(Order::RepeatMessage { port, message: message.into(), interval }).map(drop)
    }

    #[napi(catch_unwind)]
    pub fn set_known_message(&mut self, port: u32, message: &[u8]) -> Result<()> {
        let heard = self.heard.of(port)?;
        self.owner.give(Order::SetKnownMessage { port, message: message.into(), heard }).map(drop)
    }

    /// How many milliseconds ago the known message came last; null: it did not.
    #[napi(catch_unwind)]
    pub fn heard_milliseconds_ago(&self, port: u32) -> Option<f64> {
        self.heard.milliseconds_ago(port)
    }

    /// `handle` 0: the link is not up.
    #[napi(catch_unwind)]
    pub fn set_link(
        &mut self,
        link: u32,
        port: u32,
        handle: u32,
        mtu: u32,
        preferred_mtu: u32,
        congested_classes: u8,
    ) -> Result<()> {
        let state = LinkState { is_up: handle != 0, mtu: mtu as usize, preferred_mtu: preferred_mtu as usize };
        self.owner.give(Order::SetLink { link, port, handle, state, congested_classes }).map(drop)
    }

    /// The label table, in the layout of `cluster_table.rs`.
    #[napi(catch_unwind)]
    pub fn set_table(&mut self, entries: Uint32Array, packets_per_second: f64, bytes_per_second: f64) -> Result<()> {
        let transit = transit_limits(packets_per_second, bytes_per_second);
        self.owner.give(Order::SetTable { entries: table(&entries)?, transit }).map(drop)
    }

    #[napi(catch_unwind)]
    pub fn send_packet(&mut self, port: u32, handle: u32, packet: &[u8]) -> Result<bool> {
        self.owner.give(Order::SendPacket { port, handle, packet: packet.into() })
    }

    /// Without a service it is for the originator of its ConnectionId. Over the link -1 come packets of this vertex itself.
    #[napi(catch_unwind)]
    pub fn deliver_packet(&mut self, in_link: i32, service: Option<u32>, packet: &[u8]) -> Result<bool> {
        let destination = service.map_or(Destination::Connection, Destination::Service);
        let in_link = u32::try_from(in_link).ok();
        self.owner.give(Order::DeliverPacket { in_link, destination, packet: packet.into() })
    }

    #[napi(catch_unwind)]
    pub fn set_service(
        &mut self,
        service: u32,
        target: NativeStreamAddress,
        tells_principal: bool,
        is_stopped: bool,
    ) -> Result<()> {
        let flow_idle_ms = target.flow_idle_ms;
        let target = match (target.host, target.path) {
            (Some(host), _) => Target::Addresses(vec![address(&host, target.port.unwrap_or(0))?]),
            (None, Some(path)) => Target::Unix(path.into()),
            (None, None) => Target::Name,
        };
        let flow_idle = flow_idle_ms.map(time);
        self.owner.give(Order::SetService { service, target, flow_idle, tells_principal, is_stopped }).map(drop)
    }

    /// The streams of the service have the caller as their workload: events of the kinds `stream…` tell of them.
    #[napi(catch_unwind)]
    pub fn set_own_service(
        &mut self,
        service: u32,
        flow_idle_ms: Option<f64>,
        tells_principal: bool,
        is_stopped: bool,
    ) -> Result<()> {
        let (target, flow_idle) = (Target::Owner, flow_idle_ms.map(time));
        self.owner.give(Order::SetService { service, target, flow_idle, tells_principal, is_stopped }).map(drop)
    }

    /// The number is nobody's any more: that of a service which has stopped, of a tunnel or an account, or of a trunk.
    #[napi(catch_unwind)]
    pub fn forget_service(&mut self, service: u32) -> Result<()> {
        self.owner.give(Order::Forget { what: Forgotten::Service(service) }).map(drop)
    }

    /// See `forget_service`.
    #[napi(catch_unwind)]
    pub fn forget_account(&mut self, account: u32) -> Result<()> {
        self.owner.give(Order::Forget { what: Forgotten::Account(account) }).map(drop)
    }

    /// See `forget_service`.
    #[napi(catch_unwind)]
    pub fn forget_trunk(&mut self, trunk: u32) -> Result<()> {
        self.owner.give(Order::Forget { what: Forgotten::Trunk(trunk) }).map(drop)
    }

    #[napi(catch_unwind)]
    pub fn open_stream(&mut self, workload: u32, trunk: u32, account: u32, is_flow: bool) -> Result<()> {
        self.owner.give(Order::OpenStream { workload, trunk, account, is_flow }).map(drop)
    }

    #[napi(catch_unwind)]
    pub fn answer_stream(&mut self, workload: u32) -> Result<()> {
        self.owner.give(Order::AnswerStream { workload }).map(drop)
    }

    #[napi(catch_unwind)]
    pub fn send_datagram(&mut self, workload: u32, bytes: &[u8]) -> Result<bool> {
        self.owner.give(Order::SendDatagram { workload, bytes: bytes.into() })
    }

    #[napi(catch_unwind)]
    pub fn write_stream(&mut self, workload: u32, bytes: &[u8]) -> Result<()> {
        self.owner.give(Order::WriteStream { workload, bytes: bytes.into() }).map(drop)
    }

    #[napi(catch_unwind)]
    pub fn end_stream(&mut self, workload: u32) -> Result<()> {
        self.owner.give(Order::EndStream { workload }).map(drop)
    }

    #[napi(catch_unwind)]
    pub fn take_stream(&mut self, workload: u32) -> Result<()> {
        self.owner.give(Order::TakeStream { workload }).map(drop)
    }

    #[napi(catch_unwind)]
    pub fn acknowledge_stream(&mut self, workload: u32, offset: f64, is_end: bool) -> Result<()> {
        self.owner.give(Order::AcknowledgeStream { workload, offset: offset as u64, is_end }).map(drop)
    }

    #[napi(catch_unwind)]
    pub fn reset_stream(&mut self, workload: u32, code: f64, text: String) -> Result<()> {
        self.owner.give(Order::ResetStream { workload, code: code as u64, text }).map(drop)
    }

    /// `hosts` are IP addresses; when there are none, `error` says why.
    #[napi(catch_unwind)]
    pub fn resolved(&mut self, service: u32, hosts: Vec<String>, port: u16, error: String) -> Result<()> {
        let addresses = hosts.iter().map(|host| address(host, port)).collect::<Result<Vec<SocketAddr>>>()?;
        let addresses = if addresses.is_empty() { Err(error) } else { Ok(addresses) };
        self.owner.give(Order::Resolved { service, addresses }).map(drop)
    }

    #[napi(catch_unwind)]
    pub fn listen(&mut self, tunnel: u32, trunk: u32, at: NativeStreamAddress) -> Result<()> {
        let address = match (at.host, at.path) {
            (Some(host), _) if at.is_udp == Some(true) => Address::Udp(address(&host, at.port.unwrap_or(0))?),
            (Some(host), _) => Address::Tcp(address(&host, at.port.unwrap_or(0))?),
            (None, Some(path)) => {
                let owner = at.uid.zip(at.gid);
                Address::Unix { path: path.into(), mode: at.mode.unwrap_or(OWNERS_ONLY), owner }
            }
            (None, None) => return Err(Error::from_reason("a listener has an address or a path")),
        };
        self.owner.give(Order::Listen { tunnel, trunk, address }).map(drop)
    }

    #[napi(catch_unwind)]
    pub fn stop_listening(&mut self, tunnel: u32) -> Result<()> {
        self.owner.give(Order::StopListening { tunnel }).map(drop)
    }

    #[napi(catch_unwind)]
    pub fn lead_tunnel(&mut self, tunnel: u32, trunk: u32) -> Result<()> {
        self.owner.give(Order::LeadTunnel { tunnel, trunk }).map(drop)
    }

    #[napi(catch_unwind)]
    pub fn set_streams_per_connection(&mut self, streams: f64) -> Result<()> {
        self.owner.give(Order::SetStreamsPerConnection { streams: streams as u64 }).map(drop)
    }

    #[napi(catch_unwind)]
    pub fn set_current(&mut self, trunk: u32, connection: Option<u32>) -> Result<()> {
        self.owner.give(Order::SetCurrent { trunk, connection }).map(drop)
    }

    #[napi(catch_unwind)]
    pub fn hold(&mut self, trunk: u32, connection: u32) -> Result<()> {
        self.owner.give(Order::Hold { trunk, connection }).map(drop)
    }

    #[napi(catch_unwind)]
    pub fn set_connect_wait(&mut self, account: u32, wait_ms: f64) -> Result<()> {
        self.owner.give(Order::SetConnectWait { account, wait: time(wait_ms) }).map(drop)
    }

    #[napi(catch_unwind)]
    pub fn set_unreachable(&mut self, trunk: u32, is_unreachable: bool) -> Result<()> {
        self.owner.give(Order::SetUnreachable { trunk, is_unreachable }).map(drop)
    }

    #[napi(catch_unwind)]
    pub fn refuse_waiting(&mut self, trunk: u32, code: f64, text: String) -> Result<()> {
        self.owner.give(Order::RefuseWaiting { trunk, code: code as u64, text }).map(drop)
    }

    /// The connection is the thread's from then on: what is left here has ended.
    #[napi(catch_unwind)]
    pub fn adopt(&mut self, adoption: NativeEndAdoption, connection: &mut NativeConnection) -> Result<()> {
        let role = match (adoption.trunk, adoption.service) {
            (Some(trunk), None) => Role::Originator { trunk },
            (None, Some(service)) => Role::Acceptor { service },
            _ => return Err(Error::from_reason("a connection is of a trunk, or of a service")),
        };
        self.owner
            .give(Order::Adopt(Box::new(Adoption {
                connection: adoption.connection,
                quic: connection.take(),
                id: u64::from(adoption.id_high) << 32 | u64::from(adoption.id_low),
                role,
                way: Way { out_link: u32::try_from(adoption.out_link).ok(), words: adoption.words.to_vec() },
                payload_max: adoption.payload_max,
                traffic_class: TrafficClass::numbered(adoption.traffic_class),
                is_uncut: adoption.is_uncut,
                is_draining: adoption.is_draining,
                control_unsent: adoption.control_unsent.to_vec(),
                target_prefix: adoption.target_prefix.to_vec(),
                peer: adoption.peer,
            })))
            .map(drop)
    }

    #[napi(catch_unwind)]
    pub fn send_control(&mut self, connection: u32, bytes: &[u8]) -> Result<()> {
        self.owner.give(Order::SendControl { connection, bytes: bytes.into() }).map(drop)
    }

    #[napi(catch_unwind)]
    pub fn set_way(&mut self, connection: u32, out_link: i32, words: &[u32]) -> Result<()> {
        let way = Way { out_link: u32::try_from(out_link).ok(), words: words.into() };
        self.owner.give(Order::SetWay { connection, way }).map(drop)
    }

    #[napi(catch_unwind)]
    pub fn shrink(&mut self, connection: u32, payload_max: u16) -> Result<()> {
        self.owner.give(Order::Shrink { connection, payload_max }).map(drop)
    }

    #[napi(catch_unwind)]
    pub fn drain(&mut self, connection: u32) -> Result<()> {
        self.owner.give(Order::Drain { connection }).map(drop)
    }

    /// Named so that nobody takes it for the thread's end.
    #[napi(catch_unwind)]
    pub fn close_connection(&mut self, connection: u32, code: f64, reason: String, is_repeated: bool) -> Result<()> {
        self.owner.give(Order::Close { connection, code: code as u64, reason, is_repeated }).map(drop)
    }

    #[napi(catch_unwind)]
    pub fn abandon(&mut self, connection: u32, code: f64, reason: String) -> Result<()> {
        self.owner.give(Order::Abandon { connection, code: code as u64, reason }).map(drop)
    }

    #[napi(catch_unwind)]
    pub fn repeat_close(&mut self, connection: u32) -> Result<()> {
        self.owner.give(Order::RepeatClose { connection }).map(drop)
    }
}

/// The mode of a socket's file whose config says nothing of it.
const OWNERS_ONLY: u32 = 0o600;
