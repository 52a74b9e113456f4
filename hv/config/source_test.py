"""Tests that source.py finds keys and list elements with the right line numbers, whatever text surrounds them."""

from __future__ import annotations

import unittest

from hv.config.source import entries


def found(text: str) -> list[tuple[str, int]]:
    """Returns the paths and lines of all entries."""
    return [(".".join(entry.path), entry.line) for entry in entries(text)]


class Scan(unittest.TestCase):
    """Each test has a file that would be misread by a program that looks at one line at a time."""

    def test_keys_belong_to_the_table_above_them(self) -> None:
        self.assertEqual(found("[a]\nx = 1\n\n[b]\nx = 2\n"), [("a", 1), ("a.x", 2), ("b", 4), ("b.x", 5)])

    def test_each_element_of_a_list_over_several_lines_has_its_own_line_number(self) -> None:
        entry = entries('x = [ "a",\n  # "no"\n  "b" ]\ny = 1\n')[0]
        self.assertEqual([(token.text, token.line) for token in entry.elements], [('"a"', 1), ('"b"', 3)])

    def test_brackets_and_hashes_in_strings_have_no_special_meaning(self) -> None:
        self.assertEqual(found('x = "[#"\ny = \'] = \'\n'), [("x", 1), ("y", 2)])

    def test_line_numbers_are_right_after_a_string_over_several_lines(self) -> None:
        self.assertEqual(found('x = """\n[t]\ny = 1\n"""\nz = 1\n'), [("x", 1), ("z", 5)])

    def test_quoted_and_dotted_keys_are_read(self) -> None:
        self.assertEqual(found('a."b" = 1\n[c . d]\ne.f = 2\n'), [("a.b", 1), ("c.d", 2), ("c.d.e.f", 3)])

    def test_a_broken_file_ends_the_scan_but_not_the_program(self) -> None:
        self.assertEqual(found('x = [\n"a\ny = 1\n')[0], ("x", 1))


if __name__ == "__main__":
    unittest.main()
