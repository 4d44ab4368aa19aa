//! Workloads that connect to tunnels.

use std::collections::VecDeque;
use std::io::ErrorKind;
use std::mem;
use std::time::Instant;

use florenetes_io::stream::{SocketFile, StreamListener, StreamSocket};
use florenetes_lane::Now;

use super::Vertex;
use crate::codes::{NO_ANSWER, OVER_BUDGET, STREAM_LIMIT};
use crate::event::{Account, Event};
use crate::limits::{ACCEPT_PAUSE, ACCEPTS_PER_TURN, TRUNK_CONNECTIONS_MAX};
use crate::order::{Address, Role};
use crate::site::{Refusal, Unopened};
use crate::trunks::{OwnWaiting, Trunks, Tunnel, Waiter};
use crate::workloads::{Client, Holder, Offer, Workload};

/// The reason, for people, when a workload is refused because it cannot wait.
pub(crate) const TOO_MANY_WAIT: &str = "too many wait for a handshake";
/// The reason, for people, when a workload is refused because no connection has room for its stream.
pub(crate) const USED_UP: &str = "all connections to the service have as many streams as it takes on one";

impl Vertex {
    pub(crate) fn listen(&mut self, tunnel: u32, trunk: u32, address: &Address) {
        let listener = match address {
            Address::Tcp(address) => StreamListener::tcp(*address),
            // `listen_for_datagrams` handles UDP.
            Address::Udp(_) => return,
            Address::Unix { path, mode, owner } => {
                StreamListener::unix(SocketFile { path, mode: *mode, owner: *owner })
            }
        };
        let watched = listener.and_then(|listener| {
            let key = self.site.workloads.add(&listener, Holder::Tunnel(tunnel))?;
            Ok((listener, key))
        });
        let event = match watched {
            Ok((listener, key)) => {
                let port = listener.port();
                self.stop_listening(tunnel);
                self.site.accounts.add(Account::Tunnel(tunnel));
                self.trunks.tunnels.insert(tunnel, Tunnel { trunk, listener, key });
                Event::Listening { tunnel, port }
            }
            Err(error) => Event::ListenFailed { tunnel, error },
        };
        self.site.events.push(event);
    }

    pub(crate) fn stop_listening(&mut self, tunnel: u32) {
        if let Some(tunnel) = self.trunks.tunnels.remove(&tunnel) {
            self.site.workloads.remove(tunnel.key);
        }
    }

    /// Accepts workloads at a tunnel, up to a turn's share.
    pub(crate) fn accept(&mut self, tunnel: u32, now: Now) {
        for _ in 0..ACCEPTS_PER_TURN {
            let Some(Tunnel { trunk, listener, .. }) = self.trunks.tunnels.get(&tunnel) else { return };
            let trunk = *trunk;
            match listener.accept() {
                Ok(socket) => self.handle_client(tunnel, trunk, socket, now),
                Err(error) if error.kind() == ErrorKind::WouldBlock => return,
                Err(error) if error.kind() == ErrorKind::ConnectionAborted => {}
                // Without descriptors or memory the workload goes on waiting.
                Err(_) => return self.trunks.accept_again(tunnel, now.instant + ACCEPT_PAUSE),
            }
        }
        self.trunks.accept_again(tunnel, now.instant);
    }

    fn handle_client(&mut self, tunnel: u32, trunk: u32, socket: StreamSocket, now: Now) {
        if let Some(shortage) = self.site.shortage() {
            return self.refuse(Unopened::stream(tunnel, now.ms), OVER_BUDGET, shortage);
        }
        let Ok(key) = self.site.workloads.add(&socket, Holder::Waiting) else {
            return self.refuse(
                Unopened::stream(tunnel, now.ms),
                OVER_BUDGET,
                "the system watches no more connections",
            );
        };
        let offer = Offer::new(now, self.site.waits.of(tunnel));
        let client = Client { workload: Workload::Socket(socket, key), tunnel, offer };
        let place = self.place_after_waiting(trunk, now);
        if self.is_turned_away(tunnel, trunk, place, now) {
            let (code, text) = self.why_refused(trunk, "");
            return self.refuse_client(client, code, text);
        }
        if let Some(place) = place {
            return self.open_stream(trunk, place, client, now);
        }
        self.wait(trunk, client, now);
    }

