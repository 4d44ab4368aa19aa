"""Streams over TCP: calling, through an HTTP proxy where the endpoint names one, and listening. It knows nothing of TLS or links."""

import os
import random
import socket
from collections import deque
from collections.abc import Iterator
from contextlib import suppress
from selectors import EVENT_READ, DefaultSelector

from credentials import Refusal
from endpoint import Endpoint, read_endpoint
from http_connect import HttpConnect
from resolver import Lookup
from socket_stream import SocketStream

UNSENT_MAX = 32_768  # bytes that the kernel takes beyond what is under way: what is in there cannot be dropped any more
USER_TIMEOUT_MS = 3_000
CONNECT_S = 3.0
LINGER_S = 0.5
LINGERING_MAX = 64
ACCEPTS_MAX = 16  # in one turn


def set_options(connected: socket.socket) -> None:
    connected.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    connected.setsockopt(socket.IPPROTO_TCP, socket.TCP_NOTSENT_LOWAT, UNSENT_MAX)
    connected.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, USER_TIMEOUT_MS)


class Call(SocketStream):
    """A connection that we make: the name is looked up, the socket connects, the proxy connects in its turn."""

    def __init__(self, selector: DefaultSelector, endpoint: Endpoint, now: float) -> None:
        super().__init__(selector, f"{endpoint.host}:{endpoint.port}")
        reached = endpoint.proxy or endpoint
        self._lookup = Lookup(reached.host, reached.port)
        self._proxy = HttpConnect(endpoint.host, endpoint.port) if endpoint.proxy else None
        self._until = now + CONNECT_S
        self._is_connecting = True

    def handle_turn(self, now: float) -> None:
        """To be called until it is open, or over."""
        if self.end is not None:
            return
        try:
            self._advance()
        except OSError as error:
            self.fail("NO_ANSWER", str(error))
        except Refusal as refusal:
            self.fail(refusal.code, refusal.text)
        if not self.is_open and now >= self._until:
            self.fail("NO_ANSWER", f"no connection after {CONNECT_S:.0f} s")

    def _advance(self) -> None:
        if self._socket is None:
            self._connect()
        elif self._is_connecting:
            self._look_whether_connected(self._socket)
        elif self._proxy is not None:
            self._read_answer(self._socket, self._proxy)

    def _connect(self) -> None:
        addresses = self._lookup.poll()
        if addresses:
            family, _, _, _, address = random.choice(addresses)
            connecting = socket.socket(family, socket.SOCK_STREAM)
            connecting.setblocking(False)
            connecting.connect_ex(address)
            set_options(connecting)
            self._take(connecting)

    def _look_whether_connected(self, connecting: socket.socket) -> None:
        error = connecting.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
        if error:
            raise OSError(error, os.strerror(error))
        with suppress(OSError):
            connecting.getpeername()
            self._is_connecting = False
            if self._proxy is None:
                self.is_open = True
                self._watch()
            else:
                self.send(self._proxy.request)

    def _read_answer(self, connected: socket.socket, proxy: HttpConnect) -> None:
        """Octet by octet: what follows the answer is the acceptor's, who waits for us anyway."""
        with suppress(BlockingIOError):
            while not self.is_open:
                self.is_open = proxy.handle_octet(connected.recv(1))


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
        self._closing: deque[tuple[float, SocketStream]] = deque()

    @property
    def is_idle(self) -> bool:
        return not self._closing

    def call(self, endpoint: str, now: float) -> Call:
        """Raises Refusal for an endpoint that is none."""
        return Call(self._selector, read_endpoint(endpoint), now)

    def accept(self, now: float) -> Iterator[SocketStream]:
        for _ in range(ACCEPTS_MAX):
            try:
                connected, address = self._socket.accept()
            except OSError:
                return
            set_options(connected)
            yield SocketStream(self._selector, str(address[0]), connected)

    def close(self, stream: SocketStream, now: float) -> None:
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
