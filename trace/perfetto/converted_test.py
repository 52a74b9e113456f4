"""What hstrace convert makes of dumps, in Perfetto's own engine and UI: exits by cause, and a picture."""

import json
import os
import subprocess
import sys
import tempfile
import unittest
from collections import Counter
from pathlib import Path
from typing import Any

from trace.perfetto import check, statement, ui
from trace.perfetto.trace_processor import TraceProcessor

SYNTHETIC, HSTRACE = (Path(word).absolute() for word in sys.argv[1:3])
OUTPUTS = Path(os.environ.get("TEST_UNDECLARED_OUTPUTS_DIR", "."))
# Exits of these synthetic dumps are named so in the timeline.
CAUSES = {"ecall": 9, "load misaligned": 4, "store misaligned": 6, "machine software": 131, "machine timer": 135}
ILLEGAL = ("csr", "mret", "sret", "wfi", "sfence.vma", "illegal instruction")
EXITS = """select hart.name hart, slice.name name, count(*) number from slice join track on slice.track_id = track.id
    join track hart on track.parent_id = hart.id where category = 'exit' group by 1, 2"""


def cause_of(name: str) -> int:
    """The cause of an exit of this name."""
    if name.split(" ")[0] in ILLEGAL or name in ILLEGAL:
        return 2
    return next(cause for prefix, cause in CAUSES.items() if name.startswith(prefix))


def by_cause(entries: list[dict[str, int]]) -> Counter[tuple[int, int]]:
    """Exits by hart and cause."""
    return Counter({(entry["hart"], entry["cause"]): entry["count"] for entry in entries})


class Converted(unittest.TestCase):
    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)

    def convert(self, *options: str) -> tuple[Path, dict[str, Any], dict[str, Any]]:
        """A synthetic dump's trace, what the dump has, and what the converter says that it wrote."""
        dump, trace = self.folder / "trace.hst", self.folder / "trace.pftrace"
        facts = subprocess.run([SYNTHETIC, *options, dump], check=True, stdout=subprocess.PIPE).stdout
        command: list[Path | str] = [HSTRACE, "convert", "--json", "-o", trace, dump]
        said = subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout
        (self.folder / "said.json").write_bytes(said)
        return trace, json.loads(facts), json.loads(said)

    def assert_reconciles(self, *options: str) -> dict[str, Any]:
        """By hart and cause, the engine has the exits that the converter says it wrote. What the dump has."""
        trace, facts, said = self.convert(*options)
        self.assertEqual(check.problems(trace, statement.load(self.folder / "said.json")), [])
        with TraceProcessor(trace) as processor:
            exits: Counter[tuple[int, int]] = Counter()
            for row in processor.query(EXITS):
                exits[int(str(row["hart"]).removeprefix("hart ")), cause_of(str(row["name"]))] += int(row["number"] or 0)
        self.assertEqual(exits, by_cause(said["exits_by_cause"]))
        self.assertEqual(said["slots"], facts["slots"])
        return facts

    def test_without_loss_exits_by_hart_and_cause_are_those_of_the_dump(self) -> None:
        for options in (["--harts=1", "--slots=3000"], ["--harts=2", "--hung=1", "--slots=6000"], ["--harts=4", "--slots=12000"]):
            facts = self.assert_reconciles(*options)
            written = json.loads((self.folder / "said.json").read_text())
            self.assertEqual(by_cause(written["exits_by_cause"]), by_cause(facts["exits_by_cause"]), options)

    def test_with_loss_the_exits_that_are_left_are_in_the_engine(self) -> None:
        facts = self.assert_reconciles("--harts=4", "--slots=20000", "--loss=300")
        self.assertGreater(facts["lost"], 0)

    def test_the_ui_shows_it_with_each_hart_in_order(self) -> None:
        trace, _, _ = self.convert("--slots=6000", "--harts=4", "--loss=200")
        page = ui.show(trace, "name = 'IPI to 1'", side_bar=False, size=(1600, 1400))
        (OUTPUTS / "converted.png").write_bytes(page.picture)
        self.assertEqual(page.errors + page.outside + ui.picture_problems(page.picture), [])
        harts = [track for track in page.tracks if track.startswith("hartscope/hart ") and track.count("/") == 1]
        self.assertEqual(harts, [f"hartscope/hart {hart:02}" for hart in range(4)])


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
