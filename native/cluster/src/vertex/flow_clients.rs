//! Clients of datagram tunnels.

use std::io::ErrorKind;
use std::mem;
use std::net::SocketAddr;
use std::rc::Rc;
use std::time::Instant;

use florenetes_io::udp::{UdpPeer, WorkloadSocket};
use florenetes_lane::Now;

use super::Vertex;
use crate::codes::OVER_BUDGET;
use crate::datagrams::{ClientFlow, DatagramTunnel, Ended, Kept, Lost};
use crate::event::{Account, Event};
use crate::limits::{DATAGRAM_READS_PER_TURN, DATAGRAM_SIZE_MAX, FLOWS_MAX};
use crate::site::Unopened;
use crate::trunks::Waiter;
use crate::workloads::Holder;

impl Vertex {
    pub(crate) fn listen_for_datagrams(&mut self, tunnel: u32, trunk: u32, address: SocketAddr) {
        let bound = WorkloadSocket::bind(address).and_then(|socket| {
            let port = socket.port()?;
            let key = self.site.workloads.add(&socket, Holder::Tunnel(tunnel))?;
            Ok((socket, port, key))
        });
        let event = match bound {
            Ok((socket, port, key)) => {
                self.site.accounts.add(Account::Tunnel(tunnel));
                self.site.tunnels.insert(tunnel, DatagramTunnel::new(trunk, socket, key));
                Event::Listening { tunnel, port }
            }
            Err(error) => Event::ListenFailed { tunnel, error },
        };
        self.site.events.push(event);
    }

    /// Closes a tunnel of datagrams, and ends its flows, whose clients can get no more answers.
    pub(crate) fn close_datagram_tunnel(&mut self, tunnel: u32, now: Now) {
        let Some(clients) = self.site.tunnels.get(&tunnel).map(|it| it.flows.keys().copied().collect::<Vec<_>>())
        else {
            return;
        };
        for client in clients {
            self.forget_client(tunnel, &client, Ended::Closed, now);
        }
        if let Some(removed) = self.site.tunnels.remove(&tunnel) {
            self.site.workloads.remove(removed.key);
        }
    }

    /// Takes workloads that have connected to a tunnel, or the datagrams that they have sent to it.
    pub(crate) fn take_clients(&mut self, tunnel: u32, now: Now) {
        match self.site.tunnels.get(&tunnel) {
            Some(DatagramTunnel { socket, .. }) => {
                let socket = Rc::clone(socket);
                self.read_tunnel(tunnel, &socket, now);
            }
            None => self.accept(tunnel, now),
        }
    }

    /// Reads datagrams of clients, up to a turn's share.
    fn read_tunnel(&mut self, tunnel: u32, socket: &WorkloadSocket, now: Now) {
        let Some(mut inbox) = self.site.inbox.take() else { return };
        let mut is_all = false;
        for _ in 0..DATAGRAM_READS_PER_TURN {
            let received = socket.receive(&mut inbox, |client, datagram| {
                self.handle_client_datagram(tunnel, client, datagram, now);
            });
            is_all = received.is_err_and(|error| error.kind() == ErrorKind::WouldBlock);
            if is_all {
                break;
            }
        }
        self.site.inbox = Some(inbox);
        if !is_all {
            self.trunks.accept_again(tunnel, now.instant);
        }
    }

    fn handle_client_datagram(&mut self, tunnel: u32, client: UdpPeer, datagram: &[u8], now: Now) {
        if datagram.len() > DATAGRAM_SIZE_MAX {
            return self.lose(tunnel, Lost::Malformed);
        }
        let Some(of_tunnel) = self.site.tunnels.get_mut(&tunnel) else { return };
        match of_tunnel.flows.touch(&client, now.instant) {
            Some(ClientFlow::Open { connection, stream }) => {
                let place = (*connection, *stream);
                self.send_datagram(place, datagram, now);
            }
            Some(ClientFlow::Waiting { .. }) => self.keep_datagram(tunnel, &client, datagram),
            None if of_tunnel.pauses.has(&client, now.instant) => self.lose(tunnel, Lost::Refused),
            None => self.begin_flow(tunnel, client, datagram, now),
        }
    }

