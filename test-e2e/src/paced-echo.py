"""A game's traffic: says something 60 times a second to a UDP echo service, and tells how late the answers came.

    paced-echo.py serve PORT              answers on 127.0.0.1; prints "ready"
    paced-echo.py play PORT SECONDS       prints {"sent", "answered", "p50", "p99", "jitter"}: the times in milliseconds

jitter is that of RFC 3550, 6.4.1: how much two packets in a row differ in their way, smoothed.
"""

import json
import socket
import struct
import sys
import time

PAUSE_S = 1 / 60
SIZE = 120


def serve(port: int) -> None:
    udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    udp.bind(("127.0.0.1", port))
    print("ready", flush=True)
    while True:
        datagram, client = udp.recvfrom(65_536)
        udp.sendto(datagram, client)


def play(port: int, seconds: float) -> None:
    udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    udp.connect(("127.0.0.1", port))
    udp.settimeout(0)
    begun = time.monotonic()
    count = int(seconds / PAUSE_S)
    trips: dict[int, float] = {}
    for number in range(count):
        udp.send(struct.pack(">Qd", number, time.monotonic()).ljust(SIZE, b"."))
        collect(udp, trips, begun + (number + 1) * PAUSE_S)
    # The last answers have as long as a player would wait.
    collect(udp, trips, time.monotonic() + 1, until=count)
    times = sorted(trips.values())
    jitter = 0.0
    in_order = [trips[number] for number in sorted(trips)]
    for before, after in zip(in_order, in_order[1:]):
        jitter += (abs(after - before) - jitter) / 16
    share = lambda part: times[round((len(times) - 1) * part)] * 1_000 if times else None
    print(json.dumps({"sent": count, "answered": len(times), "p50": share(0.5), "p99": share(0.99), "jitter": jitter * 1_000}))


def collect(udp: socket.socket, trips: dict[int, float], end: float, until: int | None = None) -> None:
    """Takes answers until a time, or until there are so many."""
    while (left := end - time.monotonic()) > 0 and len(trips) != until:
        udp.settimeout(left)
        try:
            number, sent = struct.unpack_from(">Qd", udp.recv(65_536))
        except (TimeoutError, BlockingIOError):
            return
        trips[number] = time.monotonic() - sent


if sys.argv[1] == "serve":
    serve(int(sys.argv[2]))
else:
    play(int(sys.argv[2]), float(sys.argv[3]))
