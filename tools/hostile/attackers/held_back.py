"""A transit node carries what it should, in both directions. It holds back a packet of the originator's now and then, and lets it in after later
ones with another word for the reverse path, which leads nowhere: an acceptor that believes it answers to nobody."""

import struct
import time

from link import Link
from story import TOLD, identity, tell

HOLD_S = 0.3
WORDS_AT = 12
DROPPED_BITS = 12

to_originator = Link(TOLD["originator"], identity("vertex"))
to_originator.open()
to_acceptor = Link(TOLD["endpoint"], identity("vertex"))
to_acceptor.open()
turned = carried = let_in = 0
held: tuple[float, bytes] | None = None
deadline = time.monotonic() + TOLD["seconds"]


def popped(packet: bytes, label: int) -> bytes:
    """One word further, with the label that leads back."""
    cursor = packet[3]
    at = WORDS_AT + 4 * cursor
    changed = bytearray(packet)
    changed[1] -= 1
    changed[3] = cursor + 1
    struct.pack_into("!I", changed, at, label << DROPPED_BITS)
    return bytes(changed)


def forward(packet: bytes) -> None:
    global carried, held
    carried += 1
    is_short = packet[WORDS_AT + 4 * packet[2]] & 0xC0 == 0x40
    if held is None and is_short and carried % 20 == 0:
        held = (time.monotonic() + HOLD_S, popped(packet, TOLD["nowhere"]))
        return
    to_acceptor.send_packet(popped(packet, TOLD["own"]["a"]))


def backward(packet: bytes) -> None:
    global turned
    label = struct.unpack_from("!I", packet, WORDS_AT)[0] >> DROPPED_BITS
    if label == TOLD["nowhere"]:
        turned += 1
    elif label == TOLD["own"]["a"]:
        to_originator.send_packet(popped(packet, TOLD["own"]["v"]))


to_originator.on_packet, to_acceptor.on_packet = forward, backward
while time.monotonic() < deadline and to_originator.closed is None and to_acceptor.closed is None:
    to_originator.turn(0.002)
    to_acceptor.turn()
    if held is not None and held[0] < time.monotonic():
        to_acceptor.send_packet(held[1])
        held = None
        let_in += 1
to_acceptor.packets_sent += to_originator.packets_sent
to_acceptor.bytes_sent += to_originator.bytes_sent
tell(to_acceptor, turned=turned, carried=carried, letIn=let_in)
