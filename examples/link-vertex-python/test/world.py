"""Link vertices beside each other without sockets, in a time of their own: what their links do, and what the cluster vertices hear."""

import random
import ssl
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1]))

import session_links
import vertex
from credentials import Credentials, Refusal
from judge import Judge
from pins import Pins
from portal import ACCEPTOR, ORIGINATOR, Link  # noqa: F401
from session import Pace
from session_links import SessionLinks

PACE = Pace(mtu=16_384, batch=65_536, bytes_waiting_max=1 << 20, wait_max=0.25, alive=0.5, dead=2.0, begin=5.0)
TURN_S = 0.02
CLUSTER = "demo"

session_links.log = vertex.log = lambda *_: None  # the tests look at states


def openssl(folder: Path, *words: str) -> None:
    subprocess.run(["openssl", *words], cwd=folder, check=True, capture_output=True)


class Authority:
    """A CA and identity folders, as docs/operate/identity.md has them made with openssl."""

    def __init__(self, name: str = "ca") -> None:
        self._folder = tempfile.TemporaryDirectory()
        self.path = Path(self._folder.name)
        self.names: dict[bytes, tuple[str, str]] = {}  # kind and name, by the certificate in DER
        key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"]
        extensions = ("keyUsage=critical,keyCertSign,cRLSign", f"subjectAltName=URI:spiffe://{CLUSTER}")
        usage = [word for extension in extensions for word in ("-addext", extension)]
        openssl(self.path, "req", "-x509", *key, "-keyout", "ca.key", "-out", "ca.pem", "-subj", f"/CN={name}", *usage)

    def issue(self, name: str, kind: str = "vertex", cluster: str = CLUSTER) -> str:
        folder = self.path / f"{cluster}-{kind}-{name}"
        folder.mkdir()
        (folder / "extensions").write_text(
            "basicConstraints=critical,CA:FALSE\nkeyUsage=critical,digitalSignature\n"
            f"extendedKeyUsage=serverAuth,clientAuth\nsubjectAltName=URI:spiffe://{cluster}/{kind}/{name}\n"
        )
        openssl(folder, "genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256", "-out", "key.pem")
        (folder / "key.pem").chmod(0o600)
        (folder / "chain.pem").write_text(self.certify(folder))
        (folder / "trust.pem").write_bytes((self.path / "ca.pem").read_bytes())
        self.names[ssl.PEM_cert_to_DER_cert((folder / "chain.pem").read_text())] = (kind, name)
        return str(folder)

    def certify(self, folder: Path) -> str:
        """A certificate for the key and the extensions in an identity folder, in PEM."""
        openssl(folder, "req", "-new", "-key", "key.pem", "-subj", "/CN=x", "-out", "request.pem")
        ca = ["-CA", f"{self.path}/ca.pem", "-CAkey", f"{self.path}/ca.key", "-days", "1", "-extfile", "extensions"]
        openssl(folder, "x509", "-req", "-in", "request.pem", *ca, "-out", "certified.pem")
        return (folder / "certified.pem").read_text()

    def make_list(self, *revoked: str, has_ended: bool = False) -> str:
        """A revocation list of all identities in these folders, and those before, in PEM."""
        database = self.path / "index.txt"
        database.touch()
        (self.path / "ca.cnf").write_text("[ca]\ndefault_ca=d\n[d]\ndatabase=index.txt\ndefault_md=sha256\ndefault_crl_days=1\n")
        ca = ["ca", "-config", "ca.cnf", "-keyfile", "ca.key", "-cert", "ca.pem"]
        for folder in revoked:
            openssl(self.path, *ca, "-revoke", f"{folder}/chain.pem")
        times = ["-crl_lastupdate", "20200101000000Z", "-crl_nextupdate", "20200201000000Z"] if has_ended else []
        openssl(self.path, *ca, "-gencrl", *times, "-out", "crl.pem")
        return (self.path / "crl.pem").read_text()

    def close(self) -> None:
        self._folder.cleanup()


class Wire:
    """An end of a stream in memory. A wire that stalls takes `room` bytes more, and brings nothing."""

    room = 65_536

    def __init__(self, name: str) -> None:
        self.name = name
        self.is_open = True
        self.end: Refusal | None = None
        self.is_stalled = False
        self.other: "Wire" = self
        self.size_max = 1 << 30  # what one `receive` brings
        self._under_way = bytearray()

    @property
    def can_send(self) -> bool:
        return self.end is None and not (self.is_stalled and len(self.other._under_way) >= self.room)

    def receive(self) -> bytes:
        if self.is_stalled or self.end is not None:
            return b""
        if not self._under_way and self.other.end is not None:
            self.fail("RESET", "the other end is closed")
        data = bytes(self._under_way[: self.size_max])
        del self._under_way[: self.size_max]
        return data

    def send(self, data: bytes) -> None:
        if self.other.end is None:
            self.other._under_way += data

    def flush(self) -> None:
        pass

    def fail(self, code: str, text: str) -> None:
        self.end = self.end or Refusal(code, text)

    def handle_turn(self, now: float) -> None:
        pass


