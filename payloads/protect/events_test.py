"""Compares the events of module protect_payload with what the payload's attacks are. Perfetto's trace processor reads the events from
the module's track. The payload marks the beginning of each row
of the list of attacks by an access to an address that nothing else uses, and prints how many attempts of the row hv has to note.
The events are read from the rings in the guest's memory, because the guests may not read them. The rows are those of payloads/protect/rows_*.c;
the attacks that end the run are those of ends.c."""

from __future__ import annotations

import hashlib
import re
import tempfile
import unittest
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

from machines import images, recording, session
from payloads.runner.outcome import Outcome, guest_of, observe, settings_of
from payloads.runner.tool import hstrace
from trace.perfetto.trace_processor import Row, TraceProcessor

FOLDER = Path("payloads/protect")
MARK, MARK_END = 0x40000000, 0x40000400
PRINTED = re.compile(r"^  row (\d+): hv notes (\d+) attempts$")
STORED = re.compile(r"^  stored (0x[0-9a-f]+)", re.MULTILINE)
MEASURED = re.compile(r"the payload's SHA-256 is ([0-9a-f]{64})")
MEASURED_BYTES, STORED_ADDRESS = 0x200000, 0x8AFFFFF8  # as in protected_measured.toml and attack.h
ADDRESS_BITS = 56
LENGTH_SHIFT = 50
WRITE = 2

# The track also has the exits that the module took over.
SHOWN = """select slice.name name, extract_arg(arg_set_id, 'debug.value') value from slice join track on track_id = track.id
    where track.name = 'protect_payload' and ifnull(category, '') != 'exit' order by slice.ts, slice.id"""
# docs/protect_payload.md has this query.
DENIED = """select hart.name hart, printf('0x%x', value & (1 << 56) - 1) address, value >> 56 access, count(*) times
    from (select track_id, extract_arg(arg_set_id, 'debug.value') value from slice where name = 'denied')
    join track on track_id = track.id join track hart on track.parent_id = hart.id
    where track.name = 'protect_payload' group by 1, 2, 3 order by times desc"""

# The rows after which an event has to be in the trace (the column D of the list of attacks), as far as the run goes on after them.
NOTED = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 28, 29, 31}

# The attacks that end the run: the name of the guest's image, its harts, and the rows that it belongs to.
ENDS = [
    ("returns_elsewhere", 1, 17),
    ("returns_in_another_mode", 1, 18),
    ("starts_a_hart", 2, 19),
    ("makes_up_an_exception", 1, 20),
    ("starts_a_hart_elsewhere", 2, 21),
    ("starts_a_hart_with_another_value", 2, 21),
    ("starts_a_hart_with_page_tables", 2, 21),
    ("resumes_a_hart_elsewhere", 1, 22),
    ("resumes_a_hart_with_another_value", 1, 22),
]


class Event(NamedTuple):
    """An event of the module."""

    name: str
    value: int


class Run(NamedTuple):
    """A run of a guest, with the module's events of all harts in the order of time, and the result of the query DENIED."""

    outcome: Outcome
    events: list[Event]
    denied: list[Row]

    def values(self, name: str) -> list[int]:
        """Returns the values of all events @p name."""
        return [event.value for event in self.events if event.name == name]


def run_of(payload: str, harts: int, firmware: str = "hostile", image_name: str = "protected_traced") -> Run:
    """Runs the payload @p payload on a hostile firmware under an image with the trace."""
    image = images.load(FOLDER / image_name)
    guest = guest_of(FOLDER / f"{firmware}.elf", image, FOLDER / f"{payload}_image.elf")
    with tempfile.TemporaryDirectory() as folder:
        dump, made = Path(folder) / "trace.hst", recording.Recording()
        settings = replace(settings_of(harts), dump=dump)
        with session.assembled(guest, settings) as machine:
            with recording.recording(image, machine, settings, made):
                outcome = observe(machine)
        if made.problem:
            raise RuntimeError(f"{made.problem}\n{outcome.console}")
        trace = dump.with_suffix(".pftrace")
        hstrace("convert", "-o", trace, dump)
        with TraceProcessor(trace) as processor:
            shown, denied = processor.query(SHOWN), processor.query(DENIED)
    return Run(outcome, [Event(str(row["name"]), int(row["value"] or 0)) for row in shown], denied)


