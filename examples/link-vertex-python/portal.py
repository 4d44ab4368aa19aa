"""The link vertex's side of the Portal API, as docs/protocol/portal-api.md has it: attachments, the link table, what it tells.

It does no I/O and reads no clock: `handle_message` takes what FlorIO has brought, `handle_time` is called at every turn, and
what is to be said goes out by the function `send`. The links themselves are whatever keeps `LinkProtocol`.
"""

import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Protocol

from judge import Judge
from pins import Key, Pins, are_pins
from portal_messages import Message, body_of, decode, encode

ORIGINATOR, ACCEPTOR = 1, 2
CONNECTING, UP, DOWN, REFUSED = 1, 2, 3, 4
VERSION = 1
LINKS_MAX = 4096
LINKS_PER_MESSAGE = 16
CLOSED_MAX = 1024
FEATURES = ["pins"]
NOT_DONE = (None, "sign")  # requests that we do not know, or do not do
PEER_LENGTH_MAX, TAG_LENGTH_MAX, ENDPOINT_LENGTH_MAX = 255, 64, 1024

HEARTBEAT_S = 0.1
SILENCE_S = 1.0
KEPT_S, UNCLAIMED_S = 10.0, 3.0  # links without a cluster vertex, and those that one which is there has not asked for
RETELL_S, RETELL_ASKED_S = 0.15, 0.05
GRACE_S = 0.1
GRACES_MAX = 10

INSTANCE = secrets.token_hex(8)
STARTED_AT = time.time_ns() // 1_000_000

@dataclass(eq=False)
class Link:
    """A row of the link table: a wish, and what has become of it."""

    peer: str
    tag: str
    role: int
    endpoint: str
    rate: int = 0  # bits per second that it may send; 0: as many as its path takes
    claimed_by: int = 0  # the OpenLink of this attachment; 0: unclaimed
    state: dict[str, Any] = field(default_factory=lambda: {"state": CONNECTING})
    generation: int = 0


class LinkProtocol(Protocol):
    """What carries the links."""

    protocol: str
    mtu: int

    def open(self, link: Link) -> None:
        """Begins to make the link, and goes on until `close`: it tells by `Portal.set_state` what becomes of it."""

    def close(self, link: Link, code: str) -> None:
        """Ends it, and tells the neighbour the code."""


@dataclass
class Deadline:
    """Whoever looks at it late was away, and gets the time to read what came meanwhile."""

    at: float
    graces: int = 0

    def has_passed(self, now: float) -> bool:
        if now < self.at:
            return False
        if now - self.at > GRACE_S and self.graces < GRACES_MAX:
            self.at = now + GRACE_S
            self.graces += 1
            return False
        return True


@dataclass
class Client:
    """The attached cluster vertex."""

    instance: str
    started_at: int
    attach_id: int
    heard_at: float = 0.0
    silence: Deadline = field(default_factory=lambda: Deadline(0.0))
    told: int = 0
    told_at: float = 0.0
    acknowledged: int = 0
    closed: dict[Key, int] = field(default_factory=dict)  # the requests that closed links

    def hear(self, now: float) -> None:
        self.heard_at = now
        self.silence = Deadline(now + SILENCE_S)


