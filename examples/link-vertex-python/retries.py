"""When a link is tried again, and what it is called meanwhile, by the code with which its session has ended. Pure."""

import random

from portal import DOWN, REFUSED

RETRY_S = 0.1  # before the second call of an originator; then twice as long each time
RETRY_MAX_S, RETRY_REFUSED_S = 1.0, 10.0
PASSING = {"NO_ANSWER", "SILENT", "RESET", "CLOSED", "STOPPING", "VERTEX_GONE", "SUPERSEDED", "UNKNOWN_CODE"}
SOON = PASSING | {"NOT_WANTED", "OVERLOADED", "TOO_SLOW", "NOT_JUDGED", "PROXY_REFUSED"}


class Retries:
    """Of one link."""

    def __init__(self) -> None:
        self.next_at = 0.0  # an originator's next call, when there is no session
        self._pause = RETRY_S

    def handle_up(self) -> None:
        self._pause = RETRY_S

    def handle_failure(self, code: str, was_up: bool, now: float) -> int:
        """An attempt or a session has ended. Returns the state of a link that has no other one."""
        is_soon = was_up or code in SOON
        self.next_at = now + (self._pause * random.uniform(0.8, 1.2) if is_soon else RETRY_REFUSED_S)
        self._pause = min(2 * self._pause, RETRY_MAX_S)
        return DOWN if was_up or code in PASSING else REFUSED
