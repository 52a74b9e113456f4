"""What the runner takes for the guest's output, and when it gives up."""

import subprocess
import unittest
from collections.abc import Callable
from pathlib import Path

from payloads.runner import machine


class GuestLinesTest(unittest.TestCase):
    def test_lines_of_hv_are_not_the_guests(self) -> None:
        console = "hartscope: hart 0 info hv_core: hv starts\r\nguest begins\r\n  ok one\r\nhartscope: hart 1 warn hv_core: odd\nPASS\n"
        outcome = machine.Outcome(console, 0, [])
        self.assertEqual(outcome.guest_lines(), ["guest begins", "  ok one", "PASS"])
        self.assertEqual(outcome.hv_lines(), ["hartscope: hart 0 info hv_core: hv starts", "hartscope: hart 1 warn hv_core: odd"])

    def test_tables_of_hv_after_the_verdict_are_not_the_guests(self) -> None:
        outcome = machine.Outcome("guest begins\n  ok\nPASS\n\nexits by cause  3\n", 0, [])
        self.assertEqual(outcome.guest_lines(), ["guest begins", "  ok", "PASS"])

    def test_what_comes_before_the_guest_begins_is_not_compared(self) -> None:
        outcome = machine.Outcome("noise\nguest begins\nPASS\n", 0, [])
        self.assertEqual(outcome.guest_lines(), ["guest begins", "PASS"])


class ProgressTest(unittest.TestCase):
    def read(self, script: str, on_begin: Callable[[], None] | None = None) -> tuple[bytes, bool]:
        process = subprocess.Popen(["sh", "-c", script], stdout=subprocess.PIPE)
        try:
            watched = machine.Machine(Path(), Path(), silence=1.5, on_begin=on_begin)
            return machine.read_console(process, watched)
        finally:
            process.kill()
            process.wait()
            if process.stdout:
                process.stdout.close()

    def test_a_slow_guest_that_talks_is_not_ended(self) -> None:
        output, ended = self.read("for i in 1 2 3 4; do echo $i; sleep 0.8; done")
        self.assertEqual((output, ended), (b"1\n2\n3\n4\n", True))

    def test_who_waits_for_the_guests_first_line_is_called_once(self) -> None:
        calls: list[int] = []
        self.read("echo hv; echo guest begins; sleep 0.3; echo more; sleep 0.3; echo more", lambda: calls.append(1))
        self.assertEqual(calls, [1])
        self.read("echo hv; sleep 0.3; echo more", lambda: calls.append(2))
        self.assertEqual(calls, [1])

    def test_a_silent_guest_is_ended(self) -> None:
        output, ended = self.read("echo before; exec sleep 60")
        self.assertEqual((output, ended), (b"before\n", False))


if __name__ == "__main__":
    unittest.main()
