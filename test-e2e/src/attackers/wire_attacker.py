"""Somebody on a wire: hears all UDP packets there and puts others between them. Usage: wire_attacker.py PEER PID RECORD

Runs in the node at the other end of the wire from PEER (an IP address), and sends to PEER what looks as if that node had sent
it. PID is a process in PEER's network namespace. It records RECORD packets first and prints "recorded"; a line on its standard input then starts the attack. At its end it
prints what it has sent, by kind, as JSON. All of it from raw sockets, below both ends' IP.
"""

import json
import os
import random
import socket
import struct
import subprocess
import sys
import time

PEER = sys.argv[1]
PEER_PID = int(sys.argv[2])
RECORD = int(sys.argv[3])
ROUTE = json.loads(subprocess.check_output(["ip", "-j", "route", "get", PEER]))[0]
OWN, DEVICE = ROUTE["prefsrc"], ROUTE["dev"]
FRAME_HEADER = 14
IP_HEADER = 20
UDP_HEADER = 8
QUIC_AT = FRAME_HEADER + IP_HEADER + UDP_HEADER
MTU = 1500
QUEUE_MAX = 16_384
"""Bytes in the peer's sockets while another packet is sent, far below what they hold: every one of them shall be looked at."""
PAUSE = 0.0005
"""Between packets: the answers to them have a limited rate."""
WAIT_MAX = 30
"""Seconds for a peer that does not read."""

raw = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(0x0003))
raw.bind((DEVICE, 0))
sent = {}


def checksum(data):
    total = sum(struct.unpack(f"!{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


def frame(like, payload, source=None, port=None):
    """A frame as `like`, with another payload. A UDP checksum of 0 says that there is none (RFC 768)."""
    ip = bytearray(like[FRAME_HEADER : FRAME_HEADER + IP_HEADER])
    struct.pack_into("!H", ip, 2, IP_HEADER + UDP_HEADER + len(payload))
    if source is not None:
        ip[12:16] = socket.inet_aton(source)
    struct.pack_into("!H", ip, 10, 0)
    struct.pack_into("!H", ip, 10, checksum(bytes(ip)))
    from_port, to_port = struct.unpack_from("!HH", like, FRAME_HEADER + IP_HEADER)
    udp = struct.pack("!HHHH", port or from_port, to_port, UDP_HEADER + len(payload), 0)
    return like[:FRAME_HEADER] + bytes(ip) + udp + payload


def queued():
    """Bytes that wait in the peer's UDP sockets, by proc(5): after the addresses and the state stands "tx_queue:rx_queue"."""
    rows = []
    for table in ("udp", "udp6"):
        with open(f"/proc/{PEER_PID}/net/{table}") as file:
            rows += file.readlines()[1:]
    return sum(int(row.split()[4].split(":")[1], 16) for row in rows)


def send(kind, like, payload, **other):
    deadline = time.monotonic() + WAIT_MAX
    while queued() > QUEUE_MAX:
        if time.monotonic() > deadline:
            sys.exit(f"{PEER} has read nothing for {WAIT_MAX} s")
        time.sleep(PAUSE)
    raw.send(frame(like, payload, **other))
    sent[kind] = sent.get(kind, 0) + 1
    time.sleep(PAUSE)


def is_ours(packet):
    """UDP over plain IPv4 from this node to the peer."""
    ip = packet[FRAME_HEADER : FRAME_HEADER + IP_HEADER]
    return (
        packet[12:14] == b"\x08\x00"
        and ip[0] == 0x45
        and ip[9] == socket.IPPROTO_UDP
        and ip[12:16] == socket.inet_aton(OWN)
        and ip[16:20] == socket.inet_aton(PEER)
    )


def flipped(payload, at):
    changed = bytearray(payload)
    changed[at] ^= 1 << random.randrange(8)
    return bytes(changed)


def initial(version, token):
    """A well-formed first packet of nobody (RFC 9000, 17.2.2), 1200 bytes."""
    head = bytes([0xC0]) + struct.pack("!I", version) + bytes([8]) + os.urandom(8) + bytes([8]) + os.urandom(8)
    head += struct.pack("!H", 0x4000 | len(token)) + token
    rest = 1200 - len(head) - 2
    return head + struct.pack("!H", 0x4000 | rest) + os.urandom(rest)


def attack(recorded):
    random.seed(1)
    like = recorded[-1]
    for packet in recorded:
        payload = packet[QUIC_AT:]
        if payload[0] & 0x80:
            # A handshake may be over: its packets then belong to no connection.
            send("replayedHandshake", packet, payload)
            continue
        send("replayed", packet, payload)
        # With a short header the first 9 bytes are the flags and the connection ID; the rest is sealed.
        send("changed", packet, flipped(payload, random.randrange(9, len(payload))))
        send("forged", packet, payload[:9] + os.urandom(max(32, len(payload) - 9)))
        send("fromElsewhere", packet, payload, port=random.randrange(1024, 65536))
        send("fromNowhere", packet, payload, source=f"10.200.{random.randrange(256)}.{random.randrange(1, 255)}")
        # A packet of 21 bytes is too small to be answered.
        send("unknownConnection", packet, b"\x40" + os.urandom(20))
        send("answeredByReset", packet, b"\x40" + os.urandom(21))
    for _ in range(50):
        send("empty", like, b"")
        send("notQuic", like, os.urandom(1) if random.random() < 0.5 else bytes([0xC0]) + os.urandom(3))
        send("firstPacket", like, initial(1, b""), port=random.randrange(1024, 65536))
        send("firstPacketWithToken", like, initial(1, os.urandom(64)))
        send("otherVersion", like, initial(0x1A2A3A4A, b""))


recorded = []
while len(recorded) < RECORD:
    packet, (_device, _protocol, packet_type, *_rest) = raw.recvfrom(65536)
    if packet_type == socket.PACKET_OUTGOING and is_ours(packet):
        frame_length = FRAME_HEADER + struct.unpack_from("!H", packet, FRAME_HEADER + 2)[0]
        # A network of namespaces shows several datagrams as one (UDP_SEGMENT), which no wire does.
        if frame_length <= FRAME_HEADER + MTU:
            recorded.append(packet[:frame_length])
print("recorded", flush=True)
sys.stdin.readline()
attack(recorded)
print(json.dumps(sent), flush=True)
