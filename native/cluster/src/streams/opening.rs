//! Streams of an acceptor that are not relayed yet. Each is charged from its first sign on.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Instant;

use florenetes_engine::{Received, StreamError};

use super::Streams;
use super::dial::{Dial, Dialled};
use super::flow::{Outlet, OwnOutlet};
use super::stream::{Asking, Stream, Work};
use crate::codes::{
    DONE, MALFORMED, NOT_GRANTED, OPEN_TIMEOUT, OVER_BUDGET, STOPPING, TARGET_DOWN, TARGET_TIMEOUT, UNSUPPORTED,
    WORKLOAD_RESET, WRONG_KIND,
};
use crate::datagrams::{Kept, Lost};
use crate::event::{Account, Event};
use crate::message::{MessageReader, OpenKind, ReadState, decode_open};
use crate::order::{Role, Target};
use crate::relay::Relay;
use crate::site::{Refusal, Service, Site};
use crate::workloads::{Act, Ask, Holder, OwnWorkload, Workload};

impl Streams {
    /// When the next stream or flow is given up.
    pub(crate) fn next_timeout(&self) -> Option<Instant> {
        let own = self.open_until.next_timeout().into_iter().chain(self.dial_until.next_timeout());
        own.chain(self.flows.next_timeout()).min()
    }

    pub(crate) fn handle_timeout(&mut self, work: &mut Work<'_>) {
        for stream in self.open_until.take(work.now.instant) {
            if matches!(self.streams.get(&stream), Some(Stream::Opening(_))) {
                self.refuse_own(stream, OPEN_TIMEOUT, work);
            }
        }
        for stream in self.dial_until.take(work.now.instant) {
            if matches!(self.streams.get(&stream), Some(Stream::Dialling(_) | Stream::Naming(_) | Stream::Asking(_))) {
                self.refuse(stream, TARGET_TIMEOUT, "no answer".into(), work);
            }
        }
        self.handle_flow_timeout(work);
    }

    /// Handles the first sign of a stream.
    pub(super) fn begin(&mut self, stream: u64, work: &mut Work<'_>) {
        // The stream may have ended here since QUIC has named it.
        let is_there = work.quic.with(Err(StreamError::Gone), |quic| quic.stream_receive(stream, &mut []));
        if is_there == Err(StreamError::Gone) {
            return;
        }
        self.seen += 1;
        work.site.memory_held += work.site.limits.memory_per_stream;
        self.streams.insert(stream, Stream::Opening(MessageReader::new()));
        self.read_open(stream, work);
        if matches!(self.streams.get(&stream), Some(Stream::Opening(_))) {
            self.open_until.push(work.now.instant + work.site.limits.open, stream);
        }
    }

    pub(super) fn read_open(&mut self, stream: u64, work: &mut Work<'_>) {
        let Some(Stream::Opening(reader)) = self.streams.get_mut(&stream) else { return };
        while reader.state() == ReadState::Partial {
            let room = reader.room();
            match work.quic.with(Err(StreamError::Gone), |quic| quic.stream_receive(stream, room)) {
                Ok(Received { length, is_ended: false }) => reader.advance(length),
                Ok(Received { is_ended: true, .. }) => return self.refuse_own(stream, MALFORMED, work),
                Err(StreamError::Blocked) => {
                    // While resources are short, a stream without a whole OPEN is refused.
                    if let Some(shortage) = work.site.shortage() {
                        self.refuse(stream, OVER_BUDGET, shortage.into(), work);
                    }
                    return;
                }
                Err(_) => return self.give_up(stream, work),
            }
        }
        let kind = match reader.state() {
            ReadState::Whole => decode_open(reader.body()),
            _ => OpenKind::Unsupported,
        };
        match kind {
            OpenKind::Stream { .. } | OpenKind::Datagrams if self.is_wrong(kind, work.site) => {
                self.refuse_own(stream, WRONG_KIND, work);
            }
            OpenKind::Stream { asks_taken } => self.dial(stream, false, asks_taken, work),
            OpenKind::Datagrams => self.dial(stream, true, false, work),
            OpenKind::Unsupported => self.refuse_own(stream, UNSUPPORTED, work),
            OpenKind::Malformed => self.refuse_own(stream, MALFORMED, work),
        }
    }

