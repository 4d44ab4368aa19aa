"""The frames of Fabric Data Session V1, as docs/protocol/data-session.md has them: bytes to frames, and frames to bytes."""

import re
import struct
import unicodedata
from dataclasses import dataclass
from enum import IntEnum
from typing import Any

HEADER = struct.Struct("!BBHQ")  # type, flags, length, stream id
NUMBER_MAX = 2**53 - 1
CONTROL_LENGTH_MAX = 1_024
LENGTH_MAX = 65_535
DATAGRAM_SIZE_MAX = 65_507
LIMITS_MAX = 32
REASONS_MAX = 8
REASON_SIZE_MAX = 64
IGNORABLE = 0x80
CRITICAL = 0x0F
WORKLOAD, VERTEX = 1, 2
STREAM, FLOW = 1, 2
NAME = re.compile(r"(?!.*\.\.)[a-z0-9](?:[a-z0-9._-]{0,61}[a-z0-9])?")


class Code(IntEnum):
    """Why a stream or a session ends, as far as a session uses it itself."""

    DONE = 0x00
    NOT_ALLOWED = 0x04
    UNSUPPORTED = 0x06
    MALFORMED = 0x07
    STOPPING = 0x09
    SILENT = 0x0C
    TOO_MANY_STREAMS = 0x12
    WRONG_CLASS = 0x13
    TOO_LARGE = 0x40
    OUT_OF_TURN = 0x41
    STREAM_ID = 0x42
    OVER_CREDIT = 0x43
    SEQUENCE = 0x44
    FLOODING = 0x45
    CONNECTION_LOST = 0x81


class Violation(Exception):
    """A rule that the other end has broken."""

    def __init__(self, code: Code, sentence: str) -> None:
        super().__init__(sentence)
        self.code = code


@dataclass(frozen=True)
class Limits:
    """What an end takes. These values hold for what SESSION_READY does not name."""

    streams: int = 0
    frameLength: int = CONTROL_LENGTH_MAX
    streamWindow: int = 0
    datagramSize: int = 0


LIMIT_NAMES = ("streams", "frameLength", "streamWindow", "datagramSize")  # their numbers begin with 1

# type: name, whether it is of a stream or flow, flag 0x01, fields. Fields: B, H, I, Q numbers; t text; n a service's name; p principal.
LAYOUT: dict[int, tuple[str, bool, str | None, tuple[tuple[str, str], ...]]] = {
    1: ("hello", False, None, (("lowestVersion", "B"), ("highestVersion", "B"), ("role", "B"), ("name", "t"))),
    2: ("auth", False, None, (("method", "B"), ("principal", "p"))),
    3: ("sessionReady", False, None, (("principal", "p"), ("limits", "limits"))),
    4: (
        "openStream",
        True,
        "answer",
        (("streamKind", "B"), ("trafficClass", "B"), ("service", "n"), ("principal", "p")),
    ),
    5: ("data", True, None, (("offset", "Q"), ("bytes", "rest"))),
    6: ("ack", True, "isEnd", (("offset", "Q"),)),
    7: ("ping", False, None, (("number", "Q"),)),
    8: ("pong", False, None, (("number", "Q"),)),
    9: ("routeUpdate", False, None, (("state", "B"), ("roundTripMs", "I"), ("datagramSize", "H"), ("service", "n"))),
    10: ("streamCredit", True, None, (("limit", "Q"),)),
    11: ("nodePressure", False, None, (("level", "B"), ("score", "B"), ("action", "B"), ("reasons", "reasons"))),
    12: ("closeStream", True, None, (("size", "Q"),)),
    13: ("resetStream", True, None, (("code", "H"), ("text", "t"))),
    14: ("goAway", False, "isEnd", (("lastStream", "Q"), ("code", "H"), ("text", "t"))),
    15: ("datagram", True, None, (("bytes", "rest"),)),
}
TYPES = {name: number for number, (name, _, _, _) in LAYOUT.items()}
BULK = ("data", "datagram")