class Portal:
    def __init__(self, cluster: str, links: LinkProtocol, send: Callable[[bytes], None], vertex: str = "") -> None:
        """`vertex` is whose credentials we hold. Without credentials, we are who the cluster vertex says it is."""
        self.vertex = vertex
        self._has_credentials = vertex != ""
        self.table: dict[Key, Link] = {}
        self._cluster = cluster
        self._links = links
        self._send_bytes = send
        self._client: Client | None = None
        self._attachment = 0
        self._generation = 0
        self._unclaimed: Deadline | None = None
        self._next_heartbeat = 0.0
        self.pins = Pins()
        self.judge = Judge(lambda message: self._send(message, self._attachment))

    @property
    def attachment(self) -> int:
        """Counted up at every attach and every detach."""
        return self._attachment

    def handle_connected(self) -> None:
        self._next_heartbeat = 0.0

    def handle_disconnected(self, now: float) -> None:
        if self._client is not None:
            self._detach(now + KEPT_S)

    def set_state(self, link: Link, state: int, **more: Any) -> None:
        new = {"state": state, **more}
        if link.state != new:
            link.state = new
            self._count(link)

    def handle_time(self, now: float) -> None:
        """To be called at every turn, after what came was read."""
        client = self._client
        if client is not None and client.silence.has_passed(now):
            self._detach(client.heard_at + KEPT_S)
        if self._unclaimed is not None and self._unclaimed.has_passed(now):
            self._unclaimed = None
            for link in [link for link in self.table.values() if link.claimed_by == 0]:
                self._close(link, "VERTEX_GONE" if self._client is None else "CLOSED")
        if now >= self._next_heartbeat:
            self._next_heartbeat = now + HEARTBEAT_S
            self._send({"heartbeat": {"started_at": STARTED_AT, "generation": self._generation}}, self._attachment)
        if self._client is not None:
            self.judge.handle_time(now)
            self._retell(self._client, now, RETELL_S)
            self._tell(self._client, now)

    def handle_message(self, data: bytes, now: float) -> None:
        try:
            message = decode(data)
        except ValueError:
            return
        body, client = body_of(message), self._client
        if message["instance"] == "":
            return
        if client is not None and (message["instance"], message["attachment"]) == (client.instance, self._attachment):
            client.hear(now)
        else:
            client = None  # whoever it is: not the one of this attachment

        if body == "attach":
            self._attach(message, now)
        elif body == "detach":
            if client is not None:
                self._detach(now + KEPT_S)
            self._answer(message, {"detach_answer": {}})
        elif body in ("open_link", "close_link"):
            if client is None:
                self._refuse(message, "NOT_ATTACHED", "this attachment has ended")
            elif body == "open_link":
                self._open_link(client, message)
            else:
                self._close_link(client, message)
        elif body == "heartbeat" and client is not None:
            client.acknowledged = max(client.acknowledged, min(message["heartbeat"]["generation"], client.told))
            self.judge.generation = message["heartbeat"]["judge_generation"]
            self._retell(client, now, RETELL_ASKED_S)
        elif body == "judge_answer" and client is not None:
            self.judge.handle_answer(message["request_id"], message["judge_answer"])
        elif body == "error" and client is not None:
            self.judge.handle_refusal(message["request_id"], **message["error"])
        elif body == "unimplemented" and client is not None:
            self.judge.handle_refusal(message["request_id"], "UNIMPLEMENTED", "the cluster vertex does not judge")
        elif body in NOT_DONE and message["request_id"] != 0:
            self._answer(message, {"unimplemented": {}})

    def _attach(self, message: Message, now: float) -> None:
        attach, instance, request_id = message["attach"], message["instance"], message["request_id"]
        client = self._client
        if client is not None and (attach["started_at"], instance) < (client.started_at, client.instance):
            return
        if client is not None and instance == client.instance and request_id < client.attach_id:
            return
        if not attach["version_min"] <= VERSION <= attach["version_max"]:
            self._refuse(message, "VERSION_UNSUPPORTED", f"this link vertex speaks version {VERSION} only")
            return
        if attach["cluster"] != self._cluster:
            self._refuse(message, "WRONG_CLUSTER", f"this socket belongs to the cluster {self._cluster}")
            return
        if self._has_credentials and attach["vertex"] not in ("", self.vertex):
            self._refuse(message, "WRONG_VERTEX", f"this link vertex holds the credentials of {self.vertex}")
            return
        if client is None or (instance, request_id) != (client.instance, client.attach_id):
            self._attachment += 1
            self._client = client = Client(instance, attach["started_at"], request_id)
            self._unclaim(now + UNCLAIMED_S)
            if not self._has_credentials:
                self.vertex = attach["vertex"]
        client.hear(now)
        answer = {"started_at": STARTED_AT, "version": VERSION, "principal": self.vertex}
        limits = {"link_mtu_max": self._links.mtu, "links_max": LINKS_MAX, "link_protocol": self._links.protocol}
        self._send({"request_id": request_id, "attach_answer": answer | limits | {"features": FEATURES}}, self._attachment)

    def _detach(self, close_at: float) -> None:
        self._client = None
        self._attachment += 1
        self._unclaim(close_at)

    def _unclaim(self, close_at: float) -> None:
        self.judge.generation = None
        self._unclaimed = Deadline(close_at)
        for link in self.table.values():
            link.claimed_by = 0

    def _open_link(self, client: Client, message: Message) -> None:
        wish, request_id = message["open_link"], message["request_id"]
        key = _key_of(wish)
        if key is None or not _is_valid(wish):
            self._refuse(message, "INVALID_WISH", "incomplete, or with names that are too long, or pins that are none")
            return
        link = self.table.get(key)
        if max(link.claimed_by if link else 0, client.closed.get(key, 0)) > request_id:
            return
        if link is not None and link.claimed_by != request_id:
            if (link.role, link.endpoint) == (wish["role"], wish["endpoint"]):
                link.claimed_by, link.rate = request_id, wish["rate"]
                self._count(link)
            else:
                self._close(link, "CLOSED")
                link = None
        if link is None:
            if len(self.table) >= LINKS_MAX:
                self._refuse(message, "TOO_MANY_LINKS", f"there are {LINKS_MAX} already")
                return
            link = self.table[key] = Link(*key, wish["role"], wish["endpoint"], wish["rate"], request_id)
            self._count(link)
            self._links.open(link)
        self.pins.set(key, wish["pins"].get("keys", []) if "pins" in wish else None)
        self._answer(message, {"open_link_answer": {}})

    def _close_link(self, client: Client, message: Message) -> None:
        key, request_id = _key_of(message["close_link"]), message["request_id"]
        if key is None:
            self._refuse(message, "INVALID_WISH", "no key")
            return
        link = self.table.get(key)
        if link is not None:
            if request_id < link.claimed_by:
                return
            self._close(link, "CLOSED")
        client.closed[key] = max(request_id, client.closed.pop(key, 0))
        if len(client.closed) > CLOSED_MAX:
            del client.closed[next(iter(client.closed))]
        self._answer(message, {"close_link_answer": {}})

    def _close(self, link: Link, code: str) -> None:
        del self.table[link.peer, link.tag]
        self.pins.set((link.peer, link.tag), None)
        self._links.close(link, code)

    def _count(self, link: Link) -> None:
        self._generation += 1
        link.generation = self._generation

    def _tell(self, client: Client, now: float) -> None:
        changed = [link for link in self.table.values() if link.claimed_by and link.generation > client.told]
        changed.sort(key=lambda link: link.generation)
        while client.told < self._generation:
            part, changed = changed[:LINKS_PER_MESSAGE], changed[LINKS_PER_MESSAGE:]
            to = part[-1].generation if changed else self._generation
            states = [
                {"key": {"peer": link.peer, "tag": link.tag}, "generation": link.generation, **link.state}
                for link in part
            ]
            self._send({"link_states": {"from": client.told, "to": to, "links": states}}, self._attachment)
            client.told, client.told_at = to, now

    def _retell(self, client: Client, now: float, after: float) -> None:
        """What was lost: with the next `_tell`, from the acknowledged generation on."""
        if client.acknowledged < client.told and now - client.told_at >= after:
            client.told = client.acknowledged

    def _refuse(self, message: Message, code: str, text: str) -> None:
        self._answer(message, {"error": {"code": code, "text": text}})

    def _answer(self, request: Message, body: Message) -> None:
        self._send({"request_id": request["request_id"], **body}, request["attachment"])

    def _send(self, message: Message, attachment: int) -> None:
        self._send_bytes(encode({"instance": INSTANCE, "attachment": attachment, **message}))


def _key_of(wish: Message) -> Key | None:
    key = wish.get("key", {"peer": "", "tag": ""})
    return (key["peer"], key["tag"]) if key["peer"] and key["tag"] else None


def _is_valid(wish: Message) -> bool:
    key = wish["key"]
    return (
        len(key["peer"]) <= PEER_LENGTH_MAX
        and len(key["tag"]) <= TAG_LENGTH_MAX
        and len(wish["endpoint"]) <= ENDPOINT_LENGTH_MAX
        and all(text.isprintable() for text in (key["peer"], key["tag"], wish["endpoint"]))
        and are_pins(wish.get("pins", {}).get("keys", []))
        and (wish["role"] == ACCEPTOR or (wish["role"] == ORIGINATOR and wish["endpoint"] != ""))
    )
