"""Records of facts: the envelope, the payload, and the order of a slot."""

import base64
import re
from dataclasses import dataclass
from datetime import datetime, timezone
from hashlib import sha256
from typing import Any

from bodies import ANY_INTEGER, BODIES, integer, is_name, is_scope, members
from canonical import read_canonical

LABEL = "FLORENETES FACT"
HEADER_SIZE = 5
ENTRY_SIZE = 96
SIGNATURES_MAX = 16
PAYLOAD_SIZE_MAX = 16_384
ROOT_PAYLOAD_SIZE_MAX = 65_536
ROOT_BEGINNING = b'{"authority":"root",'
RECORD_SIZE_MAX = HEADER_SIZE + ROOT_PAYLOAD_SIZE_MAX + 1 + SIGNATURES_MAX * ENTRY_SIZE
LINE_LENGTH = 64
TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:[0-5]\d\.\d{3}Z", re.ASCII)
SUBJECT = re.compile(r"[a-z0-9._/-]{1,255}")
NEVER_VOID = {"root", "checkpoint", "report", "profile", "installed", "outcome", "receipt", "shares", "usage", "observation"}


class Refusal(Exception):
    """A record is refused; the argument is the reason."""


@dataclass(frozen=True)
class Fact:
    id: str
    payload: bytes
    signatures: list[tuple[bytes, bytes]]
    members: dict[str, Any]
    issued: int
    expires: int

    @property
    def is_void(self) -> bool:
        return "void" in self.members

    @property
    def is_known(self) -> bool:
        return self.members["kind"] in BODIES

    @property
    def slot(self) -> tuple[str, str, str]:
        return self.members["kind"], self.members["scope"], self.members["subject"]

    @property
    def rank(self) -> tuple[int, int, int, int]:
        """Greater for the newer one of a slot."""
        return self.members["epoch"], self.issued, self.members["generation"], -int(self.id, 16)


def to_be_signed(payload: bytes) -> bytes:
    return LABEL.encode() + b"\0\1" + payload


def read_envelope(octets: bytes) -> tuple[bytes, list[tuple[bytes, bytes]]]:
    """The payload, and key ids with their signatures."""
    if len(octets) > RECORD_SIZE_MAX:
        raise Refusal("too-large")
    if len(octets) < HEADER_SIZE or octets[0] != 1:
        raise Refusal("envelope")
    length = int.from_bytes(octets[1:HEADER_SIZE], "big")
    is_roots = octets.startswith(ROOT_BEGINNING, HEADER_SIZE)
    if length > (ROOT_PAYLOAD_SIZE_MAX if is_roots else PAYLOAD_SIZE_MAX):
        raise Refusal("too-large")
    end = HEADER_SIZE + length
    if len(octets) <= end or octets[end] > SIGNATURES_MAX or len(octets) != end + 1 + octets[end] * ENTRY_SIZE:
        raise Refusal("envelope")
    starts = range(end + 1, len(octets), ENTRY_SIZE)
    signatures = [(octets[at : at + 32], octets[at + 32 : at + ENTRY_SIZE]) for at in starts]
    if len({key_id for key_id, _ in signatures}) < len(signatures):
        raise Refusal("envelope")
    return octets[HEADER_SIZE:end], signatures


def read_time(text: Any) -> int | None:
    """Milliseconds since 1970; None for what is no time."""
    if not isinstance(text, str) or TIME.fullmatch(text) is None:
        return None
    try:
        time = datetime.strptime(text, "%Y-%m-%dT%H:%M:%S.%fZ").replace(tzinfo=timezone.utc)
    except ValueError:
        return None
    since = time - datetime(1970, 1, 1, tzinfo=timezone.utc)
    milliseconds = (since.days * 86_400 + since.seconds) * 1_000 + since.microseconds // 1_000
    return milliseconds if milliseconds >= 0 else None


def is_time(value: Any) -> bool:
    return read_time(value) is not None


PAYLOAD = members(
    {
        "schema": integer(1, 1),
        "cluster": is_name,
        "kind": is_name,
        "scope": is_scope,
        "subject": lambda value: isinstance(value, str) and SUBJECT.fullmatch(value) is not None,
        "epoch": integer(1, 2**53 - 1),
        "generation": ANY_INTEGER,
        "issued": is_time,
        "expires": is_time,
        "authority": is_name,
        "body": lambda value: isinstance(value, dict),
    },
    {"issuer": is_name, "void": lambda value: value is True},
)


def read_fact(octets: bytes, cluster: str) -> Fact:
    """A record in good form. A Refusal otherwise."""
    payload, signatures = read_envelope(octets)
    said = read_canonical(payload)
    if said is None:
        raise Refusal("not-canonical")
    if said.get("cluster") != cluster:
        raise Refusal("cluster")
    if type(said.get("schema")) is not int or said["schema"] != 1:
        raise Refusal("unknown-schema")
    if not PAYLOAD(said):
        raise Refusal("body")
    issued, expires = read_time(said["issued"]), read_time(said["expires"])
    assert issued is not None and expires is not None
    kind, body = said["kind"], said["body"]
    is_good = (
        body == {} and kind not in NEVER_VOID if "void" in said else kind not in BODIES or BODIES[kind](body)
    )
    if not is_good or issued >= expires:
        raise Refusal("body")
    return Fact(sha256(to_be_signed(payload)).hexdigest(), payload, signatures, said, issued, expires)


def write_text(octets: bytes) -> str:
    text = base64.b64encode(octets).decode()
    lines = [text[at : at + LINE_LENGTH] for at in range(0, len(text), LINE_LENGTH)]
    return "\n".join([f"-----BEGIN {LABEL}-----", *lines, f"-----END {LABEL}-----", ""])


def read_text(text: str) -> bytes | None:
    """The octets of one block; None for anything else."""
    lines = [line.rstrip(" \t\r") for line in text.split("\n")]
    while lines and lines[0] == "":
        lines.pop(0)
    while lines and lines[-1] == "":
        lines.pop()
    try:
        octets = base64.b64decode("".join(lines[1:-1]), validate=True)
    except ValueError:
        return None
    return octets if write_text(octets) == "\n".join(lines) + "\n" else None
