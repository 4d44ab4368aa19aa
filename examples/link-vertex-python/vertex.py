"""A link vertex as a process: its config file, its clusters, its loop and its signals. It knows no link protocol.

    vertex.run(make_links)      with a function that makes, for one cluster, what keeps `Links`

One turn of the loop reads what has come, judges by the clock then, and sends at its end what came of it.
"""

import argparse
import os
import signal
import sys
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from selectors import EVENT_READ, EVENT_WRITE, DefaultSelector
from typing import Any, NoReturn, Protocol

import yaml  # Debian: python3-yaml
from florio import Port, check_path
from portal import LinkProtocol, Portal

TURN_S = 0.02
STOP_S = 0.5
DOWN_S, DOWN_MAX_S = 1.0, 30.0  # before a cluster that is down is tried again
LINES_MAX = 10  # of one code and one source, in LINES_S …
LINES_OF_ALL_MAX = 100  # … and of one code in all
LINES_S = 10.0
# The levels of log codes; a code that is not listed has "info".
LEVELS = {
    "CONFIG_REFUSED": "error", "CLUSTER_DOWN": "error", "RELOAD_FAILED": "error", "LISTS_REFUSED": "error",
    "LISTS_MISSING": "warn", "LINK_DOWN": "warn", "RENEWAL_FAILED": "warn", "PEER_NOT_JUDGED": "warn",
}  # fmt: skip
NEEDED = ("identity", "listen", "bind", "connect")


@dataclass
class Cluster:
    """A section of the config file."""

    name: str
    identity: str
    listen: str
    bind: str
    connect: str
    folder: str  # of the config file
    vertex: str  # our name; empty: the identity says it


class Links(LinkProtocol, Protocol):
    """The links of one cluster, over whatever medium."""

    portal: Portal
    vertex: str  # whose credentials we hold; empty when the medium has none
    is_idle: bool  # whether all that `stop` has to say is said

    def send_packets(self, handle: int, packets: list[bytes], now: float) -> None:
        """Packets of the cluster vertex. They leave in `handle_turn`."""

    def handle_turn(self, now: float) -> None:
        """Receives, looks at the clock, and sends."""

    def reload(self, now: float) -> None:
        """Reads the identity anew. Raises OSError or ValueError, and goes on with the one before."""

    def stop(self) -> None:
        """Tells all neighbours that this link vertex is stopping."""


# Sockets are registered with None: readiness wakes the loop, and each turn looks at all of them.
MakeLinks = Callable[[Cluster, DefaultSelector, Port], Links]


class Served:
    """A cluster of the node: its portal, and its links. Raises OSError or ValueError."""

    def __init__(self, cluster: Cluster, selector: DefaultSelector, make_links: MakeLinks) -> None:
        self.name = cluster.name
        self._selector = selector
        self._watched = (-1, 0)  # the port's socket, and what is waited for there
        self.port = Port(cluster.bind, cluster.connect)
        try:
            self.links = make_links(cluster, selector, self.port)
        except BaseException:
            self.port.close()
            raise
        self.portal = Portal(cluster.name, self.links, self.port.add_message, self.links.vertex)
        self.links.portal = self.portal

    def handle_turn(self, now: float) -> None:
        for received in self.port.receive():
            if isinstance(received, bytes):
                self.portal.handle_message(received, now)
            else:
                self.links.send_packets(*received, now)
        if not self.port.is_connected and self.port.try_connect(now):
            self.portal.handle_connected()
        self.links.handle_turn(now)
        self.portal.handle_time(now)
        was_connected = self.port.is_connected
        self.port.flush()
        if was_connected and not self.port.is_connected:
            self.portal.handle_disconnected(now)
        self._watch()

    def reload(self, now: float) -> None:
        try:
            self.links.reload(now)
            log("RELOADED", self.name)
        except (OSError, ValueError) as error:
            log("RELOAD_FAILED", f"{self.name}: {error}")

    def close(self) -> None:
        self.port.close()
        log("STOPPED", f"{self.name}: {dict(self.port.counters)}")

    def _watch(self) -> None:
        """The port's socket is another one after its file was removed."""
        wanted = (self.port.fileno(), EVENT_READ | (EVENT_WRITE if self.port.has_waiting else 0))
        before, self._watched = self._watched, wanted
        if before[0] == wanted[0]:
            if before != wanted:
                self._selector.modify(*wanted)
            return
        if before[0] >= 0:
            self._selector.unregister(before[0])
        self._selector.register(*wanted)


