"""A base class for tests of the Perfetto converter. It makes synthetic dumps, and checks each trace with Perfetto's engine."""

import json
import subprocess
import tempfile
import unittest
from pathlib import Path
from typing import Any

from trace.perfetto import check, statement

ROOT = Path(__file__).absolute().parents[2]
HSTRACE = ROOT / "trace/hstrace/hstrace"
SYNTHETIC = ROOT / "trace/testing/synthetic"


class Case(unittest.TestCase):
    """A base class for tests. Each test has a folder for a dump and for the trace that is made from the dump."""

    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.dump, self.trace = Path(folder.name, "t.hst"), Path(folder.name, "t.pftrace")

    def make(self, *options: str) -> dict[str, Any]:
        """Makes a synthetic dump. Returns a description of its contents."""
        made = subprocess.run([SYNTHETIC, *options, self.dump], check=True, stdout=subprocess.PIPE)
        facts: dict[str, Any] = json.loads(made.stdout)
        return facts

    def convert(self, *options: str) -> dict[str, Any]:
        """Converts the dump and checks the trace. Returns the converter's account, which counts everything that it wrote."""
        command = [str(HSTRACE), "convert", str(self.dump), "-o", str(self.trace), "--json", *options]
        text = subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout
        stated = self.trace.with_suffix(".json")
        stated.write_bytes(text)
        self.assertEqual(check.problems(self.trace, statement.load(stated)), [])
        written: dict[str, Any] = json.loads(text)
        return written
