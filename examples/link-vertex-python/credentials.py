"""An identity folder (docs/operate/identity.md) as TLS uses it: mutual TLS 1.3, nobody without a certificate of the cluster."""

import os
import re
import ssl
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timezone

from lists import Lists

SPIFFE = re.compile(r"spiffe://([a-z0-9._-]{1,63})/(user|service|vertex)/([a-z0-9._-]{1,63})")
CERTIFICATE = re.compile(r"-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----")
LISTS_LOOK_S = 0.5

# Verdicts of OpenSSL on a chain (X509_V_ERR_…), in the codes of docs/protocol/portal-api.md. All else is UNTRUSTED.
VERDICTS = {
    3: "REVOCATION_UNKNOWN", 11: "REVOCATION_UNKNOWN", 12: "REVOCATION_UNKNOWN", 23: "REVOKED",
    9: "CERTIFICATE_REFUSED", 10: "CERTIFICATE_REFUSED", 26: "CERTIFICATE_REFUSED",
}  # fmt: skip
# Alerts with which the peer's TLS refuses our chain. All else is UNTRUSTED_BY_PEER.
ALERTS = {"CERTIFICATE_REVOKED": "REVOKED", "CERTIFICATE_EXPIRED": "CERTIFICATE_REFUSED"}


@dataclass
class Peer:
    """Whom the other end's certificate stands for, as TLS has verified it."""

    cluster: str
    kind: str
    name: str
    ends_at: float  # seconds since 1970


class Refusal(Exception):
    """Why a peer is not taken: a code of docs/protocol/portal-api.md, and a text for people."""

    def __init__(self, code: str, text: str) -> None:
        super().__init__(f"{code}: {text}")
        self.code, self.text = code, text


class Credentials:
    """Key, chain, roots and lists of one folder, as they were when it was read. Raises OSError or ValueError."""

    def __init__(self, folder: str, cluster: str, protocol: str, vertex: str = "") -> None:
        """`vertex` is whose it has to be; empty: any of the cluster."""
        self.folder = folder
        self._protocol = protocol
        key = file_of(folder, "key.pem")
        if os.stat(key).st_mode & 0o077:
            raise ValueError(f"{key} may be read by others than its owner: chmod 600")
        self.lists = lists_of(folder)
        self._lists = None if self.lists is None else read_lists(folder)
        # While one CA takes the place of another one, there may be no list of the newer: of that one nothing is revoked.
        self.lacks_lists = self._lists is not None and not self._lists.has_all(read_chain(file_of(folder, "trust.pem")))
        self._contexts = {
            (is_originator, by_lists): _context(is_originator, by_lists and not self.lacks_lists, folder, protocol)
            for is_originator in (False, True)
            for by_lists in (False, True)
        }
        self.own = self._own_name(folder)
        self.chain = read_chain(file_of(folder, "chain.pem"))
        if (self.own.cluster, self.own.kind, self.own.name) != (cluster, "vertex", vertex or self.own.name):
            found = f"the {self.own.kind} {self.own.name} of {self.own.cluster}"
            raise ValueError(f"{folder} is {found}, and not the vertex {vertex} of {cluster}")

    def read_again(self) -> "Credentials":
        """The same folder as it is now, which has to be the same vertex's. Raises OSError or ValueError."""
        return Credentials(self.folder, self.own.cluster, self._protocol, self.own.name)

    def context(self, is_originator: bool, by_lists: bool) -> ssl.SSLContext:
        """
        `by_lists`: nobody else judges, and OpenSSL is to look into the revocation lists, with their signatures. It does where each CA has one that
        has not ended, as it refuses all certificates of a CA without such a list; `check_lists` looks into them in any case.
        """
        has_ended = self._lists is not None and self._lists.has_ended(datetime.now(timezone.utc))
        return self._contexts[is_originator, by_lists and self.lists is not None and not has_ended]

    def check_lists(self, chain: list[bytes]) -> None:
        """Raises Refusal when a list names the first certificate of the chain, in DER."""
        if self._lists is not None and self._lists.names(chain[0]):
            raise Refusal("REVOKED", "a revocation list names the certificate")

    def _own_name(self, folder: str) -> Peer:
        """A handshake with ourselves says who we are, and that key, chain and roots belong together."""
        to_acceptor, to_originator = ssl.MemoryBIO(), ssl.MemoryBIO()
        ends = [
            self.context(True, False).wrap_bio(to_originator, to_acceptor),
            self.context(False, False).wrap_bio(to_acceptor, to_originator, server_side=True),
        ]
        for _ in range(4):
            for end in ends:
                try:
                    end.do_handshake()
                except ssl.SSLWantReadError:
                    continue
                except ssl.SSLError as error:
                    raise ValueError(f"{folder} cannot be used: {error}") from error
        try:
            return read_peer(ends[0])
        except Refusal as error:
            raise ValueError(f"{folder} cannot be used: {error}") from error


