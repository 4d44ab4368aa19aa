"""The fake's own link protocol: packets in plain UDP datagrams. Nobody proves who they are, and nothing is secret.

    originator                                                acceptor
        │ HELLO: cluster, from, to, tag; as large as its MTU ──▶ │ every 200 ms until answered
        │ ◀───────────── ACCEPT, as large as its MTU; or END     │
     up │ ALIVE, at once and every 200 ms ─────────────────────▶ │ up
        │ ◀──────────── ALIVE every 200 ms; DATA both ways ────▶ │ dead after 1 s of silence

Every datagram starts with its type and the session's number, which the originator draws for each attempt. The same
number is the handle of the link in FlorIO. END carries the code that says why, and ends an attempt or a session. The smaller MTU
is the link's; IP takes care of fragments.
"""

import random
import socket
import struct
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from portal import ACCEPTOR, DOWN, ORIGINATOR, REFUSED, UP, Key, Link, Portal

HEADER = struct.Struct("!BI")  # type, session
PROTOCOL = "plain-udp"
HELLO, ACCEPT, ALIVE, DATA, END = 1, 2, 3, 4, 5
MTU = 1420
SIZES_S = 0.1
ALIVE_S = 0.2
DEAD_S = 1.0
RETRY_S, RETRY_REFUSED_S = 0.2, 2.0
READS_MAX = 256  # in one turn
BURST_S = 0.05
OVERHEAD = 33  # our header, and those of IP and UDP
RECEIVE_BUFFER_SIZE = 4 << 20
DOWN_CODES = ("RESET", "CLOSED", "STOPPING", "VERTEX_GONE", "SUPERSEDED")

Address = tuple[Any, ...]


class Sizes:
    """What a file beside the config says, if it is there: the MTU at the start, and what is preferred, at any time."""

    def __init__(self, path: str) -> None:
        self._path = path
        self._next_at = 0.0
        self.mtu, self.preferred = self._read()

    def has_changed(self, now: float) -> bool:
        if now < self._next_at:
            return False
        self._next_at = now + SIZES_S
        before = self.preferred
        _, self.preferred = self._read()
        return self.preferred != before

    def _read(self) -> tuple[int, int]:
        try:
            with open(self._path, encoding="utf-8") as file:
                mtu, preferred = file.read().split()
            return int(mtu), int(preferred)
        except (OSError, ValueError):
            return MTU, MTU


@dataclass(eq=False)
class End:
    """Our end of a link."""

    link: Link
    session: int = 0  # 0: neither a session nor an attempt
    address: Address = ()
    is_up: bool = False
    mtu: int = 0
    dead_at: float = 0.0
    next_at: float = 0.0  # the next HELLO, ALIVE or attempt
    credit: float = 0.0  # bytes that may leave at once, where the link has a rate
    credited_at: float = 0.0

    def may_send(self, size: int, now: float) -> bool:
        if self.link.rate == 0:
            return True
        per_second = self.link.rate / 8
        self.credit = min(self.credit + (now - self.credited_at) * per_second, per_second * BURST_S)
        self.credited_at = now
        if self.credit < size:
            return False
        self.credit -= size
        return True


