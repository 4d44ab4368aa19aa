"""Streams over one line: which frames are sent when, and whose those are that come. No I/O and no clock.

A frame has at most 255 bytes:

    1  kind: 0 nothing, 1 data, 2 closed; with 0x80 from the stream's originator, with 0x40 the sender has done speaking (half duplex)
    2  number of the stream, drawn by its originator
    2  number of the segment                                  6  acknowledgement: the number that is waited for, and a set of 32 bits
    …  data; empty: an acknowledgement alone                  4  CRC-32 of all before

A stream begins with its segment 0. A frame of a stream that is not known is answered with "closed".
"""

import random
import struct
import zlib
from collections import deque

from arq import Arq
from kiss import FRAME_MAX, Decoder, encode

HEADER = struct.Struct("!BHHHI")
CRC_SIZE = 4
DATA_MAX = FRAME_MAX - HEADER.size - CRC_SIZE
NOTHING, DATA, CLOSED = 0, 1, 2
FROM_ORIGINATOR, OVER = 0x80, 0x40
KIND = 0x3F

STREAMS_MAX = 8
CLOSED_WAITING_MAX = 4
AHEAD_S = 0.04  # so much of what is to be sent is handed to the line before its time
BURST_S = 0.5  # half duplex: one end speaks for so long at most
REST_S = 0.06  # half duplex: whoever has nothing to say waits so long, and hands the word back
DOUBT_S = 0.3  # half duplex: the word was lost when nothing is heard for so long beyond what the other end may take


class LineStream:
    """A stream of a line. `is_closed`: the other end has closed the stream, or does not know it."""

    def __init__(self, number: int, is_ours: bool, segment_time: float) -> None:
        self.number = number
        self.is_ours = is_ours  # we are its originator
        self.is_closed = False
        self.arq = Arq(DATA_MAX, segment_time, is_known=not is_ours)


class Line:
    def __init__(self, rate: float, is_half_duplex: bool, dice: random.Random) -> None:
        """`rate` is in bytes per second."""
        self.offered: deque[LineStream] = deque()  # streams that the other end has begun, to be taken by the owner
        self._rate = rate
        self._is_half_duplex = is_half_duplex
        self._dice = dice
        self._decoder = Decoder()
        self._streams: dict[tuple[int, bool], LineStream] = {}
        self._closed: deque[tuple[int, bool]] = deque()
        self._free_at = 0.0  # when the line will have sent what it has
        self._has_word = not is_half_duplex
        self._burst_until = 0.0
        self._rest_until = 0.0
        self._doubt_at = 0.0

    @property
    def frame_time(self) -> float:
        return (FRAME_MAX + 8) / self._rate

    def open(self) -> LineStream | None:
        """A new stream; None when there are as many as there may be."""
        if len(self._streams) >= STREAMS_MAX:
            return None
        number = self._dice.randrange(1 << 16)
        while (number, True) in self._streams:
            number = (number + 1) % (1 << 16)
        stream = self._streams[number, True] = LineStream(number, True, self.frame_time)
        return stream

    def close(self, stream: LineStream) -> None:
        if self._streams.pop((stream.number, stream.is_ours), None) is not None and not stream.is_closed:
            self._say_closed(stream.number, stream.is_ours)

    def handle_bytes(self, data: bytes, now: float) -> None:
        for frame in self._decoder.decode(data):
            body, crc = frame[:-CRC_SIZE], frame[-CRC_SIZE:]
            if len(body) >= HEADER.size and zlib.crc32(body).to_bytes(CRC_SIZE, "big") == crc:
                self._handle_frame(body, now)

    def poll_bytes(self, now: float) -> bytes:
        """What the line should be given now; empty: nothing. To be called at every turn, until it is empty."""
        if self._free_at - now > AHEAD_S or not self._may_speak(now):
            return b""
        frame = self._next_frame(now)
        if self._is_half_duplex:
            if frame is None and now < self._rest_until:
                return b""
            frame = frame or self._frame(NOTHING, 0, True)
            if now >= self._burst_until or not self._has_frame(now):
                frame = bytes([frame[0] | OVER]) + frame[1:]
                self._has_word = False
        if frame is None:
            return b""
        data = encode(frame + zlib.crc32(frame).to_bytes(CRC_SIZE, "big"))
        self._free_at = max(self._free_at, now) + len(data) / self._rate
        self._doubt_at = self._free_at + self._patience()
        return data

    def _may_speak(self, now: float) -> bool:
        if not self._has_word and self._streams and now >= self._doubt_at:
            self._take_word(now)
        return self._has_word

    def _take_word(self, now: float) -> None:
        self._has_word = True
        self._burst_until = now + BURST_S
        self._rest_until = now + REST_S

    def _patience(self) -> float:
        """How long the other end is waited for; drawn, so that both do not speak up at once again and again."""
        return (REST_S + 2 * self.frame_time + DOUBT_S) * self._dice.uniform(1.0, 2.0)

    def _handle_frame(self, frame: bytes, now: float) -> None:
        kind, number, segment, expected, bits = HEADER.unpack_from(frame)
        self._doubt_at = now + self._patience()
        if self._is_half_duplex:
            self._has_word = False
            if kind & OVER:
                self._take_word(now)
        is_ours = not kind & FROM_ORIGINATOR
        stream = self._streams.get((number, is_ours))
        if kind & KIND == CLOSED and stream is not None:
            stream.is_closed = True
            del self._streams[number, is_ours]
        elif kind & KIND == DATA:
            data = frame[HEADER.size :]
            if stream is None:
                if is_ours or segment != 0 or not data or len(self._streams) >= STREAMS_MAX:
                    self._say_closed(number, is_ours)
                    return
                stream = self._streams[number, False] = LineStream(number, False, self.frame_time)
                self.offered.append(stream)
            stream.arq.handle_acknowledgement(expected, bits, now)
            if data:
                stream.arq.handle_segment(segment, data)

    def _next_frame(self, now: float) -> bytes | None:
        if self._closed:
            return self._frame(CLOSED, *self._closed.popleft())
        for key, stream in list(self._streams.items()):
            segment = stream.arq.poll_segment(now)
            if segment is None and not stream.arq.is_answer_due:
                continue
            # The next turn is another stream's.
            self._streams[key] = self._streams.pop(key)
            stream.arq.is_answer_due = False
            number, data = segment or (0, b"")
            return self._frame(DATA, *key, number, stream.arq.acknowledgement, data)
        return None

    def _has_frame(self, now: float) -> bool:
        streams = self._streams.values()
        return bool(self._closed) or any(each.arq.is_answer_due or each.arq.has_segment(now) for each in streams)

    def _say_closed(self, number: int, is_ours: bool) -> None:
        if len(self._closed) < CLOSED_WAITING_MAX and (number, is_ours) not in self._closed:
            self._closed.append((number, is_ours))

    def _frame(
        self, kind: int, number: int, is_ours: bool, segment: int = 0, waits_for: tuple[int, int] = (0, 0), data: bytes = b""
    ) -> bytes:
        return HEADER.pack(kind | (FROM_ORIGINATOR if is_ours else 0), number, segment, *waits_for) + data
