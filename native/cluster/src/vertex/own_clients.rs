//! Streams and flows whose workload is the owner: how the owner opens them, and its acts on them.

use florenetes_lane::Now;

use super::Vertex;
use super::clients::TOO_MANY_WAIT;
use crate::codes::{DONE, OVER_BUDGET, WORKLOAD_RESET};
use crate::datagrams::{Kept, Lost};
use crate::event::{Account, Event};
use crate::site::Unopened;
use crate::trunks::{OwnWaiting, Waiter};
use crate::workloads::{Act, Client, Offer, OwnPlace, OwnWorkload, Workload};

impl Vertex {
    // ── The beginning ───────────────────────────────────────────────────────────────────────────────────────────────────

    pub(crate) fn open_own(&mut self, number: u32, trunk: u32, account: u32, is_flow: bool, now: Now) {
        let is_known = self.site.workloads.own.has(number);
        if is_known {
            return;
        }
        self.site.accounts.add(Account::Tunnel(account));
        let unopened = Unopened { account, is_flow, came_ms: now.ms };
        if !self.site.workloads.own.has_room(number) {
            let why = (OVER_BUDGET, "this process has as many streams as it can");
            return self.refuse_unopened(number, unopened, why);
        }
        if let Some(shortage) = self.site.shortage() {
            return self.refuse_unopened(number, unopened, (OVER_BUDGET, shortage));
        }
        let offer = Offer::new(now, self.site.waits.of(account));
        let until = self.site.waits.end(account, offer.deadline, now.instant);
        let waiting = match is_flow {
            true => OwnWaiting::Flow { account, came_ms: now.ms, kept: Kept::default() },
            false => {
                let workload = Workload::Owner(OwnWorkload::new(number).into());
                OwnWaiting::Stream(Client { workload, tunnel: account, offer })
            }
        };
        let place = self.place_after_waiting(trunk, now);
        if self.is_turned_away(account, trunk, place, now) {
            let why = self.why_refused(trunk, "");
            return self.refuse_waiting_own(number, waiting, why);
        }
        if let Some(place) = place {
            return self.open_waiting_own(number, waiting, trunk, place, now);
        }
        if self.is_full(trunk) {
            return match self.place_beyond(trunk, now) {
                Some(place) => self.open_waiting_own(number, waiting, trunk, place, now),
                None => {
                    let why = self.why_refused(trunk, TOO_MANY_WAIT);
                    self.refuse_waiting_own(number, waiting, why);
                }
            };
        }
        self.trunks.waiting.insert(trunk, until, Waiter::Own(number));
        self.keep_own(number, waiting);
    }

    /// Keeps a waiting stream or flow of the owner, which the owner's acts and datagrams go to.
    pub(crate) fn keep_own(&mut self, number: u32, waiting: OwnWaiting) {
        self.site.workloads.own.set(number, OwnPlace::Waiting);
        self.trunks.own.insert(number, waiting);
    }

    /// Takes a waiting stream or flow of the owner. None: it is over, or does not wait any more.
    fn take_own(&mut self, number: u32) -> Option<OwnWaiting> {
        let waiting = self.trunks.own.remove(&number)?;
        self.site.workloads.own.remove(number);
        Some(waiting)
    }

    /// Opens a waiting stream or flow of the owner, unless it is over.
    pub(crate) fn open_own_waiter(&mut self, number: u32, trunk: u32, place: usize, now: Now) {
        if let Some(waiting) = self.take_own(number) {
            self.open_waiting_own(number, waiting, trunk, place, now);
        }
    }

    fn open_waiting_own(&mut self, number: u32, waiting: OwnWaiting, trunk: u32, place: usize, now: Now) {
        let (account, came_ms, kept) = match waiting {
            OwnWaiting::Stream(client) => return self.open_stream(trunk, place, client, now),
            OwnWaiting::Flow { account, came_ms, kept } => (account, came_ms, kept),
        };
        self.connections.mark_dirty(place);
        let connection = self.connections[place].number;
        let stream = match self.connections[place].open_own_flow(account, number, &mut self.site, now) {
            Ok(stream) => stream,
            Err(code) => {
                return self.refuse_waiting_own(number, OwnWaiting::Flow { account, came_ms, kept }, (code, ""));
            }
        };
        self.site.workloads.own.set(number, OwnPlace::Stream(connection, stream));
        self.site.memory_held -= kept.bytes();
        for datagram in kept.into_datagrams() {
            self.connections[place].send_datagram(stream, &datagram, &mut self.site, now);
        }
        self.handle_used(trunk, now);
    }

