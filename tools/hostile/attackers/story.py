"""The story of an attack: its orders, the connection that it attacks over, and its report at the end."""

import json
import time
from collections.abc import Iterator
from typing import Any

import frames
from end import End, Ends
from link import Link
from sealed import Identity, room
from told import TOLD

UDP_PAYLOAD = 1200


def identity(principal: str) -> Identity:
    return Identity(f"{TOLD['identities']}/{principal}")


def open_link() -> Link:
    link = Link(TOLD["endpoint"], identity("vertex"))
    link.open()
    return link


def open_carrier(user: str = "carol", service: str = "web", **more: Any) -> tuple[Link, Link | End]:
    """The link, and the connection that is attacked: the link's own, or one end to end over it, as `over` says."""
    link = open_link()
    if TOLD["over"] == "link":
        return link, link
    end = End(Ends(link), TOLD["labels"][service], identity(f"user/{user}"), **more)
    end.open()
    return link, end


def flood(link: Link, carrier: Link | End, payloads: Iterator[bytes], *, megabytes: float, per_second: float) -> None:
    """Sends payloads in QUIC packets until there are no more, so many bytes have left, or the other end has closed."""
    limit = link.bytes_sent + megabytes * 1e6
    pace = Pace(link, per_second)
    for payload in payloads:
        if carrier.closed is not None or link.closed is not None or link.bytes_sent > limit:
            return
        carrier.send_frames(payload)
        pace.wait()


def space(carrier: Link | End) -> int:
    """For frames, in one packet."""
    return room(carrier.quic, UDP_PAYLOAD)


def hear(link: Link, carrier: Link | End, seconds: float = 1.0) -> None:
    """Listens until the other end has closed, or for some time."""
    link.is_deaf = carrier.is_deaf = False
    deadline = time.monotonic() + seconds
    while carrier.closed is None and link.closed is None and time.monotonic() < deadline:
        carrier.send_frames(frames.PING)
        link.turn(0.05)


def tell(link: Link, carrier: Link | End | None = None, **more: Any) -> None:
    """The last words: what was sent, and how the attacked connection was closed, if it was."""
    closed = (carrier or link).closed or link.closed
    ended = {"code": closed and closed.error_code, "reason": closed and closed.reason_phrase}
    print(json.dumps({"packets": link.packets_sent, "bytes": link.bytes_sent, **ended, **more}))


class Pace:
    """So many packets a second: `wait` takes in what has come when it is too early for the next."""

    def __init__(self, link: Link, per_second: float) -> None:
        self._link = link
        self._per_second = per_second
        self._began = time.monotonic()
        self._count = 0

    def wait(self) -> None:
        self._count += 1
        if self._count % 8:
            return
        due = self._began + self._count / self._per_second
        self._link.turn()
        while (left := due - time.monotonic()) > 0:
            self._link.turn(min(left, 0.05))
