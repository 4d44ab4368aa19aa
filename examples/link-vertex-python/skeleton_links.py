"""The link protocol of a skeleton: packets in plain UDP datagrams. Nothing is secret, and nobody proves who they are.

    originator                                                  acceptor
        │ HELLO: names and certificates, MTU bytes or more ───▶   │ wanted? who is it?
        │ ◀──── ACCEPT: certificates, MTU bytes or more; or END   │
     up │ ALIVE, at once and every 200 ms ────────────────────▶   │ up
        │ ◀─────────── ALIVE every 200 ms; PACKET both ways ──▶   │ dead after 3 s of silence

Each datagram begins with its type and the number of its session, which the originator draws for each attempt. The same number is the
handle of the link in FlorIO. END says a code, and ends an attempt or a session. HELLO and ACCEPT come again while a link is up:
so a certificate that is renewed is known at the other end before the one before it ends.
"""

import json
import random
import socket
import struct
import time
from base64 import b64decode, b64encode
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from ipaddress import ip_address
from typing import Any
from urllib.parse import urlsplit

from credentials import Credentials, ListsWatch, Refusal
from hello import Hello, check_wanted, read_hello
from judge import Question, Verdict
from judgement import Judgement, check_chain
from packet_queue import PacketQueue
from portal import ACCEPTOR, INSTANCE, ORIGINATOR, STARTED_AT, UP, Key, Link, Portal
from retries import RETRY_S, Retries
from vertex import log

PROTOCOL = "skeleton"
HEADER = struct.Struct("!BI")  # type, session
HELLO, ACCEPT, ALIVE, PACKET, END = 1, 2, 3, 4, 5
MTU = 1420
ALIVE_S, HELLO_S, DEAD_S = 0.2, 2.0, 3.0
QUEUE_BYTES_MAX, QUEUE_WAIT_MAX_S = 1 << 20, 0.25
READS_MAX = 256  # in one turn
SENDS_MAX = 1 << 18  # bytes of one link in one turn
RECEIVE_BUFFER_SIZE = 4 << 20
CODE_SIZE_MAX = 64
ON_THIS_MACHINE_ALONE = True  # Delete it with all that asks for it, once the protocol proves who is there and hides what it carries.

Address = tuple[Any, ...]


@dataclass(eq=False)
class End:
    """Our end of a link, and its session or the attempt of one."""

    link: Link
    retries: Retries = field(default_factory=Retries)
    queue: PacketQueue = field(default_factory=lambda: PacketQueue(QUEUE_BYTES_MAX, QUEUE_WAIT_MAX_S))
    session: int = 0  # 0: neither a session nor an attempt
    address: Address = ()
    chain: list[bytes] = field(default_factory=list)  # as the peer has shown it, in DER; empty: not yet
    judgement: Judgement = field(default_factory=Judgement)
    is_up: bool = False
    mtu: int = 0
    dead_at: float = 0.0
    alive_at: float = 0.0
    hello_at: float = 0.0


