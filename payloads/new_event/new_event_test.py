"""Checks that the tools can handle a kind of trace event that they did not know when they were built. probe.patch adds
the event PROBE to hv: a line in the list of events, the fields of the event, and one call that writes it. hstrace is
built without the patch. The guest makes MARK ecalls; the constant MARKS is their number. hv writes a PROBE record for
each of them."""

from __future__ import annotations

import csv
import json
import tempfile
import unittest
from pathlib import Path
from typing import Any

from machines import images
from payloads.runner.outcome import guest_of, record, settings_of
from payloads.runner.tool import hstrace
from trace.format.events import EVENTS
from trace.perfetto import check, statement
from trace.perfetto.trace_processor import TraceProcessor

FOLDER = Path("payloads/new_event")
PATCH = FOLDER / "probe.patch"
MARKS = 20
UNKNOWN_CYCLES = (1 << 32) - 1  # a duration of 32 bits that is all ones is unknown
DRAWN = """select slice.dur, track.name track, thread.int_value mark, how.string_value caller, at.string_value pc, length.int_value cycles
    from slice join track on slice.track_id = track.id
    join args thread on thread.arg_set_id = slice.arg_set_id and thread.key = 'debug.mark'
    join args how on how.arg_set_id = slice.arg_set_id and how.key = 'debug.caller'
    join args at on at.arg_set_id = slice.arg_set_id and at.key = 'debug.pc'
    join args length on length.arg_set_id = slice.arg_set_id and length.key = 'debug.duration'
    where slice.name = 'probe' order by slice.ts"""


class NewEvent(unittest.TestCase):
    """Records the trace of one run, and examines the trace with each command of hstrace."""

    folder: Path
    dump: Path

    @classmethod
    def setUpClass(cls) -> None:
        folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(folder.cleanup)
        cls.folder, cls.dump = Path(folder.name), Path(folder.name) / "trace.hst"
        record(guest_of(FOLDER / "marks.elf", images.load(FOLDER / "with_probe")), settings_of(), cls.dump)

    def test_the_patch_adds_one_event_with_its_fields_and_one_call(self) -> None:
        added = [line[1:].strip() for line in PATCH.read_text().splitlines() if line.startswith("+") and line[:3] != "+++"]
        self.assertEqual(sum(line.startswith("EVENT(") for line in added), 1)
        self.assertEqual(sum("trace_emit_" in line for line in added), 1)
        self.assertEqual(sum(line.startswith("+++") for line in PATCH.read_text().splitlines()), 2)
        self.assertNotIn("probe", EVENTS, "the tools already know this event")

    def test_contributing_shows_the_same_event_and_call_with_the_next_free_id(self) -> None:
        added = [line[1:] for line in PATCH.read_text().splitlines() if line.startswith("+") and line[:3] != "+++"]
        call, _, event = "\n".join(added).partition("/* How")
        page = " ".join(Path("CONTRIBUTING.md").read_text(encoding="utf-8").split())
        for part in (call, f"/* How{event}"):
            self.assertTrue(" ".join(part.split()) in page, part)

    def test_info_stat_and_check_count_the_unknown_event(self) -> None:
        self.assertEqual(json.loads(hstrace("info", "--json", self.dump))["events"]["probe"], MARKS)
        for command in ("stat", "check"):
            counts = {entry["event"]: entry["records"] for entry in json.loads(hstrace(command, "--json", self.dump))["events"]}
            self.assertEqual((counts["probe"], counts["mark"]), (MARKS, MARKS), command)

    def test_csv_and_json_contain_all_fields_of_the_unknown_event(self) -> None:
        table = csv.DictReader(hstrace("convert", "--format=csv", "-o", "-", self.dump).splitlines())
        texts = [row["fields"] for row in table if row["event"] == "probe"]
        records = json.loads(hstrace("convert", "--format=json", "-o", "-", self.dump))["records"]
        fields = [record["fields"] for record in records if record["event"] == "probe"]
        self.assertEqual([one["mark"] for one in fields], [*range(MARKS)])
        self.assertEqual({one["caller"] for one in fields}, {"firmware"})
        self.assertEqual(texts, [";".join(f"{name}={value}" for name, value in one.items()) for one in fields])
        self.assertTrue(all(0 < one["duration"] < UNKNOWN_CYCLES for one in fields))

    def test_perfetto_shows_a_slice_with_a_duration_for_each_probe(self) -> None:
        trace = self.folder / "trace.pftrace"
        said = hstrace("convert", "--json", f"--symbols={FOLDER / 'marks.elf'}", "-o", trace, self.dump)
        stated = trace.with_suffix(".json")
        stated.write_text(said)
        self.assertEqual(check.problems(trace, statement.load(stated)), [])
        with TraceProcessor(trace) as processor:
            rows: list[dict[str, Any]] = [*processor.query(DRAWN)]
        self.assertEqual([row["mark"] for row in rows], [*range(MARKS)])
        self.assertEqual({(row["track"], row["caller"]) for row in rows}, {("probe", "firmware")})
        self.assertTrue(all(row["dur"] > 0 and row["cycles"] > 0 for row in rows))
        self.assertTrue(all(" every_mark_succeeds+0x" in row["pc"] or " test_every_mark_succeeds+0x" in row["pc"] for row in rows), rows[0]["pc"])

    def test_convert_prints_how_many_probes_it_has_drawn(self) -> None:
        self.assertRegex(hstrace("convert", "-o", self.folder / "out", self.dump), rf"(?m)^drawn: .*\bprobe {MARKS}\b")


if __name__ == "__main__":
    unittest.main()
