"""Tests when watch.py stops a machine, and what it passes to the listener. The tests set the time that watch.py reads,
so that they do not depend on the speed of the host."""

import os
import select
import subprocess
import tempfile
import time
import unittest
from pathlib import Path
from unittest import mock

from machines.console_only import ConsoleOnly
from machines.watch import End, Limits, Reason, watch

PAUSE = 0.02


class Clock:
    """Replaces the module `time` in watch.py."""

    def __init__(self) -> None:
        self.now = 0.0

    def monotonic(self) -> float:
        return self.now


class Recorder:
    """A listener that stores the output and counts the calls of on_look. It moves the clock by `each_output` seconds
    after each output, and by `each_look` seconds in each call of on_look after the first output."""

    def __init__(self, clock: Clock, each_output: float = 0.0, each_look: float = 0.0) -> None:
        self.console = b""
        self.looks = 0
        self.clock = clock
        self._each_output = each_output
        self._each_look = each_look

    def on_console(self, data: bytes) -> None:
        self.console += data
        self.clock.now += self._each_output

    def on_message(self, data: bytes) -> None:
        raise AssertionError(data)

    def on_look(self) -> float:
        self.looks += 1
        if self.console:
            self.clock.now += self._each_look
        return PAUSE


class Watching(unittest.TestCase):
    def setUp(self) -> None:
        self.clock = Clock()
        self.enterContext(mock.patch("machines.watch.time", self.clock))
        self.fifo = Path(self.enterContext(tempfile.TemporaryDirectory()), "fifo")
        os.mkfifo(self.fifo)

    def watch(self, script: str, limits: Limits, listener: Recorder) -> End:
        return watch(ConsoleOnly(script), listener, limits, subprocess.DEVNULL)

    def test_the_end_of_a_machine_that_ends_by_itself_has_its_exit_code(self) -> None:
        seen = Recorder(self.clock)
        end = self.watch("echo all; exit 3", Limits(seconds=30, silence=30, output=1000), seen)
        self.assertEqual((end.reason, end.code, seen.console), (Reason.ITSELF, 3, b"all\n"))

    def test_a_slow_machine_is_not_stopped_while_it_prints(self) -> None:
        fifo = self.fifo

        class Slow(Recorder):
            """Lets the machine print the next line after each output."""

            def on_console(self, data: bytes) -> None:
                super().on_console(data)
                fifo.write_text("next\n")

        seen = Slow(self.clock, each_output=0.8)
        end = self.watch(f"exec 3<> {fifo}; for i in 1 2 3 4; do echo $i; read line <&3; done", Limits(silence=1.5), seen)
        self.assertEqual((end.reason, seen.console), (Reason.ITSELF, b"1\n2\n3\n4\n"))
        self.assertGreater(end.seconds, 3)

    def test_a_silent_machine_is_stopped(self) -> None:
        seen = Recorder(self.clock, each_look=0.4)
        end = self.watch("echo before; exec sleep 600", Limits(silence=0.5), seen)
        self.assertEqual((end.reason, seen.console), (Reason.SILENCE, b"before\n"))

    def test_output_that_waits_while_the_listener_is_busy_is_not_silence(self) -> None:
        fifo = self.fifo
        machine = ConsoleOnly(f"read line < {fifo}; echo after")

        class Busy(Recorder):
            """The second call of on_look takes 10 seconds. The machine prints during this time."""

            def on_look(self) -> float:
                if self.looks == 1:
                    fifo.write_text("go\n")
                    select.select([machine.console], [], [])
                    self.clock.now += 10
                return super().on_look()

        seen = Busy(self.clock)
        end = watch(machine, seen, Limits(silence=5), subprocess.DEVNULL)
        self.assertEqual((end.reason, seen.console), (Reason.ITSELF, b"after\n"))

    def test_a_machine_that_prints_too_much_is_stopped(self) -> None:
        seen = Recorder(self.clock)
        end = self.watch("exec yes", Limits(output=100_000), seen)
        self.assertIs(end.reason, Reason.OUTPUT)
        self.assertGreater(len(seen.console), 100_000)

    def test_a_machine_that_runs_too_long_is_stopped_at_the_time_limit(self) -> None:
        end = self.watch("exec yes", Limits(seconds=0.5), Recorder(self.clock, each_look=0.2))
        self.assertIs(end.reason, Reason.SECONDS)
        self.assertLess(end.seconds, 0.7)

    def test_on_look_is_called_at_the_listeners_interval_while_nothing_arrives(self) -> None:
        fifo = self.fifo

        class Patient(Recorder):
            """Lets the machine end in the tenth call of on_look."""

            def on_look(self) -> float:
                if self.looks == 9:
                    fifo.write_text("end\n")
                return super().on_look()

        begin = time.monotonic()
        end = self.watch(f"read line < {fifo}", Limits(), Patient(self.clock))
        self.assertIs(end.reason, Reason.ITSELF)
        self.assertGreaterEqual(time.monotonic() - begin, 9 * PAUSE)


if __name__ == "__main__":
    unittest.main()
