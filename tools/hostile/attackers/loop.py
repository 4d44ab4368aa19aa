"""Sends packets whose labels lead around a triangle of links as often as a packet may have labels."""

import os

import frames
from end import mesh_packet
from story import TOLD, Pace, open_link, space, tell

LABELS_MAX = 16
PACKETS_PER_SECOND = 2_000

link = open_link()
around = [TOLD["around"][hop % len(TOLD["around"])] for hop in range(LABELS_MAX)]
pace = Pace(link, PACKETS_PER_SECOND)
made = 0
for _ in range(TOLD["seconds"] * PACKETS_PER_SECOND):
    packet = mesh_packet(around, os.urandom(8), b"\x40" + bytes(99), 255)
    payload = next(frames.packed([frames.datagram(b"\0" + packet)] * 5, space(link)))
    made += len(payload) // len(frames.datagram(b"\0" + packet))
    link.send_frames(payload)
    pace.wait()
link.keep(1.0)
tell(link, made=made)