    fn wait(&mut self, trunk: u32, client: Client, now: Now) {
        if self.is_full(trunk) {
            return match self.place_beyond(trunk, now) {
                Some(place) => self.open_stream(trunk, place, client, now),
                None => {
                    let (code, text) = self.why_refused(trunk, TOO_MANY_WAIT);
                    self.refuse_client(client, code, text);
                }
            };
        }
        let until = self.site.waits.end(client.tunnel, client.offer.deadline, now.instant);
        let waiter = match &client.workload {
            Workload::Socket(_, key) => {
                self.site.workloads.give(*key, Holder::Waiting);
                Waiter::Stream(client)
            }
            Workload::Owner(owner) => {
                let number = owner.number;
                self.keep_own(number, OwnWaiting::Stream(client));
                Waiter::Own(number)
            }
        };
        self.trunks.waiting.insert(trunk, until, waiter);
    }

    /// Whether a workload is turned away as soon as it comes: its account does not wait, and the far end counts as unreachable.
    pub(crate) fn is_turned_away(&mut self, account: u32, trunk: u32, place: Option<usize>, now: Now) -> bool {
        if !self.site.waits.is_none(account) {
            return false;
        }
        match place {
            Some(place) => self.connections[place].is_unreachable(now.instant),
            None => {
                let of_trunk = self.trunks.trunk_mut(trunk);
                // Room for one more stream may be far away where no further connection may be made.
                let is_last = of_trunk.beside.len() + 1 >= TRUNK_CONNECTIONS_MAX;
                of_trunk.is_unreachable || (of_trunk.used_up.is_some() && is_last)
            }
        }
    }

    /// Why a workload is refused that has waited for too long, or cannot wait: no connection has room; or there is none, and `otherwise` says more
    /// about it for people.
    pub(crate) fn why_refused(&self, trunk: u32, otherwise: &'static str) -> (u64, &'static str) {
        if self.trunks.is_used_up(trunk) { (STREAM_LIMIT, USED_UP) } else { (NO_ANSWER, otherwise) }
    }

    /// Notes whether the trunk is unreachable. If so, turns away the workloads of accounts that wait only for the first attempt.
    pub(crate) fn set_unreachable(&mut self, trunk: u32, is_unreachable: bool, now: Now) {
        self.trunks.trunk_mut(trunk).is_unreachable = is_unreachable;
        if !is_unreachable {
            return;
        }
        let Self { trunks: Trunks { waiting, own, .. }, site, .. } = self;
        let waits_for_none = |waiter: &Waiter| match waiter {
            Waiter::Stream(client) => site.waits.is_none(client.tunnel),
            Waiter::Flows(tunnel) => site.waits.is_none(*tunnel),
            Waiter::Own(number) => own.get(number).is_some_and(|it| site.waits.is_none(it.account())),
        };
        for (_, waiter) in waiting.take_those(trunk, waits_for_none) {
            self.refuse_waiter(waiter, (NO_ANSWER, ""), now);
        }
    }

    fn refuse_waiter(&mut self, waiter: Waiter, why: (u64, &str), now: Now) {
        match waiter {
            Waiter::Stream(client) => self.refuse_client(client, why.0, why.1),
            Waiter::Flows(tunnel) => self.refuse_waiting_flows(tunnel, None, why, now),
            Waiter::Own(number) => self.refuse_own_waiter(number, why),
        }
    }

    /// Whether as many workloads as may wait for the trunk are waiting.
    pub(crate) fn is_full(&self, trunk: u32) -> bool {
        self.trunks.waiting.count(trunk) >= self.site.limits.waiting_max
    }

    /// Lets all waiting workloads in on the trunk's held connection, and returns its place for a workload that has no room to wait. None: the trunk
    /// has no held connection.
    pub(crate) fn place_beyond(&mut self, trunk: u32, now: Now) -> Option<usize> {
        let held = self.trunks.trunk_mut(trunk).held?;
        self.let_all_in(trunk, held, now)
    }

    /// Opens streams for the workloads of a trunk that wait, as far as its connections have room. Returns the place for one more stream. None: the
    /// trunk has no connection, they have ended, or none has room: whoever waits goes first.
    pub(crate) fn place_after_waiting(&mut self, trunk: u32, now: Now) -> Option<usize> {
        let current = self.trunks.trunk_mut(trunk).current?;
        self.let_all_in(trunk, current, now)
    }

    fn let_all_in(&mut self, trunk: u32, first: u32, now: Now) -> Option<usize> {
        while let Some(place) = self.roomy_place(trunk, first) {
            if self.trunks.waiting.count(trunk) == 0 {
                return Some(place);
            }
            if let Some(waiter) = self.trunks.waiting.take_first(trunk) {
                self.let_in(trunk, place, waiter, now);
            }
        }
        None
    }

    /// The place of the connection that a trunk's next stream is opened on. None: the trunk has none, they have ended, or none has room.
    fn current_place(&mut self, trunk: u32) -> Option<usize> {
        let current = self.trunks.trunk_mut(trunk).current?;
        self.roomy_place(trunk, current)
    }

