//! Datagrams of flows, from workloads to QUIC and back.

use std::borrow::Cow;
use std::io::ErrorKind;
use std::time::Instant;

use bytes::Bytes;
use florenetes_engine::{Connection as Quic, Guarded};

use super::Streams;
use super::flow::Outlet;
use super::stream::{Asking, STREAM_STEP, Stream, Work, lose};
use crate::datagrams::{Batch, Frame, Joined, Lost, decode};
use crate::event::Account;
use crate::limits::{DATAGRAM_READS_PER_TURN, DATAGRAM_SIZE_MAX, FILLED_AT_ONCE_MAX};
use crate::order::Role;
use crate::site::Site;

/// Bytes of a DATAGRAM frame before its payload, at most.
const FRAME_HEAD_MAX: usize = 3;

impl Streams {
    /// Queues a datagram of a client.
    pub(crate) fn send_datagram(&mut self, stream: u64, datagram: &[u8], work: &mut Work<'_>) {
        let Some(Stream::Flow(flow)) = self.streams.get(&stream) else { return };
        let (account, is_short) = (flow.account, work.site.is_memory_short());
        flow.count_sent(datagram.len());
        let figures = work.site.accounts.flows(account);
        figures.handle_sent(datagram.len());
        if is_short {
            return figures.handle_lost(Lost::NoRoom);
        }
        let (streams, accounts) = (&self.streams, &mut work.site.accounts);
        let lose = |flow| lose(streams, accounts, flow, Lost::Queue);
        self.flows.queue.push(stream / STREAM_STEP, datagram, work.now.instant, lose);
    }

    /// Queues a datagram of the owner on a flow of its own.
    pub(crate) fn send_own_datagram(&mut self, stream: u64, datagram: &[u8], work: &mut Work<'_>) {
        if let Some(Stream::Flow(flow)) = self.streams.get(&stream)
            && let (Outlet::Owner(_), Account::Service(service)) = (&flow.outlet, flow.account)
        {
            work.site.served.touch(service, (self.connection, stream), work.now.instant);
        }
        self.send_datagram(stream, datagram, work);
    }

    /// Takes the DATAGRAM payloads that have come.
    pub(crate) fn receive_datagrams(&mut self, work: &mut Work<'_>) {
        let mut next = work.quic.with(None, |quic| quic.poll_datagram());
        if next.is_some() {
            // The datagrams may be of flows whose OPENs have come in the same packets.
            self.look_at_changed(work);
        }
        while let Some(payload) = next {
            self.handle_payload(&payload, work);
            next = work.quic.with(None, |quic| quic.poll_datagram());
        }
    }

    pub(super) fn handle_payload(&mut self, payload: &Bytes, work: &mut Work<'_>) {
        let Some(frame) = decode(payload).filter(|frame| self.flows.takes(frame)) else {
            return self.lose_unknown(Lost::Malformed, work.site);
        };
        let stream = frame.flow.saturating_mul(STREAM_STEP);
        match self.streams.get(&stream) {
            Some(Stream::Flow(flow)) if flow.is_open() => {
                let account = flow.account;
                if let Some((datagram, is_joined)) = self.whole(account, frame, work) {
                    work.site.accounts.flows(account).handle_received(datagram.len());
                    self.deliver(stream, &datagram, work);
                    if is_joined {
                        self.flows.joiner.recycle(datagram.into_owned());
                    }
                }
            }
            Some(Stream::Naming(_) | Stream::Asking(Asking { kept: Some(_), .. })) => {
                let Some(account) = self.account() else { return };
                let Some((datagram, _)) = self.whole(account, frame, work) else { return };
                work.site.accounts.flows(account).handle_received(datagram.len());
                let Some(Stream::Naming(kept) | Stream::Asking(Asking { kept: Some(kept), .. })) =
                    self.streams.get_mut(&stream)
                else {
                    return;
                };
                match !work.site.is_memory_short() && kept.push(&datagram) {
                    true => work.site.memory_held += datagram.len() as u64,
                    false => work.site.accounts.flows(account).handle_lost(Lost::NoRoom),
                }
            }
            Some(Stream::Opening(_)) => self.keep_unopened(frame.flow, payload, work),
            None if self.may_open(stream, work.quic) => self.keep_unopened(frame.flow, payload, work),
            _ => self.lose_unknown(Lost::UnknownFlow, work.site),
        }
    }

    /// Whether the peer may still open a stream of this number.
    fn may_open(&self, stream: u64, quic: &mut Guarded) -> bool {
        matches!(self.role, Role::Acceptor { .. }) && !quic.with(true, |quic| quic.is_stream_over(stream))
    }

