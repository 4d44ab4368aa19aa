"""The originator's end of a connection to a service (docs/protocol/transport.md), over a link of ours, with a user's certificate."""

import os
import struct
import time
from collections import deque
from hashlib import sha256

from aioquic.quic import events
from link import UNHEARD_MAX, Link, LinkOver
from sealed import NOWHERE, Identity, client, is_established, pump, seal

ALPN = "florenetes-transport/1"
HOP_LIMIT = 32
PAYLOAD_MAX = 1380
"""The size that we announce, so that nothing comes in pieces."""
MAX_UDP_PAYLOAD_SIZE = 0x03
OPEN = bytes.fromhex("0100020001")
HANDSHAKE_S_MAX = 10.0
QUIC_BIT = 0x40
TOKEN_SIZE = 16


def mesh_packet(labels: list[int], connection: bytes, payload: bytes, hop_limit: int = HOP_LIMIT) -> bytes:
    words = b"".join(struct.pack("!I", label << 12) for label in labels)
    return bytes([0x10, hop_limit, len(labels), 0]) + connection + words + payload


def hello(vertex: str, started_at: int | None = None) -> bytes:
    started_at = int(time.time() * 1000) if started_at is None else started_at
    # A vertex has one token in all its lives. The token here is made from the name that the vertex gives itself.
    token = sha256(vertex.encode()).digest()[:TOKEN_SIZE]
    body = struct.pack("!Q", started_at) + os.urandom(8) + token + bytes([len(vertex)]) + vertex.encode()
    return b"\x01" + struct.pack("!H", len(body)) + body


class Ends:
    """All connections over one link, by their ConnectionId."""

    def __init__(self, link: Link) -> None:
        self.link = link
        self.by_id: dict[bytes, End] = {}
        self.packets_received = 0
        link.on_packet = self._handle
        link.on_turn = self._turn

    def _handle(self, packet: bytes) -> None:
        self.packets_received += 1
        end = self.by_id.get(packet[4:12])
        if end is not None:
            end.handle(packet[12 + 4 * packet[2] :])

    def _turn(self) -> None:
        for end in list(self.by_id.values()):
            end.turn()


class End:
    """One connection. While it is `deaf` it counts what comes, and neither reads nor acknowledges it until later."""

    def __init__(self, ends: Ends, label: int, identity: Identity | None, *, id_size: int = 0) -> None:
        self.id = os.urandom(8)
        self.quic = client(ALPN, identity, id_size=id_size)
        said = self.quic._serialize_transport_parameters
        largest = bytes([MAX_UDP_PAYLOAD_SIZE, 2]) + struct.pack("!H", 0x4000 | PAYLOAD_MAX)
        self.quic._serialize_transport_parameters = lambda: said() + largest
        self.is_deaf = False
        self.bytes_received = self.packets_received = 0
        self._unheard: deque[bytes] = deque(maxlen=UNHEARD_MAX)
        self.heard = b""
        """All that came on the control stream."""
        self._ends = ends
        self._label = label
        ends.by_id[self.id] = self

    def open(self, vertex: str = "m", started_at: int | None = None, *, says_hello: bool = True) -> None:
        """Raises LinkOver when the other end closes instead, TimeoutError."""
        self.begin()
        self.until(lambda: is_established(self.quic), "handshake")
        if says_hello:
            self.quic.send_stream_data(0, hello(vertex, started_at))
            self.until(lambda: self.heard != b"", "HELLO")

    @property
    def closed(self) -> events.ConnectionTerminated | None:
        """The end, as soon as it is known; aioquic's own event comes when the connection has drained."""
        return self.quic._close_event

    @property
    def streams_reset(self) -> int:
        """RESET_STREAM frames for streams made by frames of our own."""
        return self.quic.frames_passed_over[0x04]

    def begin(self) -> None:
        self.quic.connect(NOWHERE, now=time.monotonic())
        self.turn()

    def until(self, is_so, what: str, within: float = HANDSHAKE_S_MAX) -> None:
        deadline = time.monotonic() + within
        while not is_so():
            self._ends.link.turn(0.01)
            if self.closed is not None:
                raise LinkOver(f"closed with {self.closed.error_code:#x} {self.closed.reason_phrase!r} before {what}")
            if self._ends.link.closed is not None:
                raise LinkOver(f"the link was closed before {what}")
            if time.monotonic() > deadline:
                raise TimeoutError(f"no {what} after {within} s")

    def send_frames(self, frames: bytes) -> None:
        """In one QUIC packet, without regard to congestion."""
        self._send(seal(self.quic, frames))

    def handle(self, payload: bytes) -> None:
        self.bytes_received += len(payload)
        self.packets_received += 1
        if not payload[0] & QUIC_BIT:
            return  # a probe of the path
        self._unheard.append(payload)
        if not self.is_deaf:
            self._hear()

    def turn(self) -> None:
        if self.is_deaf:
            return
        self._hear()
        while (event := self.quic.next_event()) is not None:
            if isinstance(event, events.StreamDataReceived) and event.stream_id == 0:
                self.heard += event.data
        pump(self.quic, time.monotonic(), self._send)

    def _hear(self) -> None:
        while self._unheard:
            self.quic.receive_datagram(self._unheard.popleft(), NOWHERE, time.monotonic())

    def _send(self, datagram: bytes) -> None:
        self._ends.link.send_packet(mesh_packet([self._label], self.id, datagram))
