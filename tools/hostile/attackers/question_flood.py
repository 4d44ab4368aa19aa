"""Floods its neighbour with what stops there and is for its cluster vertex: questions of traces, questions that lead nowhere, and first
packets of connections, one kind after the other. Each is as small as it may be, and many share a QUIC packet."""

import os
import random
import struct
import time
from collections.abc import Callable, Iterator

import frames
from end import mesh_packet
from story import TOLD, Pace, open_link, space, tell

QUESTION_LABEL = 2
MAGIC = bytes.fromhex("03545251")
FIRST_OF_QUIC = 0x40
CONTROL = 1
"""The class that links let go ahead."""
QUIC_PACKETS_PER_SECOND = 3_000
MADE_AHEAD = 2_000
SEED = 1

chance = random.Random(SEED)


def urgent(labels: list[int], payload: bytes) -> bytes:
    packet = bytearray(mesh_packet(labels, os.urandom(8), payload))
    packet[0] |= CONTROL << 1
    return bytes(packet)


def question(labels: list[int]) -> bytes:
    asked = b"".join(label.to_bytes(3, "big") for label in labels).ljust(48, b"\0")
    head = MAGIC + struct.pack("!IBB", chance.getrandbits(32), 0, len(labels)) + asked + bytes(6)
    return urgent(labels, head + os.urandom(32))


def to_neighbour() -> bytes:
    return question([QUESTION_LABEL])


def to_nobody() -> bytes:
    return question([chance.randrange(1 << 16, 1 << 20), QUESTION_LABEL])


def of_nobody() -> bytes:
    return urgent([TOLD["labels"]["web"]], bytes([FIRST_OF_QUIC]) + os.urandom(24))


def payloads(make: Callable[[], bytes], size: int) -> Iterator[bytes]:
    """In a circle, as making them takes longer than sending them."""
    made = list(frames.packed((frames.datagram(b"\0" + make()) for _ in range(MADE_AHEAD)), size))
    while True:
        yield from made


link = open_link()
mesh_packets = answers = 0


def handle(_packet: bytes) -> None:
    global answers
    answers += 1


link.on_packet = handle
for make in (to_neighbour, to_nobody, of_nobody):
    each = len(frames.datagram(b"\0" + make()))
    deadline = time.monotonic() + TOLD["seconds"] / 3
    pace = Pace(link, QUIC_PACKETS_PER_SECOND)
    for payload in payloads(make, space(link)):
        if link.closed is not None or time.monotonic() > deadline:
            break
        link.send_frames(payload)
        mesh_packets += len(payload) // each
        pace.wait()
link.keep(1.0)
tell(link, meshPackets=mesh_packets, answers=answers)
