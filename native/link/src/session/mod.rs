//! A session that is up: its connection, and all that its next packet needs.

mod company;
mod input;
mod life;
mod marks;
mod output;
mod rate;
mod stream;
mod whereabouts;

use std::mem;
use std::sync::Arc;
use std::time::Instant;

use florenetes_engine::{Connection, Event as QuicEvent, Guarded};
use florenetes_io::Ecn;
use florenetes_io::florio::FlorioPort;
use florenetes_io::udp::UdpPeer;
use florenetes_lane::{Allowance, EventWriter, LaneClock, Member, Now};
use florenetes_wire::pieces::JoinBuffers;

use self::company::Company;
use self::input::{Arrived, Input};
use self::life::{Life, Quiet, Sign};
use self::marks::{MarkTrials, codepoint, mark_of};
use self::output::Output;
use self::rate::RateGate;
use self::stream::OwnersStream;
use self::whereabouts::Whereabouts;
use crate::crossing::Crossing;
use crate::event::Event;
use crate::figures::{Counts, Drops, LiveCounts, SessionFigures};
use crate::limits::{DRAIN, NEWEST_WAITING_MAX, PROBES_WAITING_MAX};
use crate::order::Adoption;

/// How far a session is from its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Up,
    /// The session was closed by an order, and the peer is still to be told.
    Leaving,
    Over,
}

/// A session, from the time when it is up.
pub(crate) struct Session {
    pub(crate) number: u32,
    /// The place of the session's cluster.
    pub(crate) cluster: usize,
    /// Our connection ID that leads to the session.
    pub(crate) id: u64,
    pub(crate) whereabouts: Whereabouts,
    /// The handle of what the session receives. 0: that is dropped; none yet: it waits in the connection.
    pub(crate) handle: Option<u32>,
    is_originator: bool,
    counts: Arc<LiveCounts>,
    connection: Guarded,
    input: Input,
    output: Output,
    rate: RateGate,
    company: Company,
    life: Life,
    mark_trials: MarkTrials,
    state: State,
    /// When a session that is over is forgotten.
    gone_at: Option<Instant>,
    stream: OwnersStream,
    authenticated: u64,
    /// The classes that were told to be congested.
    were_congested: u8,
    packets_received: u64,
    bytes_received: u64,
    dropped_no_handle: u64,
    /// Datagrams from other addresses than the peer's.
    ignored: u64,
    /// Datagrams that were tried as a stateless reset, which may be any session's.
    resets_tried: u64,
    probes: Allowance,
    newest: Allowance,
    /// Bytes of newest packets from an address that matters (`is_of_interest`), in this turn.
    newest_bytes: Option<(UdpPeer, usize)>,
}

/// All that a session needs of the thread when something has come for it.
pub(crate) struct Surroundings<'a> {
    pub(crate) events: &'a mut EventWriter<Event>,
    pub(crate) drops: &'a mut Drops,
    pub(crate) buffers: &'a mut JoinBuffers,
    pub(crate) now: Now,
}

impl Member for Session {
    fn number(&self) -> u32 {
        self.number
    }

    fn next_timeout(&mut self, clock: &LaneClock) -> Option<Instant> {
        let connection = clock.instant(self.connection_timeout());
        let own = match self.state {
            State::Up => [
                self.life.next_timeout(),
                self.input.joiner.next_timeout().map(|at| clock.after(at)),
                Some(self.mark_trials.next_timeout()),
                self.rate.next_timeout(),
            ],
            State::Leaving | State::Over => [self.gone_at, None, None, None],
        };
        own.into_iter().flatten().chain(connection).min()
    }
}

