"""Two vertices of the skeleton beside each other, over sockets of this machine and in a time of their own."""

import json
import sys
import unittest
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1]))

import skeleton_links
from portal import ACCEPTOR, DOWN, ORIGINATOR, REFUSED, UP, Link, Portal
from skeleton_links import DEAD_S, MTU, SkeletonLinks, resolve

TURN_S = 0.02
TURNS_MAX = 2_000

skeleton_links.log = lambda code, text, source="": None  # the tests look at states


class Vertex:
    def __init__(self, name: str) -> None:
        self.packets: list[bytes] = []
        own = SimpleNamespace(cluster="demo", name=name)
        self.credentials: Any = SimpleNamespace(own=own, chain=[name.encode()], folder="/none", lists=None)
        self.links = SkeletonLinks(self.credentials, "udp://127.0.0.1:0", lambda _, packet: self.packets.append(packet))
        self.links.portal = Portal("demo", self.links, lambda _: None, name)
        self.links.portal.judge.generation = 0
        self.links.portal._send = lambda message, _: None  # type: ignore[method-assign]

    @property
    def endpoint(self) -> str:
        host, port = self.links._socket.getsockname()
        return f"udp://{host}:{port}"

    def want(self, peer: "Vertex", name: str, role: int) -> Link:
        link = Link(name, "0", role, peer.endpoint if role == ORIGINATOR else "")
        self.links.open(link)
        return link


class Skeleton(unittest.TestCase):
    def setUp(self) -> None:
        self.now = 1.0
        self.a, self.b = Vertex("a"), Vertex("b")

    def tearDown(self) -> None:
        for vertex in (self.a, self.b):
            vertex.links._socket.close()

    def until(self, is_so: Callable[[], bool], *vertices: Vertex) -> None:
        for _ in range(TURNS_MAX):
            if is_so():
                return
            self.now += TURN_S
            for vertex in vertices or (self.a, self.b):
                vertex.links.handle_turn(self.now)
        self.fail("it did not come to that")

    def raise_link(self) -> tuple[Link, Link]:
        ends = self.a.want(self.b, "b", ORIGINATOR), self.b.want(self.a, "a", ACCEPTOR)
        self.until(lambda: all(end.state["state"] == UP for end in ends))
        return ends

    def test_packets_go_both_ways(self) -> None:
        at_a, at_b = self.raise_link()
        self.assertEqual(at_a.state["mtu"], MTU)
        largest = bytes(range(200)) * 7
        self.a.links.send_packets(at_a.state["handle"], [b"x", largest, bytes(MTU + 1)], self.now)
        self.b.links.send_packets(at_b.state["handle"], [b"y"], self.now)
        self.until(lambda: len(self.b.packets) == 2 and len(self.a.packets) == 1)
        self.assertEqual((self.b.packets, self.a.packets), ([b"x", largest], [b"y"]))

    def test_the_neighbour_hears_of_an_end(self) -> None:
        _, at_b = self.raise_link()
        self.a.links.stop()
        self.until(lambda: at_b.state["state"] == DOWN)
        self.assertEqual(at_b.state["code"], "STOPPING")

    def test_silence_ends_a_link(self) -> None:
        at_a, _ = self.raise_link()
        up_at = self.now
        self.until(lambda: at_a.state["state"] == DOWN, self.a)
        self.assertEqual(at_a.state["code"], "SILENT")
        self.assertLess(self.now, up_at + 2 * DEAD_S)

    def test_the_cluster_vertex_has_the_last_word(self) -> None:
        questions: list[dict[str, Any]] = []
        judge = self.b.links.portal.judge
        judge.generation = 7
        judge._send = questions.append
        at_a, at_b = self.a.want(self.b, "b", ORIGINATOR), self.b.want(self.a, "a", ACCEPTOR)
        self.until(lambda: judge.handle_time(self.now) or questions != [])
        self.assertNotEqual(at_b.state["state"], UP)
        self.assertEqual(questions[0]["judge"]["chain"], [b"a"])
        refusal = {"good_until": 0, "grace_ms": 0, "code": "REVOKED", "text": "", "name": "", "judge_generation": 7}
        judge.handle_answer(questions[0]["request_id"], refusal)
        self.until(lambda: at_a.state["state"] == REFUSED)
        self.assertEqual((at_a.state["code"], at_b.state["code"]), ("REVOKED", "REVOKED"))

    def test_another_chain_is_judged_while_the_link_is_up(self) -> None:
        _, at_b = self.raise_link()
        judge = self.b.links.portal.judge
        questions: list[dict[str, Any]] = []
        judge.generation = 7
        judge._send = questions.append
        self.a.credentials.chain = [b"renewed"]

        def is_asked() -> bool:
            judge.handle_time(self.now)
            for question in questions:
                answer = {"good_until": 1 << 50, "grace_ms": 0, "code": "", "text": "", "name": "a", "judge_generation": 7}
                judge.handle_answer(question["request_id"], answer)
            return any(question["judge"]["chain"] == [b"renewed"] for question in questions)

        self.until(is_asked)
        self.assertEqual(at_b.state["state"], UP)

    def test_nonsense_ends_nothing(self) -> None:
        at_a, at_b = self.raise_link()
        address = self.b.links._socket.getsockname()
        greetings = [b"", b"[]", b"{}", b"\xff", json.dumps({"chain": ["!"]}).encode(), b"[" * 1_000]
        for kind in range(256):
            for content in greetings:
                datagram = skeleton_links.HEADER.pack(kind, 1) + content
                self.a.links._socket.sendto(datagram[: 1 + kind % 8] if kind > 8 else datagram, address)
            self.b.links.handle_turn(self.now)
        self.until(lambda: self.now > 1.0 + DEAD_S)
        self.assertEqual((at_a.state["state"], at_b.state["state"]), (UP, UP))

    def test_it_stays_on_this_machine(self) -> None:
        for endpoint in ("udp://192.0.2.1:4433", "udp://0.0.0.0:4433", "udp://[2001:db8::1]:4433"):
            with self.assertRaisesRegex(ValueError, "without encryption"):
                resolve(endpoint)


if __name__ == "__main__":
    unittest.main()
