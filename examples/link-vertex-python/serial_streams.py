"""Streams over serial lines, as links take them. It joins lines and ports.

What a node listens on are its lines: `serial:/dev/ttyUSB0?baud=115200`, several with spaces between them; `&duplex=half` where both ends
share the medium. An endpoint is the own line that leads to the neighbour: `serial:/dev/ttyUSB0`, or `serial:` where there is one alone.
"""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from selectors import DefaultSelector
from urllib.parse import parse_qs, urlsplit

from credentials import Refusal
from line import DATA_MAX, Line, LineStream
from serial_port import SerialPort

BAUD_DEFAULT = 115_200
BITS_PER_OCTET = 10  # with a start and a stop bit
WAITING_MAX = 2 * DATA_MAX  # what the line has of a stream before its time: small, as nothing more urgent overtakes it
LINGER_S = 1.0


@dataclass
class Device:
    """A line and its port."""

    line: Line
    port: SerialPort
    rate: float  # bytes per second


class SerialStream:
    """A stream of a line."""

    is_open = True

    def __init__(self, name: str, line: Line, stream: LineStream) -> None:
        self.name = name
        self.end: Refusal | None = None
        self.line = line
        self.stream = stream

    @property
    def can_send(self) -> bool:
        return self.end is None and self.stream.arq.waiting < WAITING_MAX

    def receive(self) -> bytes:
        data = self.stream.arq.read()
        if not data and self.stream.is_closed:
            self.fail("RESET", "the other end does not know this stream any more")
        return data

    def send(self, data: bytes) -> None:
        self.stream.arq.write(data)

    def flush(self) -> None:
        """The line decides when to send."""

    def fail(self, code: str, text: str) -> None:
        if self.end is None:
            self.end = Refusal(code, text)
            self.line.close(self.stream)

    def handle_turn(self, now: float) -> None:
        """A stream of a line is open from its beginning."""


class Serial:
    """All lines of a node."""

    def __init__(self, listen: str, selector: DefaultSelector) -> None:
        self._devices: dict[str, Device] = {}
        self._closing: list[tuple[float, SerialStream]] = []
        try:
            for text in listen.split():
                path, baud, is_half_duplex = read_line(text)
                rate = baud / BITS_PER_OCTET
                line = Line(rate, is_half_duplex, random.SystemRandom())
                self._devices[path] = Device(line, SerialPort(path, baud, selector), rate)
        except (OSError, ValueError):
            for device in self._devices.values():
                device.port.close()
            raise
        if not self._devices:
            raise ValueError(f"{listen!r} names no line")

    @property
    def rate(self) -> float:
        """Bytes per second of the slowest line."""
        return min(device.rate for device in self._devices.values())

    @property
    def is_idle(self) -> bool:
        return not self._closing

    def call(self, endpoint: str, now: float) -> SerialStream:
        """Raises Refusal."""
        device = self._devices.get(endpoint.removeprefix("serial:"))
        if device is None and endpoint == "serial:" and len(self._devices) == 1:
            (device,) = self._devices.values()
        if device is None:
            raise Refusal("BAD_ENDPOINT", f"{endpoint} is none of our lines: {', '.join(self._devices)}")
        stream = device.line.open()
        if stream is None:
            raise Refusal("OVERLOADED", "the line has as many streams as it may have")
        return SerialStream(endpoint, device.line, stream)

    def accept(self, now: float) -> Iterator[SerialStream]:
        """Reads the lines first: what streams have received is there then."""
        for path, device in self._devices.items():
            device.line.handle_bytes(device.port.read(now), now)
            while device.line.offered:
                yield SerialStream(path, device.line, device.line.offered.popleft())

    def close(self, stream: SerialStream, now: float) -> None:
        """Lets its last bytes arrive, for a moment."""
        self._closing.append((now + LINGER_S, stream))

    def handle_turn(self, now: float) -> None:
        for until, stream in self._closing[:]:
            if now >= until or stream.stream.is_closed or stream.stream.arq.is_drained:
                stream.fail("CLOSED", "")
                self._closing.remove((until, stream))
        for device in self._devices.values():
            data = b"" if device.port.is_full else device.line.poll_bytes(now)
            while data:
                device.port.write(data)
                data = b"" if device.port.is_full else device.line.poll_bytes(now)
            device.port.write(b"")


def read_line(text: str) -> tuple[str, int, bool]:
    """Path, speed, and whether both ends share the medium. Raises ValueError."""
    parts = urlsplit(text)
    options = parse_qs(parts.query, strict_parsing=True) if parts.query else {}
    baud = int(options.pop("baud", [str(BAUD_DEFAULT)])[0])
    duplex = options.pop("duplex", ["full"])[0]
    if parts.scheme != "serial" or not parts.path.startswith("/") or options or duplex not in ("full", "half"):
        raise ValueError(f"{text} is not serial:/dev/…?baud=115200&duplex=half")
    return parts.path, baud, duplex == "half"
