"""CRYPTO frames after the handshake: single bytes with gaps between them, at offsets that never come together."""

import frames
from sealed import room
from story import TOLD, Pace, open_link, tell

PACKETS_PER_SECOND = 4_000

link = open_link()
pace = Pace(link, PACKETS_PER_SECOND)
offset = 1
while link.closed is None and link.bytes_sent < TOLD["megabytes"] * 1e6:
    payload = b""
    while len(payload) < room(link.quic, 1200) - 12:
        payload += frames.crypto(offset, b"x")
        offset += 2
    link.send_frames(payload)
    pace.wait()
link.keep(1.0)
tell(link)
