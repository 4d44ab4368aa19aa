"""Links of vertices beside each other: how they come up, who is refused, what ends them, what is bounded."""

import json
import subprocess
import unittest
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path

from world import ACCEPTOR, Authority, ORIGINATOR, PACE, TURN_S, World

from portal import DOWN, REFUSED, UP
from session import MESSAGE, Session
from session_links import STRANGERS_MAX


class Links(unittest.TestCase):
    authority: Authority
    folders: dict[str, str]

    @classmethod
    def setUpClass(cls) -> None:
        cls.authority = Authority()
        cls.folders = {name: cls.authority.issue(name) for name in ("a", "b", "b2")}
        cls.folders["user"] = cls.authority.issue("b", kind="user")

    @classmethod
    def tearDownClass(cls) -> None:
        cls.authority.close()

    def setUp(self) -> None:
        self.world = World(self.authority)

    def add(self, name: str, identity: str = "") -> None:
        setattr(self, name, self.world.add(name, self.folders[identity or name]))

    def raise_link(self) -> None:
        self.add("a")
        self.add("b")
        self.a.want("b", ORIGINATOR)
        self.b.want("a", ACCEPTOR)
        self.world.until(self.is_up)

    def is_up(self) -> bool:
        return self.a.state("b").get("state") == UP and self.b.state("a").get("state") == UP

    def send(self, node, peer: str, packets: list[bytes]) -> None:
        node.links.send_packets(node.state(peer)["handle"], packets, self.world.now)

    def refused(self, code: str) -> None:
        self.world.until(lambda: self.a.state("b").get("code") == code)
        self.assertEqual(self.a.state("b")["state"], REFUSED)
        self.assertNotEqual(self.b.state("a").get("state"), UP)

    def test_packets_go_both_ways_whole_and_in_order(self) -> None:
        self.raise_link()
        packets = [bytes([index]) * size for index, size in enumerate((1, 1280, 16_384, 40))]
        self.send(self.a, "b", packets)
        self.send(self.b, "a", packets[::-1])
        self.world.until(lambda: len(self.a.cluster.received) == len(self.b.cluster.received) == 4)
        self.assertEqual(self.b.cluster.received, packets)
        self.assertEqual(self.a.cluster.received, packets[::-1])
        self.assertEqual((self.a.state("b")["mtu"], self.b.state("a")["mtu"]), (16_384, 16_384))
        self.send(self.a, "b", [bytes(16_385)])
        self.world.pass_time(1)
        self.assertEqual(len(self.b.cluster.received), 4)

    def test_streams_in_any_pieces(self) -> None:
        for seed in range(5):
            with self.subTest(seed=seed):
                self.world = World(self.authority, seed)
                self.raise_link()
                packets = [self.world.random.randbytes(self.world.random.randint(1, 16_384)) for _ in range(40)]
                self.send(self.a, "b", packets)
                for _ in range(2_000):
                    for wire in self.world.network.wires:
                        wire.size_max = self.world.random.randint(1, 20_000)
                    self.world.pass_time(0.02)
                    if len(self.b.cluster.received) == len(packets):
                        break
                self.assertEqual(self.b.cluster.received, packets)

    def test_whoever_is_not_wanted_is_told(self) -> None:
        self.add("a")
        self.add("b")
        self.a.want("b", ORIGINATOR)
        self.refused("NOT_WANTED")
        self.b.want("a", ACCEPTOR)
        self.world.until(self.is_up)

    def test_two_originators(self) -> None:
        self.add("a")
        self.add("b")
        self.a.want("b", ORIGINATOR)
        self.b.want("a", ORIGINATOR)
        self.refused("ROLE_CONFLICT")

    def test_another_vertex_at_the_endpoint(self) -> None:
        self.add("a")
        self.add("b", "b2")
        self.a.want("b", ORIGINATOR)
        self.refused("WRONG_NAME")

    def test_a_vertex_that_is_another_one_calls(self) -> None:
        self.add("a", "b2")
        self.add("b")
        self.a.want("b", ORIGINATOR)
        self.b.want("a", ACCEPTOR)
        self.refused("NOT_WANTED")

    def key(self, name: str) -> bytes:
        """The hash of a key, as OpenSSL has it."""
        public = subprocess.run(
            ["openssl", "pkey", "-in", f"{self.folders[name]}/key.pem", "-pubout", "-outform", "DER"],
            check=True,
            capture_output=True,
        ).stdout
        return sha256(public).digest()

    def test_another_key_than_the_pinned_ones(self) -> None:
        for pinned in ([bytes(32)], []):
            with self.subTest(pinned=pinned):
                self.world = World(self.authority)
                self.add("a")
                self.add("b")
                self.a.cluster.pins.set(("b", "0"), pinned)
                self.a.want("b", ORIGINATOR)
                self.b.want("a", ACCEPTOR)
                self.refused("WRONG_KEY")
                self.a.cluster.pins.set(("b", "0"), [bytes(32), self.key("b")])
                self.world.until(self.is_up, 120)

    def test_a_caller_with_another_key_than_the_pinned_ones(self) -> None:
        self.add("a")
        self.add("b")
        self.b.cluster.pins.set(("a", "0"), [bytes(32)])
        self.a.want("b", ORIGINATOR)
        self.b.want("a", ACCEPTOR)
        self.refused("WRONG_KEY")

    def test_pins_that_change_end_a_link_of_another_key_and_no_other(self) -> None:
        self.raise_link()
        self.a.cluster.pins.set(("b", "0"), [self.key("b")])
        self.b.cluster.pins.set(("c", "0"), [])
        self.world.pass_time(2)
        self.assertTrue(self.is_up())
        self.a.cluster.pins.set(("b", "0"), [bytes(32)])
        self.world.until(lambda: self.a.state("b").get("code") == "WRONG_KEY", 0.2)
        self.world.until(lambda: self.b.state("a").get("code") == "WRONG_KEY", 0.2)

    def test_pins_hold_where_the_cluster_vertex_judges_nobody(self) -> None:
        self.add("a")
        self.add("b")
        self.a.cluster.judge.generation = self.b.cluster.judge.generation = 0
        self.a.cluster.pins.set(("b", "0"), [bytes(32)])
        self.a.want("b", ORIGINATOR)
        self.b.want("a", ACCEPTOR)
        self.refused("WRONG_KEY")

    def test_a_certificate_of_another_kind_cannot_be_used(self) -> None:
        with self.assertRaises(ValueError):
            self.add("b", "user")

    def test_a_certificate_of_another_ca(self) -> None:
        other = Authority()
        self.addCleanup(other.close)
        self.add("a")
        self.world.add("b", other.issue("b"))
        self.b = self.world.nodes["b"]
        self.a.want("b", ORIGINATOR)
        self.b.want("a", ACCEPTOR)
        self.refused("UNTRUSTED")

    def test_nobody_judges(self) -> None:
        self.add("a")
        self.add("b")
        self.b.judge = lambda question: None
        self.a.want("b", ORIGINATOR)
        self.b.want("a", ACCEPTOR)
        self.world.pass_time(20)
        self.assertNotEqual(self.a.state("b").get("state"), UP)
        self.b.judge = self.world.judge
        self.world.until(self.is_up)

    def test_a_cluster_vertex_without_roots_leaves_it_to_us(self) -> None:
        self.add("a")
        self.add("b")
        self.a.want("b", ORIGINATOR)
        self.b.want("a", ACCEPTOR)
        self.b.cluster.judge.generation = None  # the cluster vertex has not said yet
        self.world.pass_time(5)
        self.assertEqual(self.a.state("b")["code"], "NOT_JUDGED")
        self.b.cluster.judge.generation = 0
        self.world.until(self.is_up)

    def test_a_list_names_a_vertex_whose_link_is_up(self) -> None:
        self.raise_link()
        self.world.revoked.add("b")
        self.world.pass_time(5)
        self.assertTrue(self.is_up())
        self.a.cluster.judge.generation = 0
        self.world.pass_time(5)
        self.assertTrue(self.is_up())
        self.a.cluster.judge.generation = 2
        self.world.until(lambda: ("b", "REVOKED") in self.a.cluster.history)
        self.assertIn(("a", "REVOKED"), self.b.cluster.history)
        self.world.pass_time(30)
        self.assertEqual(self.a.state("b")["state"], REFUSED)
        self.world.revoked.clear()
        self.world.until(self.is_up)

    def leave_judging_to_links(self) -> None:
        """Cluster vertices have no roots from now on."""
        for node in self.world.nodes.values():
            node.cluster.judge.generation = 0

    def raise_link_without_judges(self) -> None:
        self.add("a")
        self.add("b")
        self.a.want("b", ORIGINATOR)
        self.b.want("a", ACCEPTOR)
        self.leave_judging_to_links()
        self.world.until(self.is_up)

    def put(self, name: str, file: str, text: str) -> None:
        """Into an identity folder, in the place of what is there."""
        path = Path(self.folders[name]) / file
        former = path.read_text() if path.exists() else None
        path.with_suffix(".new").write_text(text)
        path.with_suffix(".new").replace(path)
        self.addCleanup(lambda: path.unlink() if former is None else path.write_text(former))

    def test_a_list_in_the_folder_counts(self) -> None:
        authority = Authority("short")
        self.addCleanup(authority.close)
        self.world.authority = authority
        self.folders = {name: authority.issue(name) for name in ("a", "b")}
        Path(self.folders["a"], "crl.pem").write_text(authority.make_list())
        self.raise_link_without_judges()
        self.put("a", "crl.pem", authority.make_list(self.folders["b"]))
        self.world.until(lambda: ("b", "REVOKED") in self.a.cluster.history)

    def test_a_list_that_has_ended_binds_for_those_whom_it_names_alone(self) -> None:
        authority = Authority("ended")
        self.addCleanup(authority.close)
        self.world.authority = authority
        self.folders = {name: authority.issue(name) for name in ("a", "b")}
        self.put("a", "crl.pem", authority.make_list(has_ended=True))
        self.raise_link_without_judges()
        self.put("a", "crl.pem", authority.make_list(self.folders["b"], has_ended=True))
        self.world.until(lambda: ("b", "REVOKED") in self.a.cluster.history)

    def test_a_ca_takes_the_place_of_another_while_there_is_a_list_of_the_old_one(self) -> None:
        old, new = Authority("old"), Authority("new")
        self.addCleanup(old.close)
        self.addCleanup(new.close)
        self.world.authority = old
        self.folders = {name: old.issue(name) for name in ("a", "b", "c")}
        both = (old.path / "ca.pem").read_text() + (new.path / "ca.pem").read_text()
        newest = old.make_list(self.folders["c"])
        for name in self.folders:
            self.put(name, "crl.pem", newest)
        self.raise_link_without_judges()
        for file, text_of in (("trust.pem", lambda _: both), ("chain.pem", self.renewed(new))):
            for name in ("a", "b"):
                self.put(name, file, text_of(name))
                before = self.a.cluster.history.count(("b", "UP"))
                getattr(self, name).links.reload(self.world.now)
                self.world.pass_time(15)
                self.assertGreater(self.a.cluster.history.count(("b", "UP")), before, f"no new session by {file} of {name}")
        self.assertEqual({code for _, code in self.a.cluster.history + self.b.cluster.history}, {"UP"})
        # A vertex that the list of the old authority names is still kept out.
        self.put("c", "trust.pem", both)
        self.world.add("c", self.folders["c"]).want("b", ORIGINATOR)
        self.b.want("c", ACCEPTOR)
        self.leave_judging_to_links()
        self.world.until(lambda: self.world.nodes["c"].state("b").get("code") == "REVOKED")

    def renewed(self, authority: Authority) -> Callable[[str], str]:
        """What gives a name's chain by another CA, for the key that it has."""
        return lambda name: authority.certify(Path(self.folders[name]))

    def test_a_new_list_and_the_signal_to_read_it_leave_links_time_for_a_handshake(self) -> None:
        authority = Authority("listed")
        self.addCleanup(authority.close)
        self.world.authority = authority
        self.folders = {name: authority.issue(name) for name in ("a", "b")}
        self.put("a", "crl.pem", authority.make_list())
        self.raise_link_without_judges()
        self.world.pass_time(20)
        self.put("a", "crl.pem", authority.make_list())
        self.a.links.reload(self.world.now)
        packets = [str(number).encode() for number in range(100)]
        for packet in packets:
            self.send(self.a, "b", [packet])
            self.world.pass_time(TURN_S)
        self.assertEqual([code for _, code in self.a.cluster.history], ["UP", "UP"])
        self.assertEqual(self.b.cluster.received, packets)

    def test_a_verdict_ends(self) -> None:
        self.add("a")
        self.add("b")
        self.b.judge = lambda question: {"name": "a", "good_until": 1}
        self.a.want("b", ORIGINATOR)
        self.b.want("a", ACCEPTOR)
        self.world.until(lambda: ("b", "EXPIRED") in self.a.cluster.history)

    def test_silence_and_the_return(self) -> None:
        self.raise_link()
        handle = self.a.state("b")["handle"]
        for wire in self.world.network.wires:
            wire.is_stalled = True
        self.world.until(lambda: self.a.state("b")["state"] == DOWN, 3.0)
        self.assertEqual(self.a.state("b")["code"], "SILENT")
        self.world.until(self.is_up)
        self.assertNotEqual(self.a.state("b")["handle"], handle)

    def test_an_idle_link_stays(self) -> None:
        self.raise_link()
        handle = self.a.state("b")["handle"]
        self.world.pass_time(60)
        self.assertEqual((self.is_up(), self.a.state("b")["handle"]), (True, handle))

    def test_a_stalled_stream_holds_a_quarter_of_a_second(self) -> None:
        self.raise_link()
        for wire in self.world.network.wires:
            wire.is_stalled = True
        began = self.world.now
        for _ in range(50):
            number = round((self.world.now - began) * 1000)
            self.send(self.a, "b", [number.to_bytes(4, "big") * 2_000])
            self.world.pass_time(0.02)
        for wire in self.world.network.wires:
            wire.is_stalled = False
        self.world.until(lambda: bool(self.b.cluster.received))
        self.world.pass_time(0.1)
        sent = [int.from_bytes(packet[:4], "big") for packet in self.b.cluster.received]
        # The packets that the stream had taken arrive; only young packets follow them.
        under_way = 65_536 * 2 // 8_000 + 1
        self.assertTrue(all(number >= 1_000 - 300 for number in sent[under_way:]), sent)
        self.assertGreater(max(sent), 900)

    def test_what_waits_is_bounded(self) -> None:
        self.raise_link()
        for wire in self.world.network.wires:
            wire.is_stalled = True
        self.world.pass_time(0.1)
        for _ in range(100):
            self.send(self.a, "b", [bytes(16_384)] * 10)
        (carrier,) = self.a.links._sessions.by_handle.values()
        self.assertLessEqual(len(carrier.session.queue) * 16_384, PACE.bytes_waiting_max)
        self.world.pass_time(0.04)
        self.assertTrue(self.a.state("b")["is_congested"])

    def test_a_rate_holds(self) -> None:
        self.add("a")
        self.add("b")
        self.a.want("b", ORIGINATOR, rate=800_000)
        self.b.want("a", ACCEPTOR)
        self.world.until(self.is_up)
        for _ in range(100):
            self.send(self.a, "b", [bytes(1_000)] * 10)
            self.world.pass_time(0.02)
        received = sum(len(packet) for packet in self.b.cluster.received)
        self.assertGreater(received, 160_000)
        self.assertLess(received, 230_000)

    def test_renewal_leaves_no_gap(self) -> None:
        self.raise_link()
        sent = 0
        for turn in range(200):
            if turn in (20, 100):
                (self.a if turn == 20 else self.b).links.reload(self.world.now)
            self.send(self.a, "b", [sent.to_bytes(4, "big")])
            sent += 1
            self.world.pass_time(0.02)
        self.world.pass_time(1)
        self.assertEqual(sorted(self.b.cluster.received), [number.to_bytes(4, "big") for number in range(sent)])
        self.assertEqual([code for _, code in self.a.cluster.history], ["UP"] * 3)
        self.world.pass_time(15)
        self.assertEqual((len(self.a.links._sessions.all), len(self.b.links._sessions.all)), (1, 1))

    def test_credentials_that_change_while_they_are_made_known(self) -> None:
        self.raise_link()
        for node in (self.a, self.b, self.b, self.a, self.a):
            node.links.reload(self.world.now)
            self.world.pass_time(0.04)
        self.world.pass_time(10)
        for node in (self.a, self.b):
            (end,) = node.links._ends.values()
            self.assertIs(end.current.credentials, node.links._credentials)

    def test_closing_tells_why(self) -> None:
        self.raise_link()
        (end,) = self.b.links._ends.values()
        self.b.links.close(end.link, "VERTEX_GONE")
        self.world.until(lambda: self.a.state("b").get("code") == "VERTEX_GONE")
        self.assertEqual(self.a.state("b")["state"], DOWN)
        self.world.until(lambda: self.a.state("b").get("code") == "NOT_WANTED")

    def test_stopping(self) -> None:
        self.raise_link()
        self.a.links.stop()
        self.world.until(lambda: self.b.state("a").get("code") == "STOPPING")
        self.assertTrue(self.a.links.is_idle)

    def test_strangers_are_bounded_and_keep_nobody_out(self) -> None:
        self.add("a")
        self.add("b")
        self.b.want("a", ACCEPTOR)
        medium = self.a.links._medium
        for _ in range(10):
            for _ in range(STRANGERS_MAX):
                medium.call("b", self.world.now)
            self.world.pass_time(0.04)
            self.assertLessEqual(len(self.b.links._sessions.all), STRANGERS_MAX)
        self.a.want("b", ORIGINATOR)
        self.world.until(self.is_up)
        self.world.pass_time(10)
        self.assertEqual(len(self.b.links._sessions.all), 1)