    /// Whether the service exists, and takes only the other kind.
    fn is_wrong(&self, kind: OpenKind, site: &Site) -> bool {
        let is_flow = kind == OpenKind::Datagrams;
        self.served(site).is_some_and(|Service { target, flow_idle, .. }| match target {
            Target::Owner => is_flow && flow_idle.is_none(),
            _ => is_flow != flow_idle.is_some(),
        })
    }

    fn dial(&mut self, stream: u64, is_flow: bool, asks_taken: bool, work: &mut Work<'_>) {
        let Some(service) = self.served(work.site) else {
            return self.refuse(stream, STOPPING, String::new(), work);
        };
        if self.service().is_some_and(|service| !work.site.services.is_granted(service)) {
            return self.refuse(stream, NOT_GRANTED, String::new(), work);
        }
        if service.is_stopped {
            return self.refuse(stream, STOPPING, String::new(), work);
        }
        let target = service.target.clone();
        if let Some(shortage) = work.site.shortage() {
            return self.refuse(stream, OVER_BUDGET, shortage.into(), work);
        }
        if target == Target::Owner {
            return self.ask_owner(stream, is_flow, asks_taken, work);
        }
        if is_flow {
            return self.begin_flow(stream, &target, work);
        }
        let mut dial = Dial::new(Holder::Stream { connection: self.connection, stream }, asks_taken);
        let dialled = match target {
            Target::Addresses(addresses) => dial.try_addresses(&addresses, &mut work.site.workloads),
            Target::Unix(path) => dial.try_unix(&path, &mut work.site.workloads),
            Target::Name => {
                self.ask_for_name(stream, work);
                Dialled::Waiting
            }
            Target::Owner => unreachable!("it is asked"),
        };
        self.streams.insert(stream, Stream::Dialling(dial));
        self.dial_until.push(work.now.instant + work.site.limits.dial, stream);
        self.handle_dialled(stream, dialled, work);
    }

    fn begin_flow(&mut self, stream: u64, target: &Target, work: &mut Work<'_>) {
        match target {
            Target::Addresses(addresses) => self.connect_flow(stream, addresses, work),
            _ => {
                self.ask_for_name(stream, work);
                self.dial_until.push(work.now.instant + work.site.limits.dial, stream);
                self.wait_for_target(stream, Stream::Naming(Kept::default()), work);
            }
        }
    }

    fn ask_for_name(&self, stream: u64, work: &mut Work<'_>) {
        let Some(service) = self.service() else { return };
        if work.site.services.ask(service, self.connection, stream) {
            work.site.events.push(Event::Resolve { service });
        }
    }

    /// Goes on with a stream whose target is a name, now that the owner has resolved it.
    pub(crate) fn handle_resolved(
        &mut self,
        stream: u64,
        addresses: &Result<Vec<SocketAddr>, String>,
        work: &mut Work<'_>,
    ) {
        if !matches!(self.streams.get(&stream), Some(Stream::Naming(_) | Stream::Dialling(_))) {
            return;
        }
        // Many streams may have waited for one answer, and had no socket yet when they were begun.
        if let Some(shortage) = work.site.shortage() {
            return self.refuse(stream, OVER_BUDGET, shortage.into(), work);
        }
        if let Some(Stream::Naming(_)) = self.streams.get(&stream) {
            return match addresses {
                Ok(addresses) => self.connect_flow(stream, addresses, work),
                Err(text) => self.refuse(stream, TARGET_DOWN, text.clone(), work),
            };
        }
        let Some(Stream::Dialling(dial)) = self.streams.get_mut(&stream) else { return };
        let dialled = match addresses {
            Ok(addresses) => dial.try_addresses(addresses, &mut work.site.workloads),
            Err(text) => Dialled::Failed { is_timeout: false, text: text.clone() },
        };
        self.handle_dialled(stream, dialled, work);
    }

    pub(super) fn handle_dialled(&mut self, stream: u64, dialled: Dialled, work: &mut Work<'_>) {
        match dialled {
            Dialled::Waiting => {}
            Dialled::Connected(socket, key) => self.relay(stream, Workload::Socket(socket, key), work),
            Dialled::Failed { is_timeout, text } => {
                self.refuse(stream, if is_timeout { TARGET_TIMEOUT } else { TARGET_DOWN }, text, work);
            }
        }
    }