    /// The place of the first connection with room for one more stream: this one, or one beside it.
    pub(crate) fn roomy_place(&mut self, trunk: u32, first: u32) -> Option<usize> {
        self.trunks.trunk_mut(trunk).used_up = None;
        let mut place = self.place_for(trunk, first)?;
        let (mut last, mut index) = (first, 0);
        loop {
            if self.connections[place].has_room() {
                return Some(place);
            }
            place = loop {
                let of_trunk = self.trunks.trunk_mut(trunk);
                let Some(beside) = of_trunk.beside.get(index).copied() else {
                    of_trunk.used_up = Some(last);
                    return None;
                };
                (last, index) = (beside, index + 1);
                if let Some(place) = self.place_for(trunk, beside) {
                    break place;
                }
            };
        }
    }

    /// Opens streams for the workloads of a trunk that wait, as far as its connections have room. Whoever was let in and found no room waits for room
    /// alone, though the connection is held back.
    pub(crate) fn serve_waiting(&mut self, trunk: u32, now: Now) {
        let of_trunk = self.trunks.trunk_mut(trunk);
        let held = of_trunk.held.filter(|_| of_trunk.used_up.is_some());
        if let Some(first) = of_trunk.current.or(held) {
            self.let_all_in(trunk, first, now);
        }
    }

    fn place_for(&mut self, trunk: u32, connection: u32) -> Option<usize> {
        let place = self.connections.place_of(connection)?;
        let connection = &mut self.connections[place];
        (connection.role == Role::Originator { trunk } && connection.takes_streams()).then_some(place)
    }

    /// Opens a stream for a workload on the current connection of its trunk.
    pub(crate) fn open_stream(&mut self, trunk: u32, place: usize, client: Client, now: Now) {
        self.connections.mark_dirty(place);
        if let Err(client) = self.connections[place].open_stream(client, &mut self.site, now) {
            return self.refuse_client(client, STREAM_LIMIT, USED_UP);
        }
        self.handle_used(trunk, now);
    }

    /// Tells the owner now and then that a trunk is used.
    pub(crate) fn handle_used(&mut self, trunk: u32, now: Now) {
        if self.trunks.trunk_mut(trunk).handle_used(now.instant) {
            self.site.events.push(Event::Used { trunk });
        }
    }

    /// Opens streams for workloads that were handed back by ended connections, or lets them wait for a connection.
    pub(crate) fn offer_again(&mut self, now: Now) {
        for (former, client) in mem::take(&mut self.site.offered_again) {
            let trunk = match client.workload {
                Workload::Socket(..) => self.trunk_of(client.tunnel).unwrap_or(former),
                Workload::Owner(_) => former,
            };
            match self.place_after_waiting(trunk, now) {
                Some(place) => self.open_stream(trunk, place, client, now),
                None => self.wait(trunk, client, now),
            }
        }
    }

    /// Opens the trunk's streams on this connection from now on, and streams for the waiting workloads at once. If the connection has ended
    /// meanwhile, the workloads go on waiting, and the owner hears of both.
    pub(crate) fn set_current(&mut self, trunk: u32, connection: Option<u32>, now: Now) {
        let of_trunk = self.trunks.trunk_mut(trunk);
        (of_trunk.current, of_trunk.held, of_trunk.used_up) = (connection, None, None);
        if connection.is_none() {
            return;
        }
        for (until, waiter) in self.trunks.waiting.take_all(trunk) {
            match self.current_place(trunk) {
                Some(place) => self.let_in(trunk, place, waiter, now),
                None => self.trunks.waiting.insert(trunk, until, waiter),
            }
        }
    }

    /// Leads the clients of a tunnel over another trunk from now on. Waiting clients go along, with the ends of their waits. Streams stay on their
    /// connections.
    pub(crate) fn lead_tunnel(&mut self, tunnel: u32, trunk: u32, now: Now) {
        let Some(of_tunnel) = self.trunk_of_mut(tunnel) else { return };
        let former = mem::replace(of_tunnel, trunk);
        let is_of_tunnel = |waiter: &Waiter| match waiter {
            Waiter::Stream(client) => client.tunnel == tunnel,
            Waiter::Flows(of) => *of == tunnel,
            Waiter::Own(_) => false,
        };
        let moved = self.trunks.waiting.take_those(former, is_of_tunnel);
        self.move_waiting(moved, trunk, now);
    }

