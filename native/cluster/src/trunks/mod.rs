//! Tunnels, trunks, and the workloads that wait for connections.

mod waiting;

use std::collections::HashMap;
use std::time::Instant;

use florenetes_io::stream::StreamListener;

use self::waiting::Waiting;
use crate::datagrams::Kept;
use crate::deadlines::Deadlines;
use crate::limits::USED_INTERVAL;
use crate::workloads::Client;

/// A workload, or several, waiting for a connection of a trunk.
pub(crate) enum Waiter {
    Stream(Client),
    /// Flows of the tunnel with this number, which has the list of them.
    Flows(u32),
    /// A stream or flow of the owner, by its number. It may be over meanwhile.
    Own(u32),
}

/// A stream or flow that the owner opens, while the trunk has no connection.
pub(crate) enum OwnWaiting {
    Stream(Client),
    Flow {
        /// When the owner opened the flow, by the owner's clock.
        came_ms: f64,
        account: u32,
        kept: Kept,
    },
}

/// A local listener, whose connections go over a trunk.
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
    /// The connections that streams are opened on where the current one, or the held one, has no room.
    pub(crate) beside: Vec<u32>,
    /// The last of the connections, when none of them had room for one more stream.
    pub(crate) used_up: Option<u32>,
    /// A connection that is held back from workloads: they wait although it is there, and get it once no more may wait.
    pub(crate) held: Option<u32>,
    /// The trunk has no connection, and attempts to make one fail.
    pub(crate) is_unreachable: bool,
    /// Former connections whose streams have not ended.
    draining: usize,
    /// The owner has forgotten the trunk, of which a connection is still draining.
    is_forgotten: bool,
    used_at: Option<Instant>,
}

/// Tunnels, and the trunks that they lead to.
#[derive(Default)]
pub(crate) struct Trunks {
    pub(crate) tunnels: HashMap<u32, Tunnel>,
    /// Workloads that wait for connections of trunks.
    pub(crate) waiting: Waiting<Waiter>,
    /// Streams and flows of the owner that wait, by their numbers.
    pub(crate) own: HashMap<u32, OwnWaiting>,
    trunks: HashMap<u32, Trunk>,
    /// Tunnels at whose listeners more workloads may wait, and when these are accepted; not before, even if more come.
    accepting: Deadlines,
}

impl Trunks {
    /// The trunk of this number, which is made when it is first named.
    pub(crate) fn trunk_mut(&mut self, trunk: u32) -> &mut Trunk {
        self.trunks.entry(trunk).or_default()
    }

    /// The owner names the trunk no more. The trunk stays until its last draining connection has ended.
    pub(crate) fn forget(&mut self, trunk: u32) {
        let Some(of) = self.trunks.get_mut(&trunk) else { return };
        *of = Trunk { draining: of.draining, is_forgotten: true, ..Trunk::default() };
        self.drop_if_over(trunk);
    }

    /// A connection drains from now on. Returns the trunk's current connection.
    pub(crate) fn handle_draining(&mut self, trunk: u32) -> Option<u32> {
        let trunk = self.trunk_mut(trunk);
        trunk.draining += 1;
        trunk.current
    }

    /// A connection that was draining is gone.
    pub(crate) fn handle_drained(&mut self, trunk: u32) {
        let Some(of) = self.trunks.get_mut(&trunk) else { return };
        of.draining -= 1;
        self.drop_if_over(trunk);
    }

    /// Whether streams of a trunk have not ended on former connections.
    pub(crate) fn is_draining(&self, trunk: u32) -> bool {
        self.trunks.get(&trunk).is_some_and(|trunk| trunk.draining > 0)
    }

    fn drop_if_over(&mut self, trunk: u32) {
        if self.trunks.get(&trunk).is_some_and(|of| of.is_forgotten && of.draining == 0) {
            self.trunks.remove(&trunk);
        }
    }

    /// Handles the end of a connection: workloads wait until the owner names another.
    pub(crate) fn handle_ended(&mut self, trunk: u32, connection: u32) {
        let Some(trunk) = self.trunks.get_mut(&trunk) else { return };
        trunk.current = trunk.current.filter(|current| *current != connection);
        trunk.held = trunk.held.filter(|held| *held != connection);
        trunk.beside.retain(|beside| *beside != connection);
        trunk.used_up = trunk.used_up.filter(|_| trunk.current.or(trunk.held).is_some());
    }

    /// News for the owner: trunks that have got waiters since it was last told (true), and trunks that have none any more (false); and the last of the
    /// trunk's connections where none of them has room.
    pub(crate) fn take_waiting_news(&mut self) -> impl Iterator<Item = (u32, bool, Option<u32>)> {
        let Self { waiting, trunks, .. } = self;
        let used_up = |trunk| trunks.get(&trunk).and_then(|trunk: &Trunk| trunk.used_up);
        waiting.take_news().map(move |(trunk, is_any)| (trunk, is_any, if is_any { used_up(trunk) } else { None }))
    }

    /// Whether workloads wait for room on the connections of a trunk.
    pub(crate) fn is_used_up(&self, trunk: u32) -> bool {
        self.trunks.get(&trunk).is_some_and(|trunk| trunk.used_up.is_some())
    }

    /// Lets a listener be asked for more workloads at a time.
    pub(crate) fn accept_again(&mut self, tunnel: u32, at: Instant) {
        self.accepting.set(tunnel, Some(at));
    }

    /// Whether a listener is to be asked for more workloads anyway.
    pub(crate) fn is_accepting(&self, tunnel: u32) -> bool {
        self.accepting.has(tunnel)
    }

    /// Takes the tunnels whose listeners are to be asked now.
    pub(crate) fn take_accepting(&mut self, now: Instant) -> Vec<u32> {
        std::iter::from_fn(|| self.accepting.take_due(now)).collect()
    }

    /// When a listener is to be asked again, or a workload's wait ends.
    pub(crate) fn next_timeout(&self) -> Option<Instant> {
        self.waiting.next_timeout().into_iter().chain(self.accepting.next_timeout()).min()
    }
}

impl OwnWaiting {
    /// The number of the account, which is one of a tunnel.
    pub(crate) fn account(&self) -> u32 {
        match self {
            Self::Stream(client) => client.tunnel,
            Self::Flow { account, .. } => *account,
        }
    }
}

impl Trunk {
    /// Notes that a stream was opened. True: the owner is to be told.
    pub(crate) fn handle_used(&mut self, now: Instant) -> bool {
        if self.used_at.is_some_and(|at| now < at + USED_INTERVAL) {
            return false;
        }
        self.used_at = Some(now);
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::limits::ACCEPT_PAUSE;

    #[test]
    fn a_listener_that_pauses_is_asked_once_and_not_before() {
        let (mut trunks, start) = (Trunks::default(), Instant::now());
        trunks.accept_again(1, start + ACCEPT_PAUSE);
        trunks.accept_again(2, start);
        assert_eq!(trunks.next_timeout(), Some(start));
        assert_eq!(trunks.take_accepting(start), [2]);
        assert_eq!([1, 2].map(|tunnel| trunks.is_accepting(tunnel)), [true, false]);
        trunks.accept_again(1, start + ACCEPT_PAUSE);
        assert_eq!(trunks.next_timeout(), Some(start + ACCEPT_PAUSE));
        assert!(trunks.take_accepting(start + ACCEPT_PAUSE / 2).is_empty());
        assert_eq!(trunks.take_accepting(start + ACCEPT_PAUSE), [1]);
        assert_eq!((trunks.next_timeout(), trunks.is_accepting(1)), (None, false));
    }
}