impl Session {
    pub(crate) fn new(adoption: Adoption, cluster: usize, now: Now) -> Self {
        let Adoption {
            session,
            own_id,
            peer,
            is_originator,
            payload,
            probe_key,
            dead_after,
            quiet,
            counts,
            mut connection,
            ..
        } = adoption;
        let authenticated = connection.with(0, |connection| connection.authenticated_packets());
        Self {
            number: session,
            cluster,
            id: u64::from_be_bytes(own_id),
            whereabouts: Whereabouts::new(peer, is_originator),
            handle: None,
            is_originator,
            counts,
            connection,
            input: Input::new(probe_key),
            output: Output::new(payload),
            rate: RateGate::new(now.instant),
            company: Company::default(),
            life: Life::new(
                dead_after,
                Quiet { pause: (!quiet.is_zero()).then_some(quiet), is_originator },
                now.instant,
            ),
            mark_trials: MarkTrials::new(now.instant),
            state: State::Up,
            gone_at: None,
            stream: OwnersStream::default(),
            authenticated,
            were_congested: 0,
            packets_received: 0,
            bytes_received: 0,
            dropped_no_handle: 0,
            ignored: 0,
            resets_tried: 0,
            probes: Allowance::default(),
            newest: Allowance::default(),
            newest_bytes: None,
        }
    }

    pub(crate) fn is_originator(&self) -> bool {
        self.is_originator
    }

    pub(crate) fn is_up(&self) -> bool {
        self.state == State::Up
    }

    /// Whether it is time to forget a session that is over.
    pub(crate) fn is_gone(&self, now: Instant) -> bool {
        self.gone_at.is_some_and(|at| at <= now)
    }

    // ── Datagrams of the peer ───────────────────────────────────────────────────────────────────────────────────────────

    /// Takes one UDP payload; `receive` follows upon a batch of them. A session that is over takes them too: the peer may have missed our
    /// last words.
    pub(crate) fn handle_datagram(&mut self, datagram: &[u8], from: UdpPeer, mark: Ecn, now: Now) {
        if !self.whereabouts.may_be_heard(from) {
            self.ignored += 1;
            return;
        }
        let is_of_interest = self.whereabouts.is_of_interest(from);
        let newer = self.connection.with(false, |connection| {
            let newest = connection.newest_packet();
            connection.handle_marked_datagram(datagram, codepoint(mark), now.ms);
            connection.newest_packet() > newest
        });
        if newer && is_of_interest {
            self.whereabouts.handle_newest(from);
            let before = self.newest_bytes.filter(|(address, _)| *address == from).map_or(0, |(_, bytes)| bytes);
            self.newest_bytes = Some((from, before + datagram.len()));
        }
    }

    /// Tries a datagram as a stateless reset of this session. True: it was one, and the session has ended.
    pub(crate) fn handle_reset(&mut self, datagram: &[u8], now: Now) -> bool {
        self.resets_tried += 1;
        self.connection.with(false, |connection| {
            let was_closed = connection.is_closed();
            connection.handle_datagram(datagram, now.ms);
            connection.is_closed() && !was_closed
        })
    }

    /// Hands over the packets that have come: those that only pass through to `crossing`, all others to the port.
    pub(crate) fn receive(
        &mut self,
        mut port: Option<&mut FlorioPort>,
        mut crossing: Option<Crossing<'_>>,
        surroundings: &mut Surroundings<'_>,
    ) {
        let Surroundings { events, drops, buffers, now } = surroundings;
        let authenticated = self.connection.with(0, |connection| connection.authenticated_packets());
        if authenticated > self.authenticated {
            self.authenticated = authenticated;
            self.life.handle_heard(now.instant);
        }
        let Some(handle) = self.handle.filter(|_| self.state == State::Up) else { return };
        let session = self.number;
        self.input.receive(&mut self.connection, now.elapsed, buffers, |arrived| match arrived {
            Arrived::Packet(packet) => {
                self.packets_received += 1;
                self.bytes_received += packet.len() as u64;
                if crossing.as_mut().is_some_and(|crossing| crossing.take(packet, now.elapsed)) {
                    return;
                }
                match port.as_mut().filter(|_| handle != 0) {
                    // The port counts what it does not take.
                    Some(port) => _ = port.send_packet(handle, packet),
                    None => self.dropped_no_handle += 1,
                }
            }
            Arrived::Probe(packet, spread) => {
                if self.probes.take(events.batch(), PROBES_WAITING_MAX) {
                    events.push(Event::Probe { session, packet: packet.into(), spread });
                } else {
                    drops.probes_untold += 1;
                }
            }
        });
    }

