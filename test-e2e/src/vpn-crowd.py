"""Sessions of many clients with an egress of a VPN, brought to it as a cluster vertex does: vpn-crowd.py SOCKET PID SESSIONS

It keeps to docs/protocol/data-session.md, docs/protocol/vpn-service.md and RFC 9484. Prints JSON: the memory of process PID before and with the
sessions (KiB, without what it shares with files), what the first client was assigned, what it should have been, and the answer to a packet that is for another client.
"""
import hashlib
import json
import socket
import struct
import sys
import time

HELLO, READY, OPEN, DATA, ACK, PING, PONG, RESET, DATAGRAM = 1, 3, 4, 5, 6, 7, 8, 13, 15
VERTEX, STREAM, FLOW, INTERACTIVE = 2, 1, 2, 3
LIMITS = {1: 100, 2: 65_535, 3: 65_535, 4: 65_507}
# Flows of each class, by its number.
FLOWS = {0: 4, 2: 1, 3: 2, 4: 4, 5: 1}
ADDRESS_ASSIGN, ADDRESS_REQUEST = 1, 2
SETTLE_S = 8
WAIT_S = 60


def text(words):
    return bytes([len(words)]) + words.encode()


def read_varint(data, at):
    size = 1 << (data[at] >> 6)
    return int.from_bytes(data[at : at + size], "big") & ((1 << (8 * size - 2)) - 1), at + size


def capsules(data):
    at = 0
    while at < len(data):
        kind, at = read_varint(data, at)
        length, at = read_varint(data, at)
        yield kind, data[at : at + length]
        at += length


def assigned(body):
    """The request, address and prefix of each entry."""
    at = 0
    while at < len(body):
        number, at = read_varint(body, at)
        size = 4 if body[at] == 4 else 16
        yield number, body[at + 1 : at + 1 + size].hex(), body[at + 1 + size]
        at += 2 + size


def address_by_right(principal, network, bits):
    name = b"\0".join([b"FLORENETES VPN ADDRESS", b"main", principal.encode(), b"0"])
    digest = int.from_bytes(hashlib.sha256(name).digest()[: len(network)], "big")
    return (int.from_bytes(network, "big") | digest & ((1 << bits) - 1)).to_bytes(len(network), "big")


def checksum(data):
    total = sum(struct.unpack(f"!{len(data) // 2}H", data))
    while total >> 16:
        total = (total >> 16) + (total & 0xFFFF)
    return struct.pack("!H", total ^ 0xFFFF)


def udp_packet(source, destination):
    head = struct.pack("!BBHHHBBH", 0x45, 0, 28, 0, 0x4000, 64, 17, 0) + source + destination
    return head[:10] + checksum(head) + head[12:] + struct.pack("!HHHH", 1_000, 2_000, 8, 0)


def memory(pid):
    with open(f"/proc/{pid}/smaps_rollup", encoding="ascii") as file:
        return next(int(line.split()[1]) for line in file if line.startswith("Pss_Anon:"))


class Vertex:
    def __init__(self, path):
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.connect(path)
        self.buffer, self.last, self.is_ready = b"", 0, False
        self.answered, self.reset, self.data, self.datagrams = set(), set(), {}, []
        self.send(HELLO, 0, b"FDSN" + bytes([1, 1, VERTEX]) + text("crowd"))
        limits = b"".join(struct.pack("!HQ", number, value) for number, value in LIMITS.items())
        self.until(lambda: self.is_ready)
        self.send(READY, 0, text("") + bytes([len(LIMITS)]) + limits)

    def send(self, kind, stream, body):
        self.socket.sendall(struct.pack("!BBHQ", kind, 0, len(body), stream) + body)

    def open(self, kind, traffic_class, principal):
        self.last += 2
        self.send(OPEN, self.last, bytes([kind, traffic_class]) + text("vpn-egress.main") + text(principal))
        return self.last

    def until(self, is_done):
        end = time.monotonic() + WAIT_S
        while not is_done():
            assert time.monotonic() < end, "the egress says nothing more"
            self.hear()

    def hear(self):
        self.socket.settimeout(0.5)
        try:
            self.buffer += self.socket.recv(1 << 20)
        except TimeoutError:
            return
        while len(self.buffer) >= 12:
            kind, _, length, stream = struct.unpack_from("!BBHQ", self.buffer)
            if len(self.buffer) < 12 + length:
                return
            body, self.buffer = self.buffer[12 : 12 + length], self.buffer[12 + length :]
            self.handle(kind, stream, body)

    def handle(self, kind, stream, body):
        if kind == READY:
            self.is_ready = True
        elif kind == PING:
            self.send(PONG, 0, body)
        elif kind == OPEN:
            self.answered.add(stream)
        elif kind == RESET:
            self.reset.add(stream)
        elif kind == DATAGRAM:
            self.datagrams.append(body.hex())
        elif kind == DATA:
            self.data[stream] = self.data.get(stream, b"") + body[8:]
            self.send(ACK, stream, struct.pack("!Q", len(self.data[stream])))


pid, count = int(sys.argv[2]), int(sys.argv[3])
vertex = Vertex(sys.argv[1])
before = memory(pid)
# One address of each version, under the numbers 1 and 2.
entries = b"\x01\x04" + bytes(4) + b"\x20" + b"\x02\x06" + bytes(16) + b"\x80"
for client in range(count):
    stream = vertex.open(STREAM, INTERACTIVE, f"user/{client}")
    vertex.send(DATA, stream, bytes(8) + bytes([ADDRESS_REQUEST, len(entries)]) + entries)
    flows = [vertex.open(FLOW, number, f"user/{client}") for number, most in FLOWS.items() for _ in range(most)]
    vertex.until(lambda: flows[-1] in vertex.answered)
told = [entry for kind, body in capsules(vertex.data[2]) if kind == ADDRESS_ASSIGN for entry in assigned(body)]
own = address_by_right("user/0", bytes([100, 64, 0, 0]), 16)
own6 = address_by_right("user/0", bytes.fromhex("fd000f10") + bytes(12), 64)
other = address_by_right("user/1", bytes([100, 64, 0, 0]), 16)
vertex.send(DATAGRAM, 4, b"\0" + udp_packet(own, other))
vertex.until(lambda: vertex.datagrams)
end = time.monotonic() + SETTLE_S
while time.monotonic() < end:
    vertex.hear()
seen = {"before": before, "with": memory(pid), "told": told, "rights": [own.hex(), own6.hex()]}
print(json.dumps(seen | {"answer": vertex.datagrams[0], "answered": len(vertex.answered), "reset": len(vertex.reset)}))
