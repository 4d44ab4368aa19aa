"""Links that are sessions over streams: which session carries which link. It knows neither sockets nor labels, and goes with any medium.

An originator calls, again and again, until its link is up; an acceptor takes whom its cluster vertex wants. The newest session of a link
carries it, so that one is renewed without a gap: the new one comes up beside the old one, which then ends.
"""

import random
import time
from dataclasses import dataclass, field

from carrier import Carrier, LinkEnd, Medium
from credentials import Credentials, ListsWatch, Refusal
from florio import Port
from hello import VERSION, Hello, check_wanted, read_hello
from portal import INSTANCE, ORIGINATOR, STARTED_AT, UP, Key, Link, Portal
from retries import RETRY_REFUSED_S, RETRY_S
from session import End, Pace, Session
from vertex import log

STRANGERS_MAX = 64  # sessions that were accepted and are no link's yet
SENDS_MAX = 16  # of one session in one turn
LISTS_GRACE_S = 10.0
DRAIN_S, DRAIN_ACCEPTOR_S = 1.0, 10.0
RENEW_AFTER_S = 3600.0
RENEW_AFTER_BYTES = 1 << 36  # long before a key of AES-GCM has protected too much


@dataclass
class Sessions:
    """All of a cluster."""

    all: list[Carrier] = field(default_factory=list)
    by_handle: dict[int, Carrier] = field(default_factory=dict)
    next_handle: int = field(default_factory=lambda: random.randrange(1, 1 << 31))
    attempts: int = 0


