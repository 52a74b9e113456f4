"""Tests events that the tools know only from the dump's schema. Every output must count them and show all of their fields."""

from __future__ import annotations

import csv
import json
import unittest
from pathlib import Path
from typing import Any

from trace.format.events import record, record_slots
from trace.perfetto import check, statement
from trace.perfetto.trace_processor import TraceProcessor
from trace.stat.dump_case import LATER, SYNC, Case, write_dump

OTHER, UNLISTED = LATER + 1, LATER + 2
# write_dump() sets this frequency for mtime. In the dumps of these tests, mcycle has the same frequency, so a cycle is 100 ns long.
HZ = 10_000_000
NS_A_CYCLE = 1_000_000_000 // HZ
LIST = f"""event {SYNC} sync 3
event {LATER} probe 1
field probe duration 0 0 16 cycles
field probe level 0 16 8 int
field probe by 0 24 8 module
field probe what 0 32 8 cause
field probe where 0 40 24 zebra
field probe count 1 0 64 uint
event {OTHER} spot 0
field spot before 0 0 2 world
field spot at 0 8 56 address
"""
HALF = NS_A_CYCLE // 2  # hstrace assumes that mtime was read in the middle of a tick, because it does not know the exact moment
UNKNOWN_TIME = 0xFFFF
CONFIG = b'{"modules":[{"name":"first","events":[]}]}'
ARGUMENTS = """select key, coalesce(string_value, int_value) value from args where arg_set_id = {id} order by key"""


def probe(cycles: int, duration: int, count: int = 7, short: bool = False) -> list[tuple[int, int]]:
    """Returns the slots of a record of the event probe. Its level is -2, its module 1, and its cause load_address_misaligned."""
    words = [duration | 0xFE << 16 | 1 << 24 | 4 << 32 | 0xABCDEF << 40, count]
    return record_slots(cycles, LATER, words[:1] if short else words)


def clock(cycles: int) -> list[tuple[int, int]]:
    """Returns the slots of a SYNC record. The record comes from a hart on which mcycle and mtime count equally fast."""
    return record(cycles, "sync", mcycle=cycles, mtime=cycles, mcycle_again=cycles)


