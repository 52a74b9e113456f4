"""Tests how boot_qemu judges a boot by the output on the console. No machine runs. Instead, the test supplies the
console output of a good boot and adds one line."""

import contextlib
import io
import json
import tempfile
import unittest
from pathlib import Path
from unittest import mock

from benchmarks import boot_qemu, boot_task
from machines.console import Console
from machines.machine import Settings
from machines.run import Run, Stamp

GOOD = f"""\
[    0.000000] Linux version 6.12.107+deb13-riscv64
[    0.000000] Kernel command line: console=ttyS0 panic=-1 oops=panic
@
hartscope: phase init
hartscope: harts 2
hartscope: phase workload
hartscope: sha256 {boot_task.WORKLOAD_SHA256}
hartscope: phase shutdown
[   21.027506] reboot: Power down
"""

STALL = "[   21.000000] rcu: INFO: rcu_sched self-detected stall on CPU"


def finished(line: str, settings: Settings, code: int = 0, dump: bytes | None = None) -> Run:
    """Returns a finished boot with the line @p line in the middle of its console output. If @p dump is not None, the
    boot has left a trace with these bytes."""
    if dump is not None and settings.dump:
        settings.dump.write_bytes(dump)
    run = Run(Console(), versions={"qemu": "10.0.2"}, code=code, seconds=25.0, faults_are_ignored=settings.ignore_kernel_log)
    run.stamps.append(Stamp("kernel", 1.0, None))
    run.console.feed(GOOD.replace("@", line).encode())
    return run


class Judgement(unittest.TestCase):
    def boot(self, line: str, *arguments: str, code: int = 0, dump: bytes | None = None) -> tuple[int, str, str]:
        """Runs boot_qemu. Returns the exit code, the text on stderr, and the status in the result. Keeps the text on
        stdout in `shown`."""
        said, shown = io.StringIO(), io.StringIO()
        with contextlib.ExitStack() as stack:
            directory = Path(stack.enter_context(tempfile.TemporaryDirectory()))
            run = stack.enter_context(mock.patch("machines.session.run"))
            run.side_effect = lambda guest, settings, observer, log: finished(line, settings, code, dump)
            stack.enter_context(contextlib.redirect_stderr(said))
            stack.enter_context(contextlib.redirect_stdout(shown))
            ended = boot_qemu.boot(["--bare", f"--out={directory}", *arguments])
            status = json.loads((directory / "result.json").read_text())["status"]
        self.shown = shown.getvalue()
        return ended, said.getvalue(), status

    def test_a_boot_without_a_fault_succeeds(self) -> None:
        self.assertEqual(self.boot(""), (0, "", "ok"))

    def test_a_boot_that_powers_off_after_a_kernel_fault_has_failed_and_the_line_is_shown(self) -> None:
        code, said, status = self.boot(STALL)
        self.assertEqual((code, status), (1, "failed"))
        self.assertIn(f"FAILED: exit code 1\nthe kernel's log shows a fault: {STALL}\n", said)
        self.assertIn("likely reason: a hart stopped making progress", said)

    def test_ignore_kernel_log_turns_the_check_for_faults_off(self) -> None:
        self.assertEqual(self.boot(STALL, "--ignore-kernel-log"), (0, "", "ok"))

    def test_a_failed_boot_keeps_its_exit_code_and_the_line_is_shown_as_well(self) -> None:
        code, said, _ = self.boot(STALL, code=124)
        self.assertEqual(code, 124)
        self.assertIn(f"FAILED: exit code 124\nthe kernel's log shows a fault: {STALL}\n", said)

    def test_a_failed_command_does_not_hide_the_report_of_another_failure(self) -> None:
        command = f"hartscope: phase command\n{STALL}\nhartscope: command ended with 3"
        code, said, _ = self.boot(command, "--command=x", code=124)
        self.assertEqual(code, 124)
        self.assertIn(f"FAILED: exit code 124\nthe kernel's log shows a fault: {STALL}\n", said)

    def test_a_failed_boot_with_an_unusable_trace_still_shows_its_result(self) -> None:
        code, said, status = self.boot(STALL, dump=b"no trace")
        self.assertEqual((code, status), (1, "failed"))
        self.assertIn("FAILED: exit code 1", said)
        self.assertIn("time per phase", self.shown)
        self.assertIn("result.json", self.shown)
        self.assertRegex(said, r"this is not a dump .*\nthe trace is kept: /.*/trace\.hst\n")
        self.assertIn("trace.hst", self.shown)
        self.boot(STALL, "--json", dump=b"no trace")
        self.assertEqual(json.loads(self.shown)["status"], "failed")


if __name__ == "__main__":
    unittest.main()
