"""Streams over TCP: calling, through an HTTP proxy where the endpoint names one, and listening. It knows nothing of TLS or links."""

import os
import random
import socket
from collections import deque
from collections.abc import Iterator
from contextlib import suppress
from selectors import EVENT_READ, EVENT_WRITE, DefaultSelector

from credentials import Refusal
from endpoint import Endpoint, read_endpoint
from http_connect import HttpConnect
from resolver import Lookup
from socket_stream import SocketStream

UNSENT_MAX = 32_768  # bytes that the kernel takes beyond what is under way: what is in there cannot be dropped any more
USER_TIMEOUT_MS = 3_000
CONNECT_S = 3.0
AGAIN_S = 0.25  # TCP repeats an unanswered first segment after 1 and 3 s only: another socket begins beside the earlier ones
LINGER_S = 0.5
LINGERING_MAX = 64
ACCEPTS_MAX = 16  # in one turn


def set_options(connected: socket.socket) -> None:
    connected.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    connected.setsockopt(socket.IPPROTO_TCP, socket.TCP_NOTSENT_LOWAT, UNSENT_MAX)
    connected.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, USER_TIMEOUT_MS)


class Call(SocketStream):
    """
    A connection that we make: the name is looked up, a socket connects, the proxy connects in its turn. While nothing answers, one socket after
    the other begins, as a peer may have come back a moment after the one before; the first that connects is taken.
    """

    def __init__(self, selector: DefaultSelector, endpoint: Endpoint, now: float) -> None:
        super().__init__(selector, f"{endpoint.host}:{endpoint.port}")
        reached = endpoint.proxy or endpoint
        self._lookup = Lookup(reached.host, reached.port)
        self._proxy = HttpConnect(endpoint.host, endpoint.port) if endpoint.proxy else None
        self._until = now + CONNECT_S
        self._connecting: list[socket.socket] = []
        self._again_at = now

    def handle_turn(self, now: float) -> None:
        """To be called until it is open, or over."""
        if self.end is not None:
            return
        try:
            self._advance(now)
        except OSError as error:
            self.fail("NO_ANSWER", str(error))
        except Refusal as refusal:
            self.fail(refusal.code, refusal.text)
        if not self.is_open and now >= self._until:
            self.fail("NO_ANSWER", f"no connection after {CONNECT_S:.0f} s")

    def _advance(self, now: float) -> None:
        if self._socket is None:
            if now >= self._again_at:
                self._begin(now)
            self._look_whether_connected()
        elif self._proxy is not None:
            self._read_answer(self._socket, self._proxy)

    def _begin(self, now: float) -> None:
        addresses = self._lookup.poll()
        if not addresses:
            return
        family, _, _, _, address = random.choice(addresses)
        connecting = socket.socket(family, socket.SOCK_STREAM)
        connecting.setblocking(False)
        connecting.connect_ex(address)
        set_options(connecting)
        self._selector.register(connecting, EVENT_WRITE)
        self._connecting.append(connecting)
        self._again_at = now + AGAIN_S

    def _look_whether_connected(self) -> None:
        """Raises OSError when the last one that was under way has failed."""
        for connecting in self._connecting[:]:
            error = connecting.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
            if error:
                self._give_up(connecting)
                if not self._connecting:
                    raise OSError(error, os.strerror(error))
                continue
            with suppress(OSError):
                connecting.getpeername()
                self._selector.unregister(connecting)
                self._connecting.remove(connecting)
                self._give_up(*self._connecting)
                self._take(connecting)
                if self._proxy is None:
                    self.is_open = True
                else:
                    self.send(self._proxy.request)
                return

    def _give_up(self, *sockets: socket.socket) -> None:
        for connecting in sockets:
            self._selector.unregister(connecting)
            connecting.close()
            self._connecting.remove(connecting)

    def _drop(self) -> None:
        self._give_up(*self._connecting)
        super()._drop()

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
