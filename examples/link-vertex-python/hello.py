"""How an originator says which link it wants, and which of its attempts this is: an object of JSON. Pure."""

from dataclasses import dataclass
from typing import Any

from credentials import Refusal
from portal import ORIGINATOR, Link

VERSION = 1
INSTANCE_LENGTH_MAX = 64

Order = tuple[int, str, int]  # start and id of the originator's instance, number of the attempt


@dataclass(frozen=True)
class Hello:
    """The names are for people, and so that a call that was led astray is found out: who calls is known by the certificate."""

    cluster: str
    vertex: str
    peer: str
    tag: str
    order: Order

    def write(self) -> dict[str, Any]:
        names = {"cluster": self.cluster, "vertex": self.vertex, "peer": self.peer, "tag": self.tag}
        started, instance, attempt = self.order
        return {"version": VERSION, **names, "started": started, "instance": instance, "attempt": attempt}


def read_hello(hello: dict[str, Any], cluster: str, vertex: str) -> Hello:
    """Reads a hello for this vertex of this cluster. Raises Refusal for any other."""
    tag, started, instance, attempt = (hello.get(key) for key in ("tag", "started", "instance", "attempt"))
    is_whole = isinstance(tag, str) and isinstance(instance, str) and len(instance) <= INSTANCE_LENGTH_MAX
    if not is_whole or not isinstance(started, int) or not isinstance(attempt, int):
        raise Refusal("PROTOCOL_ERROR", "a hello with something missing")
    if hello.get("version") != VERSION:
        raise Refusal("VERSION_UNSUPPORTED", f"this link vertex speaks version {VERSION} only")
    if (hello.get("cluster"), hello.get("peer")) != (cluster, vertex):
        raise Refusal("WRONG_NAME", f"this is {vertex} of {cluster}")
    return Hello(cluster, str(hello.get("vertex")), vertex, tag, (started, instance, attempt))


def check_wanted(link: Link | None, vertex: str) -> None:
    """Raises Refusal unless the cluster vertex wants to be called for the link."""
    if link is None:
        raise Refusal("NOT_WANTED", f"the cluster vertex of {vertex} has not asked for this link")
    if link.role == ORIGINATOR:
        raise Refusal("ROLE_CONFLICT", "both ends are originators")
