"""Streams whose bytes come in order, one in each frame, to a service whose target has yet to answer:
nobody reads them until then."""

from collections.abc import Iterator

import frames
from end import OPEN
from story import TOLD, flood, hear, open_carrier, space, tell

PACKETS_PER_SECOND = 4_000
STREAM_WINDOW = 262_144
LAST_STREAM = 4 * 16_000


def pieces() -> Iterator[bytes]:
    for stream in range(4, LAST_STREAM, 4):
        yield frames.stream(stream, 0, OPEN)
        yield from (frames.stream(stream, offset, b"x") for offset in range(len(OPEN), STREAM_WINDOW))


link, carrier = open_carrier(service="silent")
payloads = frames.packed(pieces(), space(carrier))
flood(link, carrier, payloads, megabytes=TOLD["megabytes"], per_second=PACKETS_PER_SECOND)
hear(link, carrier)
tell(link, carrier)
