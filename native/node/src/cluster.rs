//! The data thread of cluster-flor: orders go in, a bell says that there are events.

use std::net::SocketAddr;

use florenetes_cluster::{Address, Adoption, Event, Figures, Forgotten, Limits, Order, Role, Settings, Target, Way};
use florenetes_engine::Guarded;
use florenetes_io::stream::StreamSocket;
use florenetes_wire::mesh::{Destination, LinkState, Seeds, TrafficClass};
use napi::bindgen_prelude::{Buffer, Error, Function, Result, Uint8Array, Uint32Array};
use napi_derive::napi;

use crate::cluster_table::table;
use crate::lane_owner::{HeardPartners, LaneOwner, bell_of};
use crate::ledger::LEDGER;
use crate::quic::NativeConnection;
use crate::values::{address, time, transit_limits};

// Orders, and the objects that they have, are declared in native/declaration/cluster-orders.mjs.
include!(concat!(env!("CARGO_MANIFEST_DIR"), "/../made/declared/node/cluster_orders.rs"));

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
        let settings = settings_of(with)?;
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
    pub fn close_port(&mut self, port: u32) -> Result<()> {
        self.heard.forget(port);
        self.give(Order::ClosePort { port }).map(drop)
    }

    #[napi(catch_unwind)]
    pub fn set_known_message(&mut self, port: u32, message: &[u8]) -> Result<()> {
        let heard = self.heard.of(port)?;
        self.give(Order::SetKnownMessage { port, message: message.into(), heard }).map(drop)
    }

    /// How many milliseconds ago the known message came last; null: it did not.
    #[napi(catch_unwind)]
    pub fn heard_milliseconds_ago(&self, port: u32) -> Option<f64> {
        self.heard.milliseconds_ago(port)
    }

    /// The connection is the thread's from then on: what is left here has ended.
    #[napi(catch_unwind)]
    pub fn adopt(&mut self, adoption: NativeEndAdoption, connection: &mut NativeConnection) -> Result<()> {
        self.give(Order::Adopt(Box::new(adoption_of(adoption, connection.take())?))).map(drop)
    }

    /// Has the thread read the socket that has this descriptor. False: there is no such descriptor, or no room for one more.
    #[napi(catch_unwind)]
    pub fn read_session(&mut self, session: u32, descriptor: i32, rest: &[u8]) -> Result<bool> {
        let Ok(socket) = StreamSocket::duplicate(descriptor) else { return Ok(false) };
        self.give(Order::ReadSession { session, socket, rest: rest.into() })
    }

    fn give(&mut self, order: Order) -> Result<bool> {
        self.owner.give(order)
    }
}

fn link_state(handle: u32, mtu: u32, preferred_mtu: u32) -> LinkState {
    LinkState { is_up: handle != 0, mtu: mtu as usize, preferred_mtu: preferred_mtu as usize }
}

fn target_at(target: &NativeStreamAddress) -> Result<Target> {
    Ok(match (&target.host, &target.path) {
        (Some(host), _) => Target::Addresses(vec![address(host, target.port.unwrap_or(0))?]),
        (None, Some(path)) => Target::Unix(path.into()),
        (None, None) => Target::Name,
    })
}

fn listener_at(at: NativeStreamAddress) -> Result<Address> {
    match (at.host, at.path) {
        (Some(host), _) if at.is_udp == Some(true) => Ok(Address::Udp(address(&host, at.port.unwrap_or(0))?)),
        (Some(host), _) => Ok(Address::Tcp(address(&host, at.port.unwrap_or(0))?)),
        (None, Some(path)) => {
            let owner = at.uid.zip(at.gid);
            Ok(Address::Unix { path: path.into(), mode: at.mode.unwrap_or(OWNERS_ONLY), owner })
        }
        (None, None) => Err(Error::from_reason("a listener has an address or a path")),
    }
}

/// `hosts` are IP addresses; when there are none, `error` says why.
fn addresses(hosts: &[String], port: u16, error: String) -> Result<std::result::Result<Vec<SocketAddr>, String>> {
    let addresses = hosts.iter().map(|host| address(host, port)).collect::<Result<Vec<SocketAddr>>>()?;
    Ok(if addresses.is_empty() { Err(error) } else { Ok(addresses) })
}

/// Over the link -1 go packets of this vertex itself.
fn way(out_link: i32, words: impl AsRef<[u32]>) -> Way {
    Way { out_link: u32::try_from(out_link).ok(), words: words.as_ref().into() }
}

fn role(trunk: Option<u32>, service: Option<u32>) -> Result<Role> {
    match (trunk, service) {
        (Some(trunk), None) => Ok(Role::Originator { trunk }),
        (None, Some(service)) => Ok(Role::Acceptor { service }),
        _ => Err(Error::from_reason("a connection is of a trunk, or of a service")),
    }
}

fn seeds(seed: &[u8]) -> Result<Seeds> {
    let wrong = || Error::from_reason("a seed has 12 bytes");
    let (packets, table) = seed.split_first_chunk::<4>().ok_or_else(wrong)?;
    let table = table.try_into().map_err(|_| wrong())?;
    Ok(Seeds { packets: u32::from_be_bytes(*packets), table: u64::from_be_bytes(table) })
}

/// The mode of a socket's file whose config says nothing of it.
const OWNERS_ONLY: u32 = 0o600;
