"""Tests a boot that the user stops. boot_qemu must list the files that it leaves, and the dump among them can be
converted. While boot_qemu runs, no other run can use the same directory."""

import os
import shlex
import signal
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

from machines import recording

BOOT = sys.argv.pop(1)
SECONDS = 120


def boot(directory: Path) -> subprocess.Popen[str]:
    """Starts a boot that writes into @p directory."""
    pipe = subprocess.PIPE
    return subprocess.Popen([BOOT, f"--out={directory}"], stdout=pipe, stderr=pipe, text=True, start_new_session=True)


def children(process: int) -> list[int]:
    """Returns the ids of a process's children."""
    return [int(word) for word in Path(f"/proc/{process}/task/{process}/children").read_text().split()]


class Stopping(unittest.TestCase):
    def setUp(self) -> None:
        self.directory = Path(self.enterContext(tempfile.TemporaryDirectory()))

    def boot_up_to_the_kernel(self) -> subprocess.Popen[str]:
        """Starts a boot and waits until the kernel runs."""
        process = boot(self.directory)
        assert process.stdout
        self.assertTrue(any("phase kernel" in line for line in process.stdout))
        return process

    def test_a_stopped_boot_lists_its_files_and_the_command_that_it_prints_converts_them(self) -> None:
        process = self.boot_up_to_the_kernel()
        os.killpg(process.pid, signal.SIGINT)  # a terminal also sends the signal to QEMU and the recorder
        _, said = process.communicate(timeout=SECONDS)
        self.assertEqual(process.returncode, 130, said)
        first, timeline, _ = said.splitlines()
        self.assertRegex(first, rf"^stopped; {self.directory} has console\.log \(.*\), trace\.hst \(.*\)$")
        words = shlex.split(timeline.partition("-- ")[2])
        subprocess.run([recording.hstrace(), *words], check=True, stdout=subprocess.DEVNULL)
        subprocess.run([recording.hstrace(), "check", self.directory / recording.DUMP], check=True, stdout=subprocess.DEVNULL)

    def test_a_signal_to_the_runner_alone_also_ends_its_children(self) -> None:
        process = self.boot_up_to_the_kernel()
        started = children(process.pid)
        self.assertGreaterEqual(len(started), 2)
        process.terminate()
        _, said = process.communicate(timeout=SECONDS)
        self.assertEqual(process.returncode, 143, said)
        self.assertEqual([child for child in started if Path(f"/proc/{child}").exists()], [])

    def test_a_second_boot_into_the_same_directory_is_refused_and_the_first_one_continues(self) -> None:
        process = self.boot_up_to_the_kernel()
        second = boot(self.directory)
        _, said = second.communicate(timeout=SECONDS)
        self.assertEqual(second.returncode, 2)
        self.assertIn(f"{self.directory} is in use by boot_qemu (process {process.pid}, since ", said)
        self.assertIsNone(process.poll())
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=SECONDS)


if __name__ == "__main__":
    unittest.main()