class SkeletonLinks:
    """`Links` of vertex.py, for one cluster. Raises OSError or ValueError when it cannot listen."""

    portal: Portal
    protocol = PROTOCOL
    mtu = MTU
    is_idle = True  # `stop` waits for nothing

    def __init__(self, credentials: Credentials, listen: str, deliver: Callable[[int, bytes], None]) -> None:
        """`deliver` takes the handle of a link and a packet for the cluster vertex."""
        self._credentials = credentials
        self.vertex = credentials.own.name
        self._cluster = credentials.own.cluster
        self._deliver = deliver
        self._ends: dict[Key, End] = {}
        self._sessions: dict[int, End] = {}
        self._attempts = 0
        self._lists = ListsWatch()
        self._family, address = resolve(listen)
        self._socket = socket.socket(self._family, socket.SOCK_DGRAM)
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, RECEIVE_BUFFER_SIZE)
        self._socket.setblocking(False)
        self._socket.bind(address)

    def fileno(self) -> int:
        return self._socket.fileno()

    # Requests of the portal.

    def open(self, link: Link) -> None:
        self._ends[link.peer, link.tag] = End(link)

    def close(self, link: Link, code: str) -> None:
        end = self._ends.pop((link.peer, link.tag))
        if end.session:
            self._say_end(end.session, end.address, code)
            self._forget_session(end)

    # Calls of the process.

    def send_packets(self, handle: int, packets: list[bytes], now: float) -> None:
        end = self._sessions.get(handle)
        if end is not None and end.is_up:
            for packet in packets:
                if len(packet) <= end.mtu:
                    end.queue.add(packet, now)

    def handle_turn(self, now: float) -> None:
        self._look_at_lists(now)
        self._receive(now)
        for end in self._ends.values():
            try:
                self._handle_end(end, now)
            except Refusal as refusal:
                self._refuse(end, refusal, now)

    def reload(self, now: float) -> None:
        self._credentials = self._credentials.read_again()
        for end in self._ends.values():
            end.hello_at = end.retries.next_at = now

    def stop(self) -> None:
        for end in list(self._ends.values()):
            self.close(end.link, "STOPPING")

    def _look_at_lists(self, now: float) -> None:
        """The cluster vertex judges by its own lists, and says when they have changed."""
        if self._lists.sees_news(self._credentials, now):
            try:
                self.reload(now)
            except (OSError, ValueError) as error:
                log("LISTS_REFUSED", f"{self._cluster}: {error}")

    # Datagrams from neighbours.

    def _receive(self, now: float) -> None:
        for _ in range(READS_MAX):
            try:
                datagram, sender = self._socket.recvfrom(65_536)
            except OSError:
                return
            if len(datagram) >= HEADER.size:
                kind, session = HEADER.unpack_from(datagram)
                self._handle(kind, session, sender, datagram[HEADER.size :], now)

    def _handle(self, kind: int, session: int, sender: Address, content: bytes, now: float) -> None:
        end = self._sessions.get(session)
        if kind == HELLO:
            try:
                self._handle_hello(session, sender, content, now)
            except Refusal as refusal:
                self._say_end(session, sender, refusal.code)
        elif end is None or end.address != sender:
            if kind in (ALIVE, PACKET):
                self._say_end(session, sender, "RESET")
        elif kind == END:
            self._end_session(end, _read_code(content), "the other end has said so", now)
        else:
            end.dead_at = now + DEAD_S
            if kind == ACCEPT and end.link.role == ORIGINATOR:
                try:
                    self._take_chain(end, read_greeting(content), len(content))
                except Refusal as refusal:
                    self._refuse(end, refusal, now)
            elif kind in (ALIVE, PACKET) and not end.is_up and end.link.role == ACCEPTOR and end.judgement.verdict:
                self._come_up(end, now)
            if kind == PACKET and end.is_up and 0 < len(content) <= end.mtu:
                self._deliver(session, content)

    def _handle_hello(self, session: int, sender: Address, content: bytes, now: float) -> None:
        """Raises Refusal."""
        greeting = read_greeting(content)
        hello = read_hello(greeting, self._cluster, self.vertex)
        end = self._ends.get((hello.vertex, hello.tag))
        check_wanted(end and end.link, self.vertex)
        assert end is not None
        if self._sessions.get(session, end) is not end or session == 0:
            raise Refusal("PROTOCOL_ERROR", "the number of another session")
        if end.session != session:
            # Whoever can send us datagrams can end a link so: nothing that they hold is proven.
            if end.session:
                self._end_session(end, "SUPERSEDED", "the originator has begun anew", now)
            self._begin_session(end, session, sender, now)
        end.dead_at = now + DEAD_S
        self._take_chain(end, greeting, len(content))
        if end.judgement.verdict is not None:
            self._say_accept(end)

    def _take_chain(self, end: End, greeting: dict[str, Any], size: int) -> None:
        """Raises Refusal."""
        chain = read_chain(greeting)
        if end.chain and chain != end.chain:
            end.judgement.ask_again(self.portal)
        end.chain = chain
        if not end.is_up:
            end.mtu = min(MTU, size)

    # Work that is due in a turn.

    def _handle_end(self, end: End, now: float) -> None:
        """Raises Refusal."""
        if end.session == 0:
            if end.link.role == ORIGINATOR and now >= end.retries.next_at and self.portal.judge.generation is not None:
                self._call(end, now)
            return
        if now >= end.dead_at:
            raise Refusal("SILENT" if end.is_up else "NO_ANSWER", "nothing was heard from the other end")
        is_let_in = bool(end.chain) and end.judgement.advance(
            self.portal, lambda: self._question(end), lambda: self._let_in(end)
        )
        if end.judgement.verdict is not None:
            self.portal.pins.check(end.link.peer, end.chain[0])
        if is_let_in:
            if end.link.role == ORIGINATOR:
                self._come_up(end, now)
            else:
                self._say_accept(end)
        verdict = end.judgement.verdict
        if verdict is not None and time.time() > verdict.good_until:
            raise Refusal("EXPIRED", "the certificate has ended")
        if end.link.role == ORIGINATOR and now >= end.hello_at:
            end.hello_at = now + (HELLO_S if end.is_up else ALIVE_S)
            self._say_hello(end)
        if end.is_up:
            self._send_packets(end, now)

    def _send_packets(self, end: End, now: float) -> None:
        end.queue.rate = end.link.rate
        for packet in end.queue.take(SENDS_MAX, now):
            self._send(PACKET, end.session, end.address, packet)
        if now >= end.alive_at:
            end.alive_at = now + ALIVE_S
            self._send(ALIVE, end.session, end.address)

    def _call(self, end: End, now: float) -> None:
        """Raises Refusal for an endpoint that is none."""
        try:
            _, address = resolve(end.link.endpoint, self._family)
        except (OSError, ValueError) as error:
            raise Refusal("BAD_ENDPOINT", str(error)) from error
        self._begin_session(end, random.randrange(1, 1 << 32), address, now)

    # The judgement of a peer.

    def _question(self, end: End) -> Question:
        return Question(ACCEPTOR if end.link.role == ORIGINATOR else ORIGINATOR, end.link.peer, end.chain)

    def _let_in(self, end: End) -> Verdict:
        """Without roots at the cluster vertex there is nobody to judge: a protocol that is more than a skeleton does so here, or refuses."""
        self._log("PEER_NOT_JUDGED", end, "let in by its name alone")
        return Verdict("", "", end.link.peer, float("inf"), 0)

    # Sessions.

    def _begin_session(self, end: End, session: int, address: Address, now: float) -> None:
        end.session, end.address, end.hello_at, end.dead_at = session, address, now, now + DEAD_S
        end.chain, end.judgement, end.is_up = [], Judgement(), False
        self._sessions[session] = end

    def _come_up(self, end: End, now: float) -> None:
        end.is_up, end.alive_at = True, now
        end.retries.handle_up()
        end.queue = PacketQueue(QUEUE_BYTES_MAX, QUEUE_WAIT_MAX_S)
        self._log("LINK_UP", end, f"packets of {end.mtu} bytes")
        self.portal.set_state(end.link, UP, handle=end.session, mtu=end.mtu)

    def _refuse(self, end: End, refusal: Refusal, now: float) -> None:
        if end.session:
            self._say_end(end.session, end.address, refusal.code)
        self._end_session(end, refusal.code, refusal.text, now)

    def _end_session(self, end: End, code: str, text: str, now: float) -> None:
        state = end.retries.handle_failure(code, end.is_up, now)
        self._forget_session(end)
        self._log("LINK_DOWN", end, f"{code}: {text}")
        self.portal.set_state(end.link, state, code=code, text=text)

    def _forget_session(self, end: End) -> None:
        self._sessions.pop(end.session, None)
        end.judgement.drop(self.portal)
        end.session, end.is_up = 0, False

    def _log(self, code: str, end: End, text: str) -> None:
        name = f"{self._cluster}: {end.link.peer} {end.link.tag}"
        log(code, f"{name}: {text}", name)

    # Datagrams to neighbours.

    def _say_hello(self, end: End) -> None:
        self._attempts += 1
        order = (STARTED_AT, INSTANCE, self._attempts)
        hello = Hello(self._cluster, self.vertex, end.link.peer, end.link.tag, order)
        self._greet(HELLO, end, hello.write())

    def _say_accept(self, end: End) -> None:
        self._greet(ACCEPT, end, {})

    def _greet(self, kind: int, end: End, greeting: dict[str, Any]) -> None:
        """As large as the largest packet, so that a path on which those get lost never carries a link."""
        chain = [b64encode(each).decode() for each in self._credentials.chain]
        self._send(kind, end.session, end.address, json.dumps({**greeting, "chain": chain}).encode().ljust(MTU))

    def _say_end(self, session: int, address: Address, code: str) -> None:
        self._send(END, session, address, code.encode())

    def _send(self, kind: int, session: int, address: Address, content: bytes = b"") -> None:
        # A full socket, or a neighbour that cannot be reached: silence will tell.
        with suppress(OSError):
            self._socket.sendto(HEADER.pack(kind, session) + content, address)


