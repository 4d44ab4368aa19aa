"""Names of hosts are looked up in threads, as that may take long: nobody waits for them."""

import socket
import threading
from typing import Any

from credentials import Refusal

LOOKUPS_MAX = 8


class Lookup:
    """The addresses of a host and port, for TCP."""

    _places = threading.BoundedSemaphore(LOOKUPS_MAX)

    def __init__(self, host: str, port: int) -> None:
        """Raises Refusal when too many are under way."""
        self._found: list[Any] = []
        self._error: OSError | None = None
        self._asked = (host, port, 0, socket.SOCK_STREAM)
        try:
            self._found = socket.getaddrinfo(*self._asked, flags=socket.AI_NUMERICHOST)
        except OSError:
            if not Lookup._places.acquire(blocking=False):
                raise Refusal("NAME_NOT_RESOLVED", "too many names are looked up already") from None
            threading.Thread(target=self._run, daemon=True).start()

    def poll(self) -> list[Any]:
        """Empty: not yet. Raises Refusal when there are none."""
        if self._error is not None:
            raise Refusal("NAME_NOT_RESOLVED", str(self._error))
        return self._found

    def _run(self) -> None:
        try:
            self._found = socket.getaddrinfo(*self._asked)
        except OSError as error:
            self._error = error
        finally:
            Lookup._places.release()
