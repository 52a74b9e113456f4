"""Tests --shell on a terminal like a user's. hsctl must work, Ctrl-C must reach the guest, and there must be a result
no matter how the run is ended."""

import json
import os
import pty
import re
import select
import signal
import subprocess
import sys
import tempfile
import termios
import time
import unittest
from pathlib import Path

BOOT = sys.argv.pop(1)
SECONDS = 300
CTRL_A, CTRL_C = b"\x01", b"\x03"
PROMPT = rb"/ # "


class Terminal:
    """boot_qemu --shell, running on a pseudo-terminal."""

    def __init__(self, directory: Path) -> None:
        self._master, slave = pty.openpty()
        self.settings = termios.tcgetattr(slave)
        command = [BOOT, "--shell", "--harts=1", "--config=qemu_virt_counters", f"--out={directory}"]
        self.process = subprocess.Popen(command, stdin=slave, stdout=slave, stderr=slave, start_new_session=True)
        self.slave = slave
        self._seen = b""

    def type(self, keys: bytes) -> None:
        os.write(self._master, keys)

    def until(self, pattern: bytes) -> str:
        """Waits until the output contains a pattern. Returns the output up to and including the pattern."""
        deadline = time.monotonic() + SECONDS
        while not (match := re.search(pattern, self._seen)):
            ready, _, _ = select.select([self._master], [], [], 1)
            self._seen += os.read(self._master, 65536) if ready else b""
            if time.monotonic() > deadline or (self.process.poll() is not None and not ready):
                raise AssertionError(f"no {pattern!r}: {self._seen[-3000:].decode(errors='replace')}")
        found, self._seen = self._seen[: match.end()], self._seen[match.end() :]
        return found.decode(errors="replace")

    def close(self) -> None:
        self.process.terminate()  # not kill, so that boot_qemu ends QEMU and removes its files
        self.process.wait()
        os.close(self._master)
        os.close(self.slave)


class Shell(unittest.TestCase):
    def setUp(self) -> None:
        self.directory = Path(self.enterContext(tempfile.TemporaryDirectory()))
        self.terminal = Terminal(self.directory)
        self.addCleanup(self.terminal.close)
        self.terminal.until(PROMPT)

    def end(self) -> list[str]:
        """Waits for the end of the run. Returns the names of the phases in the result."""
        self.terminal.until(rb"time per phase")
        self.terminal.until(rb"result\.json")
        self.assertEqual(self.terminal.process.wait(SECONDS), 0)
        self.assertEqual(termios.tcgetattr(self.terminal.slave), self.terminal.settings)
        described = json.loads((self.directory / "result.json").read_text())
        self.assertEqual(described["status"], "ok")
        return [phase["name"] for phase in described["phases"]]

    def test_hsctl_works_in_the_shell_and_exit_ends_the_run(self) -> None:
        self.terminal.type(b"hsctl stat | head -n 1\n")
        self.assertIn("monitor   ABI", self.terminal.until(PROMPT))
        self.terminal.type(b"exit\n")
        self.assertEqual(self.end(), ["hv", "firmware", "kernel", "init", "shell", "shutdown"])

    def test_ctrl_c_interrupts_a_command_in_the_guest_and_poweroff_ends_the_run(self) -> None:
        self.terminal.type(b"echo g''o; cat\n")
        self.terminal.until(rb"\ngo\s")  # from here on, the guest's terminal passes whole lines to the command
        self.terminal.type(b"ping\n")
        self.terminal.until(rb"ping\s+ping\s")  # the second line comes from cat, so cat is running
        self.terminal.type(CTRL_C)
        self.terminal.until(PROMPT)
        self.terminal.type(b"echo code $?\n")
        self.assertRegex(self.terminal.until(PROMPT), rf"\ncode {128 + signal.SIGINT}\s")
        self.terminal.type(b"poweroff\n")
        self.assertEqual(self.end(), ["hv", "firmware", "kernel", "init", "shell", "shutdown"])

    def test_ctrl_a_x_ends_qemu_and_leaves_a_result(self) -> None:
        self.terminal.type(CTRL_A + b"x")
        self.assertEqual(self.end(), ["hv", "firmware", "kernel", "init", "shell"])


if __name__ == "__main__":
    unittest.main()