    fn keep_unopened(&mut self, flow: u64, payload: &[u8], work: &mut Work<'_>) {
        if !self.flows.unopened.keep(flow, payload, work.now.instant) {
            self.lose_unknown(Lost::UnknownFlow, work.site);
        }
    }

    /// The datagram that this frame completes, and whether it was joined from pieces.
    fn whole<'a>(&mut self, account: Account, frame: Frame<'a>, work: &mut Work<'_>) -> Option<(Cow<'a, [u8]>, bool)> {
        let Some(piece) = frame.piece else { return Some((frame.bytes.into(), false)) };
        let is_short = work.site.is_memory_short();
        let (streams, accounts) = (&self.streams, &mut work.site.accounts);
        let lose = |flow| lose(streams, accounts, flow, Lost::Unfinished);
        let place = (frame.flow, piece);
        let why = match self.flows.joiner.handle_piece(place, frame.bytes, is_short, work.now.instant, lose) {
            Joined::Whole(datagram) => return Some((datagram.into(), true)),
            Joined::Nothing => return None,
            Joined::Malformed => Lost::Malformed,
            Joined::NoRoom => Lost::NoRoom,
        };
        work.site.accounts.flows(account).handle_lost(why);
        None
    }

    /// Gives a datagram to the workload of its flow, before the turn is over.
    pub(super) fn deliver(&mut self, stream: u64, datagram: &[u8], work: &mut Work<'_>) {
        if let Some(Stream::Flow(flow)) = self.streams.get(&stream) {
            flow.count_received(datagram.len());
        }
        if self.tell_owner(stream, datagram, work) {
            return;
        }
        if !self.flows.batch.push(stream, datagram) {
            self.deliver_batch(work);
            self.flows.batch.push(stream, datagram);
        }
    }

    /// Hands the datagram of an owner's flow to the owner, or drops it where too many wait. False: the flow is not the owner's.
    fn tell_owner(&mut self, stream: u64, datagram: &[u8], work: &mut Work<'_>) -> bool {
        let Some(Stream::Flow(flow)) = self.streams.get_mut(&stream) else { return false };
        let Outlet::Owner(owner) = &mut flow.outlet else { return false };
        let Site { served, accounts, workloads, events, .. } = &mut *work.site;
        if let Account::Service(service) = flow.account {
            served.touch(service, (self.connection, stream), work.now.instant);
        }
        if !owner.tell(datagram, &mut workloads.own, events) {
            accounts.flows(flow.account).handle_lost(Lost::Target);
        }
        true
    }

    /// Sends the batch to its workload. Where the target refuses, its next address is tried.
    pub(super) fn deliver_batch(&mut self, work: &mut Work<'_>) {
        let Some(stream) = self.flows.batch.stream() else { return };
        let Some(Stream::Flow(flow)) = self.streams.get(&stream) else {
            self.flows.batch.take();
            return;
        };
        let account = flow.account;
        let Site { tunnels, served, .. } = &mut *work.site;
        match (&flow.outlet, account) {
            (Outlet::Client { tunnel, client }, _) => {
                if let Some(tunnel) = tunnels.get_mut(tunnel) {
                    tunnel.flows.touch(client, work.now.instant);
                }
            }
            (Outlet::Target(_), Account::Service(service)) => {
                served.touch(service, (self.connection, stream), work.now.instant);
            }
            _ => {}
        }
        let Some(refused) = self.send_batch(work.site) else { return };
        self.handle_refused(stream, work);
        let is_open = matches!(self.streams.get(&stream), Some(Stream::Flow(_)));
        for datagram in refused.datagrams() {
            match is_open {
                true => self.deliver(stream, datagram, work),
                false => work.site.accounts.flows(account).handle_lost(Lost::Target),
            }
        }
    }

    /// Sends the batch. Returns it where the flow's target refused it, so that the next address can get it. A client has no other address: datagrams
    /// that the system does not take for it are lost.
    pub(super) fn send_batch(&mut self, site: &mut Site) -> Option<Batch> {
        let batch = self.flows.batch.take();
        let Some(Stream::Flow(flow)) = self.streams.get(&batch.stream()?) else { return None };
        let sent = match &flow.outlet {
            Outlet::Client { tunnel, client } => match site.tunnels.get(tunnel) {
                Some(tunnel) => {
                    Ok(tunnel.socket.send(batch.bytes(), batch.segment(), Some(client)).unwrap_or(batch.count()))
                }
                None => Ok(batch.count()),
            },
            Outlet::Target(target) => {
                let sent = target.socket.send(batch.bytes(), batch.segment(), None);
                if sent.is_ok() && !site.is_memory_short() {
                    site.memory_held += target.keep(&batch);
                }
                sent
            }
            Outlet::Owner(_) | Outlet::Closed => Ok(batch.count()),
        };
        let Ok(lost) = sent else { return Some(batch) };
        let figures = site.accounts.flows(flow.account);
        for _ in 0..lost {
            figures.handle_lost(Lost::Target);
        }
        None
    }

    /// Reads datagrams of a target, up to a turn's share.
    pub(super) fn read_target(&mut self, stream: u64, work: &mut Work<'_>) {
        let Some(Stream::Flow(flow)) = self.streams.get(&stream) else { return };
        let (Outlet::Target(target), Account::Service(service)) = (&flow.outlet, flow.account) else { return };
        let now = work.now.instant;
        for _ in 0..DATAGRAM_READS_PER_TURN {
            let is_short = work.site.is_memory_short();
            let Site { accounts, inbox, served, memory_held, .. } = &mut *work.site;
            let Some(inbox) = inbox.as_deref_mut() else { return };
            let (streams, queue) = (&self.streams, &mut self.flows.queue);
            let received = target.socket.receive(inbox, |_, datagram| {
                *memory_held -= target.take_others().map_or(0, |others| others.said.bytes());
                served.touch(service, (self.connection, stream), now);
                let figures = accounts.flows(flow.account);
                if datagram.len() > DATAGRAM_SIZE_MAX {
                    return figures.handle_lost(Lost::Malformed);
                }
                figures.handle_sent(datagram.len());
                flow.count_sent(datagram.len());
                if is_short {
                    return figures.handle_lost(Lost::NoRoom);
                }
                queue.push(stream / STREAM_STEP, datagram, now, |flow| lose(streams, accounts, flow, Lost::Queue));
            });
            match received.map_err(|error| error.kind()) {
                Err(ErrorKind::WouldBlock) => return,
                Err(ErrorKind::ConnectionRefused) => return self.handle_refused(stream, work),
                // The call has cleared the socket's error, which says nothing about the next datagram.
                Ok(()) | Err(_) => {}
            }
        }
        self.readers.push(stream);
    }

    pub(crate) fn has_datagrams(&self) -> bool {
        self.flows.queue.bytes() > 0
    }

    /// Gives QUIC datagrams for one packet, once it has sent all that it was given before.
    pub(crate) fn fill(&mut self, quic: &mut Guarded, payload_max: u16, site: &mut Site, now: Instant) {
        if self.flows.queue.bytes() == 0 {
            return;
        }
        let room = |quic: &mut Quic| match quic.datagram_send_queue_length() {
            0 => quic.datagram_size_max_in(payload_max),
            _ => 0,
        };
        let size_max = quic.with(0, room);
        let (streams, accounts) = (&self.streams, &mut site.accounts);
        let mut left = size_max;
        for _ in 0..FILLED_AT_ONCE_MAX {
            if left == 0 {
                return;
            }
            let sizes = self.flows.sizes(size_max, left);
            let next = self.flows.queue.pop(sizes, now, |flow, why| lose(streams, accounts, flow, why));
            let Some(payload) = next else { return };
            left = left.saturating_sub(payload.len() + FRAME_HEAD_MAX);
            quic.with(false, |quic| quic.send_datagram_bytes(payload));
        }
    }

    /// Charges the memory for all waiting datagrams.
    pub(crate) fn charge_flows(&mut self, site: &mut Site) {
        let bytes = self.flows.queue.bytes() + self.flows.joiner.bytes();
        site.charge(&mut self.flows_charged, bytes as u64);
    }

    pub(crate) fn lose_unknown(&mut self, why: Lost, site: &mut Site) {
        let account = self.flows.account.or_else(|| match self.role {
            Role::Acceptor { service } => Some(Account::Service(service)),
            Role::Originator { trunk } => {
                let tunnels = site.tunnels.iter().filter(|(_, tunnel)| tunnel.trunk == trunk);
                tunnels.map(|(tunnel, _)| *tunnel).min().map(Account::Tunnel)
            }
        });
        self.flows.account = account;
        // Without any tunnel of the trunk, no account could count the datagrams.
        if let Some(account) = account {
            site.accounts.flows(account).handle_lost(why);
        }
    }
}
