"""Tries all labels, with probes of paths, which whoever has the label answers: so it finds the services behind a neighbour."""

import os
import random
import struct

import frames
from end import mesh_packet
from story import TOLD, Pace, open_link, space, tell

PROBE, ANSWER = 1, 2
FIRST, LAST = 16, 1 << 20
PACKETS_PER_SECOND = 800
SEED = 1

link = open_link()
nonces: dict[bytes, int] = {}
found: set[int] = set()


def handle(packet: bytes) -> None:
    payload = packet[12 + 4 * packet[2] :]
    if payload[:1] == bytes([ANSWER]) and payload[4:12] in nonces:
        found.add(nonces[payload[4:12]])


def probe(label: int) -> bytes:
    nonce = os.urandom(8)
    nonces[nonce] = label
    size = 12 + 4 + 12
    return frames.datagram(b"\0" + mesh_packet([label], os.urandom(8), struct.pack("!BBH", PROBE, 0, size) + nonce))


link.on_packet = handle
real = set(TOLD["labels"].values())
chance = random.Random(SEED)
labels = list(real | set(chance.sample(range(FIRST, LAST), TOLD["count"] - len(real))))
chance.shuffle(labels)
pace = Pace(link, PACKETS_PER_SECOND)
for payload in frames.packed((probe(label) for label in labels), space(link)):
    if link.closed is not None:
        break
    link.send_frames(payload)
    pace.wait()
link.keep(1.0)
tell(link, tried=len(labels), found=len(found & real))
