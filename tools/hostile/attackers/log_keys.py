"""Events for which a log shall have as many different lines as it can tell apart. A user closes connections to two services, with every code
that there is and another, while a stream of its waits for its target; then with others only: so many, which it tells by a file (`full`), and
on until there is another (`until`). Then a neighbour closes sessions that are not up, each with another code, and some with the one for
which another vertex of the cluster is refused: nobody has asked for that one, and it comes right after them."""

import os
import time
from collections import Counter
from itertools import count as numbers, repeat
from pathlib import Path

import frames
from end import OPEN, End, Ends
from link import Link, LinkOver
from sealed import NOWHERE, is_established
from story import TOLD, identity, open_link, tell

KNOWN_CODES = range(0x02, 0x13)
"""Those that a stream which waits can be refused with (docs/protocol/transport.md)."""
UNKNOWN_CODE = 0x1000
SERVICES = ("silent", "mute")
KINDS = len(SERVICES) * (len(KNOWN_CODES) + 1)
ROUNDS = 2
NOT_WANTED = 0x10
"""The close code that the other vertex is refused with (docs/protocol/link-protocol.md)."""
NOT_WANTED_COUNT = 8
STREAM = 4
DIALS_S = 0.02
"""Enough for an OPEN to arrive, and to have its target called."""
sent: Counter[str] = Counter()


def count(link: Link) -> None:
    sent["packets"] += link.packets_sent
    sent["bytes"] += link.bytes_sent


def close_connections(link: Link) -> None:
    ends = Ends(link)
    for index in numbers():
        if index == TOLD["connections"]:
            Path(TOLD["full"]).touch()
        if os.path.exists(TOLD["until"]):
            return
        # If the kinds of all sources were kept together, the last kind would be one too many.
        service, kind = divmod(min(index, ROUNDS * KINDS - 1) % KINDS, len(KNOWN_CODES) + 1)
        code = KNOWN_CODES[kind] if kind < len(KNOWN_CODES) else UNKNOWN_CODE + index
        end = End(ends, TOLD["labels"][SERVICES[service]], identity("user/carol"))
        end.open(f"m{index}")
        end.send_frames(frames.stream(STREAM, 0, OPEN))
        link.keep(DIALS_S)
        end.quic.close(error_code=code, reason_phrase=f"for reason {index}")
        end.turn()
        del ends.by_id[end.id]


def close_session(code: int) -> None:
    link = Link(TOLD["endpoint"], identity("vertex"))
    link.quic.connect(NOWHERE, now=time.monotonic())
    link.until(lambda: is_established(link.quic), "handshake")
    link.quic.close(error_code=code, reason_phrase=f"for reason {code}")
    link.turn()
    count(link)


link = open_link()
close_connections(link)
for code in [*range(TOLD["sessions"]), *repeat(NOT_WANTED, NOT_WANTED_COUNT)]:
    close_session(code)
other = Link(TOLD["endpoint"], identity("other"))
try:
    other.open()
except LinkOver:
    pass
count(other)
link.packets_sent += sent["packets"]
link.bytes_sent += sent["bytes"]
tell(link)
