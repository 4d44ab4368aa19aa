"""The keys that neighbours must show beside their certificates, as docs/protocol/portal-api.md has them. Pure."""

from hashlib import sha256

from credentials import Refusal
from lists import read_key

PINS_MAX = 64
HASH_SIZE = 32

Key = tuple[str, str]


class Pins:
    """What each link pins. All links to a vertex count together: who calls has not said yet which of them it is about."""

    def __init__(self) -> None:
        self._links: dict[Key, list[bytes]] = {}

    def set(self, link: Key, hashes: list[bytes] | None) -> None:
        """None: any key will do."""
        self._links.pop(link, None)
        if hashes is not None:
            self._links[link] = hashes

    def check(self, vertex: str, certificate: bytes) -> None:
        """Raises Refusal unless the certificate, in DER, has a key that the vertex may show."""
        pinned = [hashes for (peer, _), hashes in self._links.items() if peer == vertex]
        if not pinned:
            return
        key = sha256(read_key(certificate)).digest()
        if not any(key in hashes for hashes in pinned):
            raise Refusal("WRONG_KEY", f"the key {key.hex()} of {vertex} is not pinned")


def are_pins(hashes: list[bytes]) -> bool:
    return len(hashes) <= PINS_MAX and all(len(each) == HASH_SIZE for each in hashes)
