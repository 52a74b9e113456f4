"""Tests sessions on a machine that has only a console. Runs must work, and missing parts must be reported."""

import contextlib
import io
import subprocess
import unittest
from dataclasses import replace
from pathlib import Path
from unittest import mock

from cli.progress import Silent
from machines import images, session
from machines.console import Console
from machines.console_only import REASON, prints
from machines.elf import Elf
from machines.firmware import raw
from machines.images import Image
from machines.machine import Guest, Lacking, Settings
from machines.outside import Code, InstructionCount, TrapLog
from machines.run import Run, Runner

FIRMWARE = raw("firmware", 0x80200000, b"code")
SETTINGS = Settings(harts=1, timeout=30, stdin=subprocess.DEVNULL)
BOOT = "echo Boot HART MEDELEG; echo hartscope: phase init; exit 5"
HV = Code(0x80000000, 0x80010000, (0x80000100,))


def traced_image() -> Image:
    """Returns an image with a trace. Its ELF file does not exist and is not read."""
    platform = {"name": "qemu_virt", "boot_hart": 0, "max_harts": 8}
    config = {"name": "traced", "platform": platform, "memory": vars(images.MemoryMap()), "modules": [{"name": "trace"}]}
    elf: Elf = None  # type: ignore[assignment]
    return Image(config, b"hv", elf, Path("traced.elf"))


class OnlyAConsole(unittest.TestCase):
    def run_guest(self, guest: Guest, settings: Settings = SETTINGS) -> tuple[Run, str]:
        """Runs a guest. Returns the run and the text on stderr."""
        said = io.StringIO()
        with contextlib.redirect_stderr(said):
            run = session.run(guest, settings, Silent(), io.BytesIO(), prints(BOOT))
        return run, said.getvalue()

    def test_a_run_has_the_phases_of_the_console_and_no_counters(self) -> None:
        run, said = self.run_guest(Guest(traced_image(), FIRMWARE))
        self.assertEqual([stamp.name for stamp in run.stamps], ["hv", "kernel", "init"])
        self.assertEqual((run.code, run.counters, run.directory, said), (5, None, None, ""))

    def test_a_bare_run_starts_with_the_firmware(self) -> None:
        run, _ = self.run_guest(Guest(None, FIRMWARE))
        self.assertEqual([stamp.name for stamp in run.stamps], ["firmware", "kernel", "init"])

    def test_a_bare_run_is_not_looked_at_often_because_nothing_reports_phases(self) -> None:
        pauses = []
        for image in (None, traced_image()):
            with session.assembled(Guest(image, FIRMWARE), SETTINGS, prints(BOOT)) as machine:
                with mock.patch("machines.run.time.monotonic", return_value=0.0):
                    pauses.append(Runner(machine, None, Console(), Silent(), io.BytesIO()).on_look())
        self.assertEqual(pauses, [0.05, 0.001])

    def test_a_trace_that_cannot_be_recorded_is_reported_and_the_run_continues(self) -> None:
        run, said = self.run_guest(Guest(traced_image(), FIRMWARE), replace(SETTINGS, dump=Path("trace.hst")))
        self.assertEqual(run.code, 5)
        self.assertEqual(said, f"no trace: the board lacks a file with the guest's memory: {REASON}\n")

    def test_a_setting_that_needs_a_missing_part_is_an_error_before_the_start(self) -> None:
        for settings, part in (
            (replace(SETTINGS, icount=True), "runs that repeat"),
            (replace(SETTINGS, gdb=True), "a port for a debugger"),
            (replace(SETTINGS, numa_nodes=2), "NUMA nodes"),
            (replace(SETTINGS, log=InstructionCount(Path("out"), HV)), "a count of instructions"),
            (replace(SETTINGS, log=TrapLog(Path("out"), HV)), "a log of traps"),
        ):
            with self.subTest(part=part), self.assertRaisesRegex(Lacking, f"the board lacks {part}.*: {REASON}"):
                session.run(Guest(None, FIRMWARE), settings, Silent(), io.BytesIO(), prints("touch started"))
        self.assertFalse(Path("started").exists())


if __name__ == "__main__":
    unittest.main()