    fn send_datagram(&mut self, (connection, stream): (u32, u64), datagram: &[u8], now: Now) {
        let Some(place) = self.connections.place_of(connection) else { return };
        self.connections.mark_dirty(place);
        self.connections[place].send_datagram(stream, datagram, &mut self.site, now);
    }

    /// Begins a flow with the first datagram of a client.
    fn begin_flow(&mut self, tunnel: u32, client: UdpPeer, datagram: &[u8], now: Now) {
        if self.site.is_memory_short() {
            self.lose(tunnel, Lost::NoRoom);
            let why = (OVER_BUDGET, "the memory for streams is spent");
            return self.refuse_flow(Unopened::flow(tunnel, now.ms), client, why, now);
        }
        let Some(DatagramTunnel { trunk, flows, .. }) = self.site.tunnels.get_mut(&tunnel) else { return };
        let trunk = *trunk;
        if flows.len() >= FLOWS_MAX
            && let Some(victim) = flows.victim(&client.address.ip())
        {
            self.forget_client(tunnel, &victim, Ended::Room, now);
        }
        let place = self.place_after_waiting(trunk, now);
        if self.is_turned_away(tunnel, trunk, place, now) {
            self.lose(tunnel, Lost::NoRoom);
            let why = self.why_refused(trunk, "");
            return self.refuse_flow(Unopened::flow(tunnel, now.ms), client, why, now);
        }
        if let Some(place) = place {
            match self.open_flow(Unopened::flow(tunnel, now.ms), client, place, now) {
                Some(stream) => self.send_datagram((self.connections[place].number, stream), datagram, now),
                None => self.lose(tunnel, Lost::NoRoom),
            }
            return;
        }
        let until = self.site.waits.end(tunnel, now.instant + self.site.waits.of(tunnel), now.instant);
        if let Some(of_tunnel) = self.site.tunnels.get_mut(&tunnel) {
            of_tunnel.wait(client, until, now);
        }
        self.keep_datagram(tunnel, &client, datagram);
        self.wait_on(tunnel);
    }

    /// Opens a flow on the current connection of its tunnel's trunk. None: the flow is refused.
    fn open_flow(&mut self, unopened: Unopened, client: UdpPeer, place: usize, now: Now) -> Option<u64> {
        let tunnel = unopened.account;
        self.connections.mark_dirty(place);
        let connection = self.connections[place].number;
        match self.connections[place].open_flow(tunnel, client, &mut self.site, now) {
            Ok(stream) => {
                let of_tunnel = self.site.tunnels.get_mut(&tunnel)?;
                let trunk = of_tunnel.trunk;
                of_tunnel.flows.insert(
                    client,
                    client.address.ip(),
                    ClientFlow::Open { connection, stream },
                    now.instant,
                );
                self.handle_used(trunk, now);
                Some(stream)
            }
            Err(code) => {
                self.refuse_flow(unopened, client, (code, ""), now);
                None
            }
        }
    }

    // ── Flows that wait for a connection ────────────────────────────────────────────────────────────────────────────────

    fn keep_datagram(&mut self, tunnel: u32, client: &UdpPeer, datagram: &[u8]) {
        let is_short = self.site.is_memory_short();
        let Some(of_tunnel) = self.site.tunnels.get_mut(&tunnel) else { return };
        let Some(ClientFlow::Waiting { kept, .. }) = of_tunnel.flows.get_mut(client) else { return };
        if is_short || !kept.push(datagram) {
            return self.lose(tunnel, Lost::NoRoom);
        }
        self.site.memory_held += datagram.len() as u64;
    }

    /// Tells a tunnel's trunk, once, that flows of the tunnel wait.
    pub(crate) fn wait_on(&mut self, tunnel: u32) {
        let Some(of_tunnel) = self.site.tunnels.get_mut(&tunnel) else { return };
        if let (Some((until, _)), false) = (of_tunnel.waiting.first(), of_tunnel.is_waiting) {
            of_tunnel.is_waiting = true;
            self.trunks.waiting.insert(of_tunnel.trunk, *until, Waiter::Flows(tunnel));
        }
    }

