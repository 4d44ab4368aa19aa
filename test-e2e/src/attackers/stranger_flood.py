"""Strangers who flood a link vertex. Usage: stranger_flood.py KIND HOST PORT RATE

Sends RATE first packets a second to HOST:PORT until its standard input ends, from addresses of all networks, and prints how many as JSON.
KIND `initials`: without a token. `tokens`: with one that nobody gave. From raw sockets, since these addresses are not here.
"""

import json
import os
import random
import select
import socket
import struct
import sys
import time

KIND, HOST, PORT, RATE = sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
BATCH = max(1, RATE // 200)
raw = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_RAW)


def initial(token):
    """A well-formed first packet of nobody (RFC 9000, 17.2.2), 1200 bytes. Nobody who asks for a Retry opens it."""
    head = bytes([0xC0]) + struct.pack("!I", 1) + bytes([8]) + os.urandom(8) + bytes([8]) + os.urandom(8)
    head += struct.pack("!H", 0x4000 | len(token)) + token
    rest = 1200 - len(head) - 2
    return head + struct.pack("!H", 0x4000 | rest) + bytes(rest)


def datagram(payload):
    """From an address of 11.0.0.0 to 126.255.255.255. The kernel writes the checksums of IP; one of UDP may be 0."""
    source = bytes([random.randrange(11, 127), random.randrange(256), random.randrange(256), random.randrange(1, 255)])
    udp = struct.pack("!HHHH", random.randrange(1024, 65536), PORT, 8 + len(payload), 0) + payload
    ip = struct.pack("!BBHHHBBH", 0x45, 0, 20 + len(udp), 0, 0, 64, socket.IPPROTO_UDP, 0)
    return ip + source + socket.inet_aton(HOST) + udp


def token():
    """What looks like one of link-flor's, up to its proof."""
    return bytes([1, 0, 0, 0, 0xFF, 0xFF, 0xFF, 8]) + os.urandom(8 + 16)


sent = 0
start = time.monotonic()
print("flooding", flush=True)
while not select.select([sys.stdin], [], [], 0)[0]:
    for _ in range(BATCH):
        raw.sendto(datagram(initial(token() if KIND == "tokens" else b"")), (HOST, 0))
    sent += BATCH
    time.sleep(max(0, start + sent / RATE - time.monotonic()))
print(json.dumps({"sent": sent, "seconds": time.monotonic() - start}), flush=True)
