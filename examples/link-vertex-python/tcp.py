"""Streams over TCP: listening, calling, through an HTTP proxy where the endpoint names one. It knows nothing of TLS or links.

An endpoint is `tls://host:port`, or `tls://host:port?proxy=host:port`.
"""

import os
import random
import socket
import threading
from collections import deque
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from selectors import EVENT_READ, EVENT_WRITE, DefaultSelector
from typing import Any
from urllib.parse import parse_qs, urlsplit

from credentials import Refusal

UNSENT_MAX = 32_768  # bytes that the kernel takes beyond what is under way: what is in there cannot be dropped any more
USER_TIMEOUT_MS = 3_000
READ_SIZE = 262_144
CONNECT_S = 3.0
LINGER_S = 0.5
LINGERING_MAX = 64
LOOKUPS_MAX = 8
ACCEPTS_MAX = 16  # in one turn
PROXY_ANSWER_MAX = 8_192
SCHEMES = ("tls", "udp")  # mesh files render `udp:` where they are told nothing else

_buffer = memoryview(bytearray(READ_SIZE))


@dataclass(frozen=True)
class Endpoint:
    host: str
    port: int
    proxy: "Endpoint | None" = None


class Stream:
    """One connection. `end` says why it is over, once it is."""

    def __init__(self, selector: DefaultSelector, is_open: bool, connected: socket.socket | None, name: str) -> None:
        self.name = name
        self.is_open = is_open
        self.end: Refusal | None = None
        self._selector = selector
        self._unsent = memoryview(b"")
        self._socket: socket.socket | None = None
        self._watched = 0
        self._is_connecting = False
        if connected is not None:
            self._take(connected)

    @property
    def can_send(self) -> bool:
        return self.is_open and self.end is None and not self._unsent

    def receive(self) -> memoryview:
        """What has come, to be used before the next call; empty: nothing."""
        if self._socket is None or self.end is not None:
            return _buffer[:0]
        try:
            size = self._socket.recv_into(_buffer)
        except BlockingIOError:
            return _buffer[:0]
        except OSError as error:
            self.fail("RESET" if self.is_open else "NO_ANSWER", str(error))
            return _buffer[:0]
        if size == 0:
            self.fail("RESET", "the connection has ended without a word")
        return _buffer[:size]

    def send(self, data: bytes) -> None:
        """Only when `can_send`: what the socket does not take at once waits, and keeps what is next from being sent."""
        self._unsent = memoryview(data)
        self.flush()

    def flush(self) -> None:
        if self._socket is None or self.end is not None:
            return
        try:
            while self._unsent:
                self._unsent = self._unsent[self._socket.send(self._unsent) :]
        except BlockingIOError:
            pass
        except OSError as error:
            self.fail("RESET", str(error))
            return
        self._watch()

    def fail(self, code: str, text: str) -> None:
        if self.end is None:
            self.end = Refusal(code, text)
        self._drop()

    def finish(self) -> bool:
        """Whether it is closed. To be called until it is: what is unsent leaves, then the end, then we wait for the other's."""
        self.flush()
        if self._socket is not None and self.end is None and not self._unsent:
            with suppress(OSError):
                self._socket.shutdown(socket.SHUT_WR)
            while self.end is None and self.receive():
                pass
        return self._socket is None

    def _take(self, connected: socket.socket) -> None:
        connected.setblocking(False)
        connected.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        connected.setsockopt(socket.IPPROTO_TCP, socket.TCP_NOTSENT_LOWAT, UNSENT_MAX)
        connected.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, USER_TIMEOUT_MS)
        self._socket = connected
        self._watch()

    def _watch(self) -> None:
        assert self._socket is not None
        wanted = EVENT_READ | (EVENT_WRITE if self._unsent or self._is_connecting else 0)
        if self._watched == 0:
            self._selector.register(self._socket, wanted)
        elif self._watched != wanted:
            self._selector.modify(self._socket, wanted)
        self._watched = wanted

    def _drop(self) -> None:
        if self._socket is not None:
            self._selector.unregister(self._socket)
            self._socket.close()
            self._socket = None


