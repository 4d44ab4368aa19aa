"""Lines of the log, of which others can cause as many as they like."""

import unittest

from vertex import LINES_MAX, LINES_OF_ALL_MAX, LINES_S, Lines, write_line


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
    def test_a_line_has_time_level_and_code_and_hides_nothing(self) -> None:
        line = write_line("LINK_DOWN", "demo: b 0: SILENT: a\nforged line \x1b[2J", 1_800_000_000.25)
        self.assertEqual(line, r"2027-01-15T08:00:00.250Z warn LINK_DOWN demo: b 0: SILENT: a\nforged line \x1b[2J")
        self.assertIn(" info LINK_UP ", write_line("LINK_UP", "demo: b 0", 0))


if __name__ == "__main__":
    unittest.main()
