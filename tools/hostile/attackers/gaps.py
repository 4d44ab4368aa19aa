"""Single bytes at offsets that never come together, in CRYPTO or STREAM frames: each is kept on its own."""

from collections.abc import Iterator
from itertools import count

import frames
from story import TOLD, flood, hear, open_carrier, space, tell

PACKETS_PER_SECOND = 4_000
STREAM_WINDOW = 262_144
LAST_STREAM = 4 * 16_000


def crypto() -> Iterator[bytes]:
    return (frames.crypto(offset, b"x") for offset in count(1, 2))


def streams() -> Iterator[bytes]:
    for stream in range(4, LAST_STREAM, 4):
        yield from (frames.stream(stream, offset, b"x") for offset in range(1, STREAM_WINDOW, 2))


link, carrier = open_carrier()
payloads = frames.packed(crypto() if TOLD["kind"] == "crypto" else streams(), space(carrier))
flood(link, carrier, payloads, megabytes=TOLD["megabytes"], per_second=PACKETS_PER_SECOND)
hear(link, carrier)
tell(link, carrier)
