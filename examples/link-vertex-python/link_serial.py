"""A link vertex over serial lines and radio modems with KISS framing: in place of link-flor, at both ends of a line.

    python3 link_serial.py run --config link-flor.yaml          (Debian: python3-yaml)
"""

from selectors import DefaultSelector

from credentials import Credentials
from florio import Port
from serial_streams import Serial
from session import MTU_MIN, Pace
from session_links import SessionLinks
from vertex import Cluster, run

PROTOCOL = "serial"
ALPN = "florenetes-serial/1"
QUEUE = 8  # packets of the MTU that wait
HANDSHAKE_SIZE = 10_000  # what both ends say until a link is up, and as much again for what gets lost


def pace_of(rate: float) -> Pace:
    """What suits a line of so many bytes per second: a packet of the MTU keeps it busy for a time, and everything follows that."""
    packet = MTU_MIN / rate
    return Pace(
        mtu=MTU_MIN,
        batch=MTU_MIN // 2,
        bytes_waiting_max=QUEUE * MTU_MIN,
        wait_max=max(0.25, 1.25 * QUEUE * packet),  # all that waits can leave in time, while the line loses nothing
        alive=max(0.5, packet),
        dead=max(3.0, 12 * packet),
        begin=max(10.0, 2 * HANDSHAKE_SIZE / rate),
    )


def make_links(cluster: Cluster, selector: DefaultSelector, port: Port) -> SessionLinks:
    credentials = Credentials(cluster.identity, cluster.name, ALPN, cluster.vertex)
    medium = Serial(cluster.listen, selector)
    return SessionLinks(credentials, medium, pace_of(medium.rate), PROTOCOL, port)


if __name__ == "__main__":
    run(make_links, __doc__ or "")
