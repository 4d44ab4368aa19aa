"""The judge of one record: the first reason wins, and signatures are verified last."""

import ipaddress
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

from bodies import is_hash, is_name
from canonical import write_canonical
from ed25519 import verify
from facts import Fact, Refusal, read_fact, to_be_signed

MINUTE = 60_000
DAY = 86_400_000
FUTURE = 5 * MINUTE
ENDPOINTS_MAX = 16
NODE_AUTHORITIES = {"node", "route", "observer", "holder"}
# Roles by which a node's key signs for an authority.
ROLES_OF = {"route": "route-coordinator", "observer": "observer"}
LISTED = ("control", "update", "storage")
# Records for which keys of programs never count.
PEOPLES_KINDS = {"token", "order"}
# Records whose subject ends with the name of their issuer.
ISSUERS_KINDS = {"lease", "permits", "receipt", "shares", "usage", "observation"}
DELEGABLE = {"service-host", "update-cache", "observer"}


@dataclass(frozen=True)
class Rule:
    authorities: tuple[str, ...]
    life: int
    is_subject: Callable[[str, str], bool]
    is_clusters: bool = True


def are_names(count: int) -> Callable[[str, str], bool]:
    def is_subject(subject: str, _: str) -> bool:
        parts = subject.split("/")
        return len(parts) == count and all(map(is_name, parts))

    return is_subject


def named(subject: str, _: str) -> bool:
    return is_name(subject)


is_role_subject = are_names(3)


def is_hour(text: str) -> bool:
    return re.fullmatch("0|[1-9][0-9]{0,8}", text) is not None


def is_hour_subject(subject: str, _: str) -> bool:
    hour, *names = subject.split("/")
    return is_hour(hour) and len(names) == 1 and is_name(names[0])


def is_receipt_subject(subject: str, scope: str) -> bool:
    if subject.count("/") != 2:
        return False
    hour, part, name = subject.split("/")
    return is_hour(part) and int(part) < 8 and is_hour_subject(f"{hour}/{name}", scope)


RULES = {
    "root": Rule(("root",), 400 * DAY, lambda subject, _: subject == "root"),
    "policy": Rule(("control",), 90 * DAY, lambda subject, scope: subject == scope, is_clusters=False),
    "seeds": Rule(("control",), 90 * DAY, lambda subject, _: subject == "seeds"),
    "node": Rule(("control",), 400 * DAY, named),
    "role": Rule(("control", "holder"), 30 * DAY, is_role_subject, is_clusters=False),
    "service": Rule(LISTED, 30 * DAY, named, is_clusters=False),
    "token": Rule(("control",), 7 * DAY, lambda subject, _: is_hash(subject)),
    "budget": Rule(("control",), 90 * DAY, named),
    "release": Rule(("update",), 90 * DAY, named),
    "collection": Rule(("storage",), 90 * DAY, named, is_clusters=False),
    "order": Rule(("control",), DAY, named, is_clusters=False),
    "announce": Rule(("node",), 15 * MINUTE, named),
    "leader": Rule(("route",), 30 * DAY, named, is_clusters=False),
    "checkpoint": Rule(("log",), DAY, named),
    "report": Rule(("node",), 15 * MINUTE, named),
    "profile": Rule(("node",), 15 * MINUTE, named),
    "installed": Rule(("node",), 15 * MINUTE, named),
    "outcome": Rule(("node",), 7 * DAY, named),
    "lease": Rule(("route",), 10 * MINUTE, are_names(4), is_clusters=False),
    "permits": Rule(("route",), 10 * MINUTE, are_names(2), is_clusters=False),
    "receipt": Rule(("node",), 400 * DAY, is_receipt_subject),
    "shares": Rule(("route",), 7 * DAY, is_hour_subject),
    "usage": Rule(("observer",), 400 * DAY, is_hour_subject, is_clusters=False),
    "observation": Rule(("observer",), 5 * MINUTE, are_names(2), is_clusters=False),
}
UNKNOWN = Rule(LISTED, 400 * DAY, lambda *_: True, is_clusters=False)