class Listed(Case):
    """Tests dumps of one hart. The dumps have events that only the schema describes."""

    def write(self, *records: list[tuple[int, int]], events: str = LIST) -> Path:
        """Writes a dump that contains these records between two SYNC records. Returns the path of the dump."""
        slots = [slot for found in (clock(1000), *records, clock(9000)) for slot in found]
        dump = self.folder / "a.hst"
        write_dump(dump, [(0, 0, slots)], (len(slots), len(slots), 0), more_events=events, config=CONFIG)
        return dump

    def rows(self, dump: Path, event: str) -> list[tuple[str, dict[str, Any]]]:
        """Returns the fields of each record of @p event, from CSV and from JSON."""
        table = csv.DictReader(self.run_tool("convert", dump, "-f", "csv", "-o", "-").splitlines())
        records = json.loads(self.run_tool("convert", dump, "-f", "json", "-o", "-"))["records"]
        texts = [row["fields"] for row in table if row["event"] == event]
        return list(zip(texts, [record["fields"] for record in records if record["event"] == event], strict=True))

    def drawn(self, dump: Path, name: str, *options: str) -> list[dict[str, Any]]:
        """Converts the dump to a Perfetto trace, and finds all slices and instants with this name. Returns the track, the start
        (in cycles), the duration (in cycles) and the arguments of each."""
        trace = self.folder / "a.pftrace"
        account = self.run_tool("convert", "--json", dump, "-o", trace, *options)
        stated = trace.with_suffix(".json")
        stated.write_text(account)
        self.assertEqual(check.problems(trace, statement.load(stated)), [])
        query = f"""select slice.ts, slice.dur, track.name track, arg_set_id from slice join track on slice.track_id = track.id
            where slice.name = '{name}' order by slice.ts, slice.id"""
        found = []
        with TraceProcessor(trace) as processor:
            for row in processor.query(query):
                arguments = processor.query(ARGUMENTS.format(id=row["arg_set_id"])) if row["arg_set_id"] else []
                values = {str(one["key"]).removeprefix("debug."): one["value"] for one in arguments}
                place = (row["track"], int(row["ts"] or 0) // NS_A_CYCLE, int(row["dur"] or 0) // NS_A_CYCLE)
                found.append({"place": place, "values": values})
        return found

    def test_csv_and_json_show_the_fields_as_their_types_require(self) -> None:
        ((text, fields),) = self.rows(self.write(probe(5000, 300)), "probe")
        cause = "load_address_misaligned"
        self.assertEqual(text, f"duration=300;level=-2;by=first;what={cause};where=0xabcdef;count=7")
        numbers = {"duration": 300, "level": -2, "count": 7}
        self.assertEqual(fields, {**numbers, "by": "first", "what": cause, "where": "0xabcdef"})
        ((text, _),) = self.rows(self.write(record_slots(5000, OTHER, [1 | 0x80001234 << 8])), "spot")
        self.assertEqual(text, "before=payload;at=0x80001234")

    def test_fields_of_words_that_a_short_record_does_not_have_are_not_shown(self) -> None:
        ((text, fields),) = self.rows(self.write(probe(5000, 300, short=True)), "probe")
        self.assertNotIn("count", text)
        self.assertNotIn("count", fields)

    def test_an_event_with_a_duration_is_a_slice_that_ends_at_the_time_of_its_record(self) -> None:
        (found,) = self.drawn(self.write(probe(5000, 300)), "probe")
        self.assertEqual(found["place"], ("probe", 4700, 300))
        values = {"duration": 300, "level": -2, "by": "first", "what": "load_address_misaligned", "where": "0xabcdef", "count": 7}
        self.assertEqual(found["values"], values)

    def test_an_event_without_a_known_duration_is_an_instant(self) -> None:
        dump = self.write(probe(5000, UNKNOWN_TIME), record_slots(6000, OTHER, [0]))
        for name, time in (("probe", 5000), ("spot", 6000)):
            (found,) = self.drawn(dump, name)
            self.assertEqual(found["place"], (name, time, 0))
        self.assertEqual(found["values"], {"before": "firmware", "at": "0x0"})

    def test_a_slice_that_overlaps_the_one_before_it_begins_later_and_keeps_its_end(self) -> None:
        places = [found["place"][1:] for found in self.drawn(self.write(probe(5000, 300), probe(5100, 2000)), "probe")]
        self.assertEqual(places, [(4700, 300), (5000, 100)])

    def test_slices_are_cut_to_the_window(self) -> None:
        dump = self.write(probe(5000, 1000), probe(7000, 1500))
        for begin, end, wanted in ((4500, 6000, [(4500, 500), (5500, 500)]), (6500, 7500, [(6500, 500)]), (2000, 3000, [])):
            options = (f"--from={begin * NS_A_CYCLE + HALF}ns", f"--to={end * NS_A_CYCLE + HALF}ns")
            with self.subTest(window=options):
                self.assertEqual([found["place"][1:] for found in self.drawn(dump, "probe", *options)], wanted)

    def test_a_number_that_is_too_large_for_perfetto_is_a_string_with_another_name(self) -> None:
        (found,) = self.drawn(self.write(probe(5000, 300, count=2**64 - 1)), "probe")
        self.assertEqual(found["values"]["large_count"], str(2**64 - 1))
        self.assertNotIn("count", found["values"])

    def test_an_event_that_is_not_in_the_schema_is_drawn_with_its_words(self) -> None:
        dump = self.write(record_slots(5000, UNLISTED, [0xAB, 1]))
        self.assertEqual(self.rows(dump, f"event_{UNLISTED}"), [("word0=0xab;word1=0x1", {"word0": "0xab", "word1": "0x1"})])
        self.assertEqual(json.loads(self.run_tool("info", "--json", dump))["events"][f"event_{UNLISTED}"], 1)
        self.assertIn(f"event_{UNLISTED} 1\n", self.run_tool("stat", dump))
        (found,) = self.drawn(dump, f"event_{UNLISTED}")
        self.assertEqual(found["values"], {"word0": "0xab", "word1": "0x1"})

    def test_an_event_id_that_means_another_event_here_is_drawn_as_the_dumps_schema_describes_it(self) -> None:
        dump = self.write(record_slots(5000, 3, [5]), events=f"event {SYNC} sync 3\nevent 3 strange 0\nfield strange odd 0 0 8 uint\n")
        self.assertEqual(self.rows(dump, "strange"), [("odd=5", {"odd": 5})])
        (found,) = self.drawn(dump, "strange")
        self.assertEqual(found["values"], {"odd": 5})
        self.run_tool("check", dump, code=1)

    def test_events_share_the_last_track_when_there_are_more_of_them_than_tracks(self) -> None:
        ids = range(100, 140)
        events = f"event {SYNC} sync 3\n" + "".join(f"event {number} e{number} 0\n" for number in ids)
        dump = self.write(*(record_slots(2000 + number, number, [0]) for number in ids), events=events)
        self.assertEqual([self.drawn(dump, f"e{number}")[0]["place"][0] for number in (100, 139)], ["e100", "other events"])
        said = json.loads(self.run_tool("convert", "--json", dump, "-o", self.folder / "b.pftrace"))["events"]
        self.assertEqual({entry["id"]: entry["drawn"] for entry in said if entry["id"] in ids}, {number: 1 for number in ids})

    def test_all_commands_count_events_that_only_the_schema_describes(self) -> None:
        dump = self.write(probe(5000, 300), record_slots(6000, OTHER, [0]), probe(7000, 300))
        counts = {"probe": 2, "spot": 1, "sync": 2}
        self.assertEqual(json.loads(self.run_tool("info", "--json", dump))["events"], counts)
        for command in ("stat", "check"):
            said = json.loads(self.run_tool(command, "--json", dump))["events"]
            self.assertEqual({entry["event"]: entry["records"] for entry in said}, counts)
            self.assertIn("records: sync 2, probe 2, spot 1\n", self.run_tool(command, dump))
        for name, drawn in (("csv", counts), ("json", counts), ("pftrace", counts | {"sync": 0})):
            said = json.loads(self.run_tool("convert", "--json", "-f", name, dump, "-o", self.folder / "out"))["events"]
            self.assertEqual({entry["event"]: entry["drawn"] for entry in said}, drawn)
            self.assertEqual({entry["event"]: entry["records"] for entry in said}, counts)
        text = self.run_tool("convert", dump, "-o", self.folder / "out")
        self.assertEqual(text, "drawn: probe 2, spot 1\nleft out: sync 2\n")


if __name__ == "__main__":
    unittest.main()
