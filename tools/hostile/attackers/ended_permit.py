"""Sends packets of one class with the labels of a route at a steady rate, whatever permits say, until a file says that it is enough, or the link is closed."""

import os
import time

import frames
from end import mesh_packet
from story import TOLD, Pace, open_link, space, tell

RELIABLE = b"\x40"
SIZE = 1_000

link = open_link()
pace = Pace(link, TOLD["perSecond"])
began = time.monotonic()
with open(TOLD["opened"], "w") as file:
    file.write("open")
made = 0
while link.closed is None and not os.path.exists(TOLD["until"]) and time.monotonic() - began < TOLD["seconds"]:
    packet = mesh_packet(TOLD["route"], os.urandom(8), RELIABLE + bytes(SIZE))
    payload = next(frames.packed([frames.datagram(b"\0" + packet)], space(link)))
    link.send_frames(payload)
    made += 1
    pace.wait()
tell(link, made=made, seconds=time.monotonic() - began)
