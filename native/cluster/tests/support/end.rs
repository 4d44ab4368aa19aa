//! A vertex: a data thread with one link.

use std::cell::RefCell;
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::PathBuf;
use std::time::Duration;

use florenetes_cluster::{
    Account, AccountFigures, Address, Adoption, ConnectionFigures, Event, Figures, Lane, Limits, Order, Role, Settings,
    Target, Way,
};
use florenetes_engine::{Guarded, ProcessLedger};
use florenetes_wire::mesh::{
    Change, LABEL_CONNECTION, LinkState, Operation, Scope, Seeds, TrafficClass, TransitLimits,
};

use super::threads::{Folder, until};
use super::wire::Wire;
use super::{PAYLOAD, START_MS, WINDOW, connected};

/// All packets of its connections are of this class.
pub(crate) const TRAFFIC_CLASS: TrafficClass = TrafficClass::Interactive;
pub(crate) const PORT: u32 = 0;
pub(crate) const LINK: u32 = 0;
pub(crate) const HANDLE: u32 = 77;
pub(crate) const SERVICE: u32 = 0;
pub(crate) const TUNNEL: u32 = 3;
pub(crate) const TRUNK: u32 = 4;
pub(crate) const CONNECTION: u32 = 5;
/// Limits beyond all that passes in a test.
pub(crate) const NO_LIMIT: TransitLimits =
    TransitLimits { packets_per_second: 1_000_000, bytes_per_second: 1_000_000_000 };
/// How long a read may take: only a defect ever takes so long.
const PATIENCE: Duration = Duration::from_secs(60);
pub(crate) const SERVICE_LABEL: u32 = 900;
const LINK_LABEL: u32 = 100;
pub(crate) const ID: u64 = 0x0123_4567_89ab_cdef;

pub(crate) struct End {
    pub(crate) lane: Lane,
    events: RefCell<Vec<Event>>,
    /// Bytes that targets get before all others.
    pub(crate) prefix: Vec<u8>,
    /// Whether connections that it takes from now on carry datagrams that are not cut.
    pub(crate) is_uncut: bool,
}

pub(crate) fn settings(limits: Limits) -> Settings {
    Settings {
        limits,
        transit: NO_LIMIT,
        seeds: Seeds { packets: 1, table: 2 },
        workloads_max: 1_000,
        tells_streams: false,
    }
}

/// Two vertices with a link between them.
pub(crate) struct Pair {
    pub(crate) a: End,
    pub(crate) b: End,
    pub(crate) wire: Wire,
    /// The account of hidden bytes of all connections.
    pub(crate) ledger: ProcessLedger,
    pub(crate) folder: Folder,
}

impl End {
    fn start(settings: Settings, ledger: ProcessLedger, bind: PathBuf, connect: PathBuf) -> Self {
        let lane = florenetes_cluster::start(START_MS, settings, ledger, || {}).unwrap();
        let end = Self { lane, events: RefCell::default(), prefix: Vec::new(), is_uncut: false };
        end.order(Order::OpenPort { port: PORT, bind, connect });
        end.set_table(LINK);
        end.set_link(HANDLE);
        end
    }

    /// A label table with this link and those below it.
    fn set_table(&self, last: u32) {
        let entry = Change::AddEntry {
            scope: Scope::All,
            label: SERVICE_LABEL,
            operation: Operation::Deliver { service: SERVICE },
        };
        let links = (LINK..=last).map(|link| Change::AddLink { link, label: LINK_LABEL + link });
        self.order(Order::SetTable { entries: links.chain([entry]).collect(), transit: NO_LIMIT });
    }

    /// Says by which handle the link is up; 0: the link is down.
    pub(crate) fn set_link(&self, handle: u32) {
        self.set_state(LINK, handle);
    }

    /// A further link, over the same port.
    pub(crate) fn add_link(&self, link: u32, handle: u32) {
        self.set_table(link);
        self.set_state(link, handle);
    }

    fn set_state(&self, link: u32, handle: u32) {
        let mtu = if handle == 0 { 0 } else { 16_384 };
        let state = LinkState { is_up: handle != 0, mtu, preferred_mtu: mtu };
        self.order(Order::SetLink { link, port: PORT, handle, state, congested_classes: 0 });
    }

    pub(crate) fn order(&self, order: Order) {
        assert!(self.lane.order(order).is_ok(), "the thread takes orders");
    }

    pub(crate) fn adopt(&self, connection: u32, quic: Guarded, is_originator: bool) {
        self.adopt_over(Some(LINK), (connection, ID + u64::from(connection)), quic, is_originator);
    }