class Call(Stream):
    """A connection that we make: the name is looked up, the socket connects, the proxy connects in its turn."""

    def __init__(self, selector: DefaultSelector, endpoint: Endpoint, now: float) -> None:
        super().__init__(selector, False, None, f"{endpoint.host}:{endpoint.port}")
        self._endpoint = endpoint
        self._lookup = Lookup(endpoint.proxy or endpoint)
        self._until = now + CONNECT_S
        self._is_connecting = True
        self._answer = b""  # the proxy's

    def handle_turn(self, now: float) -> None:
        """To be called until it is open, or over."""
        try:
            self._advance()
        except OSError as error:
            self.fail("NO_ANSWER", str(error))
        except Refusal as refusal:
            self.fail(refusal.code, refusal.text)
        if not self.is_open and self.end is None and now >= self._until:
            self.fail("NO_ANSWER", f"no connection after {CONNECT_S:.0f} s")

    def _advance(self) -> None:
        if self._socket is None and self.end is None:
            addresses = self._lookup.poll()
            if addresses:
                family, _, _, _, address = random.choice(addresses)
                connecting = socket.socket(family, socket.SOCK_STREAM)
                connecting.setblocking(False)
                connecting.connect_ex(address)
                self._take(connecting)
        elif self._socket is not None and self._is_connecting:
            error = self._socket.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
            if error:
                raise OSError(error, os.strerror(error))
            with suppress(OSError):
                self._socket.getpeername()
                self._is_connecting = False
                self._begin()
        elif self._socket is not None and not self.is_open:
            self._read_answer()

    def _begin(self) -> None:
        if self._endpoint.proxy is None:
            self.is_open = True
        else:
            host = f"[{self._endpoint.host}]" if ":" in self._endpoint.host else self._endpoint.host
            target = f"{host}:{self._endpoint.port}"
            self.send(f"CONNECT {target} HTTP/1.1\r\nHost: {target}\r\n\r\n".encode())
        self._watch()

    def _read_answer(self) -> None:
        """Octet by octet: what follows the empty line is the acceptor's, who waits for us anyway."""
        assert self._socket is not None
        with suppress(BlockingIOError):
            while not self._answer.endswith(b"\r\n\r\n"):
                octet = self._socket.recv(1)
                self._answer += octet
                if not octet or len(self._answer) > PROXY_ANSWER_MAX:
                    raise Refusal("PROXY_REFUSED", "the proxy gave no answer")
            status = self._answer.split(b"\r\n")[0].decode("latin-1")
            if not status.startswith("HTTP/1.") or status[8:10] != " 2":
                raise Refusal("PROXY_REFUSED", f"the proxy said {status[:100]}")
            self.is_open = True
            self._watch()


class Lookup:
    """The addresses of a name, which may take long: a thread waits for them, and `poll` never does."""

    _places = threading.BoundedSemaphore(LOOKUPS_MAX)

    def __init__(self, endpoint: Endpoint) -> None:
        self._found: list[Any] = []
        self._error: OSError | None = None
        self._asked = (endpoint.host, endpoint.port, 0, socket.SOCK_STREAM)
        try:
            self._found = socket.getaddrinfo(*self._asked, flags=socket.AI_NUMERICHOST)
        except OSError:
            if not Lookup._places.acquire(blocking=False):
                raise Refusal("NAME_NOT_RESOLVED", "too many names are looked up already") from None
            threading.Thread(target=self._run, daemon=True).start()

    def poll(self) -> list[Any]:
        """Empty: not yet. Raises Refusal when there are none."""
        if self._error is not None:
            raise Refusal("NAME_NOT_RESOLVED", str(self._error))
        return self._found

    def _run(self) -> None:
        try:
            self._found = socket.getaddrinfo(*self._asked)
        except OSError as error:
            self._error = error
        finally:
            Lookup._places.release()


class Tcp:
    """Listens, calls, and sees the connections out that are over."""

    def __init__(self, listen: str, selector: DefaultSelector) -> None:
        try:
            endpoint = read_endpoint(listen)
        except Refusal as refusal:
            raise ValueError(refusal.text) from None
        family = socket.AF_INET6 if ":" in endpoint.host else socket.AF_INET
        self._socket = socket.create_server((endpoint.host, endpoint.port), family=family, backlog=128)
        self._socket.setblocking(False)
        self._selector = selector
        self._selector.register(self._socket, EVENT_READ)
        self._closing: deque[tuple[float, Stream]] = deque()

    @property
    def is_idle(self) -> bool:
        return not self._closing

    def call(self, endpoint: str, now: float) -> Call:
        """Raises Refusal for an endpoint that is none."""
        return Call(self._selector, read_endpoint(endpoint), now)

    def accept(self, now: float) -> Iterator[Stream]:
        for _ in range(ACCEPTS_MAX):
            try:
                connected, address = self._socket.accept()
            except OSError:
                return
            yield Stream(self._selector, True, connected, str(address[0]))

    def close(self, stream: Stream, now: float) -> None:
        """Lets its last bytes out, for a moment."""
        self._closing.append((now + LINGER_S, stream))
        if len(self._closing) > LINGERING_MAX:
            self._closing.popleft()[1].fail("CLOSED", "")

    def handle_turn(self, now: float) -> None:
        for until, stream in list(self._closing):
            if now >= until:
                stream.fail("CLOSED", "")
            if stream.finish():
                self._closing.remove((until, stream))


def read_endpoint(text: str) -> Endpoint:
    """Raises Refusal for what is none."""
    try:
        parts = urlsplit(text)
        proxies = parse_qs(parts.query, strict_parsing=True) if parts.query else {}
        proxy = [_host_and_port(f"//{each}") for each in proxies.pop("proxy", [])]
        if parts.scheme not in SCHEMES or proxies or len(proxy) > 1:
            raise ValueError
        host, port = _host_and_port(text)
    except ValueError:
        raise Refusal("BAD_ENDPOINT", f"{text} is not tls://host:port or tls://host:port?proxy=host:port") from None
    return Endpoint(host, port, Endpoint(*proxy[0]) if proxy else None)


def _host_and_port(text: str) -> tuple[str, int]:
    parts = urlsplit(text)
    if not parts.hostname or parts.port is None or parts.path:
        raise ValueError
    return parts.hostname, parts.port
