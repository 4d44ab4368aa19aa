"""A FAKE link vertex, for tests: plain UDP between neighbours, without any encryption or authentication.

Never use it outside of a test. It takes the place of link-flor under an unchanged cluster-flor: an example and a proof
that docs/protocol/florio.md and docs/protocol/portal-api.md are enough to write a link vertex in another language. FlorIO, the portal and the process
are those of examples/link-vertex-python; its own is only the link protocol.

    python3 fake_link_vertex.py run --config link-flor.yaml          (Python 3.11 or later, Debian: python3-yaml)
"""

import os
import sys
from contextlib import suppress
from pathlib import Path
from selectors import EVENT_READ, DefaultSelector

sys.path.insert(1, str(Path(__file__).parents[3] / "examples/link-vertex-python"))

from florio import Port
from udp_links import PROTOCOL, Sizes, UdpLinks
from vertex import Cluster, run


def make_links(cluster: Cluster, selector: DefaultSelector, port: Port) -> UdpLinks:
    sizes = Sizes(os.path.join(cluster.folder, "link-sizes"))
    protocol = read_protocol(os.path.join(cluster.folder, "link-protocol"))
    links = UdpLinks(cluster.name, cluster.listen, protocol, sizes, port.add_packet)
    selector.register(links.fileno(), EVENT_READ)
    return links


def read_protocol(path: str) -> str:
    """What a file beside the config has it claim to be, if it is there."""
    with suppress(OSError), open(path, encoding="utf-8") as file:
        return file.read().strip()
    return PROTOCOL


if __name__ == "__main__":
    run(make_links, "A fake link vertex, for tests: no encryption.")