    // ── Packets of the cluster vertex, and orders ───────────────────────────────────────────────────────────────────────

    /// Takes packets that lie as in a DATA frame, the first from `at` on, and came in on one link; `None`: from the cluster vertex. They
    /// are left as they were.
    pub(crate) fn send(&mut self, frame: &mut [u8], at: usize, in_link: Option<u32>, now: Now) {
        self.output.send(frame, at, in_link, &mut self.connection, now.elapsed);
    }

    pub(crate) fn send_probe(&mut self, probe: &[u8], now: Now) {
        if self.is_up() {
            self.output.send_probe(probe, &mut self.connection, now.elapsed);
        }
    }

    pub(crate) fn send_stream(&mut self, bytes: &[u8]) {
        self.stream.send(bytes);
    }

    /// The peer is at another address, or at the same: the path may be another one.
    pub(crate) fn set_address(&mut self, to: UdpPeer, now: Now) {
        self.whereabouts.set_address(to);
        self.mark_trials = MarkTrials::new(now.instant);
    }

    /// Sets the rate, in bytes per second; 0: as many as the path takes.
    pub(crate) fn set_rate(&mut self, rate: u64, now: Now) {
        self.rate.set_rate(rate, now.instant);
        self.connection.with((), |connection| connection.set_send_rate(rate));
    }

    pub(crate) fn ping(&mut self) {
        self.connection.with((), Connection::ping);
    }

    /// Ends the session; the peer is told.
    pub(crate) fn close(&mut self, code: u64, reason: &str, now: Now) {
        if self.is_up() {
            self.end(State::Leaving, now);
            self.connection.with((), |connection| connection.close(code, reason));
        }
    }

    // ── Turns ───────────────────────────────────────────────────────────────────────────────────────────────────────────

    pub(crate) fn handle_timeout(&mut self, surroundings: &mut Surroundings<'_>) {
        let Surroundings { events, buffers, now, .. } = surroundings;
        self.connection.with((), |connection| {
            if connection.next_timeout() <= now.ms {
                connection.handle_timeout(now.ms);
            }
        });
        if self.state != State::Up {
            return;
        }
        if self.mark_trials.handle_timeout(now.instant) {
            self.connection.with((), Connection::try_marks);
        }
        self.input.joiner.handle_timeout(now.elapsed, buffers);
        match self.life.handle_timeout(now.instant) {
            Sign::None => return,
            Sign::Rested => {}
            Sign::Ping => self.ping(),
            Sign::Dead => events.push(Event::Silent { session: self.number }),
        }
        self.output.trim();
    }

    /// Tells what is to be told, before anything is sent.
    pub(crate) fn settle(&mut self, surroundings: &mut Surroundings<'_>) {
        let Surroundings { events, buffers, now, .. } = surroundings;
        let session = self.number;
        if let Some((from, bytes)) = self.newest_bytes.take()
            && self.newest.take(events.batch(), NEWEST_WAITING_MAX)
        {
            events.push(Event::Newest { session, from, bytes: u32::try_from(bytes).unwrap_or(u32::MAX) });
        }
        while let Some(event) = self.connection.poll_event() {
            let QuicEvent::Closed(closed) = event else { continue };
            if self.is_up() {
                self.input.joiner.clear(buffers);
                self.end(State::Over, *now);
                events.push(Event::Closed { session, closed });
            }
        }
        if self.is_up() {
            self.stream.flush(&mut self.connection);
            // An acceptor's peer has nothing more to say.
            if self.is_originator {
                self.stream.read(session, &mut self.connection, events);
            }
        }
    }