def address_of(value: int) -> int:
    """Returns the address in the value of a DENIED event."""
    return value & ((1 << ADDRESS_BITS) - 1)


def rows_of(values: list[int]) -> dict[int, int]:
    """Returns how many DENIED events follow the marks of each row."""
    counts: dict[int, int] = {}
    row = None
    for value in values:
        if MARK <= address_of(value) < MARK_END:
            row = (address_of(value) - MARK) // 8
            counts.setdefault(row, 0)
        elif row is not None:
            counts[row] += 1
    return counts


def printed_rows(console: str) -> dict[int, int]:
    """Returns how many attempts the payload has made in each row."""
    counts: dict[int, int] = {}
    for line in console.splitlines():
        if found := PRINTED.match(line.rstrip()):
            row = int(found[1])
            counts[row] = counts.get(row, 0) + int(found[2])
    return counts


class Events(unittest.TestCase):
    """Runs the attacks once."""

    run_of_attacks: Run

    @classmethod
    def setUpClass(cls) -> None:
        cls.run_of_attacks = run_of("attacks_fail", 2)
        assert cls.run_of_attacks.outcome.exit_code == 0, cls.run_of_attacks.outcome.console

    def test_each_attempt_has_an_event(self) -> None:
        counted = rows_of(self.run_of_attacks.values("denied"))
        printed = printed_rows(self.run_of_attacks.outcome.console)
        for row, attempts in sorted(printed.items()):
            print(f"row {row}: {attempts} attempts, {counted.get(row, 0)} events")
        counted.pop(0, None)
        self.assertEqual(counted, printed)

    def test_the_query_of_the_documentation_finds_each_denied_event_with_its_address_and_access(self) -> None:
        found: Counter[tuple[object, object]] = Counter()
        for row in self.run_of_attacks.denied:
            found[row["address"], row["access"]] += int(row["times"] or 0)
        values = self.run_of_attacks.values("denied")
        self.assertEqual(found, Counter((f"{address_of(value):#x}", value >> ADDRESS_BITS) for value in values))
        self.assertIn(WRITE, {access for _, access in found})

    def test_the_rows_with_attempts_are_those_of_the_list(self) -> None:
        printed = printed_rows(self.run_of_attacks.outcome.console)
        self.assertLessEqual(NOTED, {row for row, attempts in printed.items() if attempts})

    def test_the_machine_is_locked_and_measured_once(self) -> None:
        self.assertEqual(self.run_of_attacks.events[:2], [Event("lock", 0), Event("measure", 1)])
        self.assertEqual(self.run_of_attacks.values("lock"), [0])
        self.assertEqual(self.run_of_attacks.values("measure"), [1])

    def test_each_text_for_the_console_is_one_event(self) -> None:
        lengths = [value >> LENGTH_SHIFT for value in self.run_of_attacks.values("copy")]
        self.assertEqual(lengths, [16, 64, 4096, 4])
        self.assertEqual(len({value & ((1 << LENGTH_SHIFT) - 1) for value in self.run_of_attacks.values("copy")}), 1)

    def test_an_attack_that_ends_the_run_is_the_last_event(self) -> None:
        for name, harts, row in ENDS:
            with self.subTest(attack=name, row=row):
                run = run_of(f"end_when_the_firmware_{name}", harts)
                self.assertEqual(run.outcome.exit_code, 4)
                self.assertEqual(run.events[-1].name, "denied")
                print(f"row {row}: {name}: {address_of(run.events[-1].value):#x}")

    def test_what_is_measured_is_what_the_payload_finds(self) -> None:
        run = run_of("measured_after_the_lock", 2, "hostile_storing", "protected_measured")
        console = run.outcome.console
        self.assertEqual(run.outcome.exit_code, 0, console)
        stored, seen = STORED.search(console), MEASURED.search(console)
        assert stored and seen, console
        memory = bytes(MEASURED_BYTES - 8) + int(stored[1], 16).to_bytes(8, "little")
        self.assertEqual(seen[1], hashlib.sha256(memory).hexdigest())
        before = run.events[: run.events.index(Event("measure", 1))]
        self.assertIn(Event("lock", 0), before)
        self.assertIn(STORED_ADDRESS, [address_of(event.value) for event in before if event.name == "denied"])


if __name__ == "__main__":
    unittest.main()
