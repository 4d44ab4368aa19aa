"""A FlorIO partner that speaks nonsense: it takes the place of a process that has ended.

    python3 florio_partner.py BIND CONNECT version|attach|junk|words

It says `done` when it has said all that it has to say, and ends when its input does. With `words` it refuses the cluster vertex that
attaches, in words that should move a terminal.
"""

import os
import random
import struct
import sys
import time
from pathlib import Path
from socket import AF_UNIX, SOCK_DGRAM, socket

sys.path.insert(0, str(Path(__file__).parents[3] / "examples/link-vertex-python"))
from portal_messages import decode, encode  # noqa: E402

HEADER = struct.Struct("!BBHI")  # version, type, flags, link handle
DATA, CONTROL = 1, 2
VERSION_OF_LATER = 2
WORDS = "\u202e\r\nlevel=error\x1b[2J\x85\U000e0041"


def attach(version: int) -> bytes:
    body = {"cluster": "bad", "vertex": "a", "started_at": 1, "version_min": version, "version_max": version}
    return HEADER.pack(1, CONTROL, 0, 0) + encode({"instance": "00112233445566aa", "request_id": 1, "attach": body})


def junk() -> list[bytes]:
    """Random bytes, and good frames that were cut off or changed."""
    random.seed(4711)
    packet = random.randbytes(60)
    good = [attach(1), HEADER.pack(1, DATA, 0, 77) + struct.pack("!H", len(packet)) + packet]
    frames = [random.randbytes(random.randrange(2000)) for _ in range(200)]
    frames += [frame[:size] for frame in good for size in range(1, len(frame))]
    for frame in good:
        for at in range(len(frame)):
            frames.append(frame[:at] + bytes([frame[at] ^ 0x5A]) + frame[at + 1 :])
    frames += [HEADER.pack(1, kind, 0, 1) + random.randbytes(40) for kind in (DATA, CONTROL, 3, 255) for _ in range(20)]
    # The whole `attach` frame is left out: its sender would be taken for a cluster vertex that attaches, which is another test.
    return [frame for frame in frames if frame != good[0]]


def refuse(sock: socket) -> None:
    """Answers the first Attach that comes."""
    while True:
        frame = sock.recv(70_000)
        message = decode(frame[HEADER.size :]) if frame[1] == CONTROL else {}
        if "attach" in message:
            break
    error = {"code": WORDS, "text": WORDS}
    answer = {"instance": WORDS, "request_id": message["request_id"], "error": error}
    sock.send(HEADER.pack(1, CONTROL, 0, 0) + encode(answer))
    sock.send(HEADER.pack(1, CONTROL, 0, 0) + encode({**answer, "instance": "00112233445566aa"}))


def frames_of(what: str) -> list[bytes]:
    if what == "version":
        return [HEADER.pack(VERSION_OF_LATER, CONTROL, 0, 0) + random.randbytes(20) for _ in range(20)]
    return [attach(9)] * 3 if what == "attach" else junk()


def main(bind: str, connect: str, what: str) -> None:
    if os.path.exists(bind):
        os.unlink(bind)
    sock = socket(AF_UNIX, SOCK_DGRAM)
    sock.bind(bind)
    os.chmod(bind, 0o660)
    for _ in range(100):
        try:
            sock.connect(connect)
            break
        except OSError:
            time.sleep(0.05)
    if what == "words":
        refuse(sock)
    else:
        for frame in frames_of(what):
            sock.send(frame)  # waits while the socket is full
    print("done", flush=True)
    sys.stdin.read()


if __name__ == "__main__":
    main(*sys.argv[1:])
