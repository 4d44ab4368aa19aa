"""A session of a link: TLS 1.3 over any stream of bytes, and in it packets and a few messages. No I/O and no clock.

    originator                                              acceptor
        │ ◀───────── TLS handshake, both certificates ────────▶ │
        │ hello: cluster, vertices, tag, attempt; MTU bytes ──▶ │  wanted, and newer than what there is?
        │ ◀───────────── accept, MTU bytes; or end with a code  │
     up │ sign of life, at once ──────────────────────────────▶ │ up
        │ ◀────── packets, and signs of life in silence ──────▶ │

Within TLS everything begins with two bytes. 0: a sign of life. 1 to MTU: so many bytes of a packet follow. With the highest bit: the
rest is the length of a message, an object of JSON with one member; spaces fill it up to the size that is to be proven.
"""

import json
import ssl
import sys
from collections import deque
from dataclasses import dataclass
from typing import Any

from credentials import Peer, Refusal, explain, read_peer
from packet_queue import PacketQueue
from portal import Deadline

MESSAGE = 0x8000
ENCODING_DER = 2  # of the module _ssl
MTU_MIN = 1280
MTU_MAX = 0x7FFF
CODE_SIZE_MAX, TEXT_SIZE_MAX = 64, 200
TLS_BATCH = 65_536  # what one call takes out of TLS at most


@dataclass(frozen=True)
class Pace:
    """What suits the medium: sizes in bytes, times in seconds."""

    mtu: int
    batch: int  # encrypted at once, and so ahead of what is more urgent
    bytes_waiting_max: int
    wait_max: float  # of a packet
    alive: float  # a sign of life after so long without a packet
    dead: float  # so long without anything: the peer is dead
    begin: float  # a session is up by then, or given up


@dataclass(frozen=True)
class End:
    """Why a session is over. `is_told`: the other end has said so. `is_up`: the session was up."""

    code: str
    text: str
    is_told: bool
    was_up: bool


