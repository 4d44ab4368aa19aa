"""Packets with true keys that hold any frames in any order, sound or not, or any bytes; a new link for each case. The same seed sends the
same frames."""

import random
import time

import frames
from aioquic.buffer import encode_uint_var as uint
from end import End, Ends
from link import Link, LinkOver
from story import TOLD, identity, tell

PACKETS_OF_A_CASE = 300
FRAMES_MAX = 40
SIZE_MAX = 1_150
EDGES = [0, 1, 2, 3, 4, 5, 8, 63, 64, 255, 16_383, 16_384, 65_535, 262_144, (1 << 30) - 1, 1 << 30, (1 << 32) - 1, (1 << 62) - 1]
LAST_TYPE = 0x40


def number(chance: random.Random) -> int:
    if chance.random() < 0.3:
        return chance.choice(EDGES)
    return chance.randrange(1 << chance.choice([2, 4, 6, 8, 14, 20, 30, 62]))


def some(chance: random.Random, most: int = 64) -> bytes:
    return chance.randbytes(chance.randrange(most))


def sized(chance: random.Random) -> bytes:
    """A length and as many bytes, or nearly."""
    data = some(chance, 200)
    return uint(len(data) if chance.random() < 0.9 else number(chance)) + data


def acknowledgement(chance: random.Random) -> bytes:
    ranges = chance.randrange(5)
    return uint(number(chance)) + uint(number(chance)) + uint(ranges) + b"".join(uint(number(chance)) for _ in range(2 * ranges + 1))


def connection_id(chance: random.Random) -> bytes:
    data = chance.randbytes(chance.choice([0, 1, 6, 8, 20, 21]))
    return uint(number(chance)) + uint(number(chance)) + bytes([len(data)]) + data + chance.randbytes(16)


def numbers(count: int):
    return lambda chance: b"".join(uint(number(chance)) for _ in range(count))


def nothing(_: random.Random) -> bytes:
    return b""


BODIES = {
    0x00: nothing,
    0x01: nothing,
    0x02: acknowledgement,
    0x03: lambda chance: acknowledgement(chance) + numbers(3)(chance),
    0x04: numbers(3),
    0x05: numbers(2),
    0x06: lambda chance: uint(number(chance)) + sized(chance),
    0x07: sized,
    0x10: numbers(1),
    0x11: numbers(2),
    0x12: numbers(1),
    0x13: numbers(1),
    0x14: numbers(1),
    0x15: numbers(2),
    0x16: numbers(1),
    0x17: numbers(1),
    0x18: connection_id,
    0x19: numbers(1),
    0x1A: lambda chance: chance.randbytes(8),
    0x1B: lambda chance: chance.randbytes(8),
    0x1E: nothing,
    0x30: lambda chance: some(chance, 100),
    0x31: sized,
    **{0x08 | bits: (lambda chance: uint(number(chance)) + uint(number(chance)) + sized(chance)) for bits in range(8)},
}


def frame(chance: random.Random) -> bytes:
    if chance.random() < 0.02:
        return uint(chance.randrange(LAST_TYPE)) + some(chance)
    kind = chance.choice(list(BODIES))
    made = uint(kind) + BODIES[kind](chance)
    return made[: chance.randrange(len(made) + 1)] if chance.random() < 0.02 else made


def payload(chance: random.Random) -> bytes:
    if chance.random() < 0.05:
        return chance.randbytes(chance.randrange(1, SIZE_MAX))
    kind = frame(chance)
    count = chance.randrange(1, FRAMES_MAX)
    # A frame that is repeated finds flaws that no mixture finds.
    made = [kind if chance.random() < 0.3 else frame(chance) for _ in range(count)]
    return next(frames.packed(made, SIZE_MAX), b"") or frames.PING


def play(case: int) -> tuple[int, int]:
    chance = random.Random(case)
    link = Link(TOLD["endpoint"], identity("vertex"))
    try:
        link.open()
        carrier: Link | End = link
        if chance.random() < 0.5:
            carrier = End(Ends(link), TOLD["labels"]["web"], identity("user/carol"))
            carrier.open()
        link.is_deaf = chance.random() < 0.3
        other = link.new_socket()
        for _ in range(PACKETS_OF_A_CASE):
            if carrier.closed is not None or link.closed is not None:
                break
            moved = {"via": other} if carrier is link and chance.random() < 0.1 else {}
            carrier.send_frames(payload(chance)[:SIZE_MAX], **moved)
            if chance.random() < 0.2:
                link.turn()
    except (LinkOver, TimeoutError):
        pass  # A link that was refused is an answer, too.
    finally:
        link.socket.close()
    return link.packets_sent, link.bytes_sent


deadline = time.monotonic() + TOLD["seconds"]
cases = packets = octets = 0
while time.monotonic() < deadline:
    sent = play(TOLD["seed"] * 1_000_000 + cases)
    cases, packets, octets = cases + 1, packets + sent[0], octets + sent[1]
last = Link(TOLD["endpoint"], identity("vertex"))
last.open()
last.packets_sent, last.bytes_sent = packets, octets
tell(last, cases=cases)
