"""An end of a Fabric Data Session V1, as docs/protocol/data-session.md has it, without sockets: bytes in, bytes and events out."""

from collections import deque
from dataclasses import dataclass, field
from typing import Any

from frames import FLOW, STREAM, VERTEX, WORKLOAD, Code, Frame, Limits, Reader, Violation, write_frame

LIMITS = Limits(streams=1_024, frameLength=65_535, streamWindow=65_536, datagramSize=65_507)
DATA_SIZE = 16_384
PINGS_UNANSWERED_MAX = 16
CONTROL = 1

Event = tuple[str, dict[str, Any]]


def cut(text: str) -> str:
    """A text that fits behind one octet of length."""
    return text.encode()[:255].decode(errors="ignore")


@dataclass
class Stream:
    """What is kept of a stream or flow. Offsets count the bytes of a half."""

    id: int
    is_own: bool
    kind: int
    credit: int  # ours, to send
    window: int  # the offset up to which the peer may send
    is_answered: bool = False
    sent: int = 0
    acknowledged: int = 0
    received: int = 0
    peer_size: int | None = None
    read: int = 0
    waiting: bytearray = field(default_factory=bytearray)
    unread: bytearray = field(default_factory=bytearray)
    is_finished: bool = False
    is_close_sent: bool = False
    is_end_acknowledged: bool = False
    is_end_taken: bool = False


