//! The streams and flows of one connection: how they begin and end, and when they read and write.

mod control;
mod dial;
mod due;
mod flow;
mod flow_datagrams;
mod flow_target;
mod flows;
mod opening;
mod stream;

use std::collections::{BTreeSet, HashMap, VecDeque};
use std::mem;
use std::sync::Arc;

use florenetes_engine::StreamError;
use florenetes_io::data_thread::Readiness;
use florenetes_lane::{Allowance, Now};
use florenetes_wire::mesh::TrafficClass;

pub(crate) use self::control::{ControlStream, Heard};
use self::due::Due;
use self::flow::Flows;
pub(crate) use self::flow::{Outlet, OwnOutlet};
pub(crate) use self::stream::Work;
use self::stream::{STREAM_STEP, Stream};
use crate::codes::{DONE, NO_ANSWER, WORKLOAD_RESET};
use crate::event::{Account, Event};
use crate::limits::{CONTROL_STREAM, Limits, QUANTUM_MIN, TAKEN_PER_TURN};
use crate::message;
use crate::order::{Adoption, Role};
use crate::relay::{Over, Relay, Turn};
use crate::site::{Refusal, Site};
use crate::workloads::{Act, Client, Taken, Unknown};

/// The streams of one connection, except its control stream.
///
/// ```text
///     acceptor     first sign ──▶ OPEN comes ──judged──▶ the target is dialled ──▶ relayed ──▶ over
///                      └── 5 s, refused, reset ──▶ over ◀─┘ no target
///     originator   a workload connects ──▶ relayed ──▶ over
/// ```
pub(crate) struct Streams {
    connection: u32,
    role: Role,
    traffic_class: TrafficClass,
    /// The prefix that a target gets before the bytes of a stream.
    target_prefix: Vec<u8>,
    /// The principal at the other end, as the acceptor knows it.
    peer: Arc<str>,
    flows: Flows,
    /// Bytes that the flows' datagrams are charged of the memory for streams.
    flows_charged: u64,
    streams: HashMap<u64, Stream>,
    /// Streams that may have something to write, in the order of their turns.
    writers: VecDeque<u64>,
    /// Streams that may have more to read.
    readers: Vec<u64>,
    /// Streams whose first sign has come, and that are still to be begun. A set, since QUIC names a stream again for each sign.
    unbegun: BTreeSet<u64>,
    /// `telling`: streams of which the peer is to be told what the workload here has taken. `untold`: streams of which the owner is to be told what
    /// the far workload has taken; `takens` bounds how often.
    telling: VecDeque<u64>,
    untold: BTreeSet<u64>,
    takens: Allowance,
    /// When streams are given up whose OPEN is not whole, and streams whose target has not answered.
    open_until: Due,
    dial_until: Due,
    next: u64,
    open: usize,
    opened: u64,
    /// Whether the owner was told that the connection has had its share of streams.
    is_full: bool,
    seen: u64,
}

impl Streams {
    pub(crate) fn new(adoption: &Adoption) -> Self {
        Self {
            traffic_class: adoption.traffic_class,
            target_prefix: adoption.target_prefix.clone(),
            peer: adoption.peer.as_str().into(),
            flows: Flows::new(adoption),
            flows_charged: 0,
            connection: adoption.connection,
            role: adoption.role,
            streams: HashMap::new(),
            writers: VecDeque::new(),
            readers: Vec::new(),
            unbegun: BTreeSet::new(),
            telling: VecDeque::new(),
            untold: BTreeSet::new(),
            takens: Allowance::default(),
            open_until: Due::default(),
            dial_until: Due::default(),
            next: STREAM_STEP,
            open: 0,
            opened: 0,
            is_full: false,
            seen: 0,
        }
    }

    /// Streams that are relayed.
    pub(crate) fn open(&self) -> usize {
        self.open
    }

    /// Streams that have been relayed since the adoption.
    pub(crate) fn opened(&self) -> u64 {
        self.opened
    }

    /// Streams that are not relayed yet.
    pub(crate) fn opening(&self) -> usize {
        self.streams.len() - self.open
    }

    /// Streams that the peer has begun since the adoption.
    pub(crate) fn seen(&self) -> u64 {
        self.seen
    }

    // ── Streams of workloads here ───────────────────────────────────────────────────────────────────────────────────────

