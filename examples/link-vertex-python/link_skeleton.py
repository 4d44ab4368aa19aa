"""A skeleton of a link vertex, to begin another one with. It is no product: its links are plain UDP, on this machine alone.

    python3 link_skeleton.py run --config link-flor.yaml          (Debian: python3-yaml)
"""

from selectors import EVENT_READ, DefaultSelector

from credentials import Credentials
from florio import Port
from skeleton_links import PROTOCOL, SkeletonLinks
from vertex import Cluster, run


def make_links(cluster: Cluster, selector: DefaultSelector, port: Port) -> SkeletonLinks:
    credentials = Credentials(cluster.identity, cluster.name, PROTOCOL, cluster.vertex)
    links = SkeletonLinks(credentials, cluster.listen, port.add_packet)
    selector.register(links.fileno(), EVENT_READ)
    return links


if __name__ == "__main__":
    run(make_links, __doc__ or "")