def read_greeting(content: bytes) -> dict[str, Any]:
    """Raises Refusal for what is none."""
    try:
        greeting = json.loads(content)
    except (ValueError, RecursionError) as error:
        raise Refusal("PROTOCOL_ERROR", "a greeting that is none") from error
    if not isinstance(greeting, dict):
        raise Refusal("PROTOCOL_ERROR", "a greeting that is none")
    return greeting


def read_chain(greeting: dict[str, Any]) -> list[bytes]:
    """The certificates of a greeting, in DER. Raises Refusal."""
    texts = greeting.get("chain")
    if not isinstance(texts, list) or not texts:
        raise Refusal("PROTOCOL_ERROR", "a greeting without certificates")
    try:
        chain = [b64decode(each, validate=True) for each in texts]
    except (ValueError, TypeError) as error:
        raise Refusal("PROTOCOL_ERROR", "certificates that are none") from error
    check_chain(chain)
    return chain


def resolve(endpoint: str, family: int = 0) -> tuple[int, Address]:
    """The family and the address of `udp://host:port`. A name is looked up while everything waits. Raises OSError or ValueError."""
    parts = urlsplit(endpoint)
    if parts.scheme != "udp" or parts.port is None:
        raise ValueError(f"{endpoint} is not udp://host:port")
    found = socket.getaddrinfo(parts.hostname, parts.port, family, socket.SOCK_DGRAM)[0]
    if ON_THIS_MACHINE_ALONE and not ip_address(found[4][0]).is_loopback:
        raise ValueError(f"{endpoint}: a skeleton without encryption works on 127.0.0.0/8 and ::1 alone")
    return found[0], found[4]


def _read_code(content: bytes) -> str:
    code = content[:CODE_SIZE_MAX].decode(errors="replace")
    return code if code.isascii() and code.replace("_", "").isalpha() and code.isupper() else "UNKNOWN_CODE"