    /// Opens a stream for a workload. The workload comes back where the peer allows no more streams.
    pub(crate) fn open_for(&mut self, mut client: Client, work: &mut Work<'_>) -> Result<(), Client> {
        let Some(stream) = self.next_stream(work) else { return Err(client) };
        client.workload.settle((self.connection, stream), &mut work.site.workloads);
        if !client.offer.was_opened() {
            work.site.accounts.handle_opened(Account::Tunnel(client.tunnel));
        }
        client.offer.handle_opened(work.quic.with(None, |quic| quic.newest_packet()), work.now.instant);
        self.add(Relay::asking(stream, client, work.now), work);
        self.tell_full(work.site);
        Ok(())
    }

    /// The next stream of this end. None: the peer allows no more streams now.
    fn next_stream(&mut self, work: &mut Work<'_>) -> Option<u64> {
        let stream = self.next;
        // Asking for the room opens the stream. An error means that the peer allows no more streams.
        work.quic.with(Err(StreamError::Gone), |quic| quic.stream_room(stream)).ok()?;
        self.next += STREAM_STEP;
        Some(stream)
    }

    /// Tells the owner once that the connection has had its share of streams. The owner may have made the share smaller since the last stream.
    fn tell_full(&mut self, site: &mut Site) {
        if self.opened >= site.limits.streams_per_connection && !mem::replace(&mut self.is_full, true) {
            site.events.push(Event::Full { connection: self.connection });
        }
    }

    /// Begins to relay a stream.
    fn add(&mut self, mut relay: Relay, work: &mut Work<'_>) {
        let stream = relay.stream;
        let memory = relay.memory(&work.site.limits);
        work.site.charge(&mut relay.charged, memory);
        self.open += 1;
        self.opened += 1;
        relay.is_queued = true;
        self.writers.push_back(stream);
        self.readers.push(stream);
        self.streams.insert(stream, Stream::Relayed(relay.into()));
    }

    /// Handles a change of a stream's socket, or of the socket that dials its target.
    pub(crate) fn handle_change(&mut self, stream: u64, readiness: Readiness, work: &mut Work<'_>) {
        match self.streams.get_mut(&stream) {
            Some(Stream::Relayed(relay)) => match relay.handle_change(readiness, work.quic) {
                Ok(()) => {
                    if readiness.is_writable {
                        self.readers.push(stream);
                    }
                    self.queue(stream);
                }
                Err(over) => self.finish(stream, over, work),
            },
            Some(Stream::Dialling(dial)) => {
                let dialled = dial.handle_change(readiness, &mut work.site.workloads);
                self.handle_dialled(stream, dialled, work);
            }
            Some(Stream::Flow(_)) => self.read_target(stream, work),
            _ => {}
        }
    }

    /// Carries out an act of the owner on a stream or flow of its own.
    pub(crate) fn handle_act(&mut self, stream: u64, act: Act, work: &mut Work<'_>) {
        let relay = match self.streams.get_mut(&stream) {
            Some(Stream::Relayed(relay)) => relay,
            Some(Stream::Flow(_)) => return self.handle_flow_act(stream, &act, work),
            Some(Stream::Asking(_)) => return self.handle_answer(stream, act, work),
            _ => return,
        };
        if let Err(over) = relay.handle_act(act, work.quic) {
            return self.finish(stream, over, work);
        }
        let memory = relay.memory(&work.site.limits);
        work.site.charge(&mut relay.charged, memory);
        self.readers.push(stream);
        self.queue(stream);
    }

    // ── Turns ───────────────────────────────────────────────────────────────────────────────────────────────────────────

    /// Does the work of all streams, up to a turn's share. True: work is left for another turn.
    pub(crate) fn serve(&mut self, work: &mut Work<'_>) -> bool {
        for stream in mem::take(&mut self.readers) {
            self.read(stream, work);
            self.serve_flow(stream, work);
        }
        self.look_at_changed(work);
        self.receive_datagrams(work);
        self.deliver_batch(work);
        let is_share_used = self.write(work) | self.tell_taken(work);
        self.tell_owner_taken(work.site);
        is_share_used || !self.readers.is_empty() || !self.unbegun.is_empty()
    }

    /// Serves the streams that QUIC names as changed, and begins new ones up to a turn's share.
    fn look_at_changed(&mut self, work: &mut Work<'_>) {
        while let Some(stream) = work.quic.with(None, |quic| quic.poll_stream()) {
            match self.streams.get_mut(&stream) {
                _ if stream == CONTROL_STREAM => {}
                Some(_) => self.look(stream, work),
                None => self.handle_unknown(stream, work),
            }
        }
        for _ in 0..work.site.limits.opens_per_turn {
            let Some(stream) = self.unbegun.pop_first() else { break };
            self.begin(stream, work);
        }
    }

