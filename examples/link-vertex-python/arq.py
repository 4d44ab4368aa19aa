"""A stream of bytes over frames that get lost: selective repeat with a window. No I/O, no clock, no addresses.

What is sent is cut into segments with numbers of 16 bits. A receiver says which number it waits for, and in a set of 32 bits which of the
following ones it has. Segments keep their order on the way or get lost: so when a later one has arrived, those that were sent before it and
have not are sent again at once. The last ones, which nothing follows, are repeated after a time that follows the measured round trip.
"""

from dataclasses import dataclass

WINDOW = 32
NUMBERS = 1 << 16
TIMEOUT_FIRST_S = 1.0
BACKOFF_MAX = 4  # the medium is ours alone: longer pauses would make room for nobody
MARGIN_S = 0.06  # by which any answer may be late: a turn of either end's loop, and what is handed to the line ahead


@dataclass
class Segment:
    """A segment in flight."""

    data: bytes
    order: int = 0  # of its last transmission, among all
    sent_at: float = 0.0
    is_repeated: bool = False
    is_lost: bool = False


class Arq:
    def __init__(self, segment_max: int, segment_time: float, is_known: bool) -> None:
        """
        `segment_time` is how long the medium takes for one segment, in seconds. `is_known`: the other end knows of the stream. It
        gets the first segment alone otherwise, and the others once it has answered.
        """
        self._window = WINDOW if is_known else 1
        self.is_answer_due = False  # something has come that has not been acknowledged yet
        self._segment_max = segment_max
        self._segment_time = segment_time
        self._unsent = bytearray()
        self._under_way: dict[int, Segment] = {}  # by number, in their order
        self._next = 0
        self._orders = 0
        self._round_trip = 0.0
        self._variation = 0.0
        self._backoff = 1
        self._expected = 0
        self._early: dict[int, bytes] = {}
        self._received = bytearray()

    @property
    def waiting(self) -> int:
        """Bytes that are not under way yet."""
        return len(self._unsent)

    @property
    def is_drained(self) -> bool:
        """Whether all that was written has arrived."""
        return not self._unsent and not self._under_way

    @property
    def timeout(self) -> float:
        """How long after a segment its acknowledgement is overdue."""
        if self._round_trip == 0:
            return (TIMEOUT_FIRST_S + 4 * self._segment_time) * self._backoff
        time = self._round_trip + max(4 * self._variation, 2 * self._segment_time) + MARGIN_S
        return time * self._backoff

    @property
    def acknowledgement(self) -> tuple[int, int]:
        """The number that is waited for, and the set of those behind it that are here: bit 0 for the next one."""
        bits = 0
        for number in self._early:
            bits |= 1 << (number - self._expected - 1) % NUMBERS
        return self._expected, bits

    def write(self, data: bytes) -> None:
        self._unsent += data

    def read(self) -> bytes:
        data = bytes(self._received)
        self._received.clear()
        return data

    def poll_segment(self, now: float) -> tuple[int, bytes] | None:
        """The number and the data of the segment that should be sent now: one that was lost, else a new one."""
        self._look_for_overdue(now)
        number = next((number for number, segment in self._under_way.items() if segment.is_lost), None)
        if number is not None:
            segment = self._under_way[number]
            segment.is_lost, segment.is_repeated = False, True
        elif self._unsent and self._window_used < self._window:
            number, segment = self._next, Segment(bytes(self._unsent[: self._segment_max]))
            del self._unsent[: self._segment_max]
            self._under_way[number] = segment
            self._next = (self._next + 1) % NUMBERS
        else:
            return None
        self._orders += 1
        segment.order, segment.sent_at = self._orders, now
        return number, segment.data

    def has_segment(self, now: float) -> bool:
        """Whether `poll_segment` would give one."""
        self._look_for_overdue(now)
        is_new = bool(self._unsent) and self._window_used < self._window
        return is_new or any(segment.is_lost for segment in self._under_way.values())

    def handle_acknowledgement(self, expected: int, bits: int, now: float) -> None:
        """An acknowledgement that cannot be right, or is late, changes nothing."""
        first = next(iter(self._under_way), self._next)
        if (expected - first) % NUMBERS > (self._next - first) % NUMBERS:
            return
        newest = 0
        for number in list(self._under_way):
            behind = (number - expected - 1) % NUMBERS
            is_before = (number - first) % NUMBERS < (expected - first) % NUMBERS
            if is_before or (behind < WINDOW and bits >> behind & 1):
                segment = self._under_way.pop(number)
                newest = max(newest, segment.order)
                if not segment.is_repeated:
                    self._measure(now - segment.sent_at)
        if newest:
            self._backoff = 1
            self._window = WINDOW
        for segment in self._under_way.values():
            segment.is_lost = segment.is_lost or segment.order < newest

    def handle_segment(self, number: int, data: bytes) -> None:
        self.is_answer_due = True
        if (number - self._expected) % NUMBERS < WINDOW:
            self._early[number] = data
        while self._expected in self._early:
            self._received += self._early.pop(self._expected)
            self._expected = (self._expected + 1) % NUMBERS

    @property
    def _window_used(self) -> int:
        return (self._next - next(iter(self._under_way), self._next)) % NUMBERS

    def _look_for_overdue(self, now: float) -> None:
        """The oldest is lost when no answer has come for so long; its repetition shows what is with the others."""
        if not self._under_way or any(segment.is_lost for segment in self._under_way.values()):
            return
        newest = max(segment.sent_at for segment in self._under_way.values())
        if now - newest > self.timeout:
            next(iter(self._under_way.values())).is_lost = True
            self._backoff = min(2 * self._backoff, BACKOFF_MAX)

    def _measure(self, time: float) -> None:
        """RFC 6298."""
        if self._round_trip == 0:
            self._round_trip, self._variation = time, time / 2
        else:
            self._variation += (abs(time - self._round_trip) - self._variation) / 4
            self._round_trip += (time - self._round_trip) / 8