@dataclass(frozen=True)
class Key:
    octets: bytes
    is_auto: bool = False


@dataclass(frozen=True)
class Quorum:
    threshold: int
    keys: dict[bytes, Key]


def key_id(key: bytes) -> bytes:
    return sha256(key).digest()


def keys_of(entries: Iterable[dict[str, Any]]) -> dict[bytes, Key]:
    keys = [Key(bytes.fromhex(entry["key"]), "auto" in entry) for entry in entries]
    return {key_id(key.octets): key for key in keys}


@dataclass
class Authority:
    """A root, and keys that it has left out: key id to (authority, key, end)."""

    root: Fact
    former: dict[bytes, tuple[str, Key, int]] = field(default_factory=dict)

    @property
    def body(self) -> dict[str, Any]:
        return self.root.members["body"]

    @property
    def version(self) -> int:
        return self.root.members["epoch"]

    @property
    def is_development(self) -> bool:
        return self.body["mode"] == "development"

    def quorum(self, name: str, now: int) -> Quorum | None:
        listed = self.body["authorities"].get(name)
        if listed is None:
            return None
        former = {id: key for id, (of, key, end) in self.former.items() if of == name and now < end}
        return Quorum(listed["threshold"], former | keys_of(listed["keys"]))

    @property
    def recovery(self) -> Quorum | None:
        listed = self.body["recovery"]
        return None if listed == "none" else Quorum(listed["threshold"], keys_of(listed["keys"]))

    def next(self, root: Fact) -> "Authority":
        end = root.issued + root.members["body"]["grace"] * 1_000
        counted = {id: (of, key, min(until, end)) for id, (of, key, until) in self.former.items()}
        for name in LISTED:
            for id, key in keys_of(self.body["authorities"].get(name, {"keys": []})["keys"]).items():
                counted[id] = (name, key, end)
        for listed in root.members["body"]["authorities"].values():
            for id in keys_of(listed["keys"]):
                counted.pop(id, None)
        return Authority(root, counted)


