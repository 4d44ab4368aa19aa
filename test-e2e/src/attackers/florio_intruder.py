"""A local process that has no business with FlorIO. Usage: florio_intruder.py OWN-PATH TARGET...

Sends frames to each TARGET, from a socket without a name and from one bound to OWN-PATH ("-": not that one), and asks for a
stream connection too, in case it is an admin socket. Prints how often each thing happened for each target, as JSON: the name
of an error, or "sent".
"""

import errno
import json
import os
import socket
import struct
import sys

OWN, *TARGETS = sys.argv[1:]
TIMES = 20
MESH_PACKET = bytes.fromhex("102003000123456789abcdef000ca0000012e00000384000") + bytes(64)
DATA = bytes([1, 1, 0, 0]) + struct.pack("!I", 7) + struct.pack("!H", len(MESH_PACKET)) + MESH_PACKET
# A heartbeat of an instance that does not exist.
CONTROL = bytes([1, 2, 0, 0, 0, 0, 0, 0]) + bytes([0x09]) + os.urandom(8)
GARBAGE = os.urandom(300)


def attempt(act, counts):
    try:
        act()
        name = "sent"
    except OSError as error:
        name = errno.errorcode.get(error.errno, str(error))
    counts[name] = counts.get(name, 0) + 1


def datagrams(path, target, counts):
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as own:
        own.settimeout(2)
        if path is not None:
            own.bind(path)
        try:
            for _ in range(TIMES):
                for frame in (DATA, CONTROL, GARBAGE):
                    attempt(lambda frame=frame: own.sendto(frame, target), counts)
            # A connected socket would keep the true partner out.
            attempt(lambda: own.connect(target), counts)
        finally:
            if path is not None:
                os.unlink(path)


def stream(target, counts):
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as own:
        attempt(lambda: own.connect(target), counts)


results = {}
for target in TARGETS:
    counts = results.setdefault(target, {})
    if target.endswith("admin.sock"):
        stream(target, counts)
        continue
    datagrams(None, target, counts)
    if OWN != "-":
        datagrams(OWN, target, counts)
print(json.dumps(results))
