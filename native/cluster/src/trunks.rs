use std::collections::{HashMap, VecDeque};
use std::time::Instant;

use florenetes_io::stream::{StreamListener, StreamSocket};

use crate::event::Event;
use crate::limits::USED_INTERVAL;

/// A workload that came before there was a connection to carry it.
pub(crate) struct Client {
    pub(crate) socket: StreamSocket,
    pub(crate) key: u64,
    pub(crate) tunnel: u32,
    /// All wait equally long, so that the first is due first.
    pub(crate) deadline: Instant,
}

/// A local listener, whose connections go to one trunk.
pub(crate) struct Tunnel {
    pub(crate) trunk: u32,
    pub(crate) listener: StreamListener,
    pub(crate) key: u64,
}

/// The way from one principal to one service over one path.
#[derive(Default)]
pub(crate) struct Trunk {
    /// The connection that new streams are opened on.
    pub(crate) current: Option<u32>,
    pub(crate) waiting: VecDeque<Client>,
    /// Former connections whose streams have not ended.
    pub(crate) draining: usize,
    /// Whether the owner knows of somebody waiting.
    is_waiting_told: bool,
    used_at: Option<Instant>,
}

/// Tunnels, and the trunks that they lead to.
#[derive(Default)]
pub(crate) struct Trunks {
    pub(crate) tunnels: HashMap<u32, Tunnel>,
    trunks: HashMap<u32, Trunk>,
    /// Tunnels at which more workloads may wait to be accepted, and from when on they are.
    accepting: Vec<u32>,
    accept_at: Option<Instant>,
}

impl Trunks {
    /// There is one from the first time on that it is named.
    pub(crate) fn trunk_mut(&mut self, trunk: u32) -> &mut Trunk {
        self.trunks.entry(trunk).or_default()
    }

    /// A connection has ended: workloads wait until the owner names another.
    pub(crate) fn handle_ended(&mut self, trunk: u32, connection: u32) {
        let trunk = self.trunk_mut(trunk);
        trunk.current = trunk.current.filter(|current| *current != connection);
    }

    /// A listener is to be asked for more, now or later.
    pub(crate) fn accept_again(&mut self, tunnel: u32, at: Instant) {
        self.accepting.push(tunnel);
        self.accept_at = Some(self.accept_at.map_or(at, |before| before.min(at)));
    }

    pub(crate) fn take_accepting(&mut self, now: Instant) -> Vec<u32> {
        if self.accept_at.is_none_or(|at| at > now) {
            return Vec::new();
        }
        self.accept_at = None;
        std::mem::take(&mut self.accepting)
    }

    /// When a listener is to be asked again, or somebody has waited long enough.
    pub(crate) fn next_timeout(&self) -> Option<Instant> {
        let waiting = self.trunks.values().filter_map(|trunk| trunk.waiting.front().map(|client| client.deadline));
        waiting.chain(self.accept_at).min()
    }

    /// Workloads that have waited long enough.
    pub(crate) fn take_overdue(&mut self, now: Instant) -> Vec<Client> {
        let mut overdue = Vec::new();
        for trunk in self.trunks.values_mut() {
            let count = trunk.waiting.iter().take_while(|client| client.deadline <= now).count();
            overdue.extend(trunk.waiting.drain(..count));
        }
        overdue
    }

    /// News of workloads that wait for trunks.
    pub(crate) fn news(&mut self) -> impl Iterator<Item = Event> {
        self.trunks.iter_mut().filter_map(|(trunk, it)| {
            let is_any = !it.waiting.is_empty();
            let is_news = std::mem::replace(&mut it.is_waiting_told, is_any) != is_any;
            is_news.then_some(Event::Waiting { trunk: *trunk, is_any })
        })
    }
}

impl Trunk {
    /// All that wait, of whom the giver of an order knows that they do no more.
    pub(crate) fn take_waiting(&mut self) -> VecDeque<Client> {
        self.is_waiting_told = false;
        std::mem::take(&mut self.waiting)
    }

    /// A stream was opened. True: the owner is to be told.
    pub(crate) fn handle_used(&mut self, now: Instant) -> bool {
        if self.used_at.is_some_and(|at| now < at + USED_INTERVAL) {
            return false;
        }
        self.used_at = Some(now);
        true
    }
}
