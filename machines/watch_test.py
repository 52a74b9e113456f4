"""Tests when watch.py stops a machine, and what it passes to the listener."""

import subprocess
import time
import unittest

from machines.console_only import ConsoleOnly
from machines.watch import End, Limits, Reason, watch


class Recorder:
    """A listener that stores the output and counts the calls of on_look."""

    def __init__(self, pause: float = 0.1) -> None:
        self.console = b""
        self.looks = 0
        self._pause = pause

    def on_console(self, data: bytes) -> None:
        self.console += data

    def on_message(self, data: bytes) -> None:
        raise AssertionError(data)

    def on_look(self) -> float:
        self.looks += 1
        return self._pause


class Watching(unittest.TestCase):
    def setUp(self) -> None:
        self.seen = Recorder()

    def watch(self, script: str, limits: Limits) -> End:
        return watch(ConsoleOnly(script), self.seen, limits, subprocess.DEVNULL)

    def test_the_end_of_a_machine_that_ends_by_itself_has_its_exit_code(self) -> None:
        end = self.watch("echo all; exit 3", Limits(seconds=30, silence=30, output=1000))
        self.assertEqual((end.reason, end.code, self.seen.console), (Reason.ITSELF, 3, b"all\n"))

    def test_a_slow_machine_is_not_stopped_while_it_prints(self) -> None:
        end = self.watch("for i in 1 2 3 4; do echo $i; sleep 0.8; done", Limits(silence=1.5))
        self.assertEqual((end.reason, self.seen.console), (Reason.ITSELF, b"1\n2\n3\n4\n"))

    def test_a_silent_machine_is_stopped(self) -> None:
        end = self.watch("echo before; exec sleep 60", Limits(silence=0.5))
        self.assertEqual((end.reason, self.seen.console), (Reason.SILENCE, b"before\n"))

    def test_a_machine_that_prints_too_much_is_stopped(self) -> None:
        end = self.watch("exec yes", Limits(output=100_000))
        self.assertIs(end.reason, Reason.OUTPUT)
        self.assertGreater(len(self.seen.console), 100_000)

    def test_a_machine_that_runs_too_long_is_stopped_at_the_time_limit(self) -> None:
        end = self.watch("while true; do echo more; sleep 0.1; done", Limits(seconds=0.5))
        self.assertIs(end.reason, Reason.SECONDS)
        self.assertLess(end.seconds, 5)

    def test_on_look_is_called_at_the_listeners_interval_while_nothing_arrives(self) -> None:
        begin = time.monotonic()
        self.watch("exec sleep 1", Limits())
        self.assertGreaterEqual(self.seen.looks, 5)
        self.assertLessEqual(self.seen.looks, 3 + (time.monotonic() - begin) / 0.1)


if __name__ == "__main__":
    unittest.main()
