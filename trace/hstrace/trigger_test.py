"""Tests recordings that stop themselves: hstrace live with --trigger, --for and --max-size. A synthetic dump is replayed into a file
that stands for a guest's memory."""

from __future__ import annotations

import csv
import io
import json
import signal
import subprocess
import tempfile
import time
import unittest
from pathlib import Path
from typing import Any

from trace.format.events import record, record_slots
from trace.format.read_dump import Dump
from trace.testing.live_guest import DISCARD, RINGS, SHUT_DOWN, Guest

HSTRACE, SYNTHETIC = "trace/hstrace/hstrace", "trace/testing/synthetic"
SECOND = 1_000_000_000
COUNT = 1 << 16  # slots of a ring: more than any test writes, unless it wants to lose some


class Case(unittest.TestCase):
    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)
        self.dump = self.folder / "trace.hst"
        self.guest = Guest(self.folder, count=COUNT)

    def start(self, *options: str) -> subprocess.Popen[bytes]:
        command = [HSTRACE, "live", f"--memory={self.guest.path}", "-o", str(self.dump), "--interval=100", *options]
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        self.addCleanup(process.communicate)
        self.addCleanup(process.kill)
        return process

    def live(self, *options: str, code: int = 0) -> dict[str, Any]:
        """Records the guest, which does not change any more. Returns the JSON summary, with the messages as `error`."""
        out, error = self.start("--json", *options).communicate(timeout=60)
        self.assertEqual(code, self.returncode(error, out, code), error)
        found: dict[str, Any] = json.loads(out) if out else {}
        return {**found, "error": error.decode()}

    def returncode(self, error: bytes, out: bytes, code: int) -> int:
        """Returns @p code if the recording ended as one with this code does. A recording with code 0 prints no message."""
        return code if bool(error) == (code != 0) else -1

    def info(self) -> dict[str, Any]:
        """Checks the dump completely, and returns what `hstrace info` prints."""
        check = subprocess.run([HSTRACE, "check", "--complete", self.dump], capture_output=True, text=True, timeout=60)
        self.assertEqual(check.returncode, 0, check.stdout + check.stderr)
        done = subprocess.run([HSTRACE, "info", "--json", self.dump], capture_output=True, check=True, timeout=60)
        found: dict[str, Any] = json.loads(done.stdout)
        return found

    def rows(self, dump: Path) -> list[dict[str, str]]:
        table = subprocess.run([HSTRACE, "convert", "--format=csv", "-o", "-", dump], capture_output=True, text=True, check=True)
        return list(csv.DictReader(io.StringIO(table.stdout)))

    def replay(self, *options: str, slots: int = 20000) -> Path:
        """Writes all records of a synthetic run to the rings of the guest, and ends the run. Returns the dump of the whole run."""
        made = self.folder / "whole.hst"
        subprocess.run([SYNTHETIC, f"--slots={slots}", *options, made], check=True, capture_output=True)
        self.guest.appear()
        for index, hart in enumerate(Dump(made.read_bytes()).harts):
            for each in hart.records:
                self.guest.write(index, record_slots(each.time, each.event, each.words))
        self.guest.set_state(SHUT_DOWN)
        return made


class Triggers(Case):
    """Triggers of each kind, on records of a run."""

    def expect(self, trigger: str, matches: Any) -> dict[str, Any]:
        """Records with a trigger. Expects it to fire at the first record of hart 0 for which @p matches is true, and the dump to have
        all records from 2 ms before to 1 ms after it."""
        whole = self.replay()
        rows = [row for row in self.rows(whole) if row["hart"] == "0"]
        wanted = next(row for row in rows if matches(row))
        said = self.live(f"--trigger={trigger}", "--before=2ms", "--after=1ms")
        self.assertEqual((said["trigger"]["hart"], said["trigger"]["sequence"]), (0, int(wanted["sequence"])), trigger)
        self.assertEqual(said["trigger"]["cycles"], int(wanted["cycles"]))
        self.assertAlmostEqual(said["trigger"]["ns"], int(wanted["ns"]), delta=20_000)
        self.info()
        there = [row["sequence"] for row in self.rows(self.dump) if row["hart"] == "0"]
        first, last = int(wanted["ns"]) - 2_000_000, int(wanted["ns"]) + 1_000_000
        margin = 50_000  # the tool knew the clock less well during the recording
        needed = [row["sequence"] for row in rows if first + margin < int(row["ns"]) < last - margin]
        self.assertLessEqual(set(needed), set(there))
        allowed = {row["sequence"] for row in rows if int(row["ns"]) < last + margin}
        self.assertLessEqual(set(there), allowed)
        return said

    def test_a_long_exit_fires(self) -> None:
        limit = sorted(int(row["duration_cycles"]) for row in self.rows(self.replay()) if row["event"] == "exit")[-20]
        self.guest = Guest(self.folder, count=COUNT)
        said = self.expect(f"exit.cycles>{limit}", lambda row: row["event"] == "exit" and int(row["duration_cycles"]) > limit)
        self.assertIn("exit duration=", said["trigger"]["record"])


if __name__ == "__main__":
    unittest.main()
