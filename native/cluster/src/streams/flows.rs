//! Flows of datagrams, among the streams of a connection.

use std::net::SocketAddr;

use super::Streams;
use super::flow::{Flow, Outlet};
use super::flow_target::{FlowTarget, Others};
use super::stream::{Asking, STREAM_STEP, Stream, Work, lose};
use crate::codes::{CONNECTION_LOST, DONE, MALFORMED, OPEN_TIMEOUT, STREAM_LIMIT, TARGET_DOWN, UNSUPPORTED};
use crate::datagrams::{Batch, Ended, Kept, Lost};
use crate::event::{Account, Event};
use crate::relay::Over;
use crate::site::{Refusal, Site};
use crate::workloads::{Act, Holder};

impl Streams {
    // ── The beginning ───────────────────────────────────────────────────────────────────────────────────────────────────

    /// Opens a flow for a client of a tunnel, or for the owner. Returns the flow's stream, or the code for why there is none.
    pub(crate) fn open_flow(&mut self, tunnel: u32, outlet: Outlet, work: &mut Work<'_>) -> Result<u64, u64> {
        if work.quic.with(0, |quic| quic.datagram_size_max()) == 0 {
            return Err(UNSUPPORTED);
        }
        let stream = self.next_stream(work).ok_or(STREAM_LIMIT)?;
        let account = Account::Tunnel(tunnel);
        self.flows.account.get_or_insert(account);
        work.site.memory_held += work.site.limits.memory_per_stream;
        self.add_flow(stream, Flow::asking(stream, account, outlet, work.now), work);
        self.readers.push(stream);
        self.tell_full(work.site);
        Ok(stream)
    }

    /// Connects a flow to the first of the addresses that the system has a route to.
    pub(super) fn connect_flow(&mut self, stream: u64, addresses: &[SocketAddr], work: &mut Work<'_>) {
        let holder = Holder::Stream { connection: self.connection, stream };
        match FlowTarget::connect(Vec::from(addresses).into_iter(), holder, &mut work.site.workloads) {
            Ok(target) => self.answer_flow(stream, Outlet::Target(target), work),
            Err(failure) => self.refuse(stream, TARGET_DOWN, failure, work),
        }
    }

    /// Handles that a flow's target refused datagrams. A target that has not answered yet is tried at its next address, which gets the same
    /// datagrams.
    pub(super) fn handle_refused(&mut self, stream: u64, work: &mut Work<'_>) {
        let holder = Holder::Stream { connection: self.connection, stream };
        let Some(Stream::Flow(flow)) = self.streams.get_mut(&stream) else { return };
        let Outlet::Target(target) = &mut flow.outlet else { return };
        let others = target.take_others().map(|others| *others);
        let Some(Others { addresses, said, .. }) = others else { return self.abort_flow(stream, TARGET_DOWN, work) };
        work.site.memory_held -= said.bytes();
        match FlowTarget::connect(addresses, holder, &mut work.site.workloads) {
            Ok(next) => {
                work.site.workloads.remove(std::mem::replace(target, next).key);
                let newest = (self.flows.batch.stream() == Some(stream)).then(|| self.flows.batch.take());
                for datagram in said.into_datagrams() {
                    self.deliver(stream, &datagram, work);
                }
                for datagram in newest.iter().flat_map(Batch::datagrams) {
                    self.deliver(stream, datagram, work);
                }
            }
            Err(_) => self.abort_flow(stream, TARGET_DOWN, work),
        }
    }

    pub(super) fn answer_flow(&mut self, stream: u64, outlet: Outlet, work: &mut Work<'_>) {
        // The stream stays charged, now as a flow.
        let kept = match self.streams.remove(&stream) {
            Some(Stream::Naming(kept) | Stream::Asking(Asking { kept: Some(kept), .. })) => kept,
            _ => Kept::default(),
        };
        let Some(service) = self.service() else { return };
        let place = (self.connection, stream);
        if let Some(victim) = work.site.served.add(service, place, &self.peer, work.now.instant) {
            work.site.flows_ended.push((victim, Ended::Room));
        }
        self.add_flow(stream, Flow::answering(stream, Account::Service(service), outlet, work.now), work);
        work.site.memory_held -= kept.bytes();
        for datagram in kept.into_datagrams() {
            self.deliver(stream, &datagram, work);
        }
        for payload in self.flows.unopened.take(stream / STREAM_STEP) {
            self.handle_payload(&payload, work);
        }
        self.serve_flow(stream, work);
    }

    /// Lets a stream wait for its target. Datagrams that come for a flow meanwhile are kept.
    pub(super) fn wait_for_target(&mut self, stream: u64, waiting: Stream, work: &mut Work<'_>) {
        self.streams.insert(stream, waiting);
        for payload in self.flows.unopened.take(stream / STREAM_STEP) {
            self.handle_payload(&payload, work);
        }
    }

    fn add_flow(&mut self, stream: u64, flow: Flow, work: &mut Work<'_>) {
        work.quic.with((), |quic| quic.stream_precede(stream));
        work.site.accounts.handle_opened(flow.account);
        self.open += 1;
        self.opened += 1;
        self.streams.insert(stream, Stream::Flow(flow.into()));
    }

    // ── Turns ───────────────────────────────────────────────────────────────────────────────────────────────────────────