    /// The prefix that the target gets before the bytes of a stream.
    fn prefix(&self, site: &Site) -> &[u8] {
        self.service().map(|service| site.services.prefix(service, &self.target_prefix)).unwrap_or_default()
    }

    fn relay(&mut self, stream: u64, mut workload: Workload, work: &mut Work<'_>) {
        // A socket that has just connected has room for the prefix.
        let prefix = self.prefix(work.site);
        let has_room = prefix.is_empty() || workload.write(prefix).is_ok_and(|written| written == prefix.len());
        if !has_room {
            workload.leave(Some((TARGET_DOWN, "")), &mut work.site.workloads, &mut work.site.events);
            return self.refuse(stream, TARGET_DOWN, "it takes no bytes".into(), work);
        }
        let asks_taken = matches!(self.streams.get(&stream), Some(Stream::Dialling(dial)) if dial.asks_taken);
        self.remove(stream, (DONE, ""), work.site);
        self.begin_relay(stream, workload, asks_taken, work);
    }

    /// Answers a stream whose workload is there.
    fn begin_relay(&mut self, stream: u64, workload: Workload, asks_taken: bool, work: &mut Work<'_>) {
        let Some(account) = self.account() else { return };
        work.site.accounts.handle_opened(account);
        self.add(Relay::answering(stream, workload, account, asks_taken, work.now), work);
    }

    /// Finds out whether the originator has reset a stream whose target is still being dialled.
    pub(super) fn check_dialling(&mut self, stream: u64, work: &mut Work<'_>) {
        match work.quic.with(Err(StreamError::Gone), |quic| quic.stream_receive(stream, &mut [])) {
            Ok(_) | Err(StreamError::Blocked) => {}
            Err(_) => self.give_up(stream, work),
        }
    }

    /// Gives up a stream that its originator has given up.
    pub(super) fn give_up(&mut self, stream: u64, work: &mut Work<'_>) {
        self.remove(stream, (WORKLOAD_RESET, ""), work.site);
        work.quic.with((), |quic| {
            quic.stream_reset(stream, WORKLOAD_RESET);
            // Without STOP_SENDING, further bytes of the originator would be taken for another OPEN.
            quic.stream_stop(stream, WORKLOAD_RESET);
        });
        work.failed += 1;
    }

    /// Refuses a stream for a fault of its originator.
    fn refuse_own(&mut self, stream: u64, code: u64, work: &mut Work<'_>) {
        self.refuse(stream, code, String::new(), work);
        work.failed += 1;
    }

    pub(super) fn refuse(&mut self, stream: u64, code: u64, text: String, work: &mut Work<'_>) {
        self.remove(stream, (code, &text), work.site);
        work.quic.with((), |quic| {
            quic.stream_reset(stream, code);
            quic.stream_stop(stream, code);
        });
        self.tell_refused(code, text, work.site);
    }

    pub(super) fn tell_refused(&self, code: u64, text: String, site: &mut Site) {
        let Some(account) = self.account() else { return };
        let refusal = Refusal { account, connection: Some(self.connection), code, text };
        site.accounts.handle_refused(refusal, &mut site.events, &mut site.drops);
    }

    /// Forgets a stream that is not relayed yet. The owner hears why, if it was asked for the stream.
    fn remove(&mut self, stream: u64, why: (u64, &str), site: &mut Site) {
        let Some(removed) = self.streams.remove(&stream) else { return };
        site.memory_held -= site.limits.memory_per_stream;
        match removed {
            Stream::Dialling(dial) => self.give_up_dialling(stream, dial, site),
            Stream::Naming(kept) => self.give_up_naming(stream, &kept, site),
            Stream::Asking(asking) => self.give_up_asking(asking, why, site),
            _ => {}
        }
    }

    /// Counts the kept datagrams of a flow without a target as lost.
    fn lose_kept(&self, kept: &Kept, site: &mut Site) {
        site.memory_held -= kept.bytes();
        let Some(account) = self.account() else { return };
        let figures = site.accounts.flows(account);
        for _ in 0..kept.len() {
            figures.handle_lost(Lost::NoRoom);
        }
    }

