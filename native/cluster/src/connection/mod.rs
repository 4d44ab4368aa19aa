//! An end of an end-to-end connection: QUIC, the way of its packets, signs of life, and how it ends.

mod company;
mod following;
mod life;
mod moving;
mod peer_pressure;
mod pulse;
mod reach;
mod sender;
mod signs;

use std::mem;
use std::net::SocketAddr;
use std::time::Instant;

use florenetes_engine::{CloseCause, Connection as Quic, Guarded, Stats};
use florenetes_io::data_thread::Readiness;
use florenetes_io::udp::UdpPeer;
use florenetes_lane::{Allowance, LaneClock, Member, Now};

pub(crate) use self::company::Company;
use self::following::Following;
use self::peer_pressure::PeerPressure;
use self::pulse::Pulse;
use self::reach::Reach;
use self::sender::{Sender, Sent};
use self::signs::{Signs, has_round_trip};
use crate::codes::{MALFORMED, OVER_BUDGET, UNSUPPORTED};
use crate::datagrams::{Ended, Lost};
use crate::event::Event;
use crate::figures::ConnectionFigures;
use crate::limits::{Limits, PACKET_SIZE_MIN, PAYLOAD_MIN};
use crate::links::outbound::Outbound;
use crate::message::{self, ControlMessage};
use crate::order::{Adoption, Role, Way};
use crate::site::Site;
use crate::streams::{ControlStream, Heard, Outlet, OwnOutlet, Streams, Work};
use crate::workloads::{Act, Client};

/// Whether a connection is open or ended.
///
/// ```text
///     open ──closed here, by the peer, silent──▶ closing ──1 s──▶ gone
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Open,
    Closing,
    Gone,
}

/// A connection, from the peer's hello on.
pub(crate) struct Connection {
    pub(crate) number: u32,
    pub(crate) id: u64,
    pub(crate) role: Role,
    quic: Guarded,
    state: State,
    sender: Sender,
    pulse: Pulse,
    signs: Signs,
    control: ControlStream,
    streams: Streams,
    limits: Limits,
    is_draining: bool,
    /// Workloads wait until the peer allows more streams.
    is_room_awaited: bool,
    /// The peer has ended the connection by a stateless reset, a packet that no key opens.
    was_reset: bool,
    quic_at: Option<Instant>,
    linger_at: Option<Instant>,
    /// FINISH was sent: the acceptor knows that this end has nothing left to do.
    is_finishing: bool,
    leave_at: Option<Instant>,
    repeat_close_at: Option<Instant>,
    /// Streams that have failed by the peer's doing, and that the owner was not told of yet.
    failed: u64,
    /// How many streams of the peer `judge_opened` had counted last.
    judged: u64,
    /// Datagrams that QUIC has dropped as too late, as far as the figures have them.
    late: u64,
    failures: Allowance,
    doubts: Allowance,
    renewals: Allowance,
    reach: Reach,
    reaches: Allowance,
    /// A PING of a new path has not left yet.
    is_asking: bool,
    following: Following,
    pressure: PeerPressure,
}

/// A received mesh packet of a connection.
pub(crate) struct Packet<'a> {
    pub(crate) payload: &'a [u8],
    /// Bytes of the whole mesh packet.
    pub(crate) size: usize,
    pub(crate) is_marked: bool,
    /// The reverse path of the packet, where packets take another way now.
    pub(crate) other_way: Option<Way>,
}

impl Member for Connection {
    fn number(&self) -> u32 {
        self.number
    }

    fn next_timeout(&mut self, _: &LaneClock) -> Option<Instant> {
        let closing = self.leave_at.into_iter().chain(self.repeat_close_at).chain(self.quic_at).min();
        match self.state {
            State::Open => {
                let streams = self.streams.next_timeout();
                let reach = if self.is_originator() { self.reach.next_timeout(self.unanswered()) } else { None };
                let own = self.linger_at.into_iter().chain(streams).chain([self.pulse.next_timeout(&self.limits)]);
                own.chain(reach).chain(closing).min()
            }
            State::Closing => closing,
            State::Gone => None,
        }
    }
}