    /// Serves a flow whose stream or socket has changed.
    pub(super) fn serve_flow(&mut self, stream: u64, work: &mut Work<'_>) {
        let Some(Stream::Flow(flow)) = self.streams.get_mut(&stream) else { return };
        if let Err(over) = flow.serve(work.quic) {
            return self.finish_flow(stream, over, work);
        }
        let is_unanswered = flow.is_unanswered();
        if let (Outlet::Owner(owner), false) = (&mut flow.outlet, is_unanswered)
            && !std::mem::replace(&mut owner.is_answered, true)
        {
            work.site.events.push(Event::StreamAnswered { workload: owner.number, tells_taken: false });
        }
        if flow.is_ended_by_peer() {
            self.flows.end_until.push(work.now.instant + work.site.limits.open, stream);
            return self.close_flow(stream, (DONE, ""), work.site);
        }
        self.read_target(stream, work);
    }

    pub(super) fn handle_flow_timeout(&mut self, work: &mut Work<'_>) {
        let now = work.now.instant;
        for stream in self.flows.end_until.take(now) {
            if matches!(self.streams.get(&stream), Some(Stream::Flow(flow)) if !flow.is_open()) {
                self.abort_flow(stream, OPEN_TIMEOUT, work);
            }
        }
        let (streams, accounts) = (&self.streams, &mut work.site.accounts);
        self.flows.joiner.handle_timeout(now, |flow| lose(streams, accounts, flow, Lost::Unfinished));
        for _ in 0..self.flows.unopened.handle_timeout(now) {
            self.lose_unknown(Lost::UnknownFlow, work.site);
        }
    }

    // ── The end ─────────────────────────────────────────────────────────────────────────────────────────────────────────

    /// Carries out an act of the owner on a flow of its own.
    pub(super) fn handle_flow_act(&mut self, stream: u64, act: &Act, work: &mut Work<'_>) {
        match act {
            Act::Reset(DONE, _) => self.end_flow(stream, Ended::Closed, work),
            Act::Reset(code, _) => self.abort_flow(stream, *code, work),
            Act::Write(_) | Act::End | Act::Take | Act::Acknowledge(_) | Act::Answer => {}
        }
    }

    /// Ends a flow that its tunnel or service has forgotten, and lets the peer know.
    pub(crate) fn end_flow(&mut self, stream: u64, why: Ended, work: &mut Work<'_>) {
        let Some(Stream::Flow(flow)) = self.streams.get_mut(&stream) else { return };
        if !flow.is_open() {
            return;
        }
        work.site.accounts.flows(flow.account).handle_ended(why);
        flow.end();
        self.close_flow(stream, (DONE, ""), work.site);
        self.flows.end_until.push(work.now.instant + work.site.limits.open, stream);
        self.serve_flow(stream, work);
    }

    pub(super) fn abort_flow(&mut self, stream: u64, code: u64, work: &mut Work<'_>) {
        let Some(Stream::Flow(flow)) = self.streams.get_mut(&stream) else { return };
        let over = flow.abort(code, work.quic);
        self.finish_flow(stream, over, work);
    }

    /// Forgets a flow whose stream is over. A client whose flow was refused has to pause.
    pub(super) fn finish_flow(&mut self, stream: u64, over: Over, work: &mut Work<'_>) {
        work.failed += u64::from(over.is_by_peer || over.code == MALFORMED);
        if over.is_stop_to_repeat {
            work.control.send(&crate::message::stop(stream, over.code));
        }
        if over.code != DONE
            && over.code != CONNECTION_LOST
            && let Some(Stream::Flow(flow)) = self.streams.get(&stream)
            && let Outlet::Client { tunnel, client } = flow.outlet
            && let Some(tunnel) = work.site.tunnels.get_mut(&tunnel)
        {
            tunnel.pauses.add(client, work.now.instant);
        }
        self.forget_flow(stream, (over.code, ""), work.site);
    }

    /// Forgets a flow whose stream is over by this code.
    pub(super) fn forget_flow(&mut self, stream: u64, (code, text): (u64, &str), site: &mut Site) {
        self.close_flow(stream, (code, text), site);
        let Some(Stream::Flow(flow)) = self.streams.remove(&stream) else { return };
        site.memory_held -= site.limits.memory_per_stream;
        self.open -= 1;
        site.access.tell(flow.over(self.connection, code), &mut site.events);
        if !flow.is_unanswered() {
            return site.accounts.handle_done(flow.account, code);
        }
        let refusal = Refusal { account: flow.account, connection: Some(self.connection), code, text: String::new() };
        site.accounts.handle_unanswered(refusal, &mut site.events, &mut site.drops);
    }

    /// Closes the local end of a flow, which carries no more datagrams. The owner hears why, where the flow is its own.
    fn close_flow(&mut self, stream: u64, (code, text): (u64, &str), site: &mut Site) {
        if self.flows.batch.stream() == Some(stream) {
            self.send_batch(site);
        }
        let Some(Stream::Flow(flow)) = self.streams.get_mut(&stream) else { return };
        let place = (self.connection, stream);
        match std::mem::replace(&mut flow.outlet, Outlet::Closed) {
            Outlet::Client { tunnel, client } => {
                if let Some(tunnel) = site.tunnels.get_mut(&tunnel) {
                    tunnel.remove_open(&client, place);
                }
            }
            Outlet::Target(target) => {
                site.workloads.remove(target.key);
                site.memory_held -= target.take_others().map_or(0, |others| others.said.bytes());
                if let Account::Service(service) = flow.account {
                    site.served.remove(service, place);
                }
            }
            Outlet::Owner(owner) => {
                site.workloads.own.remove(owner.number);
                site.events.push(Event::StreamReset { workload: owner.number, code, text: text.into() });
                if let Account::Service(service) = flow.account {
                    site.served.remove(service, place);
                }
            }
            Outlet::Closed => return,
        }
        let figures = site.accounts.flows(flow.account);
        for _ in 0..self.flows.queue.forget(stream / STREAM_STEP) {
            figures.handle_lost(Lost::Queue);
        }
        self.flows.joiner.forget(stream / STREAM_STEP);
    }
}
