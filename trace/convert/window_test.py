"""Tests hstrace convert --from --to. If a slice begins or ends outside of the window, the trace shows its part in the window."""

import csv
import json
import subprocess
import unittest
from collections import Counter
from pathlib import Path
from random import Random
from typing import Any

from trace.convert.trace_case import HSTRACE, Case
from trace.perfetto import check, statement
from trace.perfetto.trace_processor import TraceProcessor

SLICES = """select track.name track, hart.name hart, slice.name name, slice.ts ts, slice.dur dur from slice
    join track on slice.track_id = track.id join track hart on track.parent_id = hart.id
    where hart.name glob 'hart ??' and slice.dur > 0"""
WORLD_TIME = """select hart.name hart, sum(slice.dur) time from slice join track on slice.track_id = track.id
    join track hart on track.parent_id = hart.id where track.name glob 'world*' and slice.depth = 0 group by hart.name"""


class Window(Case):
    """Tests that the trace of a window shows exactly the same as the trace of the whole dump shows between the same times."""

    def slices(self, begin: int = 0, end: int = 2**63) -> Counter[tuple[str | int, ...]]:
        """Returns the part of each slice of the trace that lies between the times begin and end."""
        with TraceProcessor(self.trace) as processor:
            rows = processor.query(SLICES)
        found: Counter[tuple[str | int, ...]] = Counter()
        for row in rows:
            first, last = max(int(row["ts"] or 0), begin), min(int(row["ts"] or 0) + int(row["dur"] or 0), end)
            if first < last:
                found[str(row["hart"]), str(row["track"]), str(row["name"]), first, last] += 1
        return found

    def assert_shows(self, begin: int, end: int, whole: Counter[tuple[str | int, ...]]) -> dict[str, Any]:
        """Converts the window from begin to end (ns), and expects the slices of `whole` in its trace. Returns the converter's
        account."""
        written = self.convert(f"--from={begin / 1e9:.9f}", f"--to={end / 1e9:.9f}")
        shown = self.slices()
        self.assertEqual((sorted((whole - shown).elements())[:3], sorted((shown - whole).elements())[:3]), ([], []), (begin, end))
        return written

    def windows(self, *options: str, count: int = 6) -> None:
        """Makes a dump, and checks windows of all lengths at random places. Some windows begin or end in the middle of an exit."""
        self.make(*options)
        written = self.convert()
        with TraceProcessor(self.trace) as processor:
            exits = processor.query("select ts, dur from slice where category = 'exit' and dur > 20 order by ts")
        whole = [self.slices()]
        random = Random(count)
        for number in range(count):
            exit = random.choice(exits)
            begin = int(exit["ts"] or 0) + random.randrange(int(exit["dur"] or 0))
            end = begin + random.choice((10, 1000, 50_000, written["end"] - written["begin"]))
            if number % 3 == 0:
                begin, end = max(begin - (end - begin), 1), begin
            clipped = Counter({(*key[:3], max(int(key[3]), begin), min(int(key[4]), end)): count for key, count in whole[0].items()
                               if int(key[3]) < end and int(key[4]) > begin})
            account = self.assert_shows(begin, end, clipped)
            recorded = account["recorded_begin"], account["recorded_end"]
            expected = max(begin, recorded[0]), min(end, max(recorded[1], written["end"]))
            self.assertEqual((account["begin"], account["end"]), expected)

    def test_windows_of_harts_that_run_and_sleep_show_the_same_slices_as_the_whole_trace(self) -> None:
        self.windows("--harts=3", "--slots=30000")

    def test_windows_with_gaps_between_chunks_show_the_same_slices_as_the_whole_trace(self) -> None:
        self.windows("--harts=2", "--slots=60000", "--loss=500")

    def test_windows_with_losses_in_discard_mode_show_the_same_slices_as_the_whole_trace(self) -> None:
        self.windows("--harts=2", "--slots=60000", "--loss=900", "--discard")

    def test_windows_of_a_hung_hart_show_the_same_slices_as_the_whole_trace(self) -> None:
        self.windows("--harts=2", "--slots=9000", "--hung=1")

    def test_a_window_without_events_shows_the_world_of_each_hart(self) -> None:
        self.make("--harts=3", "--slots=30000")
        self.convert()
        with TraceProcessor(self.trace) as processor:
            (longest,) = processor.query("select ts, dur from slice where name = 'wfi' order by dur desc limit 1")
        begin = int(longest["ts"] or 0) + 1000
        self.convert(f"--from={begin / 1e9:.9f}", f"--to={(begin + 100) / 1e9:.9f}")
        with TraceProcessor(self.trace) as processor:
            rows = processor.query(WORLD_TIME)
        self.assertEqual([row["time"] for row in rows], [100] * 3)

    def test_an_exit_that_the_window_cuts_is_in_the_trace_but_not_in_tables_and_statistics(self) -> None:
        self.make("--harts=2", "--slots=20000")
        written = self.convert()
        with TraceProcessor(self.trace) as processor:
            slices = processor.query("select ts, dur from slice where category = 'exit' order by dur desc")
        exits = [(int(row["ts"] or 0), int(row["ts"] or 0) + int(row["dur"] or 0)) for row in slices]
        middle = (written["begin"] + written["end"]) // 2
        # Find the first time after the middle at which no hart is in hv, so that the window does not cut an exit.
        middle = next(ns for ns in range(middle, written["end"]) if not any(begin < ns <= stop for begin, stop in exits))
        for end in (middle, sum(exits[0]) // 2):
            window = ["--from=0.0015", f"--to={end / 1e9:.9f}"]
            account = self.convert(*window)
            table = subprocess.run([HSTRACE, "convert", *window, self.dump, "-f", "csv", "-o", "-"], check=True, stdout=subprocess.PIPE)
            rows = [row for row in csv.DictReader(table.stdout.decode().splitlines()) if row["event"] == "exit"]
            text = subprocess.run([HSTRACE, "convert", *window, self.dump, "-f", "json", "-o", "-"], check=True, stdout=subprocess.PIPE)
            records = [row for row in json.loads(text.stdout)["records"] if row["event"] == "exit"]
            stat = subprocess.run([HSTRACE, "stat", "--json", *window, self.dump], check=True, stdout=subprocess.PIPE)
            counts = {len(rows), len(records), json.loads(stat.stdout)["exits"], account["exits"] - account["exits_cut"]}
            self.assertEqual(len(counts), 1, counts)
            self.assertEqual(account["exits_cut"] > 0, end != middle)

    def test_a_trace_that_is_longer_or_shorter_than_its_window_is_reported(self) -> None:
        self.make("--harts=2", "--slots=8000")
        stated = statement.load(self.whole_statement())
        middle = (stated.begin + stated.end) // 2
        for begin, end in ((middle, stated.end + 1), (0, middle)):
            stated.window_begin, stated.window_end = begin, end
            self.assertTrue(any("statement: window: it" in line for line in check.problems(self.trace, stated)))
        stated.window_begin, stated.window_end = 0, stated.end
        stated.recorded_end = stated.end = stated.end + 1
        self.assertEqual(statement.window_problems(stated, stated.begin, stated.window_end), [])
        self.assertNotEqual(statement.window_problems(stated, stated.begin, stated.window_end - 1), [])

    def whole_statement(self) -> Path:
        """Converts the whole dump, and returns the path of the file with the converter's account."""
        self.convert()
        return self.trace.with_suffix(".json")


if __name__ == "__main__":
    unittest.main()
