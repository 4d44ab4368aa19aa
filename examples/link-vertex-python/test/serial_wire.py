"""Serial wires between pseudo-terminals, as slow and as bad as real ones.

    serial_wire.py BAUD LOSS ONE OTHER [ONE OTHER …]      makes links of these names to the terminals of each wire, and says "ready"

LOSS of a thousand KISS frames get lost, in each direction. It ends with its standard input.
"""

import os
import random
import select
import sys
import time
import tty

FEND = b"\xc0"
OCTET_BITS = 10  # with a start and a stop bit
AHEAD_S = 0.1  # seconds of bytes that a terminal takes before their time
WAIT_S, WAIT_FULL_S = 1.0, 0.01


class Direction:
    """Octets leave one terminal, take their time, and come to the other. What nobody reads there is lost, as at a real one."""

    def __init__(self, source: int, target: int, rate: float, loss: float, dice: random.Random) -> None:
        self.source, self.target, self.rate, self.loss, self.dice = source, target, rate, loss, dice
        self.free_at = 0.0
        self.part = b""
        self.under_way: list[tuple[float, bytes]] = []

    @property
    def is_free(self) -> bool:
        return self.free_at < time.monotonic() + AHEAD_S

    def take(self) -> None:
        *frames, self.part = (self.part + os.read(self.source, 512)).split(FEND)
        for frame in frames:
            octets = frame + FEND
            self.free_at = max(self.free_at, time.monotonic()) + len(octets) / self.rate
            if not frame or self.dice.random() >= self.loss:
                self.under_way.append((self.free_at, octets))

    def deliver(self) -> float:
        """How long until there is more to do."""
        while self.under_way and self.under_way[0][0] <= time.monotonic():
            try:
                os.write(self.target, self.under_way.pop(0)[1])
            except BlockingIOError:
                pass
        return self.under_way[0][0] - time.monotonic() if self.under_way else WAIT_S


class Wires:
    """A wire for each pair of names."""

    def __init__(self, baud: int, loss: int, names: list[str]) -> None:
        ends = [os.openpty() for _ in names]
        for (master, slave), name in zip(ends, names, strict=True):
            tty.setraw(slave)
            os.set_blocking(master, False)
            os.symlink(os.ttyname(slave), name)
        masters = [master for master, _ in ends]
        pairs = [pair for one, other in zip(masters[::2], masters[1::2], strict=True) for pair in ((one, other), (other, one))]
        dice = random.Random(1)
        self._directions = [Direction(*pair, baud / OCTET_BITS, loss / 1000, dice) for pair in pairs]

    def handle_turn(self, also: list[int]) -> bool:
        """Waits for a moment, and carries. Returns whether one of the other files is readable."""
        wait = max(0.0, min(each.deliver() for each in self._directions))
        free = [each for each in self._directions if each.is_free]
        if len(free) < len(self._directions):
            wait = min(wait, WAIT_FULL_S)
        readable, _, _ = select.select([each.source for each in free] + also, [], [], wait)
        for each in free:
            if each.source in readable:
                each.take()
        return any(each in readable for each in also)


def main(baud: str, loss: str, *names: str) -> None:
    wires = Wires(int(baud), int(loss), list(names))
    print("ready", flush=True)
    while not (wires.handle_turn([0]) and not os.read(0, 1)):
        pass


if __name__ == "__main__":
    main(*sys.argv[1:])
