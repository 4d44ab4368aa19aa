"""What a program of ours is told, and what it tells at its end."""

import json
import sys
import time
from typing import Any

from link import Link, LinkOver
from sealed import Identity

TOLD: dict[str, Any] = json.loads(sys.argv[1])


def vertex() -> Identity:
    return Identity(f"{TOLD['identities']}/vertex")


def user(name: str) -> Identity:
    return Identity(f"{TOLD['identities']}/user/{name}")


def open_link() -> Link:
    """To the victim, whose hello-limits and the like may ask for patience."""
    link = Link(TOLD["endpoint"], vertex())
    link.open()
    return link


def tell(link: Link, **more: Any) -> None:
    closed = None if link.closed is None else link.closed.error_code
    print(json.dumps({"packets": link.packets_sent, "bytes": link.bytes_sent, "closed": closed, **more}))


class Pace:
    """So many packets a second: `wait` lets the link breathe when it is too early for the next."""

    def __init__(self, link: Link, per_second: float) -> None:
        self._link = link
        self._per_second = per_second
        self._began = time.monotonic()
        self._count = 0

    def wait(self) -> None:
        self._count += 1
        due = self._began + self._count / self._per_second
        if self._count % 16 == 0:
            self._link.turn(max(0.0, due - time.monotonic()))


__all__ = ["TOLD", "LinkOver", "Pace", "open_link", "tell", "user", "vertex"]