impl Connection {
    pub(crate) fn new(adoption: Adoption, limits: &Limits, now: Now) -> Self {
        let streams = Streams::new(&adoption);
        let Adoption { connection, mut quic, id, role, way, payload_max, traffic_class, is_draining, quiet, .. } =
            adoption;
        quic.with((), Quic::watch_streams);
        let (mut pulse, mut signs) =
            (Pulse::new(now.instant, matches!(role, Role::Originator { .. }), quiet), Signs::new(now.instant));
        signs.tell_round_trip(&mut pulse, &mut quic);
        Self {
            number: connection,
            id,
            role,
            quic,
            state: State::Open,
            sender: Sender::new(id, way, payload_max, traffic_class),
            pulse,
            signs,
            control: ControlStream::new(adoption.control_unsent),
            streams,
            limits: *limits,
            is_draining,
            is_room_awaited: false,
            was_reset: false,
            quic_at: None,
            linger_at: None,
            is_finishing: false,
            leave_at: None,
            repeat_close_at: None,
            failed: 0,
            judged: 0,
            late: 0,
            failures: Allowance::default(),
            doubts: Allowance::default(),
            renewals: Allowance::default(),
            reach: Reach::default(),
            reaches: Allowance::default(),
            is_asking: false,
            following: Following::default(),
            pressure: PeerPressure::default(),
        }
    }

    pub(crate) fn is_originator(&self) -> bool {
        matches!(self.role, Role::Originator { .. })
    }

    pub(crate) fn is_open(&self) -> bool {
        self.state == State::Open
    }

    /// Whether streams may be opened on the connection: neither this end nor QUIC has ended it, and the far end has not been told to. A connection that
    /// drains takes streams until then, as its trunk may have no other one yet.
    pub(crate) fn takes_streams(&mut self) -> bool {
        self.is_open() && !self.is_finishing && !self.quic.with(true, |quic| quic.is_closed())
    }

    /// Whether the far end counts as unreachable: packets have been unanswered for a while.
    pub(crate) fn is_unreachable(&mut self, now: Instant) -> bool {
        self.signs.tell(&mut self.pulse, &mut self.quic);
        self.pulse.is_unreachable(now, &self.limits)
    }

    pub(crate) fn is_draining(&self) -> bool {
        self.is_draining
    }

    pub(crate) fn is_gone(&self) -> bool {
        self.state == State::Gone
    }

    pub(crate) fn way(&self) -> &Way {
        self.sender.way()
    }

