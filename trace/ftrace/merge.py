"""Adds the events of the guest's ftrace to the Perfetto trace of hv: both on the time axis of mtime."""

from __future__ import annotations

import csv
import json
import re
import subprocess
from dataclasses import asdict, dataclass
from pathlib import Path

from trace.ftrace import events, formats, offset, packets, stream, threads
from trace.ftrace.events import Event
from trace.ftrace.stream import Buffers, FtraceError

MARK_ID = 0x667472616365  # CLOCK_MARK of payloads/linux/ftrace/clock.h
Row = dict[str, str]  # a line of hstrace's CSV

_OUTSIDE = re.compile(r"\bentry=(\d+);leave=(\d+)")
_LINE = re.compile(r"hartscope clock (\d+)\n?")


@dataclass(frozen=True)
class Merged:
    """What was added. events: their number by name. overwritten: how many events are missing, because a buffer was full.
    unknown: the elements of the user's list that match no event of the kernel."""

    offset: offset.Offset
    events: dict[str, int]
    overwritten: int
    unknown: list[str]

    def describe(self) -> dict[str, object]:
        """Returns the contents for result.json."""
        cpus = {str(cpu): hart for cpu, hart in self.offset.cpus.items()}
        return {**asdict(self.offset), "cpus": cpus, "events": self.events, "overwritten": self.overwritten}

    def summary(self) -> str:
        """Returns a line for the user."""
        missing = f"; {self.overwritten:,} earlier events are missing, because a buffer was full" if self.overwritten else ""
        missing += f"; the kernel has no event {', '.join(self.unknown)}" if self.unknown else ""
        share = f"{self.offset.uncertainty_ns / 1000:.1f} us"
        return f"ftrace: {sum(self.events.values()):,} events in the Perfetto trace, their times are right to {share}{missing}"


def _mark(exit_: Row, sync: Row | None, hart: int) -> offset.Mark | None:
    """Returns the mark that was made in an exit. Returns None if the start of the exit or the uncertainty of its time is not known:
    hstrace leaves these columns empty. @p sync is an earlier `sync` record of the hart. The `duration` of an exit
    lacks the first and the last instructions of the exit; `sync` records contain how many cycles these take."""
    if not exit_["start_ns"] or not exit_["uncertainty_ns"]:
        return None
    before = after = 0
    if sync and (match := _OUTSIDE.search(sync["fields"])):
        cycle = (int(exit_["ns"]) - int(sync["ns"])) / (int(exit_["cycles"]) - int(sync["cycles"]))
        before, after = int(int(match[1]) * cycle), int(int(match[2]) * cycle)
    return offset.Mark(hart, int(exit_["start_ns"]) - before, int(exit_["ns"]) + after, int(exit_["uncertainty_ns"]))


def _marks(hstrace: Path, dump: Path) -> tuple[dict[int, offset.Mark], int]:
    """Returns the marks of clock.c in hv's trace by their numbers, and mtime's frequency. The record of a mark is
    followed by the record of its exit."""
    info = json.loads(subprocess.run([hstrace, "info", "--json", dump], capture_output=True, text=True, check=True).stdout)
    ids = [hart["id"] for hart in info["harts"]]
    found: dict[int, offset.Mark] = {}
    syncs: dict[str, Row] = {}  # the first `sync` record of each hart
    numbers: dict[str, int] = {}  # the number of each hart's mark whose exit has not ended yet
    command = [str(hstrace), "convert", "--format=csv", str(dump), "-o", "-"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as process:
        assert process.stdout
        for row in csv.DictReader(process.stdout):
            if row["event"] == "mark" and int(row["payload"], 16) == MARK_ID:
                numbers[row["hart"]] = int(row["word1"], 16)
            elif row["event"] == "sync":
                syncs.setdefault(row["hart"], row)
            elif row["event"] == "exit" and (number := numbers.pop(row["hart"], None)) is not None:
                if mark := _mark(row, syncs.get(row["hart"]), ids[int(row["hart"])]):
                    found[number] = mark
    return found, info["machine"]["timebase_hz"]


def _line_number(event: Event) -> int | None:
    """Returns the number of a line of clock.c; None if the event is another one."""
    if event.format.name != "print":
        return None
    text = next(str(field.get(event.data)) for field in event.format.fields if field.name == "buf")
    match = _LINE.fullmatch(text)
    return int(match[1]) if match else None


def _around(buffers: Buffers, known: dict[int, formats.Format]) -> dict[int, offset.Around]:
    """Returns the events around each mark by the mark's number. The mark lies between two lines of clock.c. If Linux
    also recorded the mark's SBI call, the two events of this call are closer."""
    found: dict[int, offset.Around] = {}
    newest: dict[int, tuple[int, int]] = {}  # the number and the time of the newest line of each CPU
    calls: dict[int, list[int]] = {}  # the times of the SBI call since then
    for cpu, _, own in events.read(buffers, known):
        for event in own:
            if event.format.name in ("sbi_call", "sbi_return"):
                calls.setdefault(cpu, []).append(event.ns)
            number = _line_number(event)
            if number is None:
                continue
            last, since = newest.get(cpu, (-1, 0))
            if last + 1 == number:
                call = calls[cpu] if len(calls.get(cpu, [])) == 2 else [since, event.ns]
                found[last] = offset.Around(cpu, *call)
            newest[cpu], calls[cpu] = (number, event.ns), []
    return found


def merge(buffers_file: Path, dump: Path, trace: Path, hstrace: Path, wanted: str = "") -> Merged:
    """Appends the events in the guest's file to the Perfetto trace of @p dump. @p wanted is the user's list of events.
    Raises FtraceError."""
    buffers = stream.read(buffers_file)
    known = formats.parse_all(buffers.files.items())
    marks, timebase = _marks(hstrace, dump)
    shift = offset.compute(_around(buffers, known), marks, timebase)
    if shift.cpus.items() - buffers.harts().items():
        raise FtraceError(f"/proc/cpuinfo has other harts than the marks: {buffers.harts()}, {shift.cpus}")
    of_harts = threads.groups(trace, set(shift.cpus.values()))
    with trace.open("ab") as out:
        out.write(packets.system(buffers.files))
        drawn = threads.Threads(out, of_harts, shift)
        counts = events.write(
            out, buffers, known, lambda cpu: packets.bundle(cpu, shift), lambda event: _line_number(event) is None, drawn.add
        )
        drawn.finish()
    return Merged(shift, counts, buffers.overwritten(), buffers.unknown(wanted))
