//! One vertex: a lane with one link.

use std::cell::RefCell;
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::PathBuf;
use std::time::Duration;

use florenetes_cluster::{
    Account, AccountFigures, Address, Adoption, ConnectionFigures, Event, Figures, Lane, Limits, Order, Role, Settings,
    Target, Way,
};
use florenetes_engine::Guarded;
use florenetes_wire::mesh::{Change, LABEL_CONNECTION, LinkState, Operation, Scope, Seeds, TransitLimits};

use super::threads::{Folder, until};
use super::wire::Wire;
use super::{PAYLOAD, START_MS, connected};

pub(crate) const PORT: u32 = 0;
pub(crate) const LINK: u32 = 0;
pub(crate) const HANDLE: u32 = 77;
pub(crate) const SERVICE: u32 = 0;
pub(crate) const TUNNEL: u32 = 3;
pub(crate) const TRUNK: u32 = 4;
pub(crate) const CONNECTION: u32 = 5;
/// How long a read may take: only a defect ever takes so long.
const PATIENCE: Duration = Duration::from_secs(10);
pub(crate) const SERVICE_LABEL: u32 = 900;
const LINK_LABEL: u32 = 100;
pub(crate) const ID: u64 = 0x0123_4567_89ab_cdef;

pub(crate) struct End {
    pub(crate) lane: Lane,
    events: RefCell<Vec<Event>>,
}

/// Two vertices with a link between them.
pub(crate) struct Pair {
    pub(crate) a: End,
    pub(crate) b: End,
    pub(crate) wire: Wire,
    pub(crate) folder: Folder,
}

impl End {
    fn start(limits: Limits, bind: PathBuf, connect: PathBuf) -> Self {
        let settings = Settings {
            limits,
            transit: TransitLimits { packets_per_second: 1_000_000, bytes_per_second: 1_000_000_000 },
            seeds: Seeds { packets: 1, table: 2 },
            workloads_max: 1_000,
        };
        let end =
            Self { lane: florenetes_cluster::start(START_MS, settings, || {}).unwrap(), events: RefCell::default() };
        end.order(Order::OpenPort { port: PORT, bind, connect });
        let entry = Change::AddEntry {
            scope: Scope::All,
            label: SERVICE_LABEL,
            operation: Operation::Deliver { service: SERVICE },
        };
        end.order(Order::SetTable { entries: vec![Change::AddLink { link: LINK, label: LINK_LABEL }, entry] });
        end.set_link(HANDLE);
        end
    }

    /// 0: it is down.
    pub(crate) fn set_link(&self, handle: u32) {
        let mtu = if handle == 0 { 0 } else { 16_384 };
        let state = LinkState { is_up: handle != 0, mtu, preferred_mtu: mtu };
        self.order(Order::SetLink { link: LINK, port: PORT, handle, state, is_congested: false });
    }

    pub(crate) fn order(&self, order: Order) {
        assert!(self.lane.order(order).is_ok(), "the thread takes orders");
    }

    pub(crate) fn adopt(&self, connection: u32, quic: Guarded, is_originator: bool) {
        let (role, label) = match is_originator {
            true => (Role::Originator { trunk: TRUNK }, SERVICE_LABEL),
            false => (Role::Acceptor { service: SERVICE }, LABEL_CONNECTION),
        };
        self.order(Order::Adopt(Box::new(Adoption {
            connection,
            quic,
            id: ID + u64::from(connection),
            role,
            way: Way { out_link: LINK, words: vec![label << 12] },
            payload_max: PAYLOAD,
            is_draining: false,
            control_read: Vec::new(),
            control_unsent: Vec::new(),
        })));
    }

    pub(crate) fn serve(&self, target: Target) {
        self.order(Order::SetService { service: SERVICE, target, is_stopped: false });
    }

    /// Opens a tunnel, and returns where workloads find it.
    pub(crate) fn listen(&self) -> SocketAddr {
        let address = Address::Tcp("127.0.0.1:0".parse().unwrap());
        self.order(Order::Listen { tunnel: TUNNEL, trunk: TRUNK, address });
        let port = self.event(|event| match event {
            Event::Listening { tunnel: TUNNEL, port } => Some(*port),
            _ => None,
        });
        SocketAddr::from(([127, 0, 0, 1], port))
    }

    /// Waits for an event, and forgets it. Others stay.
    pub(crate) fn event<T>(&self, which: impl Fn(&Event) -> Option<T>) -> T {
        until(|| self.poll_event(&which))
    }

    pub(crate) fn poll_event<T>(&self, which: impl Fn(&Event) -> Option<T>) -> Option<T> {
        let mut events = self.events.borrow_mut();
        events.extend(self.lane.take_events());
        let place = events.iter().position(|event| which(event).is_some())?;
        which(&events.remove(place))
    }

    pub(crate) fn figures(&self) -> Figures {
        self.lane.figures(0).expect("the thread answers")
    }

    pub(crate) fn connection(&self) -> ConnectionFigures {
        self.connection_of(CONNECTION)
    }

    pub(crate) fn connection_of(&self, number: u32) -> ConnectionFigures {
        let figures = self.figures();
        figures.connections.into_iter().find(|it| it.connection == number).expect("it is there")
    }

    pub(crate) fn account(&self, account: Account) -> AccountFigures {
        let figures = self.figures();
        figures.accounts.into_iter().find(|it| it.account == account).expect("it is there")
    }
}

impl Pair {
    pub(crate) fn start() -> Self {
        Self::with(Limits::default(), Limits::default())
    }

    pub(crate) fn with(limits_a: Limits, limits_b: Limits) -> Self {
        let (folder, wire) = (Folder::new(), Wire::start());
        let path = |name: &str| folder.join(name);
        let a = End::start(limits_a, path("a"), path("link-a"));
        let b = End::start(limits_b, path("b"), path("link-b"));
        wire.open(&path("link-a"), &path("a"));
        wire.open(&path("link-b"), &path("b"));
        until(|| wire.is_connected().then_some(()));
        for end in [&a, &b] {
            until(|| end.figures().ports.iter().all(|port| port.is_connected).then_some(()));
        }
        Self { a, b, wire, folder }
    }

    /// Two vertices with a connection, on which a's trunk opens its streams.
    pub(crate) fn connected() -> Self {
        let pair = Self::start();
        pair.connect(256 * 1024, 1_000);
        pair
    }

    pub(crate) fn connect(&self, window: u64, streams_max: u64) {
        self.connect_as(CONNECTION, window, streams_max);
    }

    /// The trunk's streams are opened on a connection of this number from now on.
    pub(crate) fn connect_as(&self, connection: u32, window: u64, streams_max: u64) {
        let [client, server] = connected(window, streams_max);
        self.b.adopt(connection, server, false);
        let _ = self.b.figures();
        self.a.adopt(connection, client, true);
        self.a.order(Order::SetCurrent { trunk: TRUNK, connection: Some(connection) });
    }
}

/// A target, and the addresses that lead there.
pub(crate) fn target() -> (TcpListener, Target) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.set_nonblocking(true).unwrap();
    let address = listener.local_addr().unwrap();
    (listener, Target::Addresses(vec![address]))
}

pub(crate) fn accept(listener: &TcpListener) -> TcpStream {
    let (stream, _) = until(|| listener.accept().ok());
    stream.set_nonblocking(false).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    stream
}

pub(crate) fn dial(address: SocketAddr) -> TcpStream {
    let stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    stream
}
