"""Boots Linux as a user does, and checks what the run leaves behind. The test's arguments are boot_qemu's."""

import json
import os
import sys
import unittest
from pathlib import Path
from typing import Any, ClassVar

from benchmarks import boot_qemu

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


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
