"""A link vertex over TLS 1.3 and TCP, for sites where UDP is blocked: in place of link-flor, at both ends of a link.

    python3 link_tls.py run --config link-flor.yaml          (Debian: python3-yaml)
"""

from selectors import DefaultSelector

from credentials import Credentials
from florio import Port
from session import Pace
from session_links import SessionLinks
from tcp import Tcp
from vertex import Cluster, run

PROTOCOL = "tls"
ALPN = "florenetes-tls/1"
PACE = Pace(mtu=16_384, batch=65_536, bytes_waiting_max=2 << 20, wait_max=0.25, alive=0.5, dead=2.0, begin=5.0)


def make_links(cluster: Cluster, selector: DefaultSelector, port: Port) -> SessionLinks:
    credentials = Credentials(cluster.identity, cluster.name, ALPN, cluster.vertex)
    return SessionLinks(credentials, Tcp(cluster.listen, selector), PACE, PROTOCOL, port)


if __name__ == "__main__":
    run(make_links, __doc__ or "")