    /// Handles a sign of an unknown stream. At an acceptor the peer begins a stream with it; at an originator the stream has ended, and is stopped.
    fn handle_unknown(&mut self, stream: u64, work: &mut Work<'_>) {
        match self.role {
            Role::Acceptor { .. } => _ = self.unbegun.insert(stream),
            Role::Originator { .. } => work.quic.with((), |quic| quic.stream_stop(stream, DONE)),
        }
    }

    /// Serves a stream of which QUIC says that it can be read or written, or that the peer has stopped or reset it.
    fn look(&mut self, stream: u64, work: &mut Work<'_>) {
        match self.streams.get_mut(&stream) {
            Some(Stream::Relayed(relay)) => {
                if let Err(over) = relay.check_stopped(work.quic) {
                    return self.finish(stream, over, work);
                }
                self.read(stream, work);
                self.queue(stream);
            }
            Some(Stream::Opening(_)) => self.read_open(stream, work),
            Some(Stream::Dialling(_) | Stream::Naming(_) | Stream::Asking(_)) => self.check_dialling(stream, work),
            Some(Stream::Flow(_)) => self.serve_flow(stream, work),
            None => {}
        }
    }

    /// Moves bytes from a stream to its workload.
    fn read(&mut self, stream: u64, work: &mut Work<'_>) {
        let Some(Stream::Relayed(relay)) = self.streams.get_mut(&stream) else { return };
        let share = work.site.limits.bytes_per_stream_turn;
        let turn = relay.pull(work.quic, share, &mut work.site.chunk);
        relay.workload.tell(&mut work.site.events);
        let memory = relay.memory(&work.site.limits);
        work.site.charge(&mut relay.charged, memory);
        match turn {
            Ok(Turn::Share) => self.readers.push(stream),
            Ok(_) => {}
            Err(over) => return self.finish(stream, over, work),
        }
        self.look_at_taken(stream);
    }

    /// Queues a relay that may have something to write.
    fn queue(&mut self, stream: u64) {
        let Some(Stream::Relayed(relay)) = self.streams.get_mut(&stream) else { return };
        if !relay.is_queued && relay.is_willing() {
            relay.is_queued = true;
            self.writers.push_back(stream);
        }
    }

    /// Moves bytes from workloads to their streams. Streams that wait for the connection's flow control credit take turns. A stream that waits for
    /// its own credit leaves the queue, until QUIC names it again. True: the share is used up.
    fn write(&mut self, work: &mut Work<'_>) -> bool {
        let limits = work.site.limits;
        let credit =
            |work: &mut Work<'_>| work.quic.with(0, |quic| quic.stream_capacity(CONTROL_STREAM).unwrap_or(0)) as usize;
        let mut left = share_of_turn(&limits);
        let quantum = QUANTUM_MIN.max(credit(work).min(left) / self.writers.len().max(1));
        let mut served = 0;
        while left > 0 {
            let Some(stream) = self.writers.pop_front() else { return false };
            let Some(Stream::Relayed(relay)) = self.streams.get_mut(&stream) else { continue };
            let quantum = quantum.min(left);
            let turn = relay.push(work.quic, quantum, &mut work.site.chunk);
            relay.workload.tell(&mut work.site.events);
            if relay.keeps_said() {
                let memory = relay.memory(&limits);
                work.site.charge(&mut relay.charged, memory);
            }
            match turn {
                Ok(Turn::Done) => relay.is_queued = false,
                Ok(Turn::Share) => {
                    left -= quantum;
                    self.writers.push_back(stream);
                }
                Ok(Turn::Blocked) if credit(work) > 0 => relay.is_queued = false,
                Ok(Turn::Blocked) => {
                    // A first stream has used up all the credit there was. A later one may have got none, and is the next.
                    if served == 0 {
                        self.writers.push_back(stream);
                    } else {
                        self.writers.push_front(stream);
                    }
                    return false;
                }
                Err(over) => self.finish(stream, over, work),
            }
            served += 1;
        }
        !self.writers.is_empty()
    }

    // ── What workloads have taken ────────────────────────────────────────────────────────────────────────────────────────

