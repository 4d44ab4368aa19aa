"""Revocation lists as an identity folder has them: whose they are, and whom they name. As much of DER as that takes. Pure."""

import re
from base64 import b64decode
from datetime import datetime, timezone

LIST = re.compile(r"-----BEGIN X509 CRL-----([^-]+)-----END X509 CRL-----")
INTEGER, SEQUENCE, UTC_TIME, GENERALIZED_TIME, VERSION = 0x02, 0x30, 0x17, 0x18, 0xA0


class Lists:
    """The lists of a PEM file. Raises ValueError for what is none. Signatures are not looked at."""

    def __init__(self, pem: str) -> None:
        self._revoked: dict[bytes, set[bytes]] = {}
        self._ends: list[datetime] = []
        for body in LIST.findall(pem):
            issuer, serials, end = read_list(b64decode(body))
            self._revoked.setdefault(issuer, set()).update(serials)
            if end is not None:
                self._ends.append(end)
        if not self._revoked:
            raise ValueError("there is no revocation list in the file")

    def has_all(self, authorities: list[bytes]) -> bool:
        """Whether each of these CAs, whose certificates are given in DER, has a list."""
        return all(read_certificate(each)[2] in self._revoked for each in authorities)

    def has_ended(self, now: datetime) -> bool:
        """Whether any of them should have been followed by a newer one."""
        return any(end <= now for end in self._ends)

    def names(self, certificate: bytes) -> bool:
        """Whether its CA has revoked the certificate."""
        issuer, serial, _ = read_certificate(certificate)
        return serial in self._revoked.get(issuer, ())


def read_list(der: bytes) -> tuple[bytes, list[bytes], datetime | None]:
    """Issuer, serial numbers, and when it ends, if it says so (RFC 5280, 5.1)."""
    fields = inside(inside(inside(der)[0][2])[0][2])
    at = 1 if fields[0][0] == INTEGER else 0
    issuer = fields[at + 1][1]
    behind = [each for each in fields[at + 2 :] if each[0] not in (UTC_TIME, GENERALIZED_TIME)]
    revoked = behind[0][2] if behind and behind[0][0] == SEQUENCE else b""
    times = [each for each in fields[at + 2 : at + 4] if each[0] in (UTC_TIME, GENERALIZED_TIME)]
    end = read_time(times[1]) if len(times) > 1 else None
    return issuer, [inside(each)[0][2] for _, _, each in inside(revoked)], end


def read_time(value: tuple[int, bytes, bytes]) -> datetime:
    """A time of a certificate or list (RFC 5280, 4.1.2.5): two digits of a year are of 1950 to 2049."""
    tag, _, content = value
    text = content.decode("ascii")
    if tag == UTC_TIME:
        text = ("19" if text >= "50" else "20") + text
    return datetime.strptime(text, "%Y%m%d%H%M%SZ").replace(tzinfo=timezone.utc)


def read_certificate(der: bytes) -> tuple[bytes, bytes, bytes]:
    """Issuer, serial number and subject (RFC 5280, 4.1)."""
    fields = inside(inside(inside(der)[0][2])[0][2])
    at = 1 if fields[0][0] == VERSION else 0
    return fields[at + 2][1], fields[at][2], fields[at + 4][1]


def read_key(der: bytes) -> bytes:
    """The SubjectPublicKeyInfo of a certificate, all of it (RFC 5280, 4.1)."""
    fields = inside(inside(inside(der)[0][2])[0][2])
    return fields[6 if fields[0][0] == VERSION else 5][1]


def inside(der: bytes) -> list[tuple[int, bytes, bytes]]:
    """The values that follow one another in some DER: tag, all of it, content."""
    found = []
    at = 0
    while at < len(der):
        start = at + 2
        size = int.from_bytes(der[at + 1 : start], "big")
        if size >= 0x80:
            start, size_at = start + (size & 0x7F), start
            size = int.from_bytes(der[size_at:start], "big")
        if start + size > len(der):
            raise ValueError("DER that ends too soon")
        found.append((der[at], der[at : start + size], der[start : start + size]))
        at = start + size
    return found
