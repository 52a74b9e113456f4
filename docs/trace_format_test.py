"""Checks that hstrace prints the names of values as docs/trace-format.md lists them, and that the page's command runs."""

from __future__ import annotations

import csv
import json
import re
import subprocess
import sys
import unittest
from collections import Counter
from collections.abc import Iterable
from itertools import product

from docs.tables import code, read, table
from trace.format import read_dump
from trace.format.events import EVENTS
from trace.stat.dump_case import Case, write_dump

PAGE = "docs/trace-format.md"
MODULES = ("first", "second")
CHECK_SUM_OF = "123456789"
COMMAND = re.compile(r"^python3 (?P<program>\S+) trace\.hst", re.MULTILINE)


def named(title: str) -> dict[int, str]:
    """Returns the names in a table of the page, by value."""
    return {int(row[0], 0): code(row[1])[0] for row in table(PAGE, title)}


def counters() -> dict[int, str]:
    """Returns the names of all counters. Some names are in the table. The other names are made from each world and each
    cause."""
    found, causes = named("counters"), named("causes")
    for world, name in named("enum trace_world").items():
        for cause, text in causes.items():
            place = cause if cause < 128 else 32 + cause - 128
            found[0x200 + 64 * world + place] = f"{name}_{text}"
    return found


def by_cause(counts: dict[str, int]) -> dict[str, int]:
    """Returns the numbers that read_dump.py prints for each world and cause, added up by the name of the cause."""
    found, causes = Counter[str](), named("causes")
    for name, number in counts.items():
        kind, _, cause = name.partition(" ")
        if kind != "sbi":  # an SBI call is counted a second time under its function
            found[causes[int(cause)]] += number
    return found


class Values(Case):
    def rows(self, event: str, words: Iterable[int]) -> list[dict[str, str]]:
        """Returns the rows of hstrace's CSV for records of an event, one for each first word in @p words."""
        config = json.dumps({"modules": [{"name": name} for name in MODULES]}, separators=(",", ":")).encode()
        slots = []
        for place, word in enumerate(words):
            tag = 1000 * place + 1000
            slots += [(tag | EVENTS[event].id << 48 | 1 << 56, word), (tag, 0)]
        dump = self.folder / "a.hst"
        write_dump(dump, [(0, 0, slots)], (len(slots), len(slots), 0), config=config)
        return list(csv.DictReader(self.run_tool("convert", "-f", "csv", "-o", "-", dump).splitlines()))

    def test_hstrace_names_worlds_outcomes_and_modules_as_the_page_does(self) -> None:
        worlds, outcomes = named("enum trace_world"), named("enum trace_outcome")
        modules = dict(enumerate(("none", *MODULES)))
        values = list(product(worlds, worlds, outcomes, modules))
        rows = self.rows("exit", (before << 40 | after << 42 | outcome << 44 | module << 48 for before, after, outcome, module in values))
        said = [(row["before"], row["after"], row["outcome"], row["module"]) for row in rows]
        self.assertEqual(said, [(worlds[a], worlds[b], outcomes[outcome], modules[module]) for a, b, outcome, module in values])

    def test_hstrace_names_interrupts_as_the_page_does(self) -> None:
        causes = {cause: name for cause, name in named("causes").items() if cause >= 128}
        self.assertEqual([row["cause"] for row in self.rows("interrupt", causes)], list(causes.values()))

    def test_hstrace_names_counters_as_the_page_does(self) -> None:
        wanted = counters()
        self.assertEqual([row["name"] for row in self.rows("counter", wanted)], list(wanted.values()))

    def test_the_schema_of_a_dump_has_the_events_and_fields_of_the_tables(self) -> None:
        dump, _ = self.make("a.hst", "--slots=0")
        contents = dict(read_dump.chunks(dump.read_bytes()))[b"SCHM"].decode().splitlines()
        wanted = [["event", row[0], code(row[1])[0], row[2]] for row in table(PAGE, "events")]
        for row in table(PAGE, "fields"):
            first, _, last = row[3].partition("-")
            wanted.append(["field", code(row[0])[0], code(row[1])[0], row[2], first, str(int(last or first) - int(first) + 1), row[4]])
        self.assertEqual(sorted(line.split() for line in contents), sorted(wanted))

    def test_the_command_of_the_page_finds_the_same_events_exits_and_times_as_hstrace(self) -> None:
        command, (dump, _) = COMMAND.search(read(PAGE)), self.make("a.hst", "--loss=100")
        assert command
        counted = subprocess.run([sys.executable, command["program"], dump], check=True, capture_output=True)
        found, stat = json.loads(counted.stdout), self.stat(dump)
        self.assertEqual(found["events"], json.loads(self.run_tool("info", "--json", dump))["events"])
        for own, hstraces in (("exits", "count"), ("cycles", "cycles")):
            rows = Counter[str]()
            for row in stat["rows"]:
                rows[row["cause"]] += row[hstraces]
            self.assertEqual(by_cause(found[own]), rows, own)
        time = [{owner: cycles for owner, cycles in hart.items() if owner != "hart" and cycles} for hart in stat["time"]]
        self.assertEqual([hart["time"] for hart in found["harts"]], time)

    def test_the_example_of_a_check_sum_on_the_page_is_right(self) -> None:
        crc = 2**32 - 1
        for byte in CHECK_SUM_OF.encode():
            crc = crc >> 8 ^ read_dump.BYTE_SUMS[(crc ^ byte) & 255]
        page = " ".join(read(PAGE).split())
        self.assertIn(f"polynomial {read_dump.BYTE_SUMS[128]:#x}, starts with 0xffffffff", page)
        self.assertIn(f"`{CHECK_SUM_OF}` is {crc ^ 2**32 - 1:#x}", page)


if __name__ == "__main__":
    unittest.main()