    /// Handles the peer's message about what its workload has taken of a stream. An unknown stream is over.
    pub(crate) fn handle_taken(&mut self, stream: u64, taken: Taken, work: &mut Work<'_>) {
        let Some(Stream::Relayed(relay)) = self.streams.get_mut(&stream) else { return };
        match relay.handle_taken(taken, work.quic) {
            Ok(()) => _ = self.untold.insert(stream),
            Err(over) => self.finish(stream, over, work),
        }
    }

    /// Queues a stream whose workload may have taken something that the peer is to be told.
    fn look_at_taken(&mut self, stream: u64) {
        let Some(Stream::Relayed(relay)) = self.streams.get_mut(&stream) else { return };
        if !relay.is_telling && relay.has_news() {
            relay.is_telling = true;
            self.telling.push_back(stream);
        }
    }

    /// Tells the peer what workloads have taken, as long as the control stream has credit. Otherwise the news waits here, where newer news replaces
    /// it. True: there is more than a turn's share.
    fn tell_taken(&mut self, work: &mut Work<'_>) -> bool {
        if self.telling.is_empty() {
            return false;
        }
        work.control.flush(work.quic);
        if work.control.is_waiting() {
            return false;
        }
        for _ in 0..TAKEN_PER_TURN {
            let Some(stream) = self.telling.pop_front() else { return false };
            let Some(Stream::Relayed(relay)) = self.streams.get_mut(&stream) else { continue };
            relay.is_telling = false;
            let Some(taken) = relay.take_news() else { continue };
            work.control.send(&message::taken(stream, taken));
            if let Err(over) = relay.check_done() {
                self.finish(stream, over, work);
            }
        }
        !self.telling.is_empty()
    }

    /// Tells the owner what far workloads have taken of its streams: once in a batch of events, with the latest news.
    fn tell_owner_taken(&mut self, site: &mut Site) {
        if self.untold.is_empty() {
            return;
        }
        if !self.takens.take(site.events.batch(), 1) {
            return site.events.hold_back_of(self.connection);
        }
        for stream in mem::take(&mut self.untold) {
            if let Some(Stream::Relayed(relay)) = self.streams.get_mut(&stream) {
                relay.workload.tell_taken(&mut site.events);
            }
        }
    }

    // ── The end ─────────────────────────────────────────────────────────────────────────────────────────────────────────

    /// Handles a STOP message: the peer has given the stream up.
    pub(crate) fn handle_stop(&mut self, stream: u64, code: u64, work: &mut Work<'_>) {
        match self.streams.get_mut(&stream) {
            Some(Stream::Relayed(relay)) => {
                let over = relay.abort(code, work.quic);
                self.finish(stream, Over { is_by_peer: true, ..over }, work);
            }
            Some(Stream::Flow(_)) => self.abort_flow(stream, code, work),
            Some(_) => self.give_up(stream, work),
            None => {}
        }
    }

    /// Forgets a relay.
    fn finish(&mut self, stream: u64, over: Over, work: &mut Work<'_>) {
        if over.is_stop_to_repeat {
            work.control.send(&message::stop(stream, over.code));
        }
        let Some(Stream::Relayed(relay)) = self.streams.remove(&stream) else { return };
        // A stream that has lasted is not a failure of the peer: a workload that ends resets all its streams.
        let is_short = work.now.instant < relay.started.instant + work.site.limits.open;
        work.failed += u64::from(over.is_by_peer && is_short);
        self.forget(*relay, (over.code, ""), work.site);
    }

    fn forget(&mut self, mut relay: Relay, (code, text): (u64, &str), site: &mut Site) {
        self.open -= 1;
        site.charge(&mut relay.charged, 0);
        let cut_by = (!relay.has_ended()).then_some((code, text));
        relay.workload.leave(cut_by, &mut site.workloads, &mut site.events);
        site.access.tell(relay.over(self.connection, code), &mut site.events);
        let account = relay.account;
        if relay.is_unanswered() {
            let refusal = Refusal { account, connection: Some(self.connection), code, text: String::new() };
            site.accounts.handle_unanswered(refusal, &mut site.events, &mut site.drops);
        } else {
            site.accounts.handle_done(account, code);
        }
    }

