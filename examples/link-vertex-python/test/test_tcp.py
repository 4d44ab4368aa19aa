"""Calls over TCP, to a listener that does not answer for a while."""

import socket
import sys
import unittest
from pathlib import Path
from selectors import DefaultSelector

sys.path.insert(0, str(Path(__file__).parents[1]))

from endpoint import read_endpoint
from tcp import AGAIN_S, CONNECT_S, Call


class Calls(unittest.TestCase):
    def setUp(self) -> None:
        self.selector = DefaultSelector()
        self.addCleanup(self.selector.close)
        # The queue of the listener holds one connection: no other is answered until that one is taken out.
        self.listener = socket.create_server(("127.0.0.1", 0), backlog=0)
        self.addCleanup(self.listener.close)
        self.address = self.listener.getsockname()
        self.endpoint = read_endpoint(f"tls://127.0.0.1:{self.address[1]}")

    def call(self) -> Call:
        call = Call(self.selector, self.endpoint, 0.0)
        self.addCleanup(call.fail, "CLOSED", "")
        call.handle_turn(0.0)
        return call

    def test_a_peer_that_is_back_is_found_before_tcp_tries_again(self) -> None:
        with socket.create_connection(self.address):
            call = self.call()
            for turn in range(4):
                call.handle_turn(turn * AGAIN_S)
                self.assertFalse(call.is_open or call.end)
            self.listener.accept()[0].close()
            for _ in range(2):
                call.handle_turn(4 * AGAIN_S)
            self.assertTrue(call.is_open)
            self.assertEqual(len(self.selector.get_map()), 1)

    def test_nobody_who_answers_is_given_up(self) -> None:
        with socket.create_connection(self.address):
            call = self.call()
            call.handle_turn(CONNECT_S)
            self.assertEqual(call.end and call.end.code, "NO_ANSWER")
            self.assertEqual(len(self.selector.get_map()), 0)

    def test_who_refuses_is_told_at_once(self) -> None:
        self.listener.close()
        call = self.call()
        call.handle_turn(0.0)
        self.assertEqual(call.end and call.end.code, "NO_ANSWER")


if __name__ == "__main__":
    unittest.main()
