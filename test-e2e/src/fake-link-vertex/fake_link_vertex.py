"""A FAKE link vertex, for tests: plain UDP between neighbours, without any encryption or authentication.

Never use it outside of a test. It takes the place of link-flor under an unchanged cluster-flor: an example and a proof
that docs/florio.md and docs/portal-api.md are enough to write a link vertex in another language.

    python3 fake_link_vertex.py run --config link-flor.yaml          (Python 3.10 or later, no packages)
"""

import argparse
import os
import re
import select
import signal
import sys
import time
from contextlib import suppress
from typing import NoReturn

from florio import Port
from portal import Portal
from udp_links import PROTOCOL, Sizes, UdpLinks

TURN_S = 0.02


class Cluster:
    """One cluster of the node: its portal, the links that are wished for there, and the two sockets of both."""

    def __init__(self, name: str, config: dict[str, str], sizes: Sizes, protocol: str) -> None:
        self.name = name
        self.port = Port(config["bind"], config["connect"])
        self.links = UdpLinks(name, config["listen"], protocol, sizes, self.port.add_packet)
        self.portal = Portal(name, self.links, self.port.add_message)
        self.links.portal = self.portal

    def handle_turn(self, now: float) -> None:
        """Reads first and judges then; what both make is sent at the end."""
        for received in self.port.receive():
            if isinstance(received, bytes):
                self.portal.handle_message(received, now)
            else:
                self.links.send_packets(*received)
        self.links.receive(now)
        if not self.port.is_connected and self.port.try_connect(now):
            self.portal.handle_connected()
        self.links.handle_time(now)
        self.portal.handle_time(now)
        was_connected = self.port.is_connected
        self.port.flush()
        if was_connected and not self.port.is_connected:
            self.portal.handle_disconnected(now)

    def close(self) -> None:
        self.links.stop()
        self.port.close()
        print(f"{self.name}: {dict(self.port.counters)}", file=sys.stderr)


def read_clusters(path: str) -> dict[str, dict[str, str]]:
    """The clusters of a config file as `flor mesh render` writes it, one to a line: no more of YAML than that."""
    with open(path, encoding="utf-8") as file:
        _, _, section = file.read().partition("\nclusters:\n")
    clusters = re.findall(r'^  "?([^\s":]+)"?: \{ (.*) \}$', section, re.MULTILINE)
    if not clusters:
        raise SystemExit(f"{path} has no clusters that this fake could read")
    return {name: dict(re.findall(r'(\w+): "?([^\s",]+)', body)) for name, body in clusters}


def read_protocol(path: str) -> str:
    """What a file beside the config has it claim to be, if it is there."""
    with suppress(OSError), open(path, encoding="utf-8") as file:
        return file.read().strip()
    return PROTOCOL


def run(config: str) -> NoReturn:
    folder = os.path.dirname(config)
    sizes, protocol = Sizes(os.path.join(folder, "link-sizes")), read_protocol(os.path.join(folder, "link-protocol"))
    clusters = [Cluster(name, cluster, sizes, protocol) for name, cluster in read_clusters(config).items()]
    signal.signal(signal.SIGTERM, lambda *_: sys.exit())
    try:
        while True:
            readers = [socket.fileno() for cluster in clusters for socket in (cluster.port, cluster.links)]
            writers = [cluster.port.fileno() for cluster in clusters if cluster.port.has_waiting]
            select.select(readers, writers, [], TURN_S)
            for cluster in clusters:
                cluster.handle_turn(time.monotonic())
    finally:
        for cluster in clusters:
            cluster.close()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="A fake link vertex, for tests: no encryption.")
    parser.add_argument("command", choices=["run"])
    parser.add_argument("--config", required=True)
    run(parser.parse_args().config)