class Session:
    def __init__(self, context: ssl.SSLContext, is_originator: bool, pace: Pace, now: float) -> None:
        self.peer: Peer | None = None  # once the handshake is complete
        self.greeting: dict[str, Any] | None = None  # the peer's hello or accept, once it is here
        self.end: End | None = None
        self.is_up = False
        self.mtu = pace.mtu
        self.is_renewal_asked = False
        self.heard_at = now
        self.packets: list[bytes] = []  # received, to be taken by the owner
        self.queue = PacketQueue(pace.bytes_waiting_max, pace.wait_max)
        self.bytes_sent = 0
        self._pace = pace
        self.is_originator = is_originator
        self._incoming, self._outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        self._tls = context.wrap_bio(self._incoming, self._outgoing, server_side=not is_originator)
        self._is_secure = self._has_greeted = self._has_heard = False
        self._unread = bytearray()
        self._messages: deque[bytes] = deque()  # to be sent before all packets
        self._deadline = Deadline(now + pace.begin)
        self._alive_at = 0.0
        self._advance()

    @property
    def chain(self) -> list[bytes]:
        """The peer's certificates as it has sent them, in DER, the leaf first."""
        # SSLObject has it from Python 3.13 on; before, only its inner object has.
        if sys.version_info >= (3, 13):
            return self._tls.get_unverified_chain()
        inner: Any = self._tls._sslobj  # type: ignore[attr-defined]
        return [each.public_bytes(ENCODING_DER) for each in inner.get_unverified_chain() or ()]

    def handle_bytes(self, data: bytes, now: float) -> None:
        if self.end is not None or not data:
            return
        self._incoming.write(data)
        self.heard_at, self._has_heard = now, True
        if self.is_up:
            self._deadline = Deadline(now + self._pace.dead)
        self._advance()

    def handle_stream_end(self, code: str, text: str) -> None:
        """The stream is over, by whatever: nothing more will come."""
        self._finish(code, text, is_told=False)

    def handle_time(self, now: float) -> None:
        if self.end is None and self._deadline.has_passed(now):
            if self.is_up:
                self.close("SILENT", "nothing was heard from the other end")
            elif not self._has_heard:
                self._finish("NO_ANSWER", "nothing was heard from the other end", is_told=False)
            else:
                self.close("TOO_SLOW", "the session did not come up in time")

    def greet(self, greeting: dict[str, Any], now: float) -> None:
        """The hello of an originator, or the accept of an acceptor, as large as the largest packet."""
        self._has_greeted = True
        self._say({"hello" if self.is_originator else "accept": greeting}, self._pace.mtu)
        self._alive_at = now + self._pace.alive

    def ask_renewal(self) -> None:
        self._say({"renew": {}})

    def close(self, code: str, text: str) -> None:
        """Ends it, with a reason for the other end; what `poll_transmit` has then should still be sent."""
        if self.end is None:
            self._say({"end": {"code": code, "text": text}})
            self._finish(code, text, is_told=False)

    def poll_transmit(self, now: float) -> bytes:
        """The next bytes for the stream: to be called when those before are out. Empty: nothing to send."""
        if self._is_secure and self._outgoing.pending == 0:
            batch = list(self._messages)
            self._messages.clear()
            if self.is_up and self.end is None:
                for packet in self.queue.take(self._pace.batch, now):
                    batch += (len(packet).to_bytes(2, "big"), packet)
                if not batch and now >= self._alive_at:
                    batch.append(b"\0\0")
            if batch:
                self._alive_at = now + self._pace.alive
                self._tls.write(b"".join(batch))
        data = self._outgoing.read()
        self.bytes_sent += len(data)
        return data

    def _advance(self) -> None:
        try:
            if not self._is_secure:
                self._tls.do_handshake()
                self._is_secure = True
                self.peer = read_peer(self._tls)
            while self.end is None:
                data = self._tls.read(TLS_BATCH)
                if not data:
                    self._finish("RESET", "the stream has ended without a word", is_told=False)
                self._unread += data
                self._read()
        except ssl.SSLWantReadError:
            return
        except ssl.SSLError as error:
            refusal = explain(error)
            self._finish(refusal.code, refusal.text, is_told=False)
        except Refusal as error:
            self.close(error.code, error.text)

    def _read(self) -> None:
        data, at, end = self._unread, 0, len(self._unread)
        while at + 2 <= end and self.end is None:
            head = data[at] << 8 | data[at + 1]
            size = head & ~MESSAGE
            if size > (MTU_MAX if head & MESSAGE else self._pace.mtu):
                raise Refusal("PROTOCOL_ERROR", f"{size} bytes are more than the MTU")
            after = at + 2 + size
            if after > end:
                break
            if head & MESSAGE:
                self._handle_message(bytes(data[at + 2 : after]))
            else:
                self._handle_packet(bytes(data[at + 2 : after]))
            at = after
        del data[:at]

    def _handle_packet(self, packet: bytes) -> None:
        if self.greeting is None or not self._has_greeted:
            raise Refusal("PROTOCOL_ERROR", "a packet before the greetings")
        if not self.is_up:
            self._come_up()
        if packet:
            self.packets.append(packet)

    def _handle_message(self, text: bytes) -> None:
        try:
            message = json.loads(text)
            kind, body = next(iter(message.items()))
            body = dict(body)
        except (ValueError, TypeError, AttributeError, StopIteration, RecursionError) as error:
            raise Refusal("PROTOCOL_ERROR", "a message that is none") from error
        if kind == "end":
            code, reason = str(body.get("code", ""))[:CODE_SIZE_MAX], str(body.get("text", ""))[:TEXT_SIZE_MAX]
            is_code = code.isascii() and code.replace("_", "").isalpha() and code.isupper()
            self._finish(code if is_code else "UNKNOWN_CODE", reason, is_told=True)
        elif kind == ("accept" if self.is_originator else "hello"):
            if self.greeting is not None:
                raise Refusal("PROTOCOL_ERROR", "greeted twice")
            mtu = body.get("mtu")
            if not isinstance(mtu, int) or not MTU_MIN <= mtu <= MTU_MAX:
                raise Refusal("MTU_TOO_SMALL", "links carry packets of 1,280 bytes")
            self.greeting, self.mtu = body, min(mtu, self._pace.mtu)
            if self.is_originator:
                self._come_up()
        elif kind == "renew":
            self.is_renewal_asked = True

    def _come_up(self) -> None:
        self.is_up = True
        self._alive_at = 0.0  # the acceptor waits for a sign of life
        self._deadline = Deadline(self.heard_at + self._pace.dead)

    def _say(self, message: dict[str, Any], size: int = 0) -> None:
        text = json.dumps(message, separators=(",", ":")).encode().ljust(size)
        self._messages.append((MESSAGE | len(text)).to_bytes(2, "big") + text)

    def _finish(self, code: str, text: str, is_told: bool) -> None:
        if self.end is None:
            self.end = End(code, text, is_told, self.is_up)