class Place:
    """A cluster that is served, or down: what the machine does not let it have is tried again, and the others run."""

    def __init__(self, cluster: Cluster, selector: DefaultSelector, make_links: MakeLinks) -> None:
        self.served: Served | None = None
        self._cluster = cluster
        self._serve = lambda: Served(cluster, selector, make_links)
        self._next_at = 0.0
        self._pause = DOWN_S

    def handle_turn(self, now: float) -> None:
        if self.served is None and now >= self._next_at:
            try:
                self.served = self._serve()
                log("CLUSTER_UP", self._cluster.name)
            except (OSError, ValueError) as error:
                log("CLUSTER_DOWN", f"{self._cluster.name}: {error}")
                self._next_at, self._pause = now + self._pause, min(2 * self._pause, DOWN_MAX_S)
        if self.served is not None:
            self.served.handle_turn(now)

    def reload(self, now: float) -> None:
        self._next_at, self._pause = now, DOWN_S
        if self.served is not None:
            self.served.reload(now)


class Lines:
    """Which lines may still be written: a few of one code and one source, and more of one code in all."""

    def __init__(self) -> None:
        self._written: Counter[tuple[str, str]] = Counter()
        self._left_out: Counter[str] = Counter()
        self._until = 0.0

    def take(self, code: str, source: str, now: float) -> bool:
        if now >= self._until:
            self._written.clear()
            self._until = now + LINES_S
        of_source, of_all = (code, source), (code, "")
        if self._written[of_source] >= LINES_MAX or self._written[of_all] >= LINES_OF_ALL_MAX:
            self._left_out[code] += 1
            return False
        self._written.update({of_source, of_all})
        return True

    def take_left_out(self, code: str) -> int:
        """How many lines of this code were left out since the last one."""
        return self._left_out.pop(code, 0)


_lines = Lines()


def write_line(code: str, text: str, now: float) -> str:
    """A line as it stands in the log: the time in UTC, the level, the code, and the text, in which nothing is hidden. `now` is seconds since 1970."""
    at = datetime.fromtimestamp(now, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    shown = "".join(each if each.isprintable() else ascii(each)[1:-1] for each in text)
    return f"{at} {LEVELS.get(code, 'info')} {code} {shown}"


def log(code: str, text: str, source: str = "") -> None:
    """A line to stderr, with its time and level. `text` may hold what others wrote. A `source`, such as a link, has a few lines of one code in ten
    seconds; the next line of that code says how many were left out."""
    if _lines.take(code, source or "-", time.monotonic()):
        left_out = _lines.take_left_out(code)
        line = write_line(code, text, time.time())
        print(line, *([f"({left_out} left out before)"] if left_out else []), file=sys.stderr, flush=True)


def read_clusters(path: str) -> list[Cluster]:
    """The clusters of a config file: link-flor's, of which other link vertices take no more (docs/operate/configuration.md)."""
    with open(path, encoding="utf-8") as file:
        document = yaml.safe_load(file)
    sections: Any = document.get("clusters") if isinstance(document, dict) else None
    if not isinstance(sections, dict) or not sections:
        raise ValueError(f"{path} has no clusters")
    folder = os.path.dirname(os.path.abspath(path))
    clusters = []
    for name, section in sections.items():
        values = [section.get(key) if isinstance(section, dict) else None for key in NEEDED]
        if not all(isinstance(value, str) for value in values):
            raise ValueError(f"{path}: the cluster {name} needs {', '.join(NEEDED)}")
        identity, listen, bind, connect = (str(value) for value in values)
        # Relative paths start at the config file.
        identity, bind, connect = (os.path.normpath(os.path.join(folder, path)) for path in (identity, bind, connect))
        vertex = str(section.get("vertex") or "")
        clusters.append(Cluster(str(name), identity, listen, check_path(bind), check_path(connect), folder, vertex))
    return clusters


def run(make_links: MakeLinks, description: str) -> NoReturn:
    """The program: `run --config FILE`. Ends with 0 by SIGTERM or SIGINT; SIGHUP has the identities read anew."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("command", choices=["run"])
    parser.add_argument("--config", required=True)
    asked: set[int] = set()
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, lambda number, _: asked.add(number))
    selector = DefaultSelector()
    try:
        clusters = read_clusters(parser.parse_args().config)
    except (OSError, ValueError, yaml.YAMLError) as error:
        log("CONFIG_REFUSED", str(error))
        sys.exit(2)
    places = [Place(cluster, selector, make_links) for cluster in clusters]
    while not asked & {signal.SIGTERM, signal.SIGINT}:
        selector.select(TURN_S)
        now = time.monotonic()
        if signal.SIGHUP in asked:
            asked.discard(signal.SIGHUP)
            for place in places:
                place.reload(now)
        for place in places:
            place.handle_turn(now)
    _stop([place.served for place in places if place.served is not None], selector)
    sys.exit(0)


def _stop(served: list[Served], selector: DefaultSelector) -> None:
    for each in served:
        each.links.stop()
    end = time.monotonic() + STOP_S
    while time.monotonic() < end:
        for each in served:
            each.links.handle_turn(time.monotonic())
        if all(each.links.is_idle for each in served):
            break
        selector.select(TURN_S)
    for each in served:
        each.close()
