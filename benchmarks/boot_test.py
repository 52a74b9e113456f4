"""Boots Linux as a user does, and checks what the run leaves behind. The test's arguments are boot_qemu's."""

import json
import os
import subprocess
import sys
import unittest
from pathlib import Path
from typing import Any, ClassVar

from benchmarks import boot_qemu
from benchmarks.runner import causes, recording

ARGUMENTS = sys.argv[1:]
DIRECTORY = Path(os.environ.get("TEST_UNDECLARED_OUTPUTS_DIR") or os.environ["TEST_TMPDIR"])


class Boot(unittest.TestCase):
    result: ClassVar[dict[str, Any]]

    @classmethod
    def setUpClass(cls) -> None:
        code = boot_qemu.boot([*ARGUMENTS, f"--out={DIRECTORY}"])
        cls.result = json.loads((DIRECTORY / "result.json").read_text())
        if code != 0:
            raise AssertionError(f"the boot failed with exit code {code}: its log is above")

    def test_every_phase_passes_in_order(self) -> None:
        names = ["hv", "firmware", "kernel", "init", "workload", "shutdown"]
        expected = names if self.result["config"] else names[1:]
        self.assertEqual([phase["name"] for phase in self.result["phases"]], expected)

    def test_the_console_is_kept(self) -> None:
        self.assertIn(b"Linux version", (DIRECTORY / "console.log").read_bytes())

    def test_the_workloads_figures_are_in_the_result(self) -> None:
        names = {figure["name"] for figure in self.result["figures"]}
        self.assertLessEqual({"boot_seconds", "workload_nanosleep", "workload_pipes"}, names)

    def test_exits_are_counted_on_every_hart_under_hv_and_not_at_all_without(self) -> None:
        exits = self.result["exits"]
        if self.result["mode"] == "bare":
            self.assertIsNone(exits)
            return
        self.assertEqual(len(exits["by_hart"]), self.result["harts"])
        for hart in exits["by_hart"]:
            self.assertGreater(hart["total"], 0)
            self.assertEqual(sum(hart["by_cause"].values()), hart["total"])
        self.assertTrue((DIRECTORY / "exits_by_cause.png").exists())

    def hstrace(self, command: str, *arguments: str) -> dict[str, Any]:
        """Returns what hstrace says of the boot's trace."""
        dump = str(DIRECTORY / recording.DUMP)
        done = subprocess.run([str(recording.hstrace()), command, "--json", *arguments, dump], capture_output=True, text=True)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        answer: dict[str, Any] = json.loads(done.stdout)
        return answer

    def test_the_trace_has_every_exit_that_was_counted_by_hart_and_cause(self) -> None:
        if self.result["mode"] == "bare":
            self.assertFalse((DIRECTORY / recording.DUMP).exists())
            return
        self.hstrace("check")
        self.assertEqual(self.hstrace("stat")["exits"], self.result["exits"]["total"])
        stated = self.hstrace("convert", "-o", str(DIRECTORY / "again.pftrace"))
        self.assertEqual((stated["exits"], stated["lost"]), (self.result["exits"]["total"], 0))
        seen: dict[int, dict[str, int]] = {}
        for row in stated["exits_by_cause"]:
            number = row["cause"]
            name = causes.cause_name(number % 0x80 + (causes.CAUSE_COUNT if number & 0x80 else 0))
            seen.setdefault(row["hart"], {})[name] = row["count"]
        self.assertEqual(seen, {i: hart["by_cause"] for i, hart in enumerate(self.result["exits"]["by_hart"])})
        self.assertGreater((DIRECTORY / recording.PERFETTO).stat().st_size, 0)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
