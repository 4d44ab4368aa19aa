"""Somebody with many addresses and no certificate, who knows where a link vertex listens. `half-open`: comes back with the token of a
Retry, and says nothing more; `tokens`: comes with tokens of its own making; `initials`: begins again and again."""

import json
import os
import socket
import struct
import time
from ipaddress import ip_address
from itertools import count, islice
from urllib.parse import urlsplit

from link import ALPN
from sealed import NOWHERE, client, pump
from told import TOLD

SIZE = 1200
SOCKETS = 256
BATCH = 64
HELD_MAX = 640
ROUND_TRIP_S = 0.05
PEER = (urlsplit(TOLD["endpoint"]).hostname, urlsplit(TOLD["endpoint"]).port)
packets = octets = 0


def addresses():
    """Each of another network, as far as the prefix has them."""
    first = int(ip_address(TOLD["first"]))
    return (str(ip_address(first + 257 * index % 65_536)) for index in count(1))


def socket_from(address: str) -> socket.socket:
    made = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    made.bind((address, 0))
    made.setblocking(False)
    return made


def send(via: socket.socket, datagram: bytes) -> None:
    global packets, octets
    packets += 1
    octets += len(datagram)
    try:
        via.sendto(datagram, PEER)
    except (BlockingIOError, ConnectionRefusedError):
        pass


def come_half_way(those: list[str]) -> list[socket.socket]:
    """An Initial of each, the Retries, Initials with their tokens; the handshakes of the other end are not answered."""
    comers = [(socket_from(address), client(ALPN, None)) for address in those]
    for via, quic in comers:
        quic.connect(NOWHERE, now=time.monotonic())
        pump(quic, time.monotonic(), lambda datagram, via=via: send(via, datagram))
    time.sleep(ROUND_TRIP_S)
    for via, quic in comers:
        try:
            quic.receive_datagram(via.recv(65_536), NOWHERE, time.monotonic())
        except BlockingIOError:
            continue
        pump(quic, time.monotonic(), lambda datagram, via=via: send(via, datagram))
    return [via for via, _ in comers]


def initial(token: bytes) -> bytes:
    head = bytes([0xC3]) + struct.pack("!IB", 1, 8) + os.urandom(8) + bytes([8]) + os.urandom(8)
    head += struct.pack("!H", 0x4000 | len(token)) + token
    rest = SIZE - len(head) - 2
    return head + struct.pack("!H", 0x4000 | rest) + os.urandom(rest)


deadline = time.monotonic() + TOLD["seconds"]


def is_over() -> bool:
    """Also when whoever started it has seen enough."""
    return time.monotonic() > deadline or os.path.exists(TOLD["until"])


if TOLD["kind"] == "half-open":
    held: list[socket.socket] = []
    networks = addresses()
    while not is_over():
        held += come_half_way(list(islice(networks, BATCH)))
        for old in held[:-HELD_MAX]:
            old.close()
        held = held[-HELD_MAX:]
else:
    sockets = [socket_from(address) for address in islice(addresses(), SOCKETS)]
    pause = 1 / TOLD["perSecond"]
    began = time.monotonic()
    for index in count():
        if index % BATCH == 0 and is_over():
            break
        token = os.urandom(64) if TOLD["kind"] == "tokens" else b""
        send(sockets[index % SOCKETS], initial(token))
        ahead = began + index * pause - time.monotonic()
        if ahead > 0.002:
            time.sleep(ahead)
print(json.dumps({"packets": packets, "bytes": octets, "code": None, "reason": None}))
