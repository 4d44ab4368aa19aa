"""One end of a link with a valid vertex certificate and no manners (docs/protocol/link-protocol.md): the originator."""

import os
import select
import socket
import struct
import time
from collections import deque
from collections.abc import Callable
from urllib.parse import urlsplit

import frames
from aioquic.quic import events
from sealed import NOWHERE, Identity, client, is_established, pump, room, seal

ALPN = "florenetes-link/1"
UDP_PAYLOAD = 1452
PACKET_MAX = UDP_PAYLOAD - 33
HELLO, ACCEPT, READY, UP = 1, 2, 3, 4
PROBE, ANSWER = 1, 2
NO_FULL_PROBE = 0xFFFFFFFF
SOCKET_BUFFER = 1 << 22
UP_S_MAX = 10.0
UNHEARD_MAX = 20_000


class LinkOver(Exception):
    """The other end has closed the link; the text has its code."""


class Link:
    """A link that is up when `open` has returned."""

    def __init__(self, endpoint: str, identity: Identity, *, tag: str = "0", bind: str | None = None) -> None:
        self.peer = (urlsplit(endpoint).hostname, urlsplit(endpoint).port)
        self.quic = client(ALPN, identity, max_datagram_size=1200)
        self.packets_sent = self.bytes_sent = 0
        self.is_deaf = False
        """Whether it counts what comes, and neither reads nor acknowledges it until later."""
        self.bytes_received = 0
        self._unheard: deque[bytes] = deque(maxlen=UNHEARD_MAX)
        self.on_packet: Callable[[bytes], None] | None = None
        self.on_turn: Callable[[], None] | None = None
        self.bind_address = bind
        self.socket = self.new_socket()
        self._tag = tag.encode()
        self._probe_key = os.urandom(16)
        self._control = b""
        self._messages: list[tuple[int, bytes]] = []
        self._probe_answers = 0

    @property
    def closed(self) -> events.ConnectionTerminated | None:
        """The end, as soon as it is known; aioquic's own event comes when the connection has drained."""
        return self.quic._close_event

    def new_socket(self) -> socket.socket:
        """Another UDP port."""
        made = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        made.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, SOCKET_BUFFER)
        made.bind((self.bind_address or "0.0.0.0", 0))
        made.setblocking(False)
        return made

    def open(self) -> None:
        """Hello, one probe of 1452 bytes, ready. Raises LinkOver, TimeoutError."""
        self.quic.connect(NOWHERE, now=time.monotonic())
        self.until(lambda: is_established(self.quic), "handshake")
        self.quic.send_stream_data(0, self._hello())
        self.until(lambda: any(kind == ACCEPT for kind, _ in self._messages), "ACCEPT")
        self.until(self._is_probe_answered, "answer to the probe")
        self.quic.send_stream_data(0, message(READY, struct.pack("!HI", UDP_PAYLOAD, NO_FULL_PROBE)))
        self.until(lambda: any(kind == UP for kind, _ in self._messages), "UP")

    def send_frames(self, payload: bytes, *, via: socket.socket | None = None) -> None:
        """In one QUIC packet."""
        self.send_udp(seal(self.quic, payload), via=via)

    def send_packet(self, packet: bytes) -> None:
        """A mesh packet, or what should be one: whole, without regard to congestion."""
        self.send_frames(frames.datagram(b"\0" + packet))

    def send_udp(self, datagram: bytes, *, via: socket.socket | None = None) -> None:
        self.packets_sent += 1
        self.bytes_sent += len(datagram)
        try:
            (via or self.socket).sendto(datagram, self.peer)
        except BlockingIOError:
            select.select([], [via or self.socket], [], 1.0)
        except ConnectionRefusedError:
            pass

    def turn(self, wait: float = 0.0) -> None:
        """Takes in what is there, after `wait` seconds at most, and does what is due."""
        if wait > 0:
            select.select([self.socket], [], [], wait)
        now = time.monotonic()
        while True:
            try:
                datagram = self.socket.recv(65_536)
            except (BlockingIOError, ConnectionRefusedError):
                break
            self.bytes_received += len(datagram)
            if self.is_deaf:
                self._unheard.append(datagram)
            else:
                self.quic.receive_datagram(datagram, NOWHERE, now)
        if self.is_deaf:
            return
        while self._unheard:
            self.quic.receive_datagram(self._unheard.popleft(), NOWHERE, now)
        while (event := self.quic.next_event()) is not None:
            self._handle(event)
        if self.on_turn is not None:
            self.on_turn()
        pump(self.quic, now, self.send_udp)

    def until(self, is_so: Callable[[], bool], what: str, within: float = UP_S_MAX) -> None:
        deadline = time.monotonic() + within
        while not is_so():
            self.turn(0.01)
            if self.closed is not None:
                raise LinkOver(f"closed with {self.closed.error_code:#x} {self.closed.reason_phrase!r} before {what}")
            if time.monotonic() > deadline:
                raise TimeoutError(f"no {what} after {within} s")

    def keep(self, seconds: float) -> None:
        """Goes on as a good neighbour would, or until the other end has closed the link."""
        self.keep_while(lambda: True, seconds)

    def keep_while(self, is_so: Callable[[], bool], seconds: float) -> None:
        deadline = time.monotonic() + seconds
        while self.closed is None and is_so() and time.monotonic() < deadline:
            self.turn(0.02)

    def _hello(self) -> bytes:
        started = int(time.time() * 1000)
        head = bytes([2, 2, 1, len(self._tag)]) + struct.pack("!Q", started) + os.urandom(8) + struct.pack("!I", 1)
        return message(HELLO, head + self._probe_key + self._tag)

    def _is_probe_answered(self) -> bool:
        if self._probe_answers == 0:
            probe = frames.padded(self._probe_key + bytes([PROBE]) + bytes(4), PACKET_MAX)
            self.send_frames(frames.padded(frames.datagram(b"\0" + probe), room(self.quic, UDP_PAYLOAD)))
            self.turn(0.05)
        return self._probe_answers > 0

    def _handle(self, event: events.QuicEvent) -> None:
        if isinstance(event, events.StreamDataReceived) and event.stream_id == 0:
            self._control += event.data
            while len(self._control) >= 3 and len(self._control) >= 3 + int.from_bytes(self._control[:2], "big"):
                size = int.from_bytes(self._control[:2], "big")
                self._messages.append((self._control[2], self._control[3 : 3 + size]))
                self._control = self._control[3 + size :]
        elif isinstance(event, events.DatagramFrameReceived):
            self._handle_datagram(event.data)

    def _handle_datagram(self, data: bytes) -> None:
        """Packets in pieces are passed over."""
        if data[:1] != b"\0":
            return
        packet = data[1:]
        if packet[:16] != self._probe_key:
            if self.on_packet is not None:
                self.on_packet(packet)
        elif packet[16] == ANSWER:
            self._probe_answers += 1
        else:
            answer = self._probe_key + bytes([ANSWER]) + packet[17:]
            self.send_packet(answer)


def message(kind: int, body: bytes) -> bytes:
    return struct.pack("!HB", len(body), kind) + body