    /// Leads streams and flows of the owner that wait for one trunk over another, with the ends of their waits.
    pub(crate) fn lead_own(&mut self, account: u32, former: u32, trunk: u32, now: Now) {
        let Trunks { waiting, own, .. } = &mut self.trunks;
        let is_of_account = |waiter: &Waiter| match waiter {
            Waiter::Own(number) => own.get(number).is_some_and(|it| it.account() == account),
            Waiter::Stream(_) | Waiter::Flows(_) => false,
        };
        let moved = waiting.take_those(former, is_of_account);
        self.move_waiting(moved, trunk, now);
    }

    fn move_waiting(&mut self, moved: VecDeque<(Instant, Waiter)>, trunk: u32, now: Now) {
        for (until, waiter) in moved {
            match (self.place_after_waiting(trunk, now), waiter) {
                (Some(place), waiter) => self.let_in(trunk, place, waiter, now),
                (None, Waiter::Stream(client)) if self.is_full(trunk) => {
                    let (code, text) = self.why_refused(trunk, TOO_MANY_WAIT);
                    self.refuse_client(client, code, text);
                }
                (None, Waiter::Own(number)) if self.is_full(trunk) => {
                    let why = self.why_refused(trunk, TOO_MANY_WAIT);
                    self.refuse_own_waiter(number, why);
                }
                (None, waiter) => self.trunks.waiting.insert(trunk, until, waiter),
            }
        }
    }

    /// The trunk of a tunnel. None: the tunnel does not listen.
    pub(crate) fn trunk_of(&mut self, tunnel: u32) -> Option<u32> {
        self.trunk_of_mut(tunnel).copied()
    }

    fn trunk_of_mut(&mut self, tunnel: u32) -> Option<&mut u32> {
        let of_streams = self.trunks.tunnels.get_mut(&tunnel).map(|tunnel| &mut tunnel.trunk);
        of_streams.or_else(|| self.site.tunnels.get_mut(&tunnel).map(|tunnel| &mut tunnel.trunk))
    }

    pub(crate) fn let_in(&mut self, trunk: u32, place: usize, waiter: Waiter, now: Now) {
        match waiter {
            Waiter::Stream(client) => self.open_stream(trunk, place, client, now),
            Waiter::Flows(tunnel) => self.open_waiting(tunnel, trunk, place, now),
            Waiter::Own(number) => self.open_own_waiter(number, trunk, place, now),
        }
    }

    /// Holds a connection back: workloads wait although it is there, and get it once no more may wait.
    pub(crate) fn hold(&mut self, trunk: u32, connection: u32) {
        let of_trunk = self.trunks.trunk_mut(trunk);
        // Whether the connections are used up is known of those that had the last streams alone.
        let is_known = of_trunk.current.or(of_trunk.held) == Some(connection);
        of_trunk.used_up = of_trunk.used_up.filter(|_| is_known);
        (of_trunk.current, of_trunk.held) = (None, Some(connection));
    }

    pub(crate) fn refuse_waiting(&mut self, trunk: u32, code: u64, text: &str, now: Now) {
        for (_, waiter) in self.trunks.waiting.take_all(trunk) {
            self.refuse_waiter(waiter, (code, text), now);
        }
    }

    pub(crate) fn refuse_overdue(&mut self, now: Now) {
        while let Some((trunk, waiter)) = self.trunks.waiting.take_overdue(now.instant) {
            let why = self.why_refused(trunk, "");
            match waiter {
                Waiter::Flows(tunnel) => {
                    self.refuse_waiting_flows(tunnel, Some(now.instant), why, now);
                    self.wait_on(tunnel);
                }
                waiter => self.refuse_waiter(waiter, why, now),
            }
        }
    }

    /// Refuses a workload. Dropping its socket is a reset.
    pub(crate) fn refuse_client(&mut self, mut client: Client, code: u64, text: &str) {
        client.workload.leave(Some((code, text)), &mut self.site.workloads, &mut self.site.events);
        self.site.charge(&mut client.offer.charged, 0);
        let unopened = Unopened::stream(client.tunnel, client.offer.came_ms);
        if !client.offer.was_opened() {
            return self.refuse(unopened, code, text);
        }
        self.site.access.tell(unopened.over(code), &mut self.site.events);
        let refusal = Refusal { account: Account::Tunnel(client.tunnel), connection: None, code, text: text.into() };
        self.site.accounts.handle_unanswered(refusal, &mut self.site.events, &mut self.site.drops);
    }

    pub(crate) fn refuse(&mut self, unopened: Unopened, code: u64, text: &str) {
        self.site.access.tell(unopened.over(code), &mut self.site.events);
        let refusal = Refusal { account: Account::Tunnel(unopened.account), connection: None, code, text: text.into() };
        self.site.accounts.handle_refused(refusal, &mut self.site.events, &mut self.site.drops);
    }
}
