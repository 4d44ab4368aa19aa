"""A stream over a socket that never waits, watched by a selector. It knows neither TLS nor links."""

import socket
from contextlib import suppress
from selectors import EVENT_READ, EVENT_WRITE, DefaultSelector

from credentials import Refusal

READ_SIZE = 262_144

_buffer = memoryview(bytearray(READ_SIZE))


class SocketStream:
    """`end` says why it is over, once it is."""

    def __init__(self, selector: DefaultSelector, name: str, connected: socket.socket | None = None) -> None:
        self.name = name
        self.is_open = connected is not None
        self.end: Refusal | None = None
        self._selector = selector
        self._unsent = memoryview(b"")
        self._socket: socket.socket | None = None
        self._watched = 0
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
            self.fail("RESET", str(error))
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
        self._socket = connected
        self._watch()

    def _watch(self) -> None:
        assert self._socket is not None
        wanted = EVENT_READ | (EVENT_WRITE if self._unsent else 0)
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
