"""Vertices with certificates of the cluster that nobody has asked for: each calls for a link, again and again, some at a time. Who is let in
holds its link and says nothing."""

import json
import time
from collections import Counter

from link import ACCEPT, Link
from sealed import NOWHERE, Identity, is_established
from told import TOLD

AT_ONCE = 24
GIVEN_UP_S = 10.0
HELD_MAX = 128
outcomes: Counter[str] = Counter()
sent: Counter[str] = Counter()
held: list[Link] = []


class Knock:
    def __init__(self, number: int) -> None:
        name = TOLD["names"][number % len(TOLD["names"])]
        self.link = Link(TOLD["endpoint"], Identity(f"{TOLD['strangers']}/{name}"), tag=f"t{number // len(TOLD['names'])}")
        self.has_greeted = False
        self.until = time.monotonic() + GIVEN_UP_S
        self.link.quic.connect(NOWHERE, now=time.monotonic())

    def turn(self) -> str | None:
        """What came of it; None: nothing yet."""
        self.link.turn()
        if not self.has_greeted and is_established(self.link.quic):
            self.has_greeted = True
            self.link.quic.send_stream_data(0, self.link._hello())
        if any(kind == ACCEPT for kind, _ in self.link._messages):
            return "let in"
        if self.link.closed is not None:
            return f"{self.link.closed.error_code:#x}"
        return "no answer" if time.monotonic() > self.until else None


def end(knock: Knock, outcome: str) -> None:
    outcomes[outcome] += 1
    sent["packets"] += knock.link.packets_sent
    sent["bytes"] += knock.link.bytes_sent
    if outcome != "let in":
        knock.link.socket.close()
        return
    held.append(knock.link)
    if len(held) > HELD_MAX:
        held.pop(0).socket.close()


knocking: list[Knock] = []
begun = 0
began = time.monotonic()
while begun < TOLD["count"] or knocking:
    while len(knocking) < AT_ONCE and begun < TOLD["count"] and begun <= (time.monotonic() - began) * TOLD["perSecond"]:
        knocking.append(Knock(begun))
        begun += 1
    still: list[Knock] = []
    for knock in knocking:
        outcome = knock.turn()
        if outcome is None:
            still.append(knock)
        else:
            end(knock, outcome)
    knocking = still
    time.sleep(0.001)
print(json.dumps({**sent, "code": None, "reason": None, "outcomes": outcomes, "seconds": time.monotonic() - began}))