    /// Writes at most one UDP payload into `out`, which has room for the largest. Returns 0 when nothing is to be sent. `segment`: the length of
    /// the payloads that it leaves with, if any.
    pub(crate) fn poll_transmit(&mut self, out: &mut [u8], segment: usize, now: Now) -> usize {
        if self.state == State::Up {
            if !self.rate.poll(now.instant) {
                return 0;
            }
            let length = self.output.poll_transmit(out, segment, &mut self.connection, now.elapsed, now.ms);
            if length > 0 {
                self.rate.handle_sent(length, now.instant);
            }
            return length;
        }
        self.connection.with(0, |connection| connection.poll_transmit(out, now.ms))
    }

    /// The mark that the packet of the last `poll_transmit` is to bear.
    pub(crate) fn mark(&mut self) -> Ecn {
        mark_of(self.connection.with(None, |connection| connection.mark()))
    }

    /// Nothing more waits to be sent for now. `has_sent`: something was sent before.
    pub(crate) fn handle_transmitted(&mut self, has_sent: bool, events: &mut EventWriter<Event>, now: Now) {
        let session = self.number;
        let is_mixed = self.company.handle_sent(&self.output.class_counts(), now.instant);
        self.connection.with((), |connection| connection.set_yielding(is_mixed));
        if self.life.is_quiet() {
            self.life.handle_sent(self.connection.with(false, |connection| connection.is_in_flight()), now.instant);
        }
        // A connection without a timer has nothing to say.
        if self.state == State::Leaving && (has_sent || self.connection_timeout() == f64::INFINITY) {
            self.leave(events);
        }
        let classes = self.output.congested_classes();
        if mem::replace(&mut self.were_congested, classes) != classes {
            events.push(Event::Congested { session, classes });
        }
    }

    /// Ends a session whose end was ordered: its last words have left, or never will.
    pub(crate) fn leave(&mut self, events: &mut EventWriter<Event>) {
        if self.state == State::Leaving {
            self.state = State::Over;
            events.push(Event::Left { session: self.number });
        }
    }

    /// Size of the largest UDP payload.
    pub(crate) fn payload(&self) -> usize {
        self.output.payload()
    }

    // ── Figures ─────────────────────────────────────────────────────────────────────────────────────────────────────────

    /// Datagrams for the session that were not of its keys (forged, changed), duplicates, or from elsewhere than its acceptor.
    pub(crate) fn datagrams_ignored(&mut self) -> u64 {
        let by_connection = self.connection.with(0, |connection| connection.ignored_datagrams());
        self.ignored + by_connection.saturating_sub(self.resets_tried)
    }

    pub(crate) fn figures(&mut self, clock: &LaneClock) -> SessionFigures {
        let queue = self.output.sender().queue();
        SessionFigures {
            session: self.number,
            quic: self.connection.with(Default::default(), |connection| connection.stats()),
            sent: self.output.counts(),
            joined: self.input.joiner.counts(),
            packets_received: self.packets_received,
            bytes_received: self.bytes_received,
            dropped_too_large: self.output.dropped_too_large(),
            dropped_no_handle: self.dropped_no_handle,
            classes: self.output.class_counts(),
            queue_length: queue.len(),
            last_heard_ms: clock.milliseconds(self.life.last_heard()),
        }
    }

    /// Publishes the counts of the session.
    pub(crate) fn publish(&mut self) {
        let quic = self.connection.with(Default::default(), |connection| connection.stats());
        self.counts.publish(Counts {
            packets_sent: self.output.counts().packets_sent,
            quic_packets_sent: quic.packets_sent,
            quic_packets_received: quic.packets_received,
            quic_packets_lost: quic.packets_lost,
        });
    }

    // ── Inside ─────────────────────────────────────────────────────────────────────────────────────────────────────────

    fn connection_timeout(&mut self) -> f64 {
        self.connection.with(f64::INFINITY, Connection::next_timeout)
    }

    fn end(&mut self, state: State, now: Now) {
        self.state = state;
        self.gone_at = Some(now.instant + DRAIN);
        self.output.clear();
    }
}
