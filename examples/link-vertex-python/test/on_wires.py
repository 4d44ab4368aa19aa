"""A link vertex of serial lines on the bench of the kit (docs/protocol/link-vertex.md#the-kit), with wires between its nodes' terminals.

    on_wires.py BAUD COMMAND run --config FILE

A bench has a folder for each of its nodes: the line of `a` is `a.line` beside it, and leads to `b.line`; those of second clusters lead to
each other. Whoever starts first lays the wires, by a process that ends with the bench.
"""

import fcntl
import os
import sys
import time

from serial_wire import Wires

LINES = ("a.line", "b.line", "a-second.line", "b-second.line")


def lay(baud: int, place: str) -> None:
    """In a process of its own, which has the lock for as long as the bench and whoever looks at it are there."""
    kit = os.getppid()
    if os.fork() > 0:
        return
    os.setsid()
    nothing = os.open(os.devnull, os.O_RDWR)
    for file in range(3):
        os.dup2(nothing, file)
    wires = Wires(baud, 0, [os.path.join(place, line) for line in LINES])
    os.close(os.open(os.path.join(place, "wires-ready"), os.O_CREAT))
    while os.path.isdir(place) and os.path.isdir(f"/proc/{kit}"):
        wires.handle_turn([])
    sys.exit()


def main(baud: str, *command: str) -> None:
    place = os.path.dirname(os.path.dirname(os.path.abspath(command[-1])))
    lock = os.open(os.path.join(place, "wires-lock"), os.O_CREAT | os.O_RDWR)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        pass
    else:
        lay(int(baud), place)
    while not os.path.exists(os.path.join(place, "wires-ready")):
        time.sleep(0.01)
    os.execvp(command[0], command)


main(*sys.argv[1:])