class Network:
    """Who is reached at which endpoint."""

    def __init__(self) -> None:
        self.offered: dict[str, list[Wire]] = {}
        self.wires: list[Wire] = []

    def pair(self) -> tuple[Wire, Wire]:
        one, other = Wire("originator"), Wire("acceptor")
        one.other, other.other = other, one
        self.wires += (one, other)
        return one, other


class Medium:
    is_idle = True

    def __init__(self, network: Network, name: str) -> None:
        self._network = network
        self._offered = network.offered.setdefault(name, [])

    def call(self, endpoint: str, now: float) -> Wire:
        ours, theirs = self._network.pair()
        if endpoint not in self._network.offered:
            ours.fail("NO_ANSWER", "nobody is there")
        else:
            self._network.offered[endpoint].append(theirs)
        return ours

    def accept(self, now: float) -> Iterable[Wire]:
        offered = self._offered[:]
        self._offered.clear()
        return offered

    def close(self, stream: Wire, now: float) -> None:
        stream.fail("CLOSED", "")

    def handle_turn(self, now: float) -> None:
        pass


class Cluster:
    """A portal and a port as the links see them: it wants, judges, and remembers what it was told."""

    def __init__(self) -> None:
        self.attachment = 1
        self.states: dict[tuple[str, str], dict[str, Any]] = {}
        self.history: list[tuple[str, str]] = []
        self.received: list[bytes] = []
        self.pins = Pins()
        self.judge = Judge(self._handle_question)
        self.judge.generation = 1
        self.questions: list[dict[str, Any]] = []

    def set_state(self, link: Link, state: int, **more: Any) -> None:
        self.states[link.peer, link.tag] = {"state": state, **more}
        self.history.append((link.peer, more.get("code", "UP")))

    def add_packet(self, handle: int, packet: bytes) -> None:
        self.received.append(packet)

    def _handle_question(self, message: dict[str, Any]) -> None:
        self.questions.append(message)


class Node:
    def __init__(self, name: str, folder: str, network: Network, judge: Callable[..., dict[str, Any]]) -> None:
        self.name = name
        self.cluster = Cluster()
        medium: Any = Medium(network, name)
        port: Any = self.cluster
        portal: Any = self.cluster
        self.links = SessionLinks(Credentials(folder, CLUSTER, "test/1"), medium, PACE, "tls", port)
        self.links.portal = portal
        self.judge: Callable[[dict[str, Any]], dict[str, Any] | None] = judge

    def want(self, peer: str, role: int, tag: str = "0", endpoint: str | None = None, rate: int = 0) -> Link:
        link = Link(peer, tag, role, peer if endpoint is None else endpoint, rate)
        self.links.open(link)
        return link

    def state(self, peer: str, tag: str = "0") -> dict[str, Any]:
        return self.cluster.states.get((peer, tag), {})

    def handle_turn(self, now: float) -> None:
        self.links.handle_turn(now)
        self.cluster.judge.handle_time(now)
        for message in self.cluster.questions:
            answer = self.judge(message["judge"])
            if answer is not None:
                defaults = {"name": "", "good_until": 1 << 50, "grace_ms": 0, "code": "", "text": ""}
                whole = {**defaults, "judge_generation": self.cluster.judge.generation, **answer}
                self.cluster.judge.handle_answer(message["request_id"], whole)
        self.cluster.questions.clear()


class World:
    """Nodes with identities of one CA. Time passes in turns."""

    authority: Authority

    def __init__(self, authority: Authority, seed: int = 1) -> None:
        self.authority = authority
        self.random = random.Random(seed)
        self.network = Network()
        self.nodes: dict[str, Node] = {}
        self.now = 1_000.0
        self.revoked: set[str] = set()

    def add(self, name: str, folder: str) -> Node:
        node = self.nodes[name] = Node(name, folder, self.network, self.judge)
        return node

    def judge(self, question: dict[str, Any]) -> dict[str, Any]:
        """What a cluster vertex answers."""
        kind, name = self.authority.names[question["chain"][0]]
        if kind != "vertex":
            return {"code": "WRONG_KIND"}
        if question["peer"] not in ("", name):
            return {"code": "WRONG_NAME"}
        return {"code": "REVOKED"} if name in self.revoked else {"name": name}

    def pass_time(self, seconds: float) -> None:
        for _ in range(round(seconds / TURN_S)):
            self.now += TURN_S
            for node in self.nodes.values():
                node.handle_turn(self.now)

    def until(self, condition: Callable[[], bool], seconds: float = 30.0) -> None:
        end = self.now + seconds
        while not condition():
            if self.now >= end:
                states = {name: node.cluster.states for name, node in self.nodes.items()}
                raise AssertionError(f"did not come true: {states}")
            self.pass_time(TURN_S)
