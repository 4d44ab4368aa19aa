//! A cluster of a data thread, and the partner of its port.

use std::cell::{Cell, RefCell};
use std::net::SocketAddr;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use florenetes_io::data_thread::PortId;
use florenetes_link::{Adoption, Event, Figures, Lane, LiveCounts, Order, SessionFigures};

use super::threads::{Folder, Recording, until};
use super::{PAYLOAD, PROBE_KEY, ReadyEnd, START_MS, connected};

/// The number of the cluster, in tests with one cluster.
pub(crate) const CLUSTER: u32 = 1;
/// The number of the session, in tests with one session.
pub(crate) const SESSION: u32 = 5;
/// The handle of the session's link.
pub(crate) const HANDLE: u32 = 77;
/// The silence after which peers are dead, in tests about other things: never.
pub(crate) const NEVER: Duration = Duration::from_secs(3_600);

pub(crate) struct End {
    pub(crate) lane: Rc<Lane>,
    pub(crate) address: SocketAddr,
    pub(crate) partner: Recording,
    /// Counts of the session that was adopted last.
    pub(crate) counts: Arc<LiveCounts>,
    /// The quiet of sessions that are adopted from now on.
    pub(crate) quiet: Cell<Duration>,
    cluster: u32,
    port: PortId,
    /// Events of all clusters of the data thread.
    events: Rc<RefCell<Vec<Event>>>,
    folder: Folder,
}

impl End {
    pub(crate) fn start() -> Self {
        Self::open(Rc::new(florenetes_link::start(START_MS, || {}).unwrap()), Rc::default(), CLUSTER)
    }

    /// Opens a further cluster of the same data thread.
    pub(crate) fn beside(&self, cluster: u32) -> Self {
        Self::open(Rc::clone(&self.lane), Rc::clone(&self.events), cluster)
    }

    fn open(lane: Rc<Lane>, events: Rc<RefCell<Vec<Event>>>, cluster: u32) -> Self {
        let (folder, partner) = (Folder::new(), Recording::start());
        let (ours, theirs) = (folder.join("link"), folder.join("cluster"));
        let listen = "127.0.0.1:0".parse().unwrap();
        assert!(lane.order(Order::OpenUdp { cluster, listen }).is_ok());
        assert!(lane.order(Order::OpenPort { cluster, bind: ours.clone(), connect: theirs.clone() }).is_ok());
        let address = until(|| lane.figures(cluster)?.udp).local;
        until(|| lane.figures(cluster)?.port);
        let port = partner.open_port(&theirs, &ours).unwrap();
        until(|| partner.is_connected(port).then_some(()));
        until(|| lane.figures(cluster)?.port.filter(|port| port.is_connected));
        Self { lane, address, partner, counts: Arc::default(), quiet: Cell::default(), cluster, port, events, folder }
    }

    pub(crate) fn order(&self, order: Order) {
        assert!(self.lane.order(order).is_ok(), "the thread takes orders");
    }

    /// Takes over a session, under the handle `HANDLE`.
    pub(crate) fn adopt(&self, ready: ReadyEnd, peer: SocketAddr, is_originator: bool, dead_after: Duration) {
        self.adopt_as(SESSION, ready, peer, is_originator, dead_after);
        self.order(Order::SetHandle { session: SESSION, handle: HANDLE });
        self.order(Order::SetRoute { cluster: self.cluster, handle: HANDLE, session: SESSION });
        self.settle();
    }

    pub(crate) fn adopt_as(
        &self,
        session: u32,
        ReadyEnd { connection, id }: ReadyEnd,
        peer: SocketAddr,
        is_originator: bool,
        dead_after: Duration,
    ) {
        self.order(Order::Adopt(Box::new(Adoption {
            session,
            cluster: self.cluster,
            connection,
            own_id: id,
            peer: peer.into(),
            is_originator,
            payload: PAYLOAD,
            probe_key: PROBE_KEY,
            dead_after,
            quiet: self.quiet.get(),
            counts: Arc::clone(&self.counts),
        })));
    }

    /// The cluster vertex sends packets under a handle.
    pub(crate) fn send_as(&self, handle: u32, packets: Vec<Vec<u8>>) {
        let port = self.port;
        self.partner.ask(move |_, sockets, _| {
            for packet in &packets {
                sockets.ports[port].send_packet(handle, packet);
            }
        });
    }

    pub(crate) fn send(&self, packets: Vec<Vec<u8>>) {
        self.send_as(HANDLE, packets);
    }

    /// The cluster vertex sends a message of one byte.
    pub(crate) fn message_of_partner(&self) {
        self.partner.send_control(self.port);
    }

    /// The cluster vertex dies, and another one comes in its place.
    pub(crate) fn restart_partner(&mut self) {
        self.partner = Recording::start();
        let (ours, theirs) = (self.folder.join("link"), self.folder.join("cluster"));
        self.port = until(|| self.partner.open_port(&theirs, &ours).ok());
        // Only by a send does the thread find out that the partner is another one.
        self.order(Order::SendMessage { cluster: self.cluster, message: vec![1] });
        until(|| self.partner.is_connected(self.port).then_some(()));
    }

    /// The packets that the cluster vertex has got, once they are `count`.
    pub(crate) fn packets(&self, count: usize) -> Vec<Vec<u8>> {
        until(|| (self.partner.ask(|recorder, _, _| recorder.packets.len()) >= count).then_some(()));
        self.partner.ask(|recorder, _, _| std::mem::take(&mut recorder.packets)).into_iter().map(|(_, it)| it).collect()
    }

    /// Waits for an event, and forgets it. Other events stay.
    pub(crate) fn event<T>(&self, which: impl Fn(&Event) -> Option<T>) -> T {
        until(|| self.poll_event(&which))
    }

    pub(crate) fn poll_event<T>(&self, which: impl Fn(&Event) -> Option<T>) -> Option<T> {
        let mut events = self.events.borrow_mut();
        events.extend(self.lane.take_events());
        let place = events.iter().position(|event| which(event).is_some())?;
        which(&events.remove(place))
    }

    /// Waits until all orders are carried out: a packet that comes in the same turn may be handled before them.
    pub(crate) fn settle(&self) {
        let _ = self.figures();
    }

    pub(crate) fn figures(&self) -> Figures {
        self.lane.figures(self.cluster).expect("the thread answers")
    }

    pub(crate) fn session(&self) -> SessionFigures {
        *self.figures().sessions.iter().find(|session| session.session == SESSION).expect("it is there")
    }
}

/// Two ends with a link between them: the originator's and the acceptor's.
pub(crate) fn pair() -> (End, End) {
    let (a, b) = (End::start(), End::start());
    let (client, server) = connected();
    a.adopt(client, b.address, true, NEVER);
    b.adopt(server, a.address, false, NEVER);
    (a, b)
}
