"""Events for which a log shall have as many different lines as it can tell apart. A user closes connections, each with a code of its own and
while a stream of its waits for its target; a neighbour closes sessions that are not up, each with another code. In the end another vertex of
the cluster, whom nobody has asked for, comes once."""

import time
from collections import Counter

import frames
from end import OPEN, End, Ends
from link import Link, LinkOver
from sealed import NOWHERE, is_established
from story import TOLD, identity, open_link, tell

FIRST_CODE = 0x1000
STREAM = 4
DIALS_S = 0.02
"""Enough for an OPEN to arrive, and to have its target called."""
sent: Counter[str] = Counter()


def count(link: Link) -> None:
    sent["packets"] += link.packets_sent
    sent["bytes"] += link.bytes_sent


def close_connections(link: Link) -> None:
    ends = Ends(link)
    for index in range(TOLD["connections"]):
        end = End(ends, TOLD["labels"]["stuck"], identity("user/carol"))
        end.open(f"m{index}")
        end.send_frames(frames.stream(STREAM, 0, OPEN))
        link.keep(DIALS_S)
        end.quic.close(error_code=FIRST_CODE + index, reason_phrase=f"for reason {index}")
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
for code in range(TOLD["sessions"]):
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
