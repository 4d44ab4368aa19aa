//! Workloads that connect to tunnels.

use std::io::ErrorKind;

use florenetes_io::stream::{SocketFile, StreamListener, StreamSocket};
use florenetes_lane::Now;

use crate::accounts::Refusal;
use crate::codes::{NO_ANSWER, OVER_BUDGET};
use crate::connection::stream_limit;
use crate::event::{Account, Event};
use crate::limits::{ACCEPT_PAUSE, ACCEPTS_PER_TURN};
use crate::order::Address;
use crate::trunks::{Client, Tunnel};
use crate::vertex::Vertex;
use crate::workloads::Holder;

impl Vertex {
    pub(crate) fn listen(&mut self, tunnel: u32, trunk: u32, address: &Address) {
        let listener = match address {
            Address::Tcp(address) => StreamListener::tcp(*address),
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

    /// Takes workloads that have connected, up to a turn's share.
    pub(crate) fn accept(&mut self, tunnel: u32, now: Now) {
        for _ in 0..ACCEPTS_PER_TURN {
            let Some(Tunnel { trunk, listener, .. }) = self.trunks.tunnels.get(&tunnel) else { return };
            let trunk = *trunk;
            match listener.accept() {
                Ok(socket) => self.handle_client(tunnel, trunk, socket, now),
                Err(error) if error.kind() == ErrorKind::WouldBlock => return,
                Err(error) if error.kind() == ErrorKind::ConnectionAborted => {}
                // No descriptors, or no memory: the workload goes on waiting.
                Err(_) => return self.trunks.accept_again(tunnel, now.instant + ACCEPT_PAUSE),
            }
        }
        self.trunks.accept_again(tunnel, now.instant);
    }

    fn handle_client(&mut self, tunnel: u32, trunk: u32, socket: StreamSocket, now: Now) {
        if let Some(shortage) = self.site.shortage() {
            return self.refuse(tunnel, OVER_BUDGET, shortage);
        }
        let Ok(key) = self.site.workloads.add(&socket, Holder::Waiting) else {
            return self.refuse(tunnel, OVER_BUDGET, "the system watches no more connections");
        };
        let deadline = now.instant + self.site.limits.no_answer;
        let client = Client { socket, key, tunnel, deadline };
        if let Some(current) = self.trunks.trunk_mut(trunk).current {
            return self.open_stream(trunk, current, client, now);
        }
        let waiting_max = self.site.limits.waiting_max;
        let waiting = &mut self.trunks.trunk_mut(trunk).waiting;
        if waiting.len() >= waiting_max {
            return self.refuse_client(client, NO_ANSWER, "too many wait for a handshake");
        }
        waiting.push_back(client);
    }

    /// Opens a stream for a workload on the current connection of its trunk.
    fn open_stream(&mut self, trunk: u32, current: u32, client: Client, now: Now) {
        let Client { socket, key, tunnel, .. } = client;
        let account = Account::Tunnel(tunnel);
        let Some(place) = self.connections.place_of(current) else {
            // Its owner will hear of it, and name another.
            return self.refuse_client(Client { socket, key, ..client }, crate::codes::CONNECTION_LOST, "");
        };
        self.connections.mark_dirty(place);
        if self.connections[place].open_stream((socket, key), account, &mut self.site, now).is_err() {
            self.site.workloads.remove(key);
            let refusal = stream_limit(account, current);
            return self.site.accounts.handle_refused(refusal, &mut self.site.events, &mut self.site.drops);
        }
        if self.trunks.trunk_mut(trunk).handle_used(now.instant) {
            self.site.events.push(Event::Used { trunk });
        }
    }

    /// Streams of the trunk are opened on this connection from now on, those of waiting workloads at once.
    pub(crate) fn set_current(&mut self, trunk: u32, connection: Option<u32>, now: Now) {
        self.trunks.trunk_mut(trunk).current = connection;
        let Some(current) = connection else { return };
        for client in self.trunks.trunk_mut(trunk).take_waiting() {
            self.open_stream(trunk, current, client, now);
        }
    }

    pub(crate) fn refuse_waiting(&mut self, trunk: u32, code: u64, text: &str) {
        for client in self.trunks.trunk_mut(trunk).take_waiting() {
            self.refuse_client(client, code, text);
        }
    }

    pub(crate) fn refuse_overdue(&mut self, now: Now) {
        for client in self.trunks.take_overdue(now.instant) {
            self.refuse_client(client, NO_ANSWER, "");
        }
    }

    /// Dropping its socket is a reset.
    fn refuse_client(&mut self, client: Client, code: u64, text: &str) {
        self.site.workloads.remove(client.key);
        self.refuse(client.tunnel, code, text);
    }

    fn refuse(&mut self, tunnel: u32, code: u64, text: &str) {
        let refusal = Refusal { account: Account::Tunnel(tunnel), connection: None, code, text: text.into() };
        self.site.accounts.handle_refused(refusal, &mut self.site.events, &mut self.site.drops);
    }
}