Frame = dict[str, Any]


class Body:
    """Reads the fields of a frame in order."""

    def __init__(self, name: str, body: bytes) -> None:
        self._name, self._body, self._at = name, body, 0

    def take(self, size: int) -> bytes:
        if self._at + size > len(self._body):
            raise self.malformed("ends too early")
        self._at += size
        return self._body[self._at - size : self._at]

    def number(self, form: str) -> int:
        value: int = struct.unpack("!" + form, self.take(struct.calcsize("!" + form)))[0]
        if value > NUMBER_MAX:
            raise self.malformed("has a number above 2^53 - 1")
        return value

    def text(self, size_max: int = 255) -> str:
        size = self.number("B")
        if size > size_max:
            raise self.malformed("has a text that is too long")
        try:
            return self.take(size).decode()
        except UnicodeDecodeError:
            raise self.malformed("has a text that is not UTF-8") from None

    def limits(self) -> Limits:
        count = self.number("B")
        if count > LIMITS_MAX:
            raise self.malformed("names too many limits")
        named: dict[int, int] = {}
        for _ in range(count):
            number, value = self.number("H"), self.number("Q")
            if number in named:
                raise self.malformed(f"names limit {number} twice")
            named[number] = value
        known = {name: named[at] for at, name in enumerate(LIMIT_NAMES, 1) if at in named}
        limits = Limits(**known)
        if not CONTROL_LENGTH_MAX <= limits.frameLength <= LENGTH_MAX:
            raise self.malformed("has a frame length out of bounds")
        if limits.datagramSize > min(limits.frameLength, DATAGRAM_SIZE_MAX):
            raise self.malformed("has datagrams that fit into no frame")
        return limits

    @property
    def left(self) -> int:
        return len(self._body) - self._at

    def services(self) -> list[str]:
        return [self.field("n") for _ in range(self.number("B"))]

    def reasons(self) -> list[str]:
        count = self.number("B")
        if count > REASONS_MAX:
            raise self.malformed("has too many reasons")
        return [self.text(REASON_SIZE_MAX) for _ in range(count)]

    def field(self, kind: str) -> Any:
        if kind in "BHIQ":
            return self.number(kind)
        if kind == "rest":
            return self.take(len(self._body) - self._at)
        if kind == "limits":
            return self.limits()
        if kind == "reasons":
            return self.reasons()
        text = self.text()
        if kind == "n" and not NAME.fullmatch(text):
            raise self.malformed("has a service that is no name")
        # Controls, format characters, separators other than the space, and the like.
        if kind == "p" and any(unicodedata.category(each)[0] in "CZ" and each != " " for each in text):
            raise self.malformed("has a principal that cannot be shown")
        return text

    def malformed(self, fault: str) -> Violation:
        return Violation(Code.MALFORMED, f"{self._name} {fault}")


def check_header(header: bytes, length_max: int) -> int | None:
    """The length of the body behind a header; None: of a frame that is skipped. Raises Violation."""
    kind, flags, length, stream = HEADER.unpack(header)
    name, is_of_stream, flag, _ = LAYOUT.get(kind, (f"type {kind}", False, None, ()))
    bound = length_max if kind not in LAYOUT or name in BULK else CONTROL_LENGTH_MAX
    if length > bound:
        raise Violation(Code.TOO_LARGE, f"{name} has a body of {length} bytes, at most {bound} are allowed")
    if kind not in LAYOUT:
        if flags & IGNORABLE:
            return None
        raise Violation(Code.UNSUPPORTED, f"{name} is not known, and may not be ignored")
    if flags & CRITICAL & ~(1 if flag else 0):
        raise Violation(Code.UNSUPPORTED, f"{name} has an unknown flag")
    if stream > NUMBER_MAX or (stream > 0) != is_of_stream:
        raise Violation(Code.MALFORMED, f"{name} has a stream id that it cannot have")
    return int(length)


