"""Lines of the log, of which others can cause as many as they like."""

import unittest

from vertex import LINES_MAX, LINES_OF_ALL_MAX, LINES_S, Lines


class Log(unittest.TestCase):
    def test_a_source_has_a_few_lines_and_silences_no_other(self) -> None:
        lines = Lines()
        self.assertEqual(sum(lines.take("LINK_DOWN", "b", 0) for _ in range(10_000)), LINES_MAX)
        self.assertTrue(lines.take("LINK_UP", "b", 0))
        self.assertTrue(lines.take("LINK_DOWN", "c", 0))
        self.assertEqual(lines.take_left_out("LINK_DOWN"), 10_000 - LINES_MAX)
        self.assertEqual(lines.take_left_out("LINK_DOWN"), 0)
        self.assertTrue(lines.take("LINK_DOWN", "b", LINES_S))

    def test_sources_that_are_made_up_have_so_many_together(self) -> None:
        lines = Lines()
        written = sum(lines.take("LINK_UP", str(tag), 0) for tag in range(10_000))
        self.assertEqual(written, LINES_OF_ALL_MAX)
        self.assertTrue(lines.take("STOPPED", "-", 0))


if __name__ == "__main__":
    unittest.main()
