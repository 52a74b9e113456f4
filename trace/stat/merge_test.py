"""Tests hstrace merge. The tests know the contents of the dumps that are merged."""

import csv
import json
import struct
import subprocess
import time
import unittest
from collections import Counter
from pathlib import Path

from trace.format.events import record_slots
from trace.stat.dump_case import HSTRACE, LATER, MARK, Case, short_exit, write_dump, write_machine


class Merge(Case):
    def test_merging_the_parts_of_a_run_gives_the_whole_run(self) -> None:
        dump, _ = self.make("a.hst", "--harts=2")
        part = self.folder / "part.hst"
        part.write_bytes(dump.read_bytes()[: dump.stat().st_size // 2])
        merged = self.folder / "merged.hst"
        self.run_tool("merge", dump, dump, "-o", merged)
        self.assertEqual(merged.read_bytes(), dump.read_bytes())
        self.run_tool("merge", "--salvage", part, dump, "-o", merged)
        self.assertEqual(Counter(map(str, self.exits(merged))), Counter(map(str, self.exits(dump))))

    def test_slots_lost_at_the_end_stay_lost_unless_another_dump_has_them(self) -> None:
        slots = [record_slots(1000 + i, MARK, [i])[0] for i in range(30)]
        dumps: dict[str, list[tuple[int, int, list[tuple[int, int]]]]] = {
            "gap": [(0, 0, slots[:8]), (20, 12, [])],
            "all": [(20, 20, [])],
            "later": [(8, 8, slots[8:])],
            "much later": [(14, 14, slots[14:])],
        }
        for name, rings in dumps.items():
            read = sum(len(own) for _, _, own in rings)
            write_dump(self.folder / name, rings, (rings[-1][0] + len(rings[-1][2]), read, sum(lost for _, lost, _ in rings)))
        merged = self.folder / "merged.hst"
        for names, wanted in (
            (["gap"], (8, 12)),
            (["gap", "gap"], (8, 12)),
            (["all"], (0, 20)),
            (["all", "gap"], (8, 12)),
            (["gap", "all"], (8, 12)),
            (["gap", "later"], (30, 0)),
            (["all", "later"], (22, 8)),
            (["gap", "much later"], (24, 6)),
            (["gap", "later", "gap"], (30, 0)),
        ):
            self.run_tool("merge", *(self.folder / name for name in names), "-o", merged)
            self.run_tool("check", merged)
            (hart,) = self.stat(merged)["harts"]
            self.assertEqual((hart["slots"], hart["lost"]), wanted, names)

    def merge(self, *words: str | Path, code: int = 0) -> str:
        """Runs hstrace merge and writes the merged dump to out.hst. Expects hstrace to exit with `code`, and returns its stderr."""
        command = [str(HSTRACE), "merge", *map(str, words), "-o", str(self.folder / "out.hst")]
        done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        self.assertEqual(done.returncode, code, done.stderr)
        return done.stderr

    def test_events_of_another_version_keep_their_names(self) -> None:
        dumps = [self.folder / "one.hst", self.folder / "two.hst"]
        schemas = ("event 200 later 1\n", "event 201 latest 1\nfield latest x 0 0 8 UINT\nremark 1\n")
        for dump, event, schema, build_id in zip(dumps, (200, 201), schemas, (b"1", b"2")):
            write_dump(dump, [(0, 0, record_slots(1000, event, [7]))], (1, 1, 0), more_events=schema, build_id=build_id)
        self.assertEqual(self.merge(*dumps, dumps[1]), "")
        self.run_tool("check", self.folder / "out.hst")
        table = self.run_tool("convert", self.folder / "out.hst", "-f", "csv", "-o", "-")
        self.assertEqual([row["event"] for row in csv.DictReader(table.splitlines())], ["later", "latest"])
        self.assertEqual((self.folder / "out.hst").read_bytes().count(b"remark 1\n"), 1)

    def test_merge_keeps_a_schema_that_only_a_later_version_can_read(self) -> None:
        dump, schema = self.folder / "later.hst", "event 200 later 1\nevent 201 many 9\n"
        write_dump(dump, [(0, 0, record_slots(1000, LATER, [7]))], (1, 1, 0), more_events=schema)
        self.assertEqual(self.merge(dump, dump), "")
        self.assertEqual((self.folder / "out.hst").read_bytes(), dump.read_bytes())

    def test_dumps_that_define_an_event_differently_are_refused(self) -> None:
        dumps = [self.folder / "one.hst", self.folder / "two.hst"]
        own = "event 200 later 1\nfield later x 0 0 8 UINT"
        write_dump(dumps[0], [(0, 0, [])], (0, 0, 0), more_events=own + "".join(f"\nremark {i}" for i in range(3000)))
        for other, wanted in (
            ("event 200 other 1", "event 200 differs from its definition in an earlier dump"),
            ("event 201 later 1", "event 201 differs from its definition in an earlier dump"),
            ("event 200 later 2", "event 200 differs from its definition in an earlier dump"),
            ("event 200 later 1\nfield later x 0 0 9 UINT", "event 200 differs from its definition in an earlier dump"),
            ("event 200 later 1" + "".join(f"\nfield later y{i} 0 8 8 UINT" for i in range(16)), "an event has too many fields"),
            ("event 200", "line 3: an event needs ID NAME EXT"),
            ("".join(f"remark b{i}\n" for i in range(3000)), "with the schemas of the earlier dumps it exceeds 65536 bytes"),
        ):
            write_dump(dumps[1], [(0, 0, [])], (0, 0, 0), more_events=other)
            message = self.merge(*dumps, code=1)
            self.assertIn(f"hstrace merge: {dumps[1]}: offset 0x60: schema: ", message)
            self.assertIn(wanted, message)

    def test_a_warning_names_the_chunks_that_are_left_out(self) -> None:
        dump = self.folder / "a.hst"
        write_dump(dump, [(0, 0, record_slots(1000, MARK, [7]))], (1, 1, 0), more_chunks=((b"NEW1", b"x"), (b"NEW2", b"")))
        warning = f"hstrace merge: {dump}: left out 2 chunks of types that this tool does not know; the first is NEW1\n"
        self.assertEqual(self.merge(dump), warning)

    def test_a_dump_without_a_description_of_its_machine_is_refused(self) -> None:
        one, many = self.make("a.hst", "--harts=1")[0], self.make("b.hst", "--harts=8")[0]
        mixed, header = bytearray(many.read_bytes()), self.folder / "header.hst"
        header.write_bytes(mixed[:16])
        # This damages the chunk of the first machine. Salvaging then finds slots of 8 harts before it finds the second machine.
        mixed[40] ^= 1
        damaged = self.folder / "mixed.hst"
        damaged.write_bytes(mixed + one.read_bytes())
        cases = (
            ([str(header)], "no end chunk"),
            (["--salvage", str(damaged)], "a hart that the machine does not have"),
        )
        for words, wanted in cases:
            command = [str(HSTRACE), "merge", *words, "-o", str(self.folder / "out.hst")]
            done = subprocess.run(command, stderr=subprocess.PIPE, text=True)
            self.assertEqual(done.returncode, 1, done.stderr)
            self.assertIn(wanted, done.stderr)

    def test_a_hart_with_an_id_that_is_taken_gets_the_next_free_id(self) -> None:
        dump, most = self.folder / "a.hst", 2**64 - 1
        for ids, wanted in (
            ([7, 7, 8, 7], [7, 8, 9, 10]),
            ([9, 7, 7, 7, 0], [9, 7, 8, 10, 0]),
            ([most, most, 0, 5], [most, 0, 1, 5]),
            ([0] * 4096, list(range(4096))),
        ):
            write_machine(dump, ids)
            begin = time.monotonic()
            harts = json.loads(self.run_tool("merge", "--json", dump, "-o", self.folder / "out.hst"))["harts"]
            self.assertEqual([hart["id"] for hart in harts], wanted)
            self.assertLess(time.monotonic() - begin, 5)
        write_machine(self.folder / "b.hst", [0], b"another")
        self.assertIn("with the harts of the earlier dumps there are more than 4096", self.merge(dump, self.folder / "b.hst", code=1))

    def test_the_counts_of_a_runs_parts_in_discard_mode_add_up(self) -> None:
        merged, parts = self.folder / "merged.hst", [self.folder / "first.hst", self.folder / "second.hst"]
        slots, discarded = [record_slots(1000 + i, MARK, [i])[0] for i in range(20)], 5
        for dump, first in zip(parts, (0, 12)):
            own = slots[first : first + 8 if dump == parts[0] else None]
            lost = first + (discarded if first else 0)
            write_dump(dump, [(first, first, own)], (first + len(own) + lost - first, len(own), lost), mode=1)
        self.run_tool("merge", *parts, "-o", merged)
        self.run_tool("check", merged)
        self.assertIn("read 16, lost 9", self.run_tool("info", merged))

    def statistics(self, dump: Path) -> bytes:
        """Returns the contents of a dump's STAT chunk."""
        data, at = dump.read_bytes(), 16
        while data[at : at + 4] != b"STAT":
            at += 16 + (int.from_bytes(data[at + 8 : at + 12], "little") + 15) // 16 * 16
        return data[at + 16 : at + 16 + int.from_bytes(data[at + 8 : at + 12], "little")]

    def test_an_older_dump_without_counts_of_sleep_is_read_and_merged(self) -> None:
        merged, slots = self.folder / "merged.hst", [short_exit(time, duration=50, cause=9, before=1, after=1) for time in (1000, 2000)]
        dumps, exits = [self.folder / "first.hst", self.folder / "second.hst"], [0] * 128
        for number, dump in enumerate(dumps):
            exits[64 + 9] = number + 1
            account = (number + 1, 1, number)
            write_dump(dump, [(number, number, slots[number])], account, exits=exits, cycles=(5, 6, 7 + number))
            self.assertEqual(len(self.statistics(dump)), 1088)
            self.run_tool("check", dump)
            self.assertEqual([hart["lost"] for hart in self.stat(dump)["harts"]], [number])
        self.run_tool("merge", *dumps, "-o", merged)
        self.assertEqual(self.statistics(merged), struct.pack("<IIQQQQ128Q4Q", 0, 0, 2, 2, 0, 0, *exits, 5, 6, 8, 0))
        self.assertEqual([hart["counted"] for hart in self.stat(merged)["harts"]], ["the same"])

    def test_statistics_of_any_other_length_are_refused(self) -> None:
        dump = self.folder / "a.hst"
        for cycles in ((1, 2), (1, 2, 3, 4, 5)):
            write_dump(dump, [(0, 0, record_slots(1000, MARK, [7]))], (1, 1, 0), cycles=cycles)
            for command in ("check", "info", "stat"):
                self.run_tool(command, dump, code=1)

    def test_a_warning_says_that_modules_of_another_build_have_the_names_of_the_first(self) -> None:
        dumps = [self.folder / f"{name}.hst" for name in ("one", "two", "three")]
        for dump, build_id, module in zip(dumps, (b"1", b"2", b"3"), (b"a", b"b", b"a")):
            config = b'{"modules":[{"name":"' + module + b'","events":[]}]}'
            write_dump(dump, [(0, 0, record_slots(1000, MARK, [7]))], (1, 1, 0), build_id=build_id, config=config)
        command = [str(HSTRACE), "merge", *map(str, dumps), "-o", str(self.folder / "out.hst")]
        done = subprocess.run(command, check=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        warning = f"hstrace merge: {dumps[1]}: another build of hv: its modules get the names that they have in {dumps[0]}\n"
        self.assertEqual(done.stderr, warning)

    def test_another_run_of_the_same_machine_is_not_merged_as_a_part_of_the_first(self) -> None:
        first, _ = self.make("a.hst", "--harts=2")
        for options in (["--slots=200000"], ["--slots=3000"]):
            other, _ = self.make("b.hst", "--harts=2", "--start-ns=7000000", *options)
            self.run_tool("merge", first, other, "-o", self.folder / "out.hst", code=1)

    def events(self, dump: Path, event: str, name: str = "") -> list[dict[str, str]]:
        """Converts a dump to CSV. Returns the records of one event, sorted by hart and sequence number."""
        table = self.run_tool("convert", dump, "-f", "csv", "-o", "-")
        rows = [row for row in csv.DictReader(table.splitlines()) if row["event"] == event and name in ("", row["name"])]
        return sorted(rows, key=lambda row: (int(row["hart"]), int(row["sequence"])))

    def test_runs_are_aligned_at_their_start_or_at_a_mark(self) -> None:
        first, _ = self.make("a.hst", "--harts=2", "--start-ns=900000000")
        second, _ = self.make("b.hst", "--harts=2", "--start-ns=5000000")
        third, _ = self.make("c.hst", "--harts=1", "--seed=3")
        merged = self.folder / "merged.hst"
        for option, event, name in (("start", "", ""), ("mark:3", "mark", "mark 3")):
            self.run_tool("merge", f"--align={option}", first, second, third, "-o", merged)
            self.run_tool("check", "--complete", merged)
            rows = self.events(merged, event or "sync", name)
            starts = [min(int(row["ns"]) for row in rows if int(row["hart"]) in harts) for harts in ((0, 1), (2, 3), (4,))]
            self.assertLess(max(starts) - min(starts), 400, option)  # a tick is 100 ns
            self.assertEqual(len(self.exits(merged)), sum(len(self.exits(dump)) for dump in (first, second, third)))
        self.run_tool("merge", "--align=mark:99", first, second, "-o", merged, code=1)
        self.run_tool("merge", "--align=end", first, second, "-o", merged, code=2)

    def test_harts_of_another_machine_are_added_after_those_of_the_first(self) -> None:
        first, one = self.make("a.hst", "--harts=2")
        second, two = self.make("b.hst", "--harts=3", "--seed=2")
        merged = self.folder / "merged.hst"
        listed = json.loads(self.run_tool("merge", "--json", first, second, "-o", merged))["harts"]
        self.assertEqual([hart["id"] for hart in listed], [0, 1, 2, 3, 4])
        origins = [(str(first), 0), (str(first), 1), *((str(second), own) for own in range(3))]
        self.assertEqual([(hart["file"], hart["hart_of_file"]) for hart in listed], origins)
        self.assertEqual(sum(hart["slots"] for hart in listed), one["slots"] + two["slots"])
        self.run_tool("check", merged)
        harts = Counter(int(row["hart"]) for row in self.exits(merged))
        expected: Counter[int] = Counter()
        for facts, offset in ((one, 0), (two, 2)):
            for row in facts["exits_by_cause"]:
                expected[row["hart"] + offset] += row["count"]
        self.assertEqual(harts, expected)


if __name__ == "__main__":
    unittest.main()
