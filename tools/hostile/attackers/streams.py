"""A user's streams: `opens` of one byte that never become whole; `resets` of streams that were just opened; `refused` ones to a
service whose target is down. One stream in each packet but for the first kind."""

from collections.abc import Iterator

import frames
from end import OPEN
from story import TOLD, flood, hear, open_carrier, space, tell

MEGABYTES_MAX = 200
FIRST, STEP = 4, 4


def streams() -> Iterator[bytes]:
    for stream in range(FIRST, FIRST + STEP * TOLD["count"], STEP):
        if TOLD["kind"] == "opens":
            yield frames.stream(stream, 0, OPEN[:1])
        elif TOLD["kind"] == "resets":
            opened = frames.stream(stream, 0, OPEN + b"x")
            yield opened + frames.reset_stream(stream, 1, len(OPEN) + 1) + frames.stop_sending(stream, 1)
        else:
            yield frames.stream(stream, 0, OPEN, fin=TOLD["isEnded"])


link, end = open_carrier(service="down" if TOLD["kind"] == "refused" else "web")
payloads = frames.packed(streams(), space(end)) if TOLD["kind"] == "opens" else streams()
flood(link, end, payloads, megabytes=MEGABYTES_MAX, per_second=TOLD["perSecond"])
link.keep(TOLD["holdSeconds"])
hear(link, end)
tell(link, end, refused=end.streams_reset)
