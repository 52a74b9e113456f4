"""Tests that a recorder does not outlive the block that it records, even if the block or hv's directory is broken."""

import os
import select
import subprocess
import tempfile
import unittest
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from unittest import mock

from cli.failure import Failure
from machines import recording
from machines.console_only import ConsoleOnly
from machines.directory import MemoryMonitor
from machines.images import Image
from machines.machine import Part, Settings
from machines.recording import Recording
from machines.sample import BASE, VERSION, sample

SECONDS = 5
ELF: Any = None
TRACED = Image({"modules": [{"name": "trace"}]}, b"hv", ELF, Path("traced.elf"))


class WithMemory(ConsoleOnly):
    """A machine with a memory file, from which hv's directory is read."""

    lacks: Mapping[Part, str] = {}

    def __init__(self, ram: Path) -> None:
        super().__init__("true")
        self._ram = ram

    @property
    def memory_file(self) -> Path:
        return self._ram

    @property
    def monitor(self) -> MemoryMonitor:
        return MemoryMonitor(self._ram, BASE)


class Recorder(unittest.TestCase):
    """Replaces the recorder by a shell script. If nobody ends the script, it makes the file `outlived`."""

    def setUp(self) -> None:
        self.directory = Path(self.enterContext(tempfile.TemporaryDirectory()))
        self.ram, self.started, self.outlived = (self.directory / name for name in ("ram", "started", "outlived"))
        os.mkfifo(self.started)

    def record(self, first: str = "") -> Recording:
        """Records a block that ends when the script has run its commands @p first. Returns what was recorded."""
        made = Recording()
        command = ["sh", "-c", f"{first} echo $$ > {self.started}; sleep {SECONDS} > {os.devnull} 2>&1; touch {self.outlived}"]
        with mock.patch.object(recording, "live_command", return_value=command):
            with recording.recording(TRACED, WithMemory(self.ram), Settings(harts=1, dump=self.directory / "dump"), made):
                self.process = os.pidfd_open(int(self.started.read_text()))
                self.addCleanup(os.close, self.process)
        return made

    def assert_ended(self) -> None:
        """Waits until the script has ended, and checks that somebody has ended it."""
        select.select([self.process], [], [])
        self.assertFalse(self.outlived.exists())

    def test_a_recorder_is_ended_when_the_block_ends(self) -> None:
        self.assertEqual(self.record().problem, "hstrace live ended with -15")
        self.assert_ended()

    def test_a_recorder_is_ended_if_hvs_directory_cannot_be_read(self) -> None:
        self.ram.write_bytes(sample((VERSION, 999)))
        with self.assertRaisesRegex(Failure, "version 999"):
            self.record()
        self.assert_ended()

    def test_a_recorder_is_ended_if_waiting_for_it_is_interrupted(self) -> None:
        with mock.patch.object(subprocess.Popen, "communicate", side_effect=KeyboardInterrupt), self.assertRaises(KeyboardInterrupt):
            self.record("trap '' TERM;")
        self.assert_ended()


if __name__ == "__main__":
    unittest.main()