class SessionLinks:
    portal: Portal

    def __init__(self, credentials: Credentials, medium: Medium, pace: Pace, name: str, port: Port) -> None:
        self.protocol = name
        self.mtu = pace.mtu
        self._credentials = credentials
        self._cluster = credentials.own.cluster
        self._tell_lists()
        self._lists = ListsWatch()
        self._lists_new_at = 0.0
        self.vertex = self._credentials.own.name
        self._medium = medium
        self._pace = pace
        self._port = port
        self._ends: dict[Key, LinkEnd] = {}
        self._sessions = Sessions()
        self._is_stopping = False

    @property
    def is_idle(self) -> bool:
        return not self._sessions.all and self._medium.is_idle

    # Requests of the portal.

    def open(self, link: Link) -> None:
        self._ends[link.peer, link.tag] = LinkEnd(link)

    def close(self, link: Link, code: str) -> None:
        end = self._ends.pop((link.peer, link.tag))
        for carrier in self._sessions.all:
            if carrier.end is end:
                carrier.end = None
                self._close(carrier, code, "")

    # Calls of the process.

    def send_packets(self, handle: int, packets: list[bytes], now: float) -> None:
        carrier = self._sessions.by_handle.get(handle)
        if carrier is None or carrier.session is None:
            return
        for packet in packets:
            if len(packet) <= carrier.session.mtu:
                carrier.session.queue.add(packet, now)

    def handle_turn(self, now: float) -> None:
        self._look_at_lists(now)
        self._accept(now)
        for end in self._ends.values():
            self._call(end, now)
        for carrier in self._sessions.all[:]:
            self._handle_carrier(carrier, now)
        self._medium.handle_turn(now)

    def reload(self, now: float) -> None:
        before, self._credentials = self._credentials, self._credentials.read_again()
        if before.lists != self._credentials.lists:
            self._lists_new_at = now
            self._tell_lists()
        for end in self._ends.values():
            end.retries.next_at = min(end.retries.next_at, now)
            self._renew(end, now)

    def _look_at_lists(self, now: float) -> None:
        """Lists count for handshakes: with new ones, links are renewed."""
        if self._lists.sees_news(self._credentials, now):
            try:
                self.reload(now)
            except (OSError, ValueError) as error:
                log("LISTS_REFUSED", f"{self._cluster}: {error}")

    def _tell_lists(self) -> None:
        if self._credentials.lacks_lists:
            log("LISTS_MISSING", f"{self._cluster}: a CA has no revocation list here: of its certificates none is revoked")

    def stop(self) -> None:
        self._is_stopping = True
        for carrier in self._sessions.all:
            self._close(carrier, "STOPPING", "")

    # Sessions begin.

    def _accept(self, now: float) -> None:
        for stream in self._medium.accept(now):
            if self._is_stopping:
                stream.fail("STOPPING", "")
                continue
            # Whoever has been a stranger for the longest makes room: an honest handshake takes a moment.
            strangers = [each for each in self._sessions.all if each.is_stranger]
            if len(strangers) >= STRANGERS_MAX:
                self._close(strangers[0], "OVERLOADED", "too many sessions are being opened")
            carrier = Carrier(stream, self._credentials)
            carrier.session = self._session(carrier, False, now)
            self._sessions.all.append(carrier)

    def _call(self, end: LinkEnd, now: float) -> None:
        if self._is_stopping or end.link.role != ORIGINATOR or end.attempt is not None:
            return
        if now < (end.retries.next_at if end.current is None else end.renew_at) or self.portal.judge.generation is None:
            return
        try:
            stream = self._medium.call(end.link.endpoint, now)
        except Refusal as refusal:
            self._fail(end, End(refusal.code, refusal.text, False, False), now)
            return
        self._sessions.attempts += 1
        order = (STARTED_AT, INSTANCE, self._sessions.attempts)
        end.attempt = Carrier(stream, self._credentials, end, order)
        self._sessions.all.append(end.attempt)

    def _renew(self, end: LinkEnd, now: float) -> None:
        """Originators make the next session, acceptors ask for it."""
        if end.link.role == ORIGINATOR:
            end.renew_at = now
        elif end.current is not None and end.current.session is not None:
            end.current.session.ask_renewal()

    def _session(self, carrier: Carrier, is_originator: bool, now: float) -> Session:
        context = carrier.credentials.context(is_originator, not self.portal.judge.generation)
        return Session(context, is_originator, self._pace, now)

    # A turn of one session.

    def _handle_carrier(self, carrier: Carrier, now: float) -> None:
        stream, session = carrier.stream, carrier.session
        if session is None:
            stream.handle_turn(now)
            if stream.end is not None:
                self._forget(carrier, End(stream.end.code, stream.end.text, False, False), now)
                return
            if not stream.is_open:
                return
            session = carrier.session = self._session(carrier, True, now)
        data = stream.receive()
        if data:
            session.handle_bytes(data, now)
        if stream.end is not None:
            session.handle_stream_end(stream.end.code, stream.end.text)
        try:
            self._advance(carrier, session, now)
        except Refusal as refusal:
            session.close(refusal.code, refusal.text)
        session.handle_time(now)
        self._send(carrier, session, now)
        if session.end is not None:
            self._medium.close(stream, now)
            self._forget(carrier, session.end, now)

    def _advance(self, carrier: Carrier, session: Session, now: float) -> None:
        """Raises Refusal."""
        if session.end is not None or session.peer is None:
            return
        end = carrier.end
        if carrier.judge(self.portal, session) and end is not None:
            session.greet(self._hello(end.link, carrier), now)
        if carrier.verdict is None:
            return
        if end is None and session.greeting is not None:
            end = self._take(carrier, session, now)
        if end is None:
            return
        if session.is_up and carrier.handle == 0:
            self._come_up(carrier, session, end, now)
        if session.is_up and end.current is not None:
            for packet in session.packets:
                self._port.add_packet(end.current.handle, packet)
            session.packets.clear()
        self._look(carrier, session, end, now)

    def _look(self, carrier: Carrier, session: Session, end: LinkEnd, now: float) -> None:
        """What is due by the clock, and what the peer has asked for."""
        if now >= carrier.closes_at:
            raise Refusal("SUPERSEDED", "a newer session carries the link")
        if carrier is not end.current:
            return
        session.queue.rate = end.link.rate
        if carrier.verdict is not None and time.time() > carrier.verdict.good_until:
            raise Refusal("EXPIRED", "the certificate has ended")
        is_outdated = carrier.credentials.lists != self._credentials.lists and now > self._lists_new_at + LISTS_GRACE_S
        if is_outdated and carrier.verdict is not None and carrier.verdict.generation == 0:
            raise Refusal("REVOCATION_UNKNOWN", "nothing has come of a handshake by the newest lists")
        is_old = now > carrier.up_at + RENEW_AFTER_S or session.bytes_sent > RENEW_AFTER_BYTES
        if session.is_renewal_asked or is_old:
            session.is_renewal_asked = False
            end.renew_at = min(end.renew_at, now + RETRY_S)
        if end.is_congested != session.queue.is_half_full and (not end.is_congested or session.queue.is_nearly_empty):
            end.is_congested = not end.is_congested
            self._tell_up(end, carrier, session)

    def _send(self, carrier: Carrier, session: Session, now: float) -> None:
        carrier.stream.flush()
        for _ in range(SENDS_MAX):
            if not carrier.stream.can_send:
                return
            data = session.poll_transmit(now)
            if not data:
                return
            carrier.stream.send(data)

    # Which session carries a link.

    def _hello(self, link: Link, carrier: Carrier) -> dict[str, object]:
        return {**Hello(self._cluster, self.vertex, link.peer, link.tag, carrier.order).write(), "mtu": self.mtu}

    def _take(self, carrier: Carrier, session: Session, now: float) -> LinkEnd:
        """An acceptor's answer to a hello. Who calls is known by the certificate, whatever the hello says."""
        assert carrier.verdict is not None and session.greeting is not None
        hello = read_hello(session.greeting, self._cluster, self.vertex)
        end = self._ends.get((carrier.verdict.name, hello.tag))
        check_wanted(end and end.link, self.vertex)
        assert end is not None
        carrier.order = hello.order
        for other in (end.current, end.attempt):
            if other is not None and carrier.order <= other.order:
                raise Refusal("SUPERSEDED", "a newer session carries the link")
        if end.attempt is not None:
            self._close(end.attempt, "SUPERSEDED", "")
        carrier.end, end.attempt = end, carrier
        session.greet({"version": VERSION, "mtu": self.mtu}, now)
        return end

    def _come_up(self, carrier: Carrier, session: Session, end: LinkEnd, now: float) -> None:
        old, end.current, end.attempt = end.current, carrier, None
        end.retries.handle_up()
        end.renew_at, end.is_congested = float("inf"), False
        if old is not None:
            is_same_instance = old.order[:2] == carrier.order[:2]
            drain = DRAIN_S if end.link.role == ORIGINATOR else DRAIN_ACCEPTOR_S
            old.closes_at = now + drain if is_same_instance else now
        carrier.handle, carrier.up_at = self._new_handle(), now
        self._sessions.by_handle[carrier.handle] = carrier
        self._log("LINK_UP", end, carrier.stream.name)
        self._tell_up(end, carrier, session)
        if carrier.credentials is not self._credentials:
            self._renew(end, now)  # It was under way when they changed.

    def _tell_up(self, end: LinkEnd, carrier: Carrier, session: Session) -> None:
        self.portal.set_state(
            end.link, UP, handle=carrier.handle, mtu=session.mtu, is_congested=1 if end.is_congested else 0
        )

    def _new_handle(self) -> int:
        self._sessions.next_handle = self._sessions.next_handle % 0xFFFFFFFF + 1
        return self._sessions.next_handle

    # Sessions end.

    def _close(self, carrier: Carrier, code: str, text: str) -> None:
        """The carrier's next turn sends it, and forgets the carrier."""
        if carrier.session is not None:
            carrier.session.close(code, text)
        else:
            carrier.stream.fail(code, text)

    def _forget(self, carrier: Carrier, why: End, now: float) -> None:
        self._sessions.all.remove(carrier)
        carrier.judgement.drop(self.portal)
        self._sessions.by_handle.pop(carrier.handle, None)
        end = carrier.end
        if end is None or carrier not in (end.current, end.attempt):
            if end is None and not why.is_told:
                log("STRANGER_LEFT", f"{self._cluster}: {carrier.stream.name}: {why.code}: {why.text}")
            return
        if carrier is end.attempt:
            end.attempt = None
            if end.current is not None and why.code == "REVOKED" and not why.is_told:
                self._close(end.current, why.code, why.text)
            elif end.current is not None:
                end.renew_at = now + RETRY_REFUSED_S
                self._log("RENEWAL_FAILED", end, f"{why.code}: {why.text}")
                return
        else:
            end.current = None
        self._fail(end, why, now)

    def _fail(self, end: LinkEnd, why: End, now: float) -> None:
        state = end.retries.handle_failure(why.code, why.was_up, now)
        self._log("LINK_DOWN", end, f"{why.code}: {why.text}")
        if end.attempt is None and end.current is None:
            self.portal.set_state(end.link, state, code=why.code, text=why.text)

    def _log(self, code: str, end: LinkEnd, text: str) -> None:
        name = f"{self._cluster}: {end.link.peer} {end.link.tag}"
        log(code, f"{name}: {text}", name)
