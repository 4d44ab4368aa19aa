"""The link vertex in Python with one mistake, for tests of the kit: a kit that finds nothing wrong with it is worth nothing.

    python3 mutant.py MISTAKE run --config FILE
"""

import os
import socket
import sys
import time
import zlib
from collections import deque
from pathlib import Path
from typing import Any

FAKE = Path(__file__).parents[4] / "test-e2e" / "src" / "fake-link-vertex"
sys.path.insert(0, str(FAKE))

import fake_link_vertex  # noqa: E402
import florio  # noqa: E402
import portal  # noqa: E402
import portal_messages  # noqa: E402
import udp_links  # noqa: E402
import vertex  # noqa: E402
from florio import Port  # noqa: E402
from portal import Portal  # noqa: E402
from udp_links import UdpLinks  # noqa: E402


def answers_late_requests() -> None:
    def open_link(self: Portal, client: Any, message: Any) -> None:
        answered = Portal_open_link(self, client, message)
        key = message["open_link"].get("key", {"peer": "", "tag": ""})
        link = self.table.get((key["peer"], key["tag"]))
        if link is not None and link.claimed_by > message["request_id"]:
            self._answer(message, {"open_link_answer": {}})
        return answered

    Portal_open_link = Portal._open_link
    Portal._open_link = open_link


def reuses_handles() -> None:
    def start_session(self: UdpLinks, end: Any, _session: int, now: float) -> None:
        start(self, end, zlib.crc32(end.link.tag.encode()) or 1, now)

    start = UdpLinks._start_session
    UdpLinks._start_session = start_session


def keeps_time_by_the_wall_clock() -> None:
    time.monotonic = time.time


def ignores_detach() -> None:
    def handle_message(self: Portal, data: bytes, now: float) -> None:
        if portal_messages.body_of(portal_messages.decode(data)) != "detach":
            handle(self, data, now)

    handle = Portal.handle_message
    Portal.handle_message = handle_message


def keeps_links_for_ever() -> None:
    portal.UNCLAIMED_S = 1e9


def merges_packets() -> None:
    def send_packets(self: UdpLinks, handle: int, packets: list[bytes], now: float) -> None:
        send(self, handle, [b"".join(packets)], now)

    send = UdpLinks.send_packets
    UdpLinks.send_packets = send_packets


def sets_flags() -> None:
    class Header:
        size = florio.HEADER.size
        unpack = florio.HEADER.unpack
        unpack_from = florio.HEADER.unpack_from

        @staticmethod
        def pack(version: int, kind: int, _flags: int, handle: int) -> bytes:
            return PLAIN.pack(version, kind, 1, handle)

    PLAIN = florio.HEADER
    florio.HEADER = Header  # type: ignore[assignment]


def dies_of_what_is_no_message() -> None:
    def handle_message(self: Portal, data: bytes, now: float) -> None:
        portal_messages.decode(data)
        handle(self, data, now)

    handle = Portal.handle_message
    Portal.handle_message = handle_message


def never_tells_again() -> None:
    Portal._retell = lambda *_: None


def hears_anybody() -> None:
    def receive(self: Port) -> Any:
        for _ in range(florio.READS_MAX):
            try:
                frame, _sender = self._socket.recvfrom(florio.FRAME_SIZE_MAX + 1)
                yield florio.read_frame(frame)
            except (OSError, florio.FrameError):
                return

    Port.receive = receive


def judges_before_it_reads() -> None:
    portal.GRACES_MAX = 0

    def handle_turn(self: Any, now: float) -> None:
        self.portal.handle_time(now)
        turn(self, now)

    turn = vertex.Served.handle_turn
    vertex.Served.handle_turn = handle_turn


def waits_for_more() -> None:
    def flush(self: Port) -> None:
        now, held = time.monotonic(), self._frames
        size = sum(map(len, held))
        # The time counts from the last packet that has come, in whatever frame: no packet goes early because it came behind one that had waited already.
        if size != getattr(self, "holds", 0):
            self.holds, self.holds_since = size, now
        if held and now - self.holds_since < 0.25:
            self._frames = deque()
            send(self)
            self._frames = held
        else:
            send(self)
            self.holds = 0

    send = Port.flush
    Port.flush = flush


def beats_too_rarely() -> None:
    # Heartbeats are so rare that the five of PA-13 do not come even when the kit listens five times as long, as it does on a busy machine.
    portal.HEARTBEAT_S = 2.5


def cuts_names() -> None:
    def key_of(wish: Any) -> Any:
        key = wish.get("key", {"peer": "", "tag": ""})
        return (key["peer"][:40], key["tag"][:20]) if key["peer"] and key["tag"] else None

    portal._key_of = key_of


def speaks_any_version() -> None:
    def attach(self: Portal, message: Any, now: float) -> None:
        message["attach"] |= {"version_min": 1, "version_max": 1}
        before(self, message, now)

    before = Portal._attach
    Portal._attach = attach


def believes_any_acknowledgement() -> None:
    def handle_message(self: Portal, data: bytes, now: float) -> None:
        handle(self, data, now)
        message = portal_messages.decode(data)
        if self._client is not None and portal_messages.body_of(message) == "heartbeat":
            self._client.told = self._client.acknowledged = message["heartbeat"]["generation"]

    handle = Portal.handle_message
    Portal.handle_message = handle_message


def leaves_its_socket_behind() -> None:
    Port.close = lambda self: self._socket.close()


def sends_everything_to_the_first_link() -> None:
    def send_packets(self: UdpLinks, _handle: int, packets: list[bytes], now: float) -> None:
        send(self, next(iter(self._sessions), 0), packets, now)

    send = UdpLinks.send_packets
    UdpLinks.send_packets = send_packets


def turns_elsewhere() -> None:
    def flush(self: Port) -> None:
        now = time.monotonic()
        if self.is_connected and now >= getattr(self, "next_turn", 0.0):
            self.next_turn = now + 0.5
            with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as elsewhere:
                elsewhere.bind(self._own_path + ".elsewhere")
                self._socket.connect(self._own_path + ".elsewhere")
                time.sleep(0.1)
                self._socket.connect(self._partner_path)
            os.unlink(self._own_path + ".elsewhere")
        send(self)

    send = Port.flush
    Port.flush = flush


if __name__ == "__main__":
    globals()[sys.argv.pop(1)]()
    vertex.run(fake_link_vertex.make_links, "A link vertex with a mistake.")