    // ── Orders ──────────────────────────────────────────────────────────────────────────────────────────────────────────

    /// Carries out an act of the owner on a stream or flow of its own, unless that is over.
    pub(crate) fn handle_act(&mut self, number: u32, act: Act, now: Now) {
        let (connection, stream) = match self.site.workloads.own.place(number) {
            Some(OwnPlace::Stream(connection, stream)) => (connection, stream),
            Some(OwnPlace::Waiting) => return self.handle_act_of_waiting(number, act),
            None => return,
        };
        let Some(place) = self.connections.place_of(connection) else { return };
        self.connections.mark_dirty(place);
        self.connections[place].handle_act(stream, act, &mut self.site, now);
    }

    fn handle_act_of_waiting(&mut self, number: u32, act: Act) {
        let Some(waiting) = self.take_own(number) else { return };
        match waiting {
            OwnWaiting::Stream(mut client) => {
                let Workload::Owner(owner) = &mut client.workload else { return };
                let result = owner.handle_act(act);
                let memory = owner.memory() + client.offer.said().len() as u64;
                self.site.charge(&mut client.offer.charged, memory);
                match result {
                    Ok(()) => self.keep_own(number, OwnWaiting::Stream(client)),
                    Err(code) => self.refuse_client(client, code, ""),
                }
            }
            waiting @ OwnWaiting::Flow { .. } => match act {
                Act::Reset(code, _) => self.refuse_waiting_own(number, waiting, (code, "")),
                _ => self.keep_own(number, waiting),
            },
        }
    }

    pub(crate) fn send_own_datagram(&mut self, number: u32, datagram: &[u8], now: Now) {
        let is_short = self.site.is_memory_short();
        match self.site.workloads.own.place(number) {
            Some(OwnPlace::Stream(connection, stream)) => {
                let Some(place) = self.connections.place_of(connection) else { return };
                self.connections.mark_dirty(place);
                self.connections[place].send_own_datagram(stream, datagram, &mut self.site, now);
            }
            Some(OwnPlace::Waiting) => {
                let Some(OwnWaiting::Flow { account, kept, .. }) = self.trunks.own.get_mut(&number) else { return };
                match !is_short && kept.push(datagram) {
                    true => self.site.memory_held += datagram.len() as u64,
                    false => self.site.accounts.flows(Account::Tunnel(*account)).handle_lost(Lost::NoRoom),
                }
            }
            None => {}
        }
    }

    // ── The end ─────────────────────────────────────────────────────────────────────────────────────────────────────────

    /// Refuses a waiting stream or flow of the owner, unless it is over.
    pub(crate) fn refuse_own_waiter(&mut self, number: u32, why: (u64, &str)) {
        if let Some(waiting) = self.take_own(number) {
            self.refuse_waiting_own(number, waiting, why);
        }
    }

    fn refuse_waiting_own(&mut self, number: u32, waiting: OwnWaiting, why: (u64, &str)) {
        match waiting {
            OwnWaiting::Stream(client) => self.refuse_client(client, why.0, why.1),
            OwnWaiting::Flow { account, came_ms, kept } => {
                self.site.memory_held -= kept.bytes();
                for _ in 0..kept.len() {
                    self.site.accounts.flows(Account::Tunnel(account)).handle_lost(Lost::NoRoom);
                }
                self.refuse_unopened(number, Unopened::flow(account, came_ms), why);
            }
        }
    }

    /// Refuses a stream or flow of the owner, and tells the owner.
    fn refuse_unopened(&mut self, number: u32, unopened: Unopened, (code, text): (u64, &str)) {
        self.site.events.push(Event::StreamReset { workload: number, code, text: text.into() });
        // The code DONE means that the owner gave the stream up without an error.
        self.refuse(unopened, if code == DONE { WORKLOAD_RESET } else { code }, text);
    }
}