    /// Turns away workloads that have waited for the far end's answer for too long.
    pub(crate) fn refuse_overdue(&mut self, work: &mut Work<'_>) {
        let (now, waits) = (work.now, &work.site.waits);
        let is_overdue = |stream: &Stream| match stream {
            Stream::Relayed(relay) => relay.is_overdue(now.instant),
            Stream::Flow(flow) => matches!(flow.account, Account::Tunnel(tunnel)
                if flow.is_overdue(waits.of(tunnel).as_secs_f64() * 1_000.0, now.ms)),
            _ => false,
        };
        let overdue: Vec<u64> =
            self.streams.iter().filter(|(_, stream)| is_overdue(stream)).map(|(stream, _)| *stream).collect();
        for stream in overdue {
            let over = match self.streams.get_mut(&stream) {
                Some(Stream::Relayed(relay)) => relay.abort(WORKLOAD_RESET, work.quic),
                Some(Stream::Flow(flow)) => flow.abort(WORKLOAD_RESET, work.quic),
                _ => continue,
            };
            // The peer may hear of this later. For its own silence there is no code, so it gets `WORKLOAD_RESET`.
            if over.is_stop_to_repeat {
                work.control.send(&message::stop(stream, WORKLOAD_RESET));
            }
            let over = Over { code: NO_ANSWER, is_by_peer: false, is_stop_to_repeat: false };
            match self.streams.get(&stream) {
                Some(Stream::Flow(_)) => self.finish_flow(stream, over, work),
                _ => self.finish(stream, over, work),
            }
        }
    }

    // ── The connection ends ──────────────────────────────────────────────────────────────────────────────────────────────

    /// Hands back the workloads of an originator whose streams the peer, which does not know the connection, cannot have seen.
    pub(crate) fn offer_again(&mut self, unknown: Unknown, site: &mut Site) {
        let Role::Originator { trunk } = self.role else { return };
        let is_unseen = |stream: &Stream| matches!(stream, Stream::Relayed(relay) if relay.is_unseen(unknown));
        let mut unseen: Vec<u64> =
            self.streams.iter().filter(|(_, stream)| is_unseen(stream)).map(|(stream, _)| *stream).collect();
        unseen.sort_unstable();
        for stream in unseen {
            let Some(Stream::Relayed(mut relay)) = self.streams.remove(&stream) else { continue };
            self.open -= 1;
            let memory = relay.memory(&site.limits) - site.limits.memory_per_stream;
            site.charge(&mut relay.charged, memory);
            let Some(client) = relay.into_client() else { continue };
            site.offered_again.push((trunk, client));
        }
    }

    /// Forgets all streams of a connection that has ended by this code. Returns how many of them had not lasted.
    pub(crate) fn clear(&mut self, code: u64, text: &str, site: &mut Site, now: Now) -> u64 {
        let has_lasted = |started_ms: f64| now.ms >= started_ms + site.limits.open.as_secs_f64() * 1_000.0;
        let short = self.streams.values().filter(|stream| match stream {
            Stream::Relayed(relay) => !has_lasted(relay.started.ms),
            Stream::Flow(flow) => !has_lasted(flow.started_ms),
            _ => true,
        });
        let short = short.count() as u64;
        let flows = self.streams.iter().filter(|(_, stream)| matches!(stream, Stream::Flow(_)));
        for stream in flows.map(|(stream, _)| *stream).collect::<Vec<_>>() {
            self.forget_flow(stream, (code, text), site);
        }
        for (number, stream) in mem::take(&mut self.streams) {
            match stream {
                // The loop above has forgotten all flows.
                Stream::Flow(_) => {}
                Stream::Relayed(relay) => self.forget(*relay, (code, text), site),
                Stream::Asking(asking) => {
                    self.give_up_asking(asking, (code, text), site);
                    site.memory_held -= site.limits.memory_per_stream;
                    self.tell_refused(code, text.into(), site);
                }
                Stream::Opening(_) => site.memory_held -= site.limits.memory_per_stream,
                Stream::Naming(kept) => {
                    self.give_up_naming(number, &kept, site);
                    site.memory_held -= site.limits.memory_per_stream;
                    self.tell_refused(code, text.into(), site);
                }
                Stream::Dialling(dial) => {
                    self.give_up_dialling(number, dial, site);
                    site.memory_held -= site.limits.memory_per_stream;
                    self.tell_refused(code, text.into(), site);
                }
            }
        }
        self.writers.clear();
        self.readers.clear();
        self.unbegun.clear();
        self.telling.clear();
        self.untold.clear();
        self.open_until.clear();
        self.dial_until.clear();
        self.flows = Flows::default();
        site.charge(&mut self.flows_charged, 0);
        short
    }
}

/// Bytes of workloads that a connection takes in a turn: the shares of a few streams.
fn share_of_turn(limits: &Limits) -> usize {
    4 * limits.bytes_per_stream_turn
}
