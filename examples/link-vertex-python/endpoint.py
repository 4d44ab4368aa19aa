"""Endpoints, as config files have them: `tls://host:port`, or `tls://host:port?proxy=host:port`."""

from dataclasses import dataclass
from urllib.parse import parse_qs, urlsplit

from credentials import Refusal

SCHEMES = ("tls", "udp")  # mesh files render `udp:` where they are told nothing else


@dataclass(frozen=True)
class Endpoint:
    host: str
    port: int
    proxy: "Endpoint | None" = None


def read_endpoint(text: str) -> Endpoint:
    """Raises Refusal for what is none."""
    try:
        parts = urlsplit(text)
        proxies = parse_qs(parts.query, strict_parsing=True) if parts.query else {}
        proxy = [_host_and_port(f"//{each}") for each in proxies.pop("proxy", [])]
        if parts.scheme not in SCHEMES or proxies or len(proxy) > 1:
            raise ValueError
        host, port = _host_and_port(text)
    except ValueError:
        raise Refusal("BAD_ENDPOINT", f"{text} is not tls://host:port or tls://host:port?proxy=host:port") from None
    return Endpoint(host, port, Endpoint(*proxy[0]) if proxy else None)


def _host_and_port(text: str) -> tuple[str, int]:
    parts = urlsplit(text)
    if not parts.hostname or parts.port is None or parts.path:
        raise ValueError
    return parts.hostname, parts.port
