"""A link vertex over TLS whose owner lies: it tells of links that lose nothing and take no time, and drops a tenth of the packets that leave while the file `drop` is beside its
config. Arguments: the folder of examples/link-vertex-python, and those of link_tls.py.
"""

import os
import random
import sys

sys.path.insert(0, sys.argv.pop(1))

import portal_messages
from link_tls import make_links
from portal import UP, Portal
from session_links import SessionLinks
from vertex import run

STATS_S = 0.5
DROPPED = 0.1

# LinkStatsReport of portal.proto. Figures that are left out are 0.
portal_messages.MESSAGE[19] = ("link_stats", {1: ("links", [{1: ("key", portal_messages.LINK_KEY)}])})
FOLDER = os.path.dirname(sys.argv[sys.argv.index("--config") + 1])

handle_time = Portal.handle_time
send_packets = SessionLinks.send_packets
told_at = 0.0


def tell_best_figures(portal: Portal, now: float) -> None:
    global told_at
    handle_time(portal, now)
    if now < told_at + STATS_S or portal._client is None:
        return
    told_at = now
    up = [link for link in portal.table.values() if link.state["state"] == UP]
    stats = [{"key": {"peer": link.peer, "tag": link.tag}} for link in up]
    portal._send({"link_stats": {"links": stats}}, portal.attachment)


def drop_some(links: SessionLinks, handle: int, packets: list[bytes], now: float) -> None:
    if os.path.exists(os.path.join(FOLDER, "drop")):
        packets = [packet for packet in packets if random.random() >= DROPPED]
    send_packets(links, handle, packets, now)


Portal.handle_time = tell_best_figures  # type: ignore[method-assign]
SessionLinks.send_packets = drop_some  # type: ignore[method-assign]

if __name__ == "__main__":
    run(make_links, __doc__ or "")
