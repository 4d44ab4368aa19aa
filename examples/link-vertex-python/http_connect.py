"""How an HTTP proxy is asked for a connection to somebody else: a CONNECT request, and its answer. Bytes in, bytes out."""

from credentials import Refusal

ANSWER_MAX = 8_192


class HttpConnect:
    def __init__(self, host: str, port: int) -> None:
        target = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
        self.request = f"CONNECT {target} HTTP/1.1\r\nHost: {target}\r\n\r\n".encode()
        self._answer = b""

    def handle_octet(self, octet: bytes) -> bool:
        """Whether the answer is complete: what follows it is not the proxy's any more. Raises Refusal when it is no success.

        No octet is the end of the connection.
        """
        self._answer += octet
        if not octet or len(self._answer) > ANSWER_MAX:
            raise Refusal("PROXY_REFUSED", "the proxy gave no answer")
        if not self._answer.endswith(b"\r\n\r\n"):
            return False
        status = self._answer.split(b"\r\n")[0].decode("latin-1")
        if not status.startswith("HTTP/1.") or status[8:10] != " 2":
            raise Refusal("PROXY_REFUSED", f"the proxy said {status[:100]}")
        return True
