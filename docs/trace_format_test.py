"""The reader of docs/trace-format.md, as it stands there, counts what hstrace counts."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

from docs.example import blocks


class TraceFormatTest(unittest.TestCase):
    def test_the_pages_reader_counts_what_hstrace_counts(self) -> None:
        program = blocks(Path("docs/trace-format.md").read_text(encoding="utf-8"))["count_events.py"]
        runs: list[list[str]] = [[], ["--overwritten"], ["--loss=300"], ["--discard", "--loss=300"], ["--slots=0"]]
        for options in runs:
            with self.subTest(options=options), tempfile.TemporaryDirectory() as folder:
                dump = Path(folder) / "trace.hst"
                synthetic = ["trace/testing/synthetic", "--slots=200000", *options, str(dump)]
                subprocess.run(synthetic, check=True, capture_output=True)
                info = subprocess.run(
                    ["trace/hstrace/hstrace", "info", "--json", dump], check=True, capture_output=True, timeout=60
                )
                counted = subprocess.run(
                    [sys.executable, "-c", program, dump], check=True, capture_output=True, timeout=60
                )
                self.assertEqual(json.loads(counted.stdout), json.loads(info.stdout)["events"])


if __name__ == "__main__":
    unittest.main()