def lists_of(folder: str) -> tuple[int, int] | None:
    """What tells one file of revocation lists from the next; None without one."""
    with suppress(FileNotFoundError):
        found = os.stat(file_of(folder, "crl.pem"))
        return found.st_ino, found.st_mtime_ns
    return None


def read_lists(folder: str) -> Lists:
    """Raises OSError or ValueError."""
    with open(file_of(folder, "crl.pem"), encoding="ascii") as file:
        try:
            return Lists(file.read())
        except (ValueError, IndexError) as error:
            raise ValueError(f"{folder}/crl.pem is not in order: {error}") from error


class ListsWatch:
    """Revocation lists are in force without a signal: their file is looked at now and then."""

    def __init__(self) -> None:
        self._looked_at = 0.0

    def sees_news(self, credentials: Credentials, now: float) -> bool:
        """Says whether others are in the folder than those that were read."""
        if now < self._looked_at + LISTS_LOOK_S:
            return False
        self._looked_at = now
        return lists_of(credentials.folder) != credentials.lists


def file_of(folder: str, name: str) -> str:
    """An install that has not moved all of its files yet has left some in `next`: they count."""
    coming = f"{folder}/next/{name}"
    return coming if os.path.exists(coming) else f"{folder}/{name}"


def read_chain(path: str) -> list[bytes]:
    """The certificates of a PEM file, in DER. Raises OSError or ValueError."""
    with open(path, encoding="ascii") as file:
        return [ssl.PEM_cert_to_DER_cert(each) for each in CERTIFICATE.findall(file.read())]


def read_peer(tls: ssl.SSLObject) -> Peer:
    """The peer of a handshake that is complete. Raises Refusal when its certificate names nobody."""
    certificate = tls.getpeercert() or {}
    uris = [value for kind, value in certificate.get("subjectAltName", ()) if kind == "URI"]
    match = SPIFFE.fullmatch(uris[0]) if len(uris) == 1 else None
    if match is None:
        raise Refusal("CERTIFICATE_REFUSED", "the certificate does not have exactly one SPIFFE ID")
    return Peer(*match.groups(), ends_at=ssl.cert_time_to_seconds(certificate["notAfter"]))


def judge_peer(peer: Peer, own: Peer, expected: str = "") -> None:
    """Raises Refusal unless it is a vertex of our cluster and, for an originator, the one that its link leads to."""
    if peer.cluster != own.cluster:
        raise Refusal("WRONG_CLUSTER", f"the certificate is of the cluster {peer.cluster}")
    if peer.kind != "vertex":
        raise Refusal("WRONG_KIND", f"the certificate is of the {peer.kind} {peer.name}")
    if expected not in ("", peer.name):
        raise Refusal("WRONG_NAME", f"the certificate is of the vertex {peer.name}, and not of {expected}")


def explain(error: ssl.SSLError) -> Refusal:
    """Why a handshake has failed."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return Refusal(VERDICTS.get(error.verify_code, "UNTRUSTED"), error.verify_message)
    reason = error.reason or str(error)
    if "ALERT" in reason:
        alert = reason.partition("ALERT_")[2]
        # OpenSSL says the same where it knows no list of the CA.
        hint = ": it does not know our CA, or wants a revocation list of it that is not there" if alert == "UNKNOWN_CA" else ""
        return Refusal(ALERTS.get(alert, "UNTRUSTED_BY_PEER"), f"the other end's TLS said {alert}{hint}")
    return Refusal("PROTOCOL_ERROR", f"TLS: {reason}")


def _context(is_originator: bool, by_lists: bool, folder: str, protocol: str) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT if is_originator else ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    context.check_hostname = False  # names are vertices', and judged after the handshake
    context.verify_mode = ssl.CERT_REQUIRED
    context.set_alpn_protocols([protocol])
    context.load_cert_chain(file_of(folder, "chain.pem"), file_of(folder, "key.pem"))
    context.load_verify_locations(file_of(folder, "trust.pem"))
    if by_lists and lists_of(folder) is not None:
        context.load_verify_locations(file_of(folder, "crl.pem"))
        context.verify_flags |= ssl.VERIFY_CRL_CHECK_LEAF
    if not is_originator:
        context.num_tickets = 0  # sessions are never resumed
    return context
