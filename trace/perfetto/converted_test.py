"""What hstrace convert makes of dumps, in Perfetto's own engine and UI: every count reconciles with the dump's."""

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
LOST = "select coalesce(sum(int_value), 0) from slice join args using (arg_set_id) where category = 'lost' and key = 'debug.slots'"
BACKWARDS = "select count(*) from flow join slice f on slice_out = f.id join slice t on slice_in = t.id where t.ts < f.ts"


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

    def assert_reconciles(self, *options: str) -> tuple[dict[str, Any], dict[str, Any]]:
        """Engine, packets, converter and dump agree on everything."""
        trace, facts, said = self.convert("--slots=3000", *options)
        self.assertEqual(check.problems(trace, statement.load(self.folder / "said.json")), [])
        with TraceProcessor(trace) as processor:
            exits: Counter[tuple[int, int]] = Counter()
            for row in processor.query(EXITS):
                exits[int(str(row["hart"]).removeprefix("hart ")), cause_of(str(row["name"]))] += int(row["number"] or 0)
            self.assertEqual(exits, by_cause(said["exits_by_cause"]))
            self.assertEqual(processor.number(LOST), said["lost"])
            self.assertEqual(processor.number(BACKWARDS), 0)
        self.assertEqual(said["slots"], facts["slots"])
        return facts, said

    def assert_whole(self, *options: str) -> None:
        """Of a run without loss, every exit and every send is in the trace."""
        facts, said = self.assert_reconciles(*options)
        self.assertEqual((facts["lost"], said["lost"], said["gaps"]), (0, 0, 0))
        self.assertEqual(by_cause(said["exits_by_cause"]), by_cause(facts["exits_by_cause"]))

    def test_one_hart(self) -> None:
        self.assert_whole("--harts=1")

    def test_two_harts(self) -> None:
        self.assert_whole("--harts=2")

    def test_four_harts(self) -> None:
        self.assert_whole("--harts=4", "--slots=12000")

    def test_eight_harts(self) -> None:
        self.assert_whole("--harts=8", "--slots=24000")

    def test_a_hart_that_hangs(self) -> None:
        self.assert_whole("--harts=2", "--hung=1")

    def test_exits_without_arguments(self) -> None:
        trace, facts, said = self.convert("--slots=3000", "--exit-args=0")
        self.assertEqual(check.problems(trace, statement.load(self.folder / "said.json")), [])
        self.assertEqual(by_cause(said["exits_by_cause"]), by_cause(facts["exits_by_cause"]))

    def test_timestamps_that_wrap(self) -> None:
        self.assert_whole("--start-cycles=281474976000000")

    def test_losses_between_chunks(self) -> None:
        facts, said = self.assert_reconciles("--harts=4", "--slots=20000", "--loss=300")
        self.assertGreater(facts["lost"], 0)
        self.assertEqual(said["lost"], facts["lost"] + said["orphans"])

    def test_losses_that_the_hart_wrote_itself(self) -> None:
        facts, said = self.assert_reconciles("--slots=20000", "--loss=300", "--discard", "--seed=2")
        self.assertGreater(facts["lost"], 0)
        self.assertEqual(said["lost"], facts["lost"] + said["orphans"])

    def test_a_start_that_was_overwritten(self) -> None:
        facts, said = self.assert_reconciles("--overwritten")
        self.assertGreater(said["gaps"], 0)
        self.assertEqual(said["lost"], facts["lost"] + said["orphans"])

    def test_no_events(self) -> None:
        trace, _, said = self.convert("--slots=0")
        self.assertEqual(check.problems(trace, statement.load(self.folder / "said.json")), [])
        self.assertEqual((said["slices"], said["exits"]), (0, 0))

    def test_the_ui_shows_it_with_each_hart_in_order(self) -> None:
        trace, _, _ = self.convert("--slots=6000", "--harts=4", "--loss=200")
        page = ui.show(trace, "name = 'IPI to 1'", side_bar=False, size=(1600, 1400))
        (OUTPUTS / "converted.png").write_bytes(page.picture)
        self.assertEqual(page.errors + page.outside + ui.picture_problems(page.picture), [])
        harts = [track for track in page.tracks if track.startswith("hartscope/hart ") and track.count("/") == 1]
        self.assertEqual(harts, [f"hartscope/hart {hart:02}" for hart in range(4)])


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