    /// Opens the flows of clients that have waited for a connection: at first on the one at this place. Flows for which no connection has room go on
    /// waiting.
    pub(crate) fn open_waiting(&mut self, tunnel: u32, trunk: u32, first: usize, now: Now) {
        let first = self.connections[first].number;
        for (_, client) in self.take_waiting(tunnel, None) {
            let Some(place) = self.roomy_place(trunk, first) else { return self.wait_on(tunnel) };
            let Some((came_ms, kept)) = self.take_kept(tunnel, &client) else { continue };
            let Some(stream) = self.open_flow(Unopened::flow(tunnel, came_ms), client, place, now) else {
                self.lose_kept(tunnel, &kept);
                continue;
            };
            let connection = self.connections[place].number;
            for datagram in kept.into_datagrams() {
                self.send_datagram((connection, stream), &datagram, now);
            }
        }
    }

    /// Refuses the waiting flows of a tunnel: all, or, where `at` is set, the ones whose wait ends by then.
    pub(crate) fn refuse_waiting_flows(&mut self, tunnel: u32, at: Option<Instant>, why: (u64, &str), now: Now) {
        for (_, client) in self.take_waiting(tunnel, at) {
            let Some((came_ms, kept)) = self.take_kept(tunnel, &client) else { continue };
            self.lose_kept(tunnel, &kept);
            self.refuse_flow(Unopened::flow(tunnel, came_ms), client, why, now);
        }
    }

    /// The waiting clients of a tunnel: all, or, where `at` is set, the ones whose wait ends by then.
    fn take_waiting(&mut self, tunnel: u32, at: Option<Instant>) -> Vec<(Instant, UdpPeer)> {
        let Some(of_tunnel) = self.site.tunnels.get_mut(&tunnel) else { return Vec::new() };
        of_tunnel.is_waiting = false;
        of_tunnel.waiting.iter().take_while(|(until, _)| at.is_none_or(|at| *until <= at)).copied().collect()
    }

    /// Takes a waiting client's flow: when the client came, and its kept datagrams.
    fn take_kept(&mut self, tunnel: u32, client: &UdpPeer) -> Option<(f64, Kept)> {
        let ClientFlow::Waiting { came_ms, kept, .. } = self.site.tunnels.get_mut(&tunnel)?.remove(client)? else {
            return None;
        };
        self.site.memory_held -= kept.bytes();
        Some((came_ms, kept))
    }

    // ── The end ─────────────────────────────────────────────────────────────────────────────────────────────────────────

    fn forget_client(&mut self, tunnel: u32, client: &UdpPeer, why: Ended, now: Now) {
        let flow = self.site.tunnels.get_mut(&tunnel).and_then(|tunnel| tunnel.remove(client));
        match flow {
            Some(ClientFlow::Open { connection, stream }) => self.end_flow((connection, stream), why, now),
            Some(ClientFlow::Waiting { kept, .. }) => {
                self.site.memory_held -= kept.bytes();
                self.lose_kept(tunnel, &kept);
            }
            None => {}
        }
    }

    fn refuse_flow(&mut self, unopened: Unopened, client: UdpPeer, (code, text): (u64, &str), now: Now) {
        if let Some(of_tunnel) = self.site.tunnels.get_mut(&unopened.account) {
            of_tunnel.pauses.add(client, now.instant);
        }
        self.refuse(unopened, code, text);
    }

    /// Ends the forgotten flows at their connections.
    pub(crate) fn end_flows(&mut self, now: Now) {
        for (flow, why) in mem::take(&mut self.site.flows_ended) {
            self.end_flow(flow, why, now);
        }
    }

    fn end_flow(&mut self, (connection, stream): (u32, u64), why: Ended, now: Now) {
        let Some(place) = self.connections.place_of(connection) else { return };
        self.connections.mark_dirty(place);
        self.connections[place].end_flow(stream, why, &mut self.site, now);
    }

    fn lose_kept(&mut self, tunnel: u32, kept: &Kept) {
        for _ in 0..kept.len() {
            self.lose(tunnel, Lost::NoRoom);
        }
    }

    fn lose(&mut self, tunnel: u32, why: Lost) {
        self.site.accounts.flows(Account::Tunnel(tunnel)).handle_lost(why);
    }
}