class UdpLinks:
    portal: Portal
    vertex = ""  # The medium has no credentials.
    is_idle = True

    def __init__(
        self, cluster: str, listen: str, protocol: str, sizes: Sizes, deliver: Callable[[int, bytes], None]
    ) -> None:
        self.protocol = protocol
        self._sizes = sizes
        self.mtu = sizes.mtu
        self._cluster = cluster
        self._deliver = deliver
        self._ends: dict[Key, End] = {}
        self._sessions: dict[int, End] = {}
        self._family, address = _resolve(listen)
        self._socket = socket.socket(self._family, socket.SOCK_DGRAM)
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, RECEIVE_BUFFER_SIZE)
        self._socket.setblocking(False)
        self._socket.bind(address)

    def fileno(self) -> int:
        return self._socket.fileno()

    def open(self, link: Link) -> None:
        self._ends[link.peer, link.tag] = End(link)

    def close(self, link: Link, code: str) -> None:
        end = self._ends.pop((link.peer, link.tag))
        if self._sessions.pop(end.session, None) is not None:
            self._send(END, end.session, end.address, code.encode())

    def stop(self) -> None:
        for end in list(self._ends.values()):
            self.close(end.link, "STOPPING")

    def reload(self, now: float) -> None:
        """This link vertex has no identity to read anew."""

    def handle_turn(self, now: float) -> None:
        self.receive(now)
        self.handle_time(now)

    def send_packets(self, handle: int, packets: list[bytes], now: float) -> None:
        end = self._sessions.get(handle)
        if end is not None and end.is_up:
            for packet in packets:
                if len(packet) <= end.mtu and end.may_send(len(packet) + OVERHEAD, now):
                    self._send(DATA, handle, end.address, packet)

    def receive(self, now: float) -> None:
        for _ in range(READS_MAX):
            try:
                datagram, sender = self._socket.recvfrom(65_536)
            except OSError:
                return
            if len(datagram) >= HEADER.size:
                kind, session = HEADER.unpack_from(datagram)
                self._handle(kind, session, sender, datagram[HEADER.size :], now)

    def handle_time(self, now: float) -> None:
        if self._sizes.has_changed(now):
            for end in self._ends.values():
                if end.is_up:
                    self._tell_up(end)
        for end in self._ends.values():
            if end.session and now >= end.dead_at:
                self._end_session(end, DOWN, "SILENT" if end.is_up else "NO_ANSWER", now)
            if now < end.next_at:
                continue
            if end.is_up:
                end.next_at = now + ALIVE_S
                self._send(ALIVE, end.session, end.address)
            elif end.link.role == ORIGINATOR:
                self._call(end, now)

    def _call(self, end: End, now: float) -> None:
        end.next_at = now + ALIVE_S
        if end.session == 0:
            try:
                _, end.address = _resolve(end.link.endpoint, self._family)
            except (OSError, ValueError):
                self._end_session(end, REFUSED, "BAD_ENDPOINT", now)
                return
            self._start_session(end, random.randrange(1, 1 << 32), now)
        names = (self._cluster, self.portal.vertex, end.link.peer, end.link.tag)
        self._send(HELLO, end.session, end.address, "\n".join(names).encode().ljust(self.mtu))

    def _handle(self, kind: int, session: int, sender: Address, content: bytes, now: float) -> None:
        end = self._sessions.get(session)
        if kind == HELLO:
            code = self._answer_hello(session, sender, content, now)
            if code is not None:
                self._send(END, session, sender, code.encode())
        elif end is None or end.address != sender:
            if kind in (ALIVE, DATA):
                self._send(END, session, sender, b"RESET")
        elif kind == END:
            code = content.decode(errors="replace")[:64]
            self._end_session(end, DOWN if code in DOWN_CODES else REFUSED, code, now)
        else:
            end.dead_at = now + DEAD_S
            # The full-size answer proves the link to its originator; later datagrams prove it to the acceptor.
            if not end.is_up and (kind == ACCEPT) == (end.link.role == ORIGINATOR):
                end.is_up = True
                end.next_at = now
                if kind == ACCEPT:
                    end.mtu = min(self.mtu, len(content))
                self._tell_up(end)
            if kind == DATA:
                self._deliver(session, content)

    def _answer_hello(self, session: int, sender: Address, content: bytes, now: float) -> str | None:
        """Accepts it, or returns the code that it is refused with."""
        cluster, peer, vertex, tag = (content.decode(errors="replace").rstrip().split("\n") + [""] * 4)[:4]
        end = self._ends.get((peer, tag))
        if (cluster, vertex) != (self._cluster, self.portal.vertex):
            return "WRONG_NAME"
        if end is None:
            return "NOT_WANTED"
        if end.link.role != ACCEPTOR:
            return "ROLE_CONFLICT"
        if self._sessions.get(session, end) is not end:
            return "PROTOCOL_ERROR"
        if end.session != session:
            if end.session:
                self._end_session(end, DOWN, "SUPERSEDED", now)
            end.address = sender
            end.mtu = min(self.mtu, len(content))
            self._start_session(end, session, now)
        self._send(ACCEPT, session, sender, bytes(self.mtu))
        return None

    def _tell_up(self, end: End) -> None:
        preferred = min(self._sizes.preferred, end.mtu)
        self.portal.set_state(end.link, UP, handle=end.session, mtu=end.mtu, preferred_mtu=preferred)

    def _start_session(self, end: End, session: int, now: float) -> None:
        end.session = session
        end.dead_at = now + DEAD_S
        self._sessions[session] = end

    def _end_session(self, end: End, state: int, code: str, now: float) -> None:
        self._sessions.pop(end.session, None)
        end.session = 0
        end.is_up = False
        end.next_at = now + (RETRY_S if state == DOWN or code == "NOT_WANTED" else RETRY_REFUSED_S)
        self.portal.set_state(end.link, state, code=code)

    def _send(self, kind: int, session: int, address: Address, content: bytes = b"") -> None:
        # The socket is full, or the neighbour cannot be reached: silence will tell.
        with suppress(OSError):
            self._socket.sendto(HEADER.pack(kind, session) + content, address)


def _resolve(endpoint: str, family: int = 0) -> tuple[int, Address]:
    """The family and the address of `udp://host:port`. A name is looked up while everything waits: this is a fake."""
    parts = urlsplit(endpoint)
    if parts.scheme != "udp" or parts.port is None:
        raise ValueError(f"{endpoint} is not udp://host:port")
    found = socket.getaddrinfo(parts.hostname, parts.port, family, socket.SOCK_DGRAM)[0]
    return found[0], found[4]
