"""Tests which lines of the console count as output of the guest, and how the runner detects that a run makes progress
or has ended."""

import unittest
from collections.abc import Callable

from machines.console_only import ConsoleOnly
from payloads.runner.outcome import Outcome, observe


class GuestLinesTest(unittest.TestCase):
    def test_lines_of_hv_do_not_count_as_lines_of_the_guest(self) -> None:
        console = "hartscope: hart 0 info hv_core: hv starts\r\nguest begins\r\n  ok one\r\nhartscope: hart 1 warn hv_core: odd\nPASS\n"
        outcome = Outcome(console, 0, [])
        self.assertEqual(outcome.guest_lines(), ["guest begins", "  ok one", "PASS"])
        self.assertEqual(outcome.hv_lines(), ["hartscope: hart 0 info hv_core: hv starts", "hartscope: hart 1 warn hv_core: odd"])

    def test_tables_that_hv_prints_after_the_verdict_do_not_count_as_output_of_the_guest(self) -> None:
        outcome = Outcome("guest begins\n  ok\nPASS\n\nexits by cause  3\n", 0, [])
        self.assertEqual(outcome.guest_lines(), ["guest begins", "  ok", "PASS"])

    def test_output_before_the_guest_begins_is_not_compared(self) -> None:
        outcome = Outcome("noise\nguest begins\nPASS\n", 0, [])
        self.assertEqual(outcome.guest_lines(), ["guest begins", "PASS"])


class ProgressTest(unittest.TestCase):
    def observe(self, script: str, on_begin: Callable[[], None] | None = None) -> Outcome:
        return observe(ConsoleOnly(script), silence=1.5, on_begin=on_begin)

    def test_a_guest_that_ends_has_an_exit_code(self) -> None:
        outcome = self.observe("echo before; exit 3")
        self.assertEqual((outcome.console, outcome.exit_code), ("before\n", 3))

    def test_a_guest_that_falls_silent_has_no_exit_code(self) -> None:
        outcome = self.observe("echo before; exec sleep 60")
        self.assertEqual((outcome.console, outcome.exit_code), ("before\n", None))

    def test_on_begin_is_called_once_when_the_guest_prints_its_first_line(self) -> None:
        calls: list[int] = []
        self.observe("echo hv; echo guest begins; sleep 0.3; echo more; sleep 0.3; echo more", lambda: calls.append(1))
        self.assertEqual(calls, [1])
        self.observe("echo hv; sleep 0.3; echo more", lambda: calls.append(2))
        self.assertEqual(calls, [1])


if __name__ == "__main__":
    unittest.main()