    /// Takes an end of the connection with that number and ConnectionId; the connection's packets leave by a link or stay here.
    pub(crate) fn adopt_over(
        &self,
        out_link: Option<u32>,
        (connection, id): (u32, u64),
        quic: Guarded,
        is_originator: bool,
    ) {
        let (role, label) = match is_originator {
            true => (Role::Originator { trunk: TRUNK }, SERVICE_LABEL),
            false => (Role::Acceptor { service: SERVICE }, LABEL_CONNECTION),
        };
        self.order(Order::Adopt(Box::new(Adoption {
            connection,
            quic,
            id,
            role,
            way: Way { out_link, words: vec![label << 12] },
            payload_max: PAYLOAD,
            traffic_class: TRAFFIC_CLASS,
            is_uncut: self.is_uncut,
            is_draining: false,
            quiet: Duration::ZERO,
            control_unsent: Vec::new(),
            target_prefix: if is_originator { Vec::new() } else { self.prefix.clone() },
            peer: "spiffe://mesh.test/peer".into(),
        })));
    }

    pub(crate) fn serve(&self, target: Target) {
        let tells_principal = !self.prefix.is_empty();
        self.order(Order::SetService { service: SERVICE, target, flow_idle: None, tells_principal, is_stopped: false });
    }

    /// Opens a tunnel, and returns its address.
    pub(crate) fn listen(&self) -> SocketAddr {
        let address = Address::Tcp("127.0.0.1:0".parse().unwrap());
        self.order(Order::Listen { tunnel: TUNNEL, trunk: TRUNK, address });
        let port = self.event(|event| match event {
            Event::Listening { tunnel: TUNNEL, port } => Some(*port),
            _ => None,
        });
        SocketAddr::from(([127, 0, 0, 1], port))
    }

    /// Waits for an event, and forgets it. Other events stay.
    pub(crate) fn event<T>(&self, which: impl Fn(&Event) -> Option<T>) -> T {
        until(|| self.poll_event(&which))
    }

    pub(crate) fn poll_event<T>(&self, which: impl Fn(&Event) -> Option<T>) -> Option<T> {
        let mut events = self.events.borrow_mut();
        events.extend(self.lane.take_events().into_iter().flat_map(single));
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
        Self::of([settings(limits_a), settings(limits_b)], ProcessLedger::default())
    }

    pub(crate) fn of([settings_a, settings_b]: [Settings; 2], ledger: ProcessLedger) -> Self {
        let (folder, wire) = (Folder::new(), Wire::start());
        let path = |name: &str| folder.join(name);
        let a = End::start(settings_a, ledger.clone(), path("a"), path("link-a"));
        let b = End::start(settings_b, ledger.clone(), path("b"), path("link-b"));
        wire.open(&path("link-a"), &path("a"));
        wire.open(&path("link-b"), &path("b"));
        until(|| wire.is_connected().then_some(()));
        for end in [&a, &b] {
            until(|| end.figures().ports.iter().all(|port| port.florio.is_connected).then_some(()));
        }
        Self { a, b, wire, ledger, folder }
    }

    /// Two vertices with a connection, on which a's trunk opens its streams.
    pub(crate) fn connected() -> Self {
        let pair = Self::start();
        pair.connect(WINDOW, 1_000);
        pair
    }

    pub(crate) fn connect(&self, window: u64, streams_max: u64) {
        self.connect_as(CONNECTION, window, streams_max);
    }

    /// The trunk's streams are opened on a connection of this number from now on.
    pub(crate) fn connect_as(&self, connection: u32, window: u64, streams_max: u64) {
        let [client, server] = connected(&self.ledger, window, streams_max);
        self.b.adopt(connection, server, false);
        let _ = self.b.figures();
        self.a.adopt(connection, client, true);
        self.a.order(Order::SetCurrent { trunk: TRUNK, connection: Some(connection) });
    }

    /// A workload at a's tunnel, and the one at b's target that it is joined with.
    pub(crate) fn joined(&self) -> (TcpStream, TcpStream) {
        let (listener, target) = target();
        self.b.serve(target);
        let client = dial(self.a.listen());
        (client, accept(&listener))
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

/// Datagrams one by one, and any other event as it is.
fn single(event: Event) -> Vec<Event> {
    let Event::Datagrams { workload, mut bytes } = event else { return vec![event] };
    let mut each = Vec::new();
    while let Some(length) = bytes.first_chunk() {
        let rest = bytes.split_off(2 + usize::from(u16::from_be_bytes(*length)));
        each.push(Event::Datagrams { workload, bytes });
        bytes = rest;
    }
    each
}
