"""What a proxy answers to CONNECT: where the answer ends, and when it is no success."""

import sys
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from credentials import Refusal
from http_connect import ANSWER_MAX, HttpConnect


def octets_taken(answer: bytes) -> int:
    """How many until it is complete. After the last comes the end of the connection."""
    asked = HttpConnect("acceptor.example.net", 4433)
    for taken in range(len(answer) + 1):
        if asked.handle_octet(answer[taken : taken + 1]):
            return taken + 1
    raise AssertionError("the end of the connection was taken for an octet")


class Connect(unittest.TestCase):
    def test_what_is_asked(self) -> None:
        for host, target in (("acceptor.example.net", b"acceptor.example.net:4433"), ("::1", b"[::1]:4433")):
            wanted = b"CONNECT " + target + b" HTTP/1.1\r\nHost: " + target + b"\r\n\r\n"
            self.assertEqual(HttpConnect(host, 4433).request, wanted)

    def test_what_follows_the_empty_line_is_the_acceptors(self) -> None:
        for head in (b"HTTP/1.1 200 Connection established\r\n\r\n", b"HTTP/1.0 204 x\r\nVia: 1.1 y\r\n\r\n"):
            self.assertEqual(octets_taken(head + b"\x16\x03"), len(head))

    def test_refused(self) -> None:
        for answer, text in (
            (b"HTTP/1.1 403 Forbidden\r\n\r\n", "the proxy said HTTP/1.1 403 Forbidden"),
            (b"SSH-2.0-x\r\n\r\n", "the proxy said SSH-2.0-x"),
            (b"HTTP/1.1 200 OK\r\n", "the proxy gave no answer"),
            (b"HTTP/1.1 200 OK\r\nX: " + b"x" * ANSWER_MAX + b"\r\n\r\n", "the proxy gave no answer"),
        ):
            with self.subTest(answer=answer[:30]), self.assertRaises(Refusal) as caught:
                octets_taken(answer)
            self.assertEqual((caught.exception.code, caught.exception.text), ("PROXY_REFUSED", text))
