"""Boots Linux with --command. Tests the output of the command, the phase of the command in the result, its marks in the
trace, and the message if the command fails."""

import contextlib
import io
import json
import os
import subprocess
import unittest
from pathlib import Path

from benchmarks import boot_qemu
from machines import recording

OUTPUTS = Path(os.environ.get("TEST_UNDECLARED_OUTPUTS_DIR") or os.environ["TEST_TMPDIR"])

# The command uses quotes, a pipe and a redirection. The last line of the output does not end with a line break.
COMMAND = "echo \"it's\" | tr a-z A-Z > /tmp/x && cat /tmp/x; sleep 0.1; printf '%s %s' two parts"


class Commands(unittest.TestCase):
    def setUp(self) -> None:
        self.directory = OUTPUTS / self._testMethodName
        self.directory.mkdir()

    def boot(self, *arguments: str) -> tuple[int, str, str]:
        """Runs boot_qemu. Returns the exit code, the text on stdout, and the text on stderr."""
        out, errors = io.StringIO(), io.StringIO()
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(errors):
            code = boot_qemu.boot([f"--out={self.directory}", *arguments])
        return code, out.getvalue(), errors.getvalue()

    def phases(self) -> dict[str, int]:
        """Returns the number of exits of each phase in the result."""
        described = json.loads((self.directory / "result.json").read_text())
        return {phase["name"]: phase["exits"] for phase in described["phases"]}

    def test_the_commands_output_is_shown_and_it_has_its_own_phase_between_two_marks(self) -> None:
        code, out, errors = self.boot(f"--command={COMMAND}", "--harts=1")
        self.assertEqual(code, 0, errors)
        self.assertRegex(out, r"phase command\nIT'S\ntwo parts\n\[ *\d+\.\d+ s\] phase shutdown\n")
        self.assertEqual(list(self.phases()), ["hv", "firmware", "kernel", "init", "command", "shutdown"])
        words = [str(recording.hstrace()), "convert", "--format=csv", "-o", "-", str(self.directory / recording.DUMP)]
        rows = subprocess.run(words, check=True, capture_output=True, text=True).stdout.splitlines()
        marks = [row for row in rows if ",mark," in row]
        self.assertEqual(len(marks), 2, marks)

    def test_a_command_that_fails_makes_the_boot_fail(self) -> None:
        code, out, errors = self.boot("--command=echo before; false", "--config=qemu_virt_counters")
        self.assertEqual((code, errors), (1, "\nFAILED: the command ended with exit code 1\n"))
        self.assertIn("before\n", out)
        self.assertEqual(json.loads((self.directory / "result.json").read_text())["status"], "failed")

    def test_a_command_that_powers_off_the_guest_makes_the_boot_fail(self) -> None:
        code, _, errors = self.boot("--command=poweroff -f", "--config=qemu_virt_counters")
        self.assertEqual(code, 1)
        self.assertIn("FAILED: the guest ended in phase command, before shutdown", errors)


if __name__ == "__main__":
    unittest.main()