class Session:
    """A workload's end, or a vertex's. `output` holds bytes for the socket, `events` what happened, by name."""

    def __init__(self, role: int = WORKLOAD, name: str = "", principal: str = "", limits: Limits = LIMITS) -> None:
        self.role, self.limits = role, limits
        self.peer_limits = Limits()
        self.output = bytearray()
        self.events: deque[Event] = deque()
        self.streams: dict[int, Stream] = {}
        self.is_ready = self.is_closed = False
        self.pongs = 0  # PONGs in `output`; its owner sets it to 0 when that has left
        self._reader = Reader()
        self._heard: set[str] = set()
        self._is_judged = role == WORKLOAD
        self._next_own = 1 if role == WORKLOAD else 2
        self._highest_of_peer = 0
        self._peer_went = False
        self._pings: deque[int] = deque()
        self._next_ping = 1
        self._send(kind="hello", lowestVersion=1, highestVersion=1, role=role, name=name)
        if role == WORKLOAD:
            self._send(kind="auth", method=1, principal=principal)
            self._send(kind="sessionReady", principal=principal, limits=limits)

    # Calls of the owner

    def receive(self, data: bytes) -> None:
        """Takes bytes of the socket."""
        self._reader.feed(data)
        try:
            while not self.is_closed and (frame := self._reader.next()) is not None:
                if isinstance(frame, dict):
                    self._handle(frame)
        except Violation as violation:
            self.close(violation.code, str(violation))

    def lost(self) -> None:
        """The socket is closed."""
        if not self.is_closed:
            self._end("lost", Code.CONNECTION_LOST, "the connection ended without a last GOAWAY")

    def close(self, code: int = Code.DONE, text: str = "") -> None:
        """Ends the session with all its streams, as soon as `output` has left."""
        if not self.is_closed:
            self._send(kind="goAway", lastStream=self._highest_of_peer, code=code, text=cut(text), isEnd=True)
            self._end("own", code, text)

    def accept(self, principal: str) -> None:
        """A vertex's, after the event `authenticate`."""
        self._is_judged = True
        self._send(kind="sessionReady", principal=principal, limits=self.limits)
        self._begin_if_ready(principal)

    def open(self, service: str, traffic_class: int = 0, kind: int = STREAM) -> int | None:
        """The new id; None: the peer takes no more, or none of that kind, or none at all."""
        own = sum(stream.is_own for stream in self.streams.values())
        if not self.is_ready or self._peer_went or self.is_closed or own >= self.peer_limits.streams:
            return None
        if kind == FLOW and not self.peer_limits.datagramSize:
            return None
        stream = self._add(self._next_own, True, kind)
        self._next_own += 2
        described = {"streamKind": kind, "trafficClass": traffic_class, "service": service, "principal": ""}
        self._send(kind="openStream", stream=stream.id, **described)
        return stream.id

    def answer(self, id: int) -> None:
        stream = self.streams.get(id)
        if stream and not stream.is_own and not stream.is_answered:
            stream.is_answered = True
            self._send(kind="openAnswer", stream=id)
            self._flush(stream)

    def write(self, id: int, data: bytes) -> None:
        """Sends what there is credit for, and keeps the rest: `Stream.waiting` says how much that is."""
        if (stream := self.streams.get(id)) and not stream.is_finished:
            stream.waiting += data
            self._flush(stream)

    def finish(self, id: int) -> None:
        """Ends our half behind all that was written."""
        if stream := self.streams.get(id):
            stream.is_finished = True
            self._flush(stream)

    def read(self, id: int, size: int = 65_536) -> bytes:
        """Takes what has come, gives credit for it, and acknowledges it."""
        stream = self.streams.get(id)
        if not stream or not stream.unread:
            return b""
        data = bytes(stream.unread[:size])
        del stream.unread[:size]
        stream.read += len(data)
        if stream.peer_size is None and stream.window - stream.read <= self.limits.streamWindow // 2:
            stream.window = stream.read + self.limits.streamWindow
            self._send(kind="streamCredit", stream=id, limit=stream.window)
        is_end = self._take_end(stream)
        self._send(kind="ack", stream=id, offset=stream.read, isEnd=is_end)
        self._forget_if_over(stream)
        return data

    def reset(self, id: int, code: int, text: str = "") -> None:
        if self.streams.pop(id, None):
            self._send(kind="resetStream", stream=id, code=code, text=cut(text))

    def send_datagram(self, id: int, data: bytes) -> bool:
        stream = self.streams.get(id)
        if not stream or stream.kind != FLOW or len(data) > self.peer_limits.datagramSize:
            return False
        self._send(kind="datagram", stream=id, bytes=data)
        return True

    def ping(self) -> bool:
        """The event `pong` is the answer. False: too many are unanswered."""
        if not self.is_ready or len(self._pings) >= PINGS_UNANSWERED_MAX:
            return False
        self._pings.append(self._next_ping)
        self._send(kind="ping", number=self._next_ping)
        self._next_ping += 1
        return True

    # Frames of the peer

    def _handle(self, frame: Frame) -> None:
        kind = frame["kind"]
        if not self._heard and kind != "hello":
            raise Violation(Code.OUT_OF_TURN, "the first frame is not HELLO")
        if kind == "goAway" and frame["isEnd"]:
            self._forget_untaken(frame["lastStream"])
            self._end("peer", frame["code"], frame["text"])
        elif not self.is_ready or kind in ("hello", "auth", "sessionReady"):
            self._handle_handshake(kind, frame)
        elif kind in ("ping", "pong", "routeUpdate", "nodePressure", "goAway"):
            self._handle_news(kind, frame)
        elif kind == "openStream":
            self._handle_open(frame)
        elif stream := self._find(frame["stream"]):
            self._check_kind(stream, kind)
            getattr(self, f"_handle_{kind}")(stream, frame)

    def _handle_handshake(self, kind: str, frame: Frame) -> None:
        is_after_auth = self.role == WORKLOAD or "auth" in self._heard
        is_right = {"hello": True, "auth": self.role == VERTEX, "sessionReady": is_after_auth}.get(kind, False)
        if not is_right or kind in self._heard:
            raise Violation(Code.OUT_OF_TURN, f"{kind} may not come now")
        self._heard.add(kind)
        if kind == "hello":
            if frame["role"] == self.role:
                raise Violation(Code.OUT_OF_TURN, "both ends have one role")
            if not frame["lowestVersion"] <= 1 <= frame["highestVersion"]:
                raise Violation(Code.UNSUPPORTED, "there is no common version")
        elif kind == "auth":
            if frame["method"] != 1:
                raise Violation(Code.UNSUPPORTED, "the method of AUTH is not known")
            self._tell("authenticate", principal=frame["principal"])
        else:
            self.peer_limits = frame["limits"]
            self._begin_if_ready(frame["principal"])

    def _begin_if_ready(self, principal: str) -> None:
        if self._is_judged and "sessionReady" in self._heard:
            self.is_ready = True
            self._reader.length_max = self.limits.frameLength
            self._tell("ready", principal=principal)

    def _handle_news(self, kind: str, frame: Frame) -> None:
        if kind == "ping":
            self.pongs += 1
            if self.pongs > PINGS_UNANSWERED_MAX:
                raise Violation(Code.FLOODING, "too many PINGs are unanswered")
            self._send(kind="pong", number=frame["number"])
        elif kind == "pong":
            if not self._pings or self._pings.popleft() != frame["number"]:
                raise Violation(Code.SEQUENCE, "PONG is not for the oldest PING")
            self._tell("pong")
        elif kind == "nodePressure":
            self._tell("pressure", **frame)
        elif kind == "routeUpdate":
            if self.role == VERTEX:
                raise Violation(Code.OUT_OF_TURN, "ROUTE_UPDATE comes from a workload")
            self._tell("route", **frame)
        else:
            if self._peer_went:
                raise Violation(Code.OUT_OF_TURN, "a second GOAWAY")
            if frame["lastStream"] >= self._next_own:
                raise Violation(Code.STREAM_ID, "GOAWAY names a stream that was never opened")
            self._peer_went = True
            self._tell("goAway", code=frame["code"], text=frame["text"])
            self._forget_untaken(frame["lastStream"])

    def _handle_open(self, frame: Frame) -> None:
        id = frame["stream"]
        if id % 2 == self._next_own % 2 or id <= self._highest_of_peer:
            raise Violation(Code.STREAM_ID, f"stream {id} cannot be opened")
        self._highest_of_peer = id
        if sum(not stream.is_own for stream in self.streams.values()) >= self.limits.streams:
            raise Violation(Code.TOO_MANY_STREAMS, f"stream {id} is one too many")
        if frame["streamKind"] == FLOW and not self.limits.datagramSize:
            raise Violation(Code.UNSUPPORTED, "no datagrams are taken")
        if frame["trafficClass"] == CONTROL:
            self._send(kind="resetStream", stream=id, code=Code.WRONG_CLASS, text="")
            return
        self._add(id, False, frame["streamKind"])
        self._tell("opened", **frame)

    def _check_kind(self, stream: Stream, kind: str) -> None:
        wanted = {"datagram": FLOW, "openAnswer": stream.kind, "resetStream": stream.kind}.get(kind, STREAM)
        if stream.kind != wanted:
            raise Violation(Code.OUT_OF_TURN, f"stream {stream.id} is of a kind without {kind}")
        is_early = stream.is_own and not stream.is_answered and kind in ("data", "closeStream", "datagram")
        if is_early or (stream.peer_size is not None and kind in ("data", "closeStream")):
            raise Violation(Code.OUT_OF_TURN, f"{kind} may not come now on stream {stream.id}")

    def _handle_openAnswer(self, stream: Stream, frame: Frame) -> None:
        if not stream.is_own or stream.is_answered:
            raise Violation(Code.OUT_OF_TURN, f"stream {stream.id} has no answer to get")
        stream.is_answered = True
        self._tell("answered", stream=stream.id)

    def _handle_data(self, stream: Stream, frame: Frame) -> None:
        data = frame["bytes"]
        if frame["offset"] != stream.received:
            raise Violation(Code.SEQUENCE, f"stream {stream.id} goes on at {frame['offset']}")
        if stream.received + len(data) > stream.window:
            raise Violation(Code.OVER_CREDIT, f"stream {stream.id} has more bytes than credit")
        stream.received += len(data)
        is_news = not stream.unread
        stream.unread += data
        if is_news:
            self._tell("readable", stream=stream.id)

    def _handle_closeStream(self, stream: Stream, frame: Frame) -> None:
        if frame["size"] != stream.received:
            raise Violation(Code.SEQUENCE, f"stream {stream.id} ends at {frame['size']}")
        stream.peer_size = stream.received
        if self._take_end(stream):
            self._send(kind="ack", stream=stream.id, offset=stream.read, isEnd=True)
            self._forget_if_over(stream)

    def _handle_ack(self, stream: Stream, frame: Frame) -> None:
        offset, is_end = frame["offset"], frame["isEnd"]
        is_end_news = is_end and not stream.is_end_acknowledged and offset == stream.acknowledged
        is_possible = offset <= stream.sent and (not is_end or (stream.is_close_sent and offset == stream.sent))
        if not is_possible or not (offset > stream.acknowledged or is_end_news):
            raise Violation(Code.SEQUENCE, f"stream {stream.id} has an ACK of {offset}")
        stream.acknowledged = offset
        stream.is_end_acknowledged |= is_end
        self._tell("acknowledged", stream=stream.id, offset=offset, isEnd=is_end)
        self._forget_if_over(stream)

    def _handle_streamCredit(self, stream: Stream, frame: Frame) -> None:
        if frame["limit"] <= stream.credit:
            raise Violation(Code.SEQUENCE, f"stream {stream.id} has credit that does not grow")
        stream.credit = frame["limit"]
        self._flush(stream)
        self._tell("writable", stream=stream.id)

    def _handle_resetStream(self, stream: Stream, frame: Frame) -> None:
        del self.streams[stream.id]
        self._tell("reset", **frame)

    def _handle_datagram(self, stream: Stream, frame: Frame) -> None:
        if len(frame["bytes"]) > self.limits.datagramSize:
            raise Violation(Code.TOO_LARGE, "a datagram is too large")
        self._tell("datagram", **frame)

    # Both

    def _find(self, id: int) -> Stream | None:
        is_own = id % 2 == self._next_own % 2
        if id >= self._next_own if is_own else id > self._highest_of_peer:
            raise Violation(Code.STREAM_ID, f"stream {id} was never opened")
        return self.streams.get(id)

    def _add(self, id: int, is_own: bool, kind: int) -> Stream:
        self.streams[id] = Stream(id, is_own, kind, self.peer_limits.streamWindow, self.limits.streamWindow)
        return self.streams[id]

    def _flush(self, stream: Stream) -> None:
        if stream.kind != STREAM or not (stream.is_own or stream.is_answered):
            return
        size_max = min(DATA_SIZE, self.peer_limits.frameLength - 8)
        while stream.waiting and (size := min(len(stream.waiting), size_max, stream.credit - stream.sent)) > 0:
            self._send(kind="data", stream=stream.id, offset=stream.sent, bytes=stream.waiting[:size])
            del stream.waiting[:size]
            stream.sent += size
        if stream.is_finished and not stream.waiting and not stream.is_close_sent:
            stream.is_close_sent = True
            self._send(kind="closeStream", stream=stream.id, size=stream.sent)

    def _take_end(self, stream: Stream) -> bool:
        if stream.peer_size != stream.read or stream.is_end_taken:
            return False
        stream.is_end_taken = True
        self._tell("ended", stream=stream.id)
        return True

    def _forget_if_over(self, stream: Stream) -> None:
        if stream.is_end_acknowledged and stream.is_end_taken:
            self.streams.pop(stream.id, None)
            self._tell("finished", stream=stream.id)

    def _forget_untaken(self, last: int) -> None:
        for id in [stream.id for stream in self.streams.values() if stream.is_own and stream.id > last]:
            del self.streams[id]
            self._tell("untaken", stream=id)

    def _end(self, by: str, code: int, text: str) -> None:
        self.is_closed = True
        self.streams.clear()
        self._tell("closed", by=by, code=code, text=text)

    def _send(self, **frame: Any) -> None:
        self.output += write_frame(frame)

    def _tell(self, name: str, /, **details: Any) -> None:
        self.events.append((name, details))
