"""Boots Linux under hv on boards that are not QEMU's virt. Checks that harts without S-mode are left out, and that the run leaves
the same files as on the virt board."""

from __future__ import annotations

import contextlib
import io
import json
import subprocess
import tempfile
import unittest
from pathlib import Path
from typing import Any

from benchmarks import boot_qemu
from machines import recording

HARTS = 4
USUAL = ["--append=hartscope_stop=init", "--timeout=900", "--ignore-kernel-log"]
TABLE = "exits by world and cause"


class Boards(unittest.TestCase):
    def boot(self, *words: str) -> tuple[dict[str, Any], str]:
        """Boots. Returns result.json and the console."""
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.directory = Path(folder.name, "out")
        with contextlib.redirect_stdout(io.StringIO()):
            code = boot_qemu.boot([f"--out={self.directory}", *USUAL, *words])
        console = (self.directory / "console.log").read_text(errors="replace")
        self.assertEqual(code, 0, console[-2000:])
        return json.loads((self.directory / "result.json").read_text()), console

    def check(self, board: str, harts: list[int]) -> None:
        """Boots under hv. Checks the result, the table that hv prints when the firmware ends the run, and the trace."""
        result, console = self.boot(f"--config={board}", f"--harts={HARTS}")
        self.assertEqual([hart["hart"] for hart in result["exits"]["by_hart"]], harts)
        self.assertIn(f"hartscope: harts {HARTS}\n", console.replace("\r", ""))
        self.assertIn(TABLE, console)
        self.assertTrue(all(sum(hart["by_cause"].values()) > 1000 for hart in result["exits"]["by_hart"]))
        self.assertEqual([phase["name"] for phase in result["phases"]], ["hv", "firmware", "kernel", "init"])
        dump = self.directory / recording.DUMP
        subprocess.run([str(recording.hstrace()), "check", str(dump)], check=True, stdout=subprocess.DEVNULL)
        self.assertTrue((self.directory / recording.PERFETTO).stat().st_size > 100_000)

    def test_linux_boots_on_sifive_u_without_the_hart_that_has_no_s_mode(self) -> None:
        self.check("qemu_sifive_u", [1, 2, 3, 4])

    def test_linux_boots_on_the_machine_of_spike(self) -> None:
        self.check("spike", [0, 1, 2, 3])

    def test_linux_boots_on_bare_sifive_u(self) -> None:
        result, console = self.boot("--bare", "--board=qemu_sifive_u", f"--harts={HARTS}")
        self.assertIn(f"hartscope: harts {HARTS}\n", console.replace("\r", ""))
        self.assertIn("init", [phase["name"] for phase in result["phases"]])


if __name__ == "__main__":
    unittest.main()
