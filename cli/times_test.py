"""Tests that times.py parses the times that people type."""

import argparse
import unittest

from cli import times


class Times(unittest.TestCase):
    def test_a_number_without_a_suffix_is_in_seconds(self) -> None:
        for text, wanted in {"0": 0, "1": 10**9, "1.5": 1_500_000_000, ".25": 250_000_000, "1e-3": 1_000_000}.items():
            self.assertEqual(times.nanoseconds(text), wanted, text)

    def test_a_suffix_sets_the_unit(self) -> None:
        for text in ("2s", "2000ms", "2000000us", "2000000000ns", "2e9ns"):
            self.assertEqual(times.nanoseconds(text), 2 * 10**9, text)

    def test_nanoseconds_are_exact_and_fractions_of_them_are_rounded(self) -> None:
        self.assertEqual(times.nanoseconds("999999999.999999999"), 10**18 - 1)
        self.assertEqual(times.nanoseconds("1.4ns"), 1)
        self.assertEqual(times.nanoseconds("0.0000000005"), 1)

    def test_the_error_for_any_other_text_shows_the_accepted_forms(self) -> None:
        for text in ("", "soon", "1m", "1h", "0x10", "inf", "nan", "1 s", "1_000", "1e", "--", "1ss"):
            with self.assertRaisesRegex(argparse.ArgumentTypeError, "1500ms", msg=text):
                times.nanoseconds(text)
        for text in ("-1", "-1ns", "1000000001", "1e99"):
            with self.assertRaisesRegex(argparse.ArgumentTypeError, "from 0 to 1000000000 s", msg=text):
                times.nanoseconds(text)


if __name__ == "__main__":
    unittest.main()
