"""A serial wire between two pseudo-terminals, as slow and as bad as a real one.

    serial-wire.py BAUD LOSS ONE OTHER      makes the links ONE and OTHER to its terminals, and says "ready"

LOSS of a thousand KISS frames get lost, in each direction. It ends with its standard input.
"""

import os
import random
import select
import sys
import time
import tty

FEND = b"\xc0"


class Direction:
    """Octets leave one terminal, take their time, and come to the other."""

    def __init__(self, source: int, target: int, rate: float, loss: float, dice: random.Random) -> None:
        self.source, self.target, self.rate, self.loss, self.dice = source, target, rate, loss, dice
        self.free_at = 0.0
        self.part = b""
        self.under_way: list[tuple[float, bytes]] = []

    @property
    def is_free(self) -> bool:
        """A terminal takes a few octets ahead, and no more."""
        return self.free_at < time.monotonic() + 0.1

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
            os.write(self.target, self.under_way.pop(0)[1])
        return self.under_way[0][0] - time.monotonic() if self.under_way else 1.0


def main(baud: str, loss: str, *names: str) -> None:
    ends = [os.openpty() for _ in names]
    for (_, slave), name in zip(ends, names, strict=True):
        tty.setraw(slave)
        os.symlink(os.ttyname(slave), name)
    masters = [master for master, _ in ends]
    dice = random.Random(1)
    directions = [Direction(*pair, int(baud) / 10, int(loss) / 1000, dice) for pair in (masters, masters[::-1])]
    print("ready", flush=True)
    while True:
        wait = max(0.0, min(each.deliver() for each in directions))
        free = [each for each in directions if each.is_free]
        busy = 0.01 if len(free) < len(directions) else wait
        readable, _, _ = select.select([each.source for each in free] + [0], [], [], min(wait, busy))
        if 0 in readable and not os.read(0, 1):
            return
        for each in free:
            if each.source in readable:
                each.take()


main(*sys.argv[1:])