def read_frame(header: bytes, body: bytes) -> Frame:
    """A frame whose header has been checked. Raises Violation."""
    kind, flags, _, stream = HEADER.unpack(header)
    name, is_of_stream, flag, layout = LAYOUT[kind]
    frame: Frame = {"stream": stream} if is_of_stream else {}
    if flag == "answer" and flags & 1:
        return {"kind": "openAnswer", **frame}
    fields = Body(name, body)
    if name == "hello" and fields.take(4) != b"FDSN":
        raise fields.malformed("is not of this protocol")
    frame |= {"kind": name, **{key: fields.field(form) for key, form in layout}}
    if flag == "isEnd":
        frame["isEnd"] = bool(flags & 1)
    if name == "sessionReady" and fields.left > 0:
        frame["services"] = fields.services()
    check_values(frame, fields)
    return frame


def check_values(frame: Frame, fields: Body) -> None:
    name = frame["kind"]
    if name == "hello":
        if not 1 <= frame["lowestVersion"] <= frame["highestVersion"] or frame["role"] not in (WORKLOAD, VERTEX):
            raise fields.malformed("has impossible versions, or an unknown role")
    elif name == "openStream" and frame["streamKind"] not in (STREAM, FLOW):
        raise Violation(Code.UNSUPPORTED, "openStream has an unknown kind")
    elif name == "data" and not frame["bytes"]:
        raise fields.malformed("has no bytes")
    elif name == "routeUpdate" and frame["state"] not in (1, 2):
        raise fields.malformed("has an unknown state")
    elif name == "nodePressure":
        if frame["level"] > 2 or frame["score"] > 100:
            raise fields.malformed("has an unknown level, or a score above 100")
        if frame["action"] > 3:
            frame["action"] = 0


def write_frame(frame: Frame) -> bytes:
    """The bytes of a frame, with the fields that `read_frame` gives."""
    name = "openStream" if frame["kind"] == "openAnswer" else frame["kind"]
    kind = TYPES[name]
    flags = 1 if frame["kind"] == "openAnswer" or frame.get("isEnd") else 0
    body = b"FDSN" if name == "hello" else b""
    if frame["kind"] != "openAnswer":
        body += b"".join(write_field(frame[key], form) for key, form in LAYOUT[kind][3])
    if "services" in frame:
        body += bytes([len(frame["services"])]) + b"".join(write_field(service, "n") for service in frame["services"])
    return HEADER.pack(kind, flags, len(body), frame.get("stream", 0)) + body


def write_field(value: Any, form: str) -> bytes:
    if form in "BHIQ":
        return struct.pack("!" + form, value)
    if form == "rest":
        return bytes(value)
    if form == "limits":
        pairs = (struct.pack("!HQ", at, getattr(value, name)) for at, name in enumerate(LIMIT_NAMES, 1))
        return bytes([len(LIMIT_NAMES)]) + b"".join(pairs)
    if form == "reasons":
        return bytes([len(value)]) + b"".join(write_field(reason, "t") for reason in value)
    octets = value.encode()
    return bytes([len(octets)]) + octets


class Reader:
    """Cuts a byte stream into frames."""

    def __init__(self, length_max: int = CONTROL_LENGTH_MAX) -> None:
        self.length_max = length_max
        self._kept = bytearray()
        self._skipping = 0

    def feed(self, data: bytes) -> None:
        self._kept += data

    def next(self) -> Frame | str | None:
        """The next frame; "skipped"; None: more bytes are needed. Raises Violation."""
        if self._skipping:
            count = min(self._skipping, len(self._kept))
            del self._kept[:count]
            self._skipping -= count
        if self._skipping or len(self._kept) < HEADER.size:
            return None
        header = bytes(self._kept[: HEADER.size])
        length = check_header(header, self.length_max)
        if length is None:
            del self._kept[: HEADER.size]
            self._skipping = HEADER.unpack(header)[2]
            return "skipped"
        end = HEADER.size + length
        if len(self._kept) < end:
            return None
        body = bytes(self._kept[HEADER.size : end])
        del self._kept[:end]
        return read_frame(header, body)