    fn work<T>(&mut self, site: &mut Site, now: Now, act: impl FnOnce(&mut Streams, &mut Work<'_>) -> T) -> T {
        let mut work = Work { quic: &mut self.quic, control: &mut self.control, site, now, failed: 0 };
        let result = act(&mut self.streams, &mut work);
        if matches!(self.role, Role::Acceptor { .. }) {
            self.failed += work.failed;
        }
        result
    }

    // ── Packets ─────────────────────────────────────────────────────────────────────────────────────────────────────────

    /// Takes one packet. An acceptor moves to the packet's reverse path only if the packet is newer than all before it.
    pub(crate) fn handle_packet(&mut self, packet: Packet<'_>, site: &mut Site, now: Now) {
        let Packet { payload, size, is_marked, other_way } = packet;
        site.drops.connection_over += u64::from(self.state != State::Open);
        // A size mark is about the way that the packet came, so it counts only where the connection uses that way.
        if is_marked && other_way.is_none() {
            self.doubt_size(size <= PACKET_SIZE_MIN, site);
        }
        let is_newer = self.quic.with(false, |quic| {
            let newest = quic.newest_packet();
            quic.handle_datagram(payload, now.ms);
            quic.newest_packet() > newest
        });
        self.signs.handle_packet(now.instant);
        self.receive_datagrams(site, now);
        if let Some(way) = other_way.filter(|_| is_newer && self.state == State::Open && !self.is_originator()) {
            self.follow(way, now);
        }
    }

    /// Handles that the connection's first link is up again: repeats the last packets at once, without waiting for a timer.
    pub(crate) fn handle_link_up(&mut self) {
        if self.quic_at.is_some() {
            self.sender.repeat_later();
        }
    }

    /// Doubts that the path carries packets of this size. An originator tells its owner, which finds out; an acceptor tells the originator by a size
    /// mark.
    fn doubt_size(&mut self, is_by_end: bool, site: &mut Site) {
        if !self.is_originator() {
            self.sender.mark_next();
        } else if self.doubts.take(site.events.batch(), 1) {
            site.events.push(Event::SizeDoubt { connection: self.number, is_by_end });
        }
    }

    /// Takes the flow datagrams of a received packet.
    fn receive_datagrams(&mut self, site: &mut Site, now: Now) {
        if self.is_open() {
            self.work(site, now, |streams, work| streams.receive_datagrams(work));
        }
    }

    // ── Orders ──────────────────────────────────────────────────────────────────────────────────────────────────────────

    pub(crate) fn send_control(&mut self, messages: &[u8]) {
        self.control.send(messages);
    }

    pub(crate) fn shrink(&mut self, payload_max: u16) {
        if self.sender.shrink(payload_max) && self.is_open() {
            self.control.send(&message::size(payload_max));
        }
    }

    /// Lets the connection drain. True: it did not drain before.
    pub(crate) fn drain(&mut self) -> bool {
        !mem::replace(&mut self.is_draining, true)
    }

    // ── Workloads ───────────────────────────────────────────────────────────────────────────────────────────────────────

    /// Whether the peer allows one more stream. If it does not, `take_room` tells when it does.
    pub(crate) fn has_room(&mut self) -> bool {
        let has_room = self.streams_left() > 0;
        self.is_room_awaited |= !has_room;
        has_room
    }

    /// Whether the peer allows more streams, after `has_room` found no room. Told once.
    pub(crate) fn take_room(&mut self) -> bool {
        if !self.is_room_awaited || self.streams_left() == 0 {
            return false;
        }
        self.is_room_awaited = false;
        true
    }

    fn streams_left(&mut self) -> u64 {
        self.quic.with(0, |quic| quic.streams_left())
    }

    /// Opens a stream for a workload. The workload comes back where the peer allows no more streams.
    pub(crate) fn open_stream(&mut self, client: Client, site: &mut Site, now: Now) -> Result<(), Client> {
        self.work(site, now, |streams, work| streams.open_for(client, work))
    }

    /// Handles a change of a stream's socket.
    pub(crate) fn handle_change(&mut self, stream: u64, readiness: Readiness, site: &mut Site, now: Now) {
        self.work(site, now, |streams, work| streams.handle_change(stream, readiness, work));
    }

    /// Carries out an act of the owner on a stream or flow of its own.
    pub(crate) fn handle_act(&mut self, stream: u64, act: Act, site: &mut Site, now: Now) {
        self.work(site, now, |streams, work| streams.handle_act(stream, act, work));
    }

    /// Goes on with a stream whose target is a name, now that the owner has resolved it.
    pub(crate) fn handle_resolved(
        &mut self,
        stream: u64,
        addresses: &Result<Vec<SocketAddr>, String>,
        site: &mut Site,
        now: Now,
    ) {
        self.work(site, now, |streams, work| streams.handle_resolved(stream, addresses, work));
    }

    /// Opens a flow for a client of a tunnel. Returns the flow's stream, or the code for why there is none.
    pub(crate) fn open_flow(&mut self, tunnel: u32, client: UdpPeer, site: &mut Site, now: Now) -> Result<u64, u64> {
        let outlet = Outlet::Client { tunnel, client };
        self.work(site, now, |streams, work| streams.open_flow(tunnel, outlet, work))
    }

    /// Opens a flow for the owner, which knows it by `number`.
    pub(crate) fn open_own_flow(&mut self, account: u32, number: u32, site: &mut Site, now: Now) -> Result<u64, u64> {
        let outlet = Outlet::Owner(OwnOutlet::new(number, false));
        self.work(site, now, |streams, work| streams.open_flow(account, outlet, work))
    }

    /// Queues a datagram of a client.
    pub(crate) fn send_datagram(&mut self, stream: u64, datagram: &[u8], site: &mut Site, now: Now) {
        self.work(site, now, |streams, work| streams.send_datagram(stream, datagram, work));
    }

    /// Queues a datagram of the owner on a flow of its own.
    pub(crate) fn send_own_datagram(&mut self, stream: u64, datagram: &[u8], site: &mut Site, now: Now) {
        self.work(site, now, |streams, work| streams.send_own_datagram(stream, datagram, work));
    }

    /// Ends a flow that its tunnel or service has forgotten.
    pub(crate) fn end_flow(&mut self, stream: u64, why: Ended, site: &mut Site, now: Now) {
        self.work(site, now, |streams, work| streams.end_flow(stream, why, work));
    }

    // ── Turns ───────────────────────────────────────────────────────────────────────────────────────────────────────────

    /// Does everything that is due after packets, timeouts and news of workloads, except sending. True: work is left for another turn.
    pub(crate) fn process(&mut self, site: &mut Site, now: Now) -> bool {
        self.poll_events(site, now);
        let mut is_more = false;
        if self.is_open() {
            is_more |= self.read_control(site, now);
        }
        if self.is_open() {
            is_more |= self.work(site, now, |streams, work| streams.serve(work));
            self.judge_opened(site, now);
        }
        // The STOPs of relays can fill the control stream. Its overflow is checked here, where no relay is in the middle of something.
        if self.is_open() {
            self.control.flush(&mut self.quic);
            if self.control.is_overfull() {
                self.give_up(CloseCause::Local, OVER_BUDGET, "control messages are not read", site, now);
            }
        }
        self.tell_failures(site);
        self.tell_reach(site, now);
        self.pressure.tell(self.number, site);
        is_more
    }

    /// Sends packets, at most a turn's share. True: there are more, and the link has room.
    pub(crate) fn transmit(&mut self, packet: &mut [u8], site: &mut Site, out: &mut Outbound<'_>, now: Now) -> bool {
        let is_held_back =
            self.holds_datagrams_back(now.instant) || self.state != State::Open || self.control.is_waiting();
        let Self { sender, quic, streams, .. } = self;
        let payload_max = sender.payload_max();
        let fill = |quic: &mut Guarded| {
            if !is_held_back {
                streams.fill(quic, payload_max, site, now.instant);
            }
        };
        let sent = sender.send(quic, self.limits.packets_per_turn, packet, out, now.ms, fill);
        self.count_late(site);
        self.streams.charge_flows(site);
        match sent {
            Sent::Share => true,
            Sent::All => false,
            Sent::UntilFull => {
                if let Some(link) = self.sender.way().out_link {
                    out.links.wait(link, self.sender.traffic_class(), self.number);
                }
                false
            }
        }
    }

    /// Whether datagrams stay in their queue, where they may expire, since the peer does not answer. So packets of an outage, which are repeated
    /// until it ends, carry none.
    fn holds_datagrams_back(&mut self, now: Instant) -> bool {
        if !self.streams.has_datagrams() || !self.pulse.is_overdue(now, &self.limits) {
            return false;
        }
        self.signs.tell(&mut self.pulse, &mut self.quic);
        self.pulse.is_overdue(now, &self.limits)
    }

    /// Counts the datagrams that QUIC has dropped as too late. QUIC does not know which flows they were of.
    fn count_late(&mut self, site: &mut Site) {
        let late = self.quic.with(self.late, |quic| quic.late_datagrams());
        for _ in mem::replace(&mut self.late, late)..late {
            self.streams.lose_unknown(Lost::Late, site);
        }
    }

    pub(crate) fn figures(&mut self, now: Now) -> ConnectionFigures {
        let ignored = self.quic.with(0, |quic| quic.ignored_datagrams());
        self.signs.tell(&mut self.pulse, &mut self.quic);
        let mut quic = self.quic.with(Stats::default(), |quic| quic.stats());
        if !has_round_trip(&quic) {
            quic.rtt_ms = self.signs.rtt_ms();
        }
        ConnectionFigures {
            connection: self.number,
            quic,
            way: self.sender.way().clone(),
            payload_max: self.sender.payload_max(),
            streams_open: self.streams.open(),
            streams_opened: self.streams.opened(),
            streams_opening: self.streams.opening(),
            is_in_flight: self.is_open() && self.is_in_flight(),
            silent: now.instant.saturating_duration_since(self.pulse.heard_at()),
            unanswered: self.pulse.unanswered(now.instant),
            is_closing: !self.is_open(),
            packets_ignored: ignored.saturating_sub(u64::from(self.was_reset)),
        }
    }

    fn is_in_flight(&self) -> bool {
        self.sender.is_held_back() || self.quic_at.is_some()
    }

    /// Carries out the peer's control messages, up to a turn's share. True: there may be more.
    fn read_control(&mut self, site: &mut Site, now: Now) -> bool {
        for _ in 0..self.limits.control_messages_per_turn {
            match self.control.receive(&mut self.quic) {
                Heard::Nothing => return false,
                Heard::Message(message) => self.handle_message(message, site, now),
                Heard::Unsupported => {
                    self.give_up(CloseCause::Local, UNSUPPORTED, "control message", site, now);
                    return false;
                }
                Heard::Over => {
                    self.give_up(CloseCause::Local, MALFORMED, "the control stream must stay open", site, now);
                    return false;
                }
            }
        }
        true
    }

    fn handle_message(&mut self, message: ControlMessage, site: &mut Site, now: Now) {
        match message {
            ControlMessage::Unknown => {}
            ControlMessage::Renew => {
                if self.is_originator() && self.renewals.take(site.events.batch(), 1) {
                    site.events.push(Event::Renewal { connection: self.number });
                }
            }
            ControlMessage::Pressure(pressure) => self.pressure.handle(pressure),
            ControlMessage::Finish => self.is_draining |= !self.is_originator(),
            ControlMessage::Size { payload_max } => _ = self.sender.shrink(payload_max.max(PAYLOAD_MIN)),
            ControlMessage::Taken { stream, taken } => {
                self.work(site, now, |streams, work| streams.handle_taken(stream, taken, work));
            }
            ControlMessage::Stop { stream, code } => {
                self.work(site, now, |streams, work| streams.handle_stop(stream, code, work));
            }
        }
    }

    fn tell_failures(&mut self, site: &mut Site) {
        if self.failed == 0 {
            return;
        }
        if self.failures.take(site.events.batch(), 1) {
            let streams = mem::take(&mut self.failed);
            site.events.push(Event::Failed { connection: self.number, streams });
        } else {
            site.events.hold_back_of(self.number);
        }
    }
}
