"""What waits for a stream: bounded in bytes and in time, and held to a rate. The oldest packets make room.

A stream that stalls delays all that is behind it, and packets that come late are worse than none: the transport above has repeated
them by then, and takes the delay for the length of the path. So what has waited too long is dropped in front, where the sender
learns of it the soonest.
"""

from collections import deque

BURST_S = 0.05  # of the rate, at once


class PacketQueue:
    def __init__(self, bytes_max: int, wait_max: float) -> None:
        self.rate = 0  # bits per second; 0: no limit
        self._bytes_max = bytes_max
        self._wait_max = wait_max
        self._waiting: deque[tuple[float, bytes]] = deque()
        self._bytes = 0
        self._budget = 0.0
        self._budget_at = 0.0

    def __len__(self) -> int:
        return len(self._waiting)

    @property
    def is_half_full(self) -> bool:
        return self._bytes > self._bytes_max // 2

    @property
    def is_nearly_empty(self) -> bool:
        return self._bytes <= self._bytes_max // 8

    def add(self, packet: bytes, now: float) -> None:
        self._waiting.append((now, packet))
        self._bytes += len(packet)
        while self._bytes > self._bytes_max:
            self._drop()

    def take(self, size: int, now: float) -> list[bytes]:
        """Packets of about `size` bytes together, one at least if there is one and the rate permits it."""
        while self._waiting and now - self._waiting[0][0] > self._wait_max:
            self._drop()
        size = min(size, self._permitted(now))
        taken = []
        while self._waiting and size > 0:
            packet = self._waiting.popleft()[1]
            self._bytes -= len(packet)
            self._budget -= len(packet)
            size -= len(packet)
            taken.append(packet)
        return taken

    def _permitted(self, now: float) -> int:
        """How many bytes may leave now. A packet that is larger leaves nevertheless, and is paid off later."""
        if self.rate == 0:
            return 1 << 30
        earned = (now - self._budget_at) * self.rate / 8
        self._budget = min(self._budget + earned, BURST_S * self.rate / 8)
        self._budget_at = now
        return int(self._budget)

    def _drop(self) -> None:
        self._bytes -= len(self._waiting.popleft()[1])
