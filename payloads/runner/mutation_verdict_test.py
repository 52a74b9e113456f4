"""Tests which runs mutation_test counts as "red" and as "green". A run is red if the test that the patch names fails. It
is neither if only something else goes wrong."""

from __future__ import annotations

import unittest
from typing import Any

from payloads.runner.mutation_test import not_green, seen_red
from payloads.runner.outcome import Outcome

GUEST: dict[str, Any] = {"class": "common", "expect_log": [], "exit_code": 0}
NAME = "s01_a_test"
GOOD = f"guest begins\ns00_before\n  ok this\n{NAME}\n  value 0x1\n  ok that\nPASS\n"


def outcome(console: str, code: int | None = 0) -> Outcome:
    """Returns the outcome of a run that printed @p console."""
    return Outcome(console, code, [])


class Verdict(unittest.TestCase):
    """Tests seen_red() and not_green() with console output that this file makes up."""

    def test_a_good_run_is_green(self) -> None:
        self.assertIsNone(seen_red(GUEST, NAME, outcome(GOOD), outcome(GOOD)))
        self.assertIsNone(not_green(GUEST, NAME, outcome(GOOD), outcome(GOOD)))

    def test_a_run_is_not_green_if_the_test_fails_or_does_not_run_or_the_guest_ends_badly(self) -> None:
        runs = [
            (GOOD.replace("ok that", "FAIL that"), 0, "FAIL that"),
            ("guest begins\nPASS\n", 0, "the guest does not run the test"),
            (GOOD, 1, "exit code 1 instead of 0"),
        ]
        for console, code, said in runs:
            with self.subTest(said=said):
                self.assertEqual(not_green(GUEST, NAME, outcome(console, code), None), said)

    def test_a_failed_check_is_red(self) -> None:
        self.assertEqual(seen_red(GUEST, NAME, outcome(GOOD.replace("ok that", "FAIL that")), outcome(GOOD)), "FAIL that")

    def test_a_failure_of_another_test_does_not_count(self) -> None:
        self.assertIsNone(seen_red(GUEST, NAME, outcome(GOOD.replace("ok this", "FAIL this"), 1), outcome(GOOD)))

    def test_a_value_that_differs_from_the_bare_machine_is_red(self) -> None:
        red = seen_red(GUEST, NAME, outcome(GOOD.replace("0x1", "0x2")), outcome(GOOD))
        self.assertEqual(red, "prints `value 0x2` instead of `value 0x1`")

    def test_a_run_that_stops_in_the_test_counts_as_failed(self) -> None:
        stopped = outcome(GOOD.replace("  ok that\nPASS\n", ""), None)
        self.assertEqual(seen_red(GUEST, NAME, stopped, None), "in the test, the guest hangs")

    def test_a_run_that_ends_before_the_test_counts_as_failed(self) -> None:
        self.assertEqual(seen_red(GUEST, NAME, outcome("", -6), None), "before the test, the run ends with code -6")

    def test_a_guest_that_passes_without_running_the_test_does_not_count_as_failed(self) -> None:
        self.assertIsNone(seen_red(GUEST, NAME, outcome("guest begins\nPASS\n"), None))

    def test_a_missing_log_line_of_hv_counts_as_failed(self) -> None:
        guest = {**GUEST, "expect_log": ["has [0-9] entries"]}
        self.assertIsNone(seen_red(guest, NAME, outcome("hartscope: it has 3 entries\n" + GOOD), outcome(GOOD)))
        self.assertIsNotNone(seen_red(guest, NAME, outcome(GOOD), outcome(GOOD)))


if __name__ == "__main__":
    unittest.main()