class Hostile(unittest.TestCase):
    """A peer with a certificate that does not keep the protocol."""

    def setUp(self) -> None:
        self.authority = Authority()
        self.addCleanup(self.authority.close)
        self.world = World(self.authority)
        self.b = self.world.add("b", self.authority.issue("b"))
        self.b.want("a", ACCEPTOR)
        self.context = self.world.add("a", self.authority.issue("a")).links._credentials.context(True, False)

    def talk(self, said: bytes) -> str:
        """The code that the acceptor ends a session with, whose originator says these bytes after the handshake."""
        wire, theirs = self.world.network.pair()
        self.world.network.offered["b"].append(theirs)
        session = Session(self.context, True, PACE, self.world.now)
        is_said = False
        for _ in range(400):
            session.handle_bytes(wire.receive(), self.world.now)
            if session.peer is not None and not is_said:
                session._messages.append(said)
                is_said = True
            wire.send(session.poll_transmit(self.world.now))
            if session.end is not None:
                return session.end.code
            self.world.pass_time(0.02)
        return ""

    def message(self, body: object) -> bytes:
        text = json.dumps(body).encode() if not isinstance(body, bytes) else body
        return (MESSAGE | len(text)).to_bytes(2, "big") + text

    def test_what_is_no_protocol(self) -> None:
        names = {"version": 1, "cluster": "demo", "vertex": "a", "peer": "b", "tag": "0"}
        hello = {**names, "started": 1, "instance": "x", "attempt": 1, "mtu": 1_280}
        greeting = self.message({"hello": hello})
        said = {
            "a packet at once": (b"\0\5hello", "PROTOCOL_ERROR"),
            "a packet with the hello": (greeting + b"\0\1x", "PROTOCOL_ERROR"),
            "two hellos": (greeting * 2, "PROTOCOL_ERROR"),
            "a packet above the MTU": (b"\x7f\xff" + bytes(100), "PROTOCOL_ERROR"),
            "no JSON": (self.message(b"{"), "PROTOCOL_ERROR"),
            "no object": (self.message([1]), "PROTOCOL_ERROR"),
            "an empty object": (self.message({}), "PROTOCOL_ERROR"),
            "a body that is none": (self.message({"hello": 3}), "PROTOCOL_ERROR"),
            "deep": (self.message(b"[" * 30_000), "PROTOCOL_ERROR"),
            "no MTU": (self.message({"hello": {**hello, "mtu": "1"}}), "MTU_TOO_SMALL"),
            "a small MTU": (self.message({"hello": {**hello, "mtu": 1_279}}), "MTU_TOO_SMALL"),
            "a text for a number": (self.message({"hello": {**hello, "attempt": "1"}}), "PROTOCOL_ERROR"),
            "another version": (self.message({"hello": {**hello, "version": 2}}), "VERSION_UNSUPPORTED"),
            "another name": (self.message({"hello": {**hello, "peer": "c"}}), "WRONG_NAME"),
            "another tag": (self.message({"hello": {**hello, "tag": "1"}}), "NOT_WANTED"),
            "nothing": (b"", "TOO_SLOW"),
        }
        for what, (data, code) in said.items():
            with self.subTest(what):
                self.assertEqual(self.talk(data), code)
        self.world.pass_time(10)
        self.assertEqual(len(self.b.links._sessions.all), 0)

    def test_any_bytes_before_the_handshake(self) -> None:
        for _ in range(200):
            wire, theirs = self.world.network.pair()
            self.world.network.offered["b"].append(theirs)
            wire.send(self.world.random.choice([b"", b"\x16\x03\x01"]) + self.world.random.randbytes(100))
            self.world.pass_time(0.02)
        self.world.pass_time(10)
        self.assertEqual(len(self.b.links._sessions.all), 0)


if __name__ == "__main__":
    unittest.main()
