"""Compares the times that hstrace computes with the true times, under hv images whose clocks count as those of boards do.
The patches in this folder make these clocks.

The machine runs under icount. QEMU's own mcycle then counts the nanoseconds from which QEMU computes mtime, so the true
time of a record is known."""

from __future__ import annotations

import csv
import tempfile
import unittest
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from machines import images
from payloads.runner.outcome import guest_of, record, settings_of
from payloads.runner.tool import hstrace

FOLDER = Path("payloads/clocks")
DOUBLES_AT = 80_000_000  # CHANGES_AT in doubles_its_rate.patch
LATE_NS = 66  # QEMU's mcycle begins to count this long after the clock from which QEMU computes its own mtime
MARKS = 109  # the number of MARK ecalls in clocks.c
STATED_NS = 200  # with a steady clock, hstrace states at most a tick of mtime and this
ROUNDING_NS = 1  # hstrace prints whole nanoseconds


@dataclass(frozen=True)
class Record:
    """A record of a trace. uncertainty_ns is None if hstrace does not know the uncertainty."""

    event: str
    cycles: int
    ns: int
    uncertainty_ns: int | None
    words: tuple[int, ...]


# Returns the true time of each record, in ns of mtime.
Truth = Callable[[list[Record]], list[int]]


def records_of(dump: Path) -> list[Record]:
    """Returns all records of the dump with the times that hstrace has computed."""
    rows = csv.DictReader(hstrace("convert", "--format=csv", "-o", "-", dump).splitlines())
    return [
        Record(
            row["event"],
            int(row["cycles"]),
            int(row["ns"]),
            int(row["uncertainty_ns"]) if row["uncertainty_ns"] else None,
            tuple(int(row[name], 0) for name in ("payload", "word1", "word2", "word3") if row[name]),
        )
        for row in rows
    ]


def even(late_ns: int = 0) -> Truth:
    """Returns a function for the true times of records, if mcycle is QEMU's own and begins to count @p late_ns after mtime."""
    return lambda records: [one.cycles + late_ns for one in records]


def doubled(records: list[Record]) -> list[int]:
    """Returns the true time of each record under doubles_its_rate.patch."""
    return [one.cycles if one.cycles < DOUBLES_AT else DOUBLES_AT + (one.cycles - DOUBLES_AT) // 2 for one in records]


def stopping(records: list[Record]) -> list[int]:
    """Returns the true time of each record, if mcycle stands still now and then. Each MARK record contains the cycles that are
    missing so far. Two marks lie around each time at which mcycle stands still. A SYNC record has its own time."""
    truth, hidden = [], 0
    marks = iter([one for one in records if one.event == "mark"])
    following = next(marks)
    for one in records:
        if one is following:
            hidden = one.words[1]
            following = next(marks, following)
        if one.event == "wfi_leave":
            hidden = following.words[1]
        truth.append(one.cycles + hidden + LATE_NS)
    return truth


def understated(records: list[Record], truth: list[int]) -> list[str]:
    """Returns a line for each record whose error is greater than the uncertainty that hstrace prints."""
    return [
        f"{one.event} at {true} ns: {one.ns - true:+} ns, stated {one.uncertainty_ns} ns"
        for one, true in zip(records, truth, strict=True)
        if one.uncertainty_ns is not None and abs(one.ns - true) > one.uncertainty_ns + ROUNDING_NS
    ]


class Clocks(unittest.TestCase):
    """Each test records the guest under one image."""

    def recorded(self, image: str) -> list[Record]:
        """Returns the records of a run of the guest under @p image."""
        with tempfile.TemporaryDirectory() as folder:
            dump = Path(folder) / "trace.hst"
            record(guest_of(FOLDER / "clocks.elf", images.load(FOLDER / image)), replace(settings_of(), icount=True), dump)
            return records_of(dump)

    def judged(self, image: str, truth_of: Truth) -> list[tuple[Record, int]]:
        """Checks that no error is greater than the uncertainty. Returns the records with their true times."""
        records = self.recorded(image)
        truth = truth_of(records)
        wrong = understated(records, truth)
        self.assertEqual(sum(one.event == "mark" for one in records), MARKS)
        self.assertEqual(wrong, [], f"{len(wrong)} of {len(records)} records of {image}")
        return list(zip(records, truth))

    def expect_ticks(self, mhz: int, late_ns: int = 0) -> None:
        """Expects that each time is right within its uncertainty, and that the uncertainty is small. Also checks with each SYNC
        record that the true times are right."""
        judged = self.judged(f"timebase_{mhz}_mhz", even(late_ns))
        syncs = [one.words for one, _ in judged if one.event == "sync"]
        for _, before, mtime, after in syncs:
            self.assertLessEqual((before + late_ns) * mhz // 1000, mtime)
            self.assertLessEqual(mtime, (after + late_ns) * mhz // 1000)
        inside = judged[: max(place for place, (one, _) in enumerate(judged) if one.event == "sync")]
        stated = [one.uncertainty_ns for one, _ in inside if one.uncertainty_ns is not None]
        farthest = max(abs(one.ns - true) for one, true in inside)
        print(f"{mhz} MHz: {len(judged)} records, {len(syncs)} SYNC, error up to {farthest} ns, stated up to {max(stated)} ns")
        self.assertEqual(len(stated), len(inside))
        self.assertLess(max(stated), 1000 // mhz + STATED_NS)

    def test_times_are_right_with_a_timebase_of_1_mhz(self) -> None:
        self.expect_ticks(1)

    def test_times_are_right_with_a_timebase_of_4_mhz(self) -> None:
        self.expect_ticks(4)

    def test_times_are_right_with_a_timebase_of_10_mhz(self) -> None:
        self.expect_ticks(10, LATE_NS)

    def test_times_are_right_with_a_timebase_of_24_mhz(self) -> None:
        self.expect_ticks(24)

    def test_times_are_right_if_mcycle_doubles_its_rate(self) -> None:
        self.judged("doubles_its_rate", doubled)

    def test_times_are_right_if_mcycle_stops_in_wfi(self) -> None:
        self.judged("stops_in_wfi", stopping)

    def test_times_are_right_if_mcycle_stops_unseen(self) -> None:
        self.judged("stops_unseen", stopping)


if __name__ == "__main__":
    unittest.main()
