"""Tests the output of hstrace convert with Perfetto's own trace processor and UI: the exits by cause, and a picture."""

import json
import os
import subprocess
import sys
import tempfile
import unittest
from collections import Counter
from pathlib import Path
from typing import Any

from trace.perfetto import check, reconcile, statement, ui
from trace.perfetto.trace_processor import TraceProcessor

SYNTHETIC, HSTRACE = (Path(word).absolute() for word in sys.argv[1:3])
OUTPUTS = Path(os.environ.get("TEST_UNDECLARED_OUTPUTS_DIR", "."))


def by_cause(entries: list[dict[str, int]]) -> Counter[tuple[int, int]]:
    """Returns the numbers of exits by hart and cause."""
    return Counter({(entry["hart"], entry["cause"]): entry["count"] for entry in entries})


class Converted(unittest.TestCase):
    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)

    def convert(self, *options: str) -> tuple[Path, dict[str, Any], dict[str, Any]]:
        """Converts a synthetic dump. Returns the trace, the facts about the dump, and the converter's report of what it wrote."""
        dump, trace = self.folder / "trace.hst", self.folder / "trace.pftrace"
        facts = subprocess.run([SYNTHETIC, *options, dump], check=True, stdout=subprocess.PIPE).stdout
        command: list[Path | str] = [HSTRACE, "convert", "--json", "-o", trace, dump]
        said = subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout
        (self.folder / "said.json").write_bytes(said)
        return trace, json.loads(facts), json.loads(said)

    def assert_reconciles(self, *options: str) -> dict[str, Any]:
        """Asserts that the trace processor finds the exits that the converter reports. Returns the facts about the dump."""
        trace, facts, said = self.convert(*options)
        command: list[Path | str] = [HSTRACE, "info", "--json", self.folder / "trace.hst"]
        info = json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout)

        def counts(processor: TraceProcessor) -> list[str]:
            reconcile.open_harts(processor)
            return reconcile.count_problems(processor, said, info)

        self.assertEqual(check.problems(trace, statement.load(self.folder / "said.json"), counts), [])
        self.assertEqual(said["slots"], facts["slots"])
        return facts

    def test_without_losses_the_trace_has_the_exits_of_the_dump_by_hart_and_cause(self) -> None:
        for options in (["--harts=1", "--slots=3000"], ["--harts=2", "--hung=1", "--slots=6000"], ["--harts=4", "--slots=12000"]):
            facts = self.assert_reconciles(*options)
            written = json.loads((self.folder / "said.json").read_text())
            self.assertEqual(by_cause(written["exits_by_cause"]), by_cause(facts["exits_by_cause"]), options)

    def test_with_losses_the_trace_has_the_remaining_exits(self) -> None:
        facts = self.assert_reconciles("--harts=4", "--slots=20000", "--loss=300")
        self.assertGreater(facts["lost"], 0)

    def test_the_ui_shows_the_harts_in_order(self) -> None:
        trace, _, _ = self.convert("--slots=6000", "--harts=4", "--loss=200")
        page = ui.show(trace, "name = 'IPI to 1'", side_bar=False, size=(1600, 1400))
        (OUTPUTS / "converted.png").write_bytes(page.picture)
        self.assertEqual(page.errors + page.outside + ui.picture_problems(page.picture), [])
        harts = [track for track in page.tracks if track.startswith("hartscope/hart ") and track.count("/") == 1]
        self.assertEqual(harts, [f"hartscope/hart {hart:02}" for hart in range(4)])
        self.assertEqual(page.pinned, [f"{name}, hart {hart:02}" for hart in range(4) for name in ("world", "exits")])


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