    /// Stops waiting for the addresses of a flow's target.
    pub(super) fn give_up_naming(&self, stream: u64, kept: &Kept, site: &mut Site) {
        self.lose_kept(kept, site);
        self.forget_asked(stream, site);
    }

    /// Stops dialling a stream's target.
    pub(super) fn give_up_dialling(&self, stream: u64, mut dial: Dial, site: &mut Site) {
        dial.give_up(&mut site.workloads);
        self.forget_asked(stream, site);
    }

    fn forget_asked(&self, stream: u64, site: &mut Site) {
        if let Some(service) = self.service() {
            site.services.forget(service, self.connection, stream);
        }
    }

    // ── The owner is asked ────────────────────────────────────────────────────────────────────────────────────────────────

    fn ask_owner(&mut self, stream: u64, is_flow: bool, asks_taken: bool, work: &mut Work<'_>) {
        let Some(service) = self.service() else { return };
        let ask = Ask {
            service,
            place: (self.connection, stream),
            peer: Arc::clone(&self.peer),
            traffic_class: self.traffic_class as u8,
            is_flow,
            tells_taken: asks_taken,
        };
        let Site { workloads, events, .. } = &mut *work.site;
        let Some(number) = workloads.own.ask(ask, events) else {
            return self.refuse(stream, OVER_BUDGET, "this process serves as many streams as it can".into(), work);
        };
        let asking = Asking { number, asks_taken, kept: is_flow.then(Kept::default) };
        self.dial_until.push(work.now.instant + work.site.limits.dial, stream);
        self.wait_for_target(stream, Stream::Asking(asking), work);
    }

    /// Carries out the owner's answer for a stream that it was asked for. Other acts come too soon, and are ignored.
    pub(super) fn handle_answer(&mut self, stream: u64, act: Act, work: &mut Work<'_>) {
        let Some(Stream::Asking(asking)) = self.streams.get_mut(&stream) else { return };
        match act {
            Act::Answer if asking.kept.is_some() => {
                let outlet = Outlet::Owner(OwnOutlet::new(asking.number, true));
                self.answer_flow(stream, outlet, work);
            }
            Act::Answer => {
                let (number, asks_taken) = (asking.number, asking.asks_taken);
                self.streams.remove(&stream);
                work.site.memory_held -= work.site.limits.memory_per_stream;
                let workload = OwnWorkload::prefixed(number, self.prefix(work.site));
                self.begin_relay(stream, Workload::Owner(workload.into()), asks_taken, work);
            }
            Act::Reset(code, text) => self.refuse(stream, code, text, work),
            Act::Write(_) | Act::End | Act::Take | Act::Acknowledge(_) => {}
        }
    }

    /// Tells the owner why its answer for a stream has become needless.
    pub(super) fn give_up_asking(&self, asking: Asking, (code, text): (u64, &str), site: &mut Site) {
        let Asking { number, kept, .. } = asking;
        if let Some(kept) = kept {
            self.lose_kept(&kept, site);
        }
        site.workloads.own.remove(number);
        site.events.push(Event::StreamReset { workload: number, code, text: text.into() });
    }

    // ── The service ───────────────────────────────────────────────────────────────────────────────────────────────────────

    /// The service of an acceptor's streams. None: this end is an originator, whose peer opens no streams.
    pub(super) fn service(&self) -> Option<u32> {
        match self.role {
            Role::Acceptor { service } => Some(service),
            Role::Originator { .. } => None,
        }
    }

    /// The account of the acceptor's service.
    pub(super) fn account(&self) -> Option<Account> {
        self.service().map(Account::Service)
    }

    /// The service itself, while it exists.
    fn served<'a>(&self, site: &'a Site) -> Option<&'a Service> {
        site.services.get(self.service()?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::order_faults::tests::adoption_of;

    #[test]
    fn streams_of_an_originator_are_of_no_service() {
        let of = |role| Streams::new(&adoption_of(role, 0, 1_200, 0, 0));
        let originated = of(Role::Originator { trunk: 3 });
        assert_eq!((originated.service(), originated.account()), (None, None));
        let accepted = of(Role::Acceptor { service: 7 });
        assert_eq!((accepted.service(), accepted.account()), (Some(7), Some(Account::Service(7))));
    }
}