@dataclass
class Judge:
    authority: Authority
    held: list[Fact]
    now: int
    development: bool

    def judge(self, octets: bytes) -> tuple[Fact, list[str], bool]:
        """The fact, the ids of held ones that it is an equivocation with, and whether it waits. A Refusal otherwise."""
        fact = read_fact(octets, self.authority.root.members["cluster"])
        if fact.members["kind"] == "root":
            return fact, [], self.judge_root(fact)
        slot = self.slot(*fact.slot)
        if self.now >= fact.expires:
            raise Refusal("expired")
        check_time(fact, self.now)
        self.check_endpoints(fact)
        self.check_place(fact, slot)
        if self.authority.is_development and not self.development:
            raise Refusal("development")
        self.check_rights(fact, slot)
        check_signatures(fact, self.quorum_for(fact), self.may_be_auto(fact, slot))
        same = [other.id for other in self.rivals_of(fact, slot) if other.members["epoch"] == fact.members["epoch"]]
        return fact, same, False

    def judge_root(self, fact: Fact) -> bool:
        """Whether the recovery keys have signed it in the place of the root's."""
        check_time(fact, self.now)
        if fact.id == self.authority.root.id:
            raise Refusal("duplicate")
        if fact.members["epoch"] <= self.authority.version:
            raise Refusal("older")
        if fact.members["epoch"] > self.authority.version + 1:
            raise Refusal("gap")
        check_root_rights(fact, self.development)
        quorum = self.authority.quorum("root", self.now)
        assert quorum is not None
        waits = False
        try:
            check_signatures(fact, quorum, False)
        except Refusal:
            waits = self.is_by_recovery(fact)
            if not waits:
                raise
        check_own_signatures(fact)
        return waits

    def is_by_recovery(self, fact: Fact) -> bool:
        if self.authority.recovery is None:
            return False
        try:
            check_signatures(fact, self.authority.recovery, False)
        except Refusal:
            return False
        return True

    def slot(self, kind: str, scope: str, subject: str) -> list[Fact]:
        return [fact for fact in self.held if fact.slot == (kind, scope, subject)]

    def in_force(self, kind: str, scope: str, subject: str) -> Fact | None:
        slot = self.slot(kind, scope, subject)
        above = [fact for fact in slot if fact.members["epoch"] > floor_of(slot)]
        newest = max(above, key=lambda fact: fact.rank, default=None)
        return newest if newest is not None and self.now < newest.expires else None

    def body_in_force(self, kind: str, scope: str, subject: str) -> dict[str, Any]:
        """The body; empty where nothing is in force."""
        fact = self.in_force(kind, scope, subject)
        return {} if fact is None else fact.members["body"]

    def check_endpoints(self, fact: Fact) -> None:
        kind, body = fact.members["kind"], fact.members["body"]
        nodes = [] if fact.is_void else {"announce": [body], "seeds": body.get("seeds")}.get(kind, [])
        if any(not node["endpoints"] for node in nodes):
            raise Refusal("no-endpoints")
        if any(len(node["endpoints"]) > ENDPOINTS_MAX for node in nodes):
            raise Refusal("too-many-endpoints")
        endpoints = [endpoint for node in nodes for endpoint in node["endpoints"]]
        is_quic_only = self.body_in_force("policy", "cluster", "cluster").get("carriers") == "quic-only"
        if is_quic_only and any(endpoint["carrier"] != "quic" for endpoint in endpoints):
            raise Refusal("carrier")
        texts = [each["endpoint"] for each in endpoints if each["carrier"] == "quic" and "endpoint" in each]
        if not all(is_dialable(text, self.authority.is_development) for text in texts):
            raise Refusal("bad-address")

    def check_place(self, fact: Fact, slot: list[Fact]) -> None:
        epoch = fact.members["epoch"]
        if any(other.id == fact.id for other in slot):
            raise Refusal("duplicate")
        slot = self.rivals_of(fact, slot)
        if any(other.members["epoch"] > epoch for other in slot):
            raise Refusal("older")
        if not fact.is_void and epoch <= floor_of(slot):
            raise Refusal("voided")

    def check_rights(self, fact: Fact, slot: list[Fact]) -> None:
        said, rule = fact.members, RULES.get(fact.members["kind"], UNKNOWN)
        if said["authority"] not in rule.authorities or not self.has_authority(fact, slot):
            raise Refusal("authority")
        if rule.is_clusters and said["scope"] != "cluster":
            raise Refusal("scope")
        if not self.may_issue(fact):
            raise Refusal("issuer")
        if not rule.is_subject(said["subject"], said["scope"]) or not self.is_own_subject(fact):
            raise Refusal("subject")
        if said["authority"] == "holder" and not self.is_narrower(fact):
            raise Refusal("depth")

    def has_authority(self, fact: Fact, slot: list[Fact]) -> bool:
        said = fact.members
        authority = said["authority"]
        if said["kind"] == "service":
            services = self.body_in_force("policy", said["scope"], said["scope"]).get("services", [])
            signers = [entry["authority"] for entry in services if entry["service"] == said["subject"]]
            if authority != (signers[0] if signers else "control"):
                return False
        if authority == "holder":
            is_delegable = is_role_subject(said["subject"], "") and said["subject"].split("/")[1] in DELEGABLE
            return is_delegable and all(other.members["authority"] == "holder" for other in slot)
        if authority == "log":
            policy = self.in_force("policy", "cluster", "cluster")
            return (
                policy is not None
                and "log" in policy.members["body"]
                and policy.members["epoch"] == said["body"]["policy"]
            )
        if authority in NODE_AUTHORITIES:
            return True
        return self.now < self.authority.root.expires and authority in self.authority.body["authorities"]

    def may_issue(self, fact: Fact) -> bool:
        said, issuer = fact.members, fact.members.get("issuer")
        if said["authority"] not in NODE_AUTHORITIES:
            return issuer is None
        node = {} if issuer is None else self.body_in_force("node", "cluster", issuer)
        if not node:
            return False
        if said["authority"] == "holder":
            return said["subject"].split("/")[0] != issuer and self.role_of_holder(fact) is not None
        role = ROLES_OF.get(said["authority"])
        if role is not None:
            subject = f"{issuer}/{role}/{node['partition']}"
            return any(self.in_force("role", scope, subject) for scope in ("cluster", said["scope"]))
        return True

    def is_own_subject(self, fact: Fact) -> bool:
        said = fact.members
        if said["kind"] in ISSUERS_KINDS:
            return said["subject"].endswith(f"/{said['issuer']}")
        if said["authority"] == "node":
            return said["subject"] == said["issuer"]
        if said["authority"] == "log":
            return said["subject"] == self.body_in_force("policy", "cluster", "cluster")["log"]["name"]
        return True

    def role_of_holder(self, fact: Fact) -> Fact | None:
        said = fact.members
        _, role, partition = said["subject"].split("/")
        return self.in_force("role", said["scope"], f"{said['issuer']}/{role}/{partition}")

    def is_narrower(self, fact: Fact) -> bool:
        held, narrow = self.role_of_holder(fact), fact.members["body"]
        assert held is not None
        wide = held.members["body"]
        if wide["depth"] != 1:
            return False
        return fact.is_void or (
            narrow["depth"] == 0
            and fact.expires <= held.expires
            and set(narrow["actions"]) <= set(wide["actions"])
            and set(narrow["services"]) <= set(wide["services"])
        )

    def quorum_for(self, fact: Fact) -> Quorum:
        said = fact.members
        if said["authority"] in NODE_AUTHORITIES:
            return Quorum(1, keys_of([self.body_in_force("node", "cluster", said["issuer"])]))
        if said["authority"] == "log":
            signers = self.body_in_force("policy", "cluster", "cluster")["log"]["signers"]
            return Quorum(len(signers) // 2 + 1, keys_of(signers))
        quorum = self.authority.quorum(said["authority"], self.now)
        assert quorum is not None
        return quorum

    def may_be_auto(self, fact: Fact, slot: list[Fact]) -> bool:
        said = fact.members
        if said["kind"] in PEOPLES_KINDS:
            return False
        if not slot:
            return is_lowest_node(fact)
        people = [other for other in slot if not self.is_by_programs(other)]
        base = max(people or filter(is_lowest_node, slot), key=lambda other: other.rank, default=None)
        return (
            self.in_force(*fact.slot) is not None
            and base is not None
            and not base.is_void
            and not fact.is_void
            and said["epoch"] > base.members["epoch"]
            and (fact.expires >= base.expires or not people)
            and (
                is_next_stage(fact, base)
                if said["authority"] == "update"
                else write_canonical(said["body"]) == write_canonical(base.members["body"])
            )
        )

    def is_by_programs(self, fact: Fact) -> bool:
        if fact.members["authority"] not in ("control", "update"):
            return False
        quorum = self.authority.quorum(fact.members["authority"], self.now)
        if quorum is None or not any(key.is_auto for key in quorum.keys.values()):
            return False
        people = [id for id, _ in fact.signatures if id in quorum.keys and not quorum.keys[id].is_auto]
        return len(people) < quorum.threshold

    def rivals_of(self, fact: Fact, slot: list[Fact]) -> list[Fact]:
        """Quorums take the place of holders, and people that of programs, whatever their epochs."""
        if fact.members["authority"] == "holder":
            return slot
        rivals = [other for other in slot if other.members["authority"] != "holder"]
        return rivals if self.is_by_programs(fact) else [other for other in rivals if not self.is_by_programs(other)]


def is_lowest_node(fact: Fact) -> bool:
    return fact.members["kind"] == "node" and not fact.is_void and fact.members["body"]["trust-tier"] == 0


def trust_root(octets: bytes, cluster: str, fingerprint: str, now: int, development: bool) -> Fact:
    """The root to begin with. A Refusal otherwise."""
    fact = read_fact(octets, cluster)
    if fact.members["kind"] != "root":
        raise Refusal("authority")
    check_time(fact, now)
    if fact.id != fingerprint:
        raise Refusal("fingerprint")
    check_root_rights(fact, development)
    check_own_signatures(fact)
    return fact


def floor_of(slot: list[Fact]) -> int:
    return max((fact.members["epoch"] for fact in slot if fact.is_void), default=0)


def check_time(fact: Fact, now: int) -> None:
    if fact.issued > now + FUTURE:
        raise Refusal("future")
    life, longest = fact.expires - fact.issued, RULES.get(fact.members["kind"], UNKNOWN).life
    if life > longest or (fact.is_void and life < longest):
        raise Refusal("lifetime")


def check_root_rights(fact: Fact, development: bool) -> None:
    said = fact.members
    if said["body"]["mode"] == "development" and not development:
        raise Refusal("development")
    if said["authority"] != "root":
        raise Refusal("authority")
    if said["scope"] != "cluster":
        raise Refusal("scope")
    if "issuer" in said:
        raise Refusal("issuer")
    if said["subject"] != "root":
        raise Refusal("subject")


def check_own_signatures(fact: Fact) -> None:
    listed = fact.members["body"]["authorities"]["root"]
    check_signatures(fact, Quorum(listed["threshold"], keys_of(listed["keys"])), False)


def is_next_stage(fact: Fact, base: Fact) -> bool:
    """The same release at a later step of its rule. A release that was stopped has none."""
    if fact.members["kind"] != "release":
        return False
    said, last = fact.members["body"], base.members["body"]
    return (
        fact.expires == base.expires
        and 0 < last["stage"] < said["stage"]
        and said["stage"] in last.get("rule", {"steps": []})["steps"]
        and write_canonical({**said, "stage": last["stage"]}) == write_canonical(last)
    )


def check_signatures(fact: Fact, quorum: Quorum, may_be_auto: bool) -> None:
    counted = []
    for id, signature in fact.signatures:
        key = quorum.keys.get(id)
        if key is not None and (may_be_auto or not key.is_auto):
            counted.append((key.octets, signature))
    is_short = len(counted) < quorum.threshold
    if is_short and any(id not in quorum.keys for id, _ in fact.signatures):
        raise Refusal("unknown-key")
    signed = to_be_signed(fact.payload)
    if not all(verify(key, signed, signature) for key, signature in counted[: quorum.threshold]):
        raise Refusal("signature")
    if is_short:
        raise Refusal("quorum")


UDP = re.compile(r"udp://(?:\[([0-9a-f:]+)\]|([a-z0-9.-]+)):([1-9][0-9]{0,4})")
HOST_LABEL = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?")
LOOPBACK = ipaddress.ip_network("127.0.0.0/8")
NOWHERE = [ipaddress.ip_network(network) for network in ("0.0.0.0/8", "224.0.0.0/3")]
NOWHERE_V6 = [ipaddress.ip_network(network) for network in ("::/96", "::ffff:0:0/96", "ff00::/8")]


def is_dialable(text: str, may_loop_back: bool) -> bool:
    match = UDP.fullmatch(text)
    if match is None or int(match[3]) > 65_535:
        return False
    if match[1] is not None:
        try:
            v6 = ipaddress.IPv6Address(match[1])
        except ValueError:
            return False
        return may_loop_back if v6.is_loopback else not any(v6 in network for network in NOWHERE_V6)
    try:
        v4 = ipaddress.IPv4Address(match[2])
    except ValueError:
        return is_host_name(match[2], may_loop_back)
    return may_loop_back if v4 in LOOPBACK else not any(v4 in network for network in NOWHERE)


def is_host_name(text: str, may_loop_back: bool) -> bool:
    labels = text.split(".")
    if len(text) > 253 or not all(map(HOST_LABEL.fullmatch, labels)):
        return False
    return not labels[-1].isdigit() and (may_loop_back or labels[-1] != "localhost")
