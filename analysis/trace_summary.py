"""What the figures of a trace show, gathered from its records in one pass; memory does not grow with the trace.

Used by trace_figures. Knows nothing of files and of drawing. An exit is called what `hstrace stat` calls it.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from analysis.histogram import Histogram
from analysis.time_bins import TimeBins
from analysis.trace_rows import Rows, integers

OWNERS = ("hv", "firmware", "payload", "asleep", "unknown")
CALLS = (b"ecall from U", b"ecall from S", b"ecall from VS")
CYCLE_COUNTERS = b"cycles_"
ALL = "all"

Flags = npt.NDArray[np.bool_]


@dataclass
class Hart:
    """One hart's sums, and what the next part of its records goes on from."""

    exits: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    cycles: dict[str, int] = field(default_factory=lambda: dict.fromkeys(OWNERS, 0))
    counters: dict[str, tuple[int, int]] = field(default_factory=dict)  # of cycles, by hv itself: the first and the last
    whole: bool | None = None  # whether the records begin with the hart's first; None without records
    call: tuple[bytes, int, int] | None = None  # an ecall that has not returned: its cause, ns, duration
    answer: bytes | None = None  # the function of a call that returns in the exit to come
    answered: list[tuple[bytes, int, int]] = field(default_factory=list)  # calls to be counted: function, ns, duration
    first: tuple[int, int] | None = None  # cycles and ns of its first exit and of its last
    last: tuple[int, int] = (0, 0)

    def shares(self) -> dict[str, int]:
        """Whose the hart's cycles were: as hv counted them if it did, else as the exits' records tell. hv counts from the hart's
        start, so of a part only what came after its first counters is known."""
        counted = {owner: last - (0 if self.whole else first) for owner, (first, last) in self.counters.items()}
        return {**self.cycles, **counted, "unknown": 0} if any(counted.values()) else self.cycles


def kind_of(call: bytes) -> bytes:
    """What an exit by a call of the SBI function @p call is called."""
    return b"ecall other" if call.startswith(b"sbi 0x") else b"ecall " + call


def before_each(flags: Flags, first: bool) -> Flags:
    """Whether the one before is marked."""
    return np.concatenate((np.full(1, first), flags[:-1])) if len(flags) else flags


class Summary:
    """Takes records; holds counts by cause and hart, durations, time by owner, and counts over time."""

    def __init__(self, harts: int) -> None:
        self.harts = [Hart() for _ in range(harts)]
        self.durations: dict[str, Histogram] = defaultdict(Histogram)
        self.series = TimeBins()
        self.gaps: list[tuple[int, int, int]] = []  # from, to in ns, slots
        self.lost = 0

    @property
    def exits(self) -> int:
        """Exits in all records."""
        return sum(histogram.count for histogram in self.durations.values())

    def ns_per_cycle(self) -> float | None:
        """How long a cycle is, from the first to the last exit of each hart; None if there are too few exits to tell."""
        cycles = sum(hart.last[0] - hart.first[0] for hart in self.harts if hart.first)
        ns = sum(hart.last[1] - hart.first[1] for hart in self.harts if hart.first)
        return ns / cycles if cycles > 0 and ns > 0 else None

    def take(self, rows: Rows) -> None:
        """Takes some records more: each hart's in order."""
        self.series.reach(int(rows["ns"].min()), int(rows["ns"].max()))
        for index, hart in enumerate(self.harts):
            own = rows[rows["hart"] == index]
            if len(own):
                self._take_counters(hart, own)
                self._take_gaps(own)
                self._take_time(index, hart, own)
                self._take_kinds(hart, own)

    def finish(self) -> None:
        """The trace has ended: calls that never returned are counted by their cause."""
        for hart in self.harts:
            self._take_loss(hart)
            self._count_answered(hart)

    def _take_counters(self, hart: Hart, rows: Rows) -> None:
        if hart.whole is None:
            hart.whole = bool(rows["sequence"][0] == b"0")
        rows = rows[rows["event"] == b"counter"]
        for row in rows[np.char.startswith(rows["name"], CYCLE_COUNTERS)]:
            owner, value = row["name"][len(CYCLE_COUNTERS) :].decode(), int(row["word1"], 16)
            hart.counters[owner] = hart.counters.get(owner, (value, value))[0], value

    def _take_gaps(self, rows: Rows) -> None:
        for row in rows[rows["event"] == b"gap"]:
            slots = int(row["payload"], 16)
            self.lost += slots
            self.gaps.append((int(row["start_ns"]), int(row["ns"]), slots))

    def _take_time(self, index: int, hart: Hart, rows: Rows) -> None:
        """Who had the hart's cycles: hv, a world, nobody (asleep in wfi), or one cannot know. hstrace has told them apart."""
        exits = rows[rows["event"] == b"exit"]
        if not len(exits):
            return
        first, last = ((int(row["cycles"]), int(row["ns"])) for row in (exits[0], exits[-1]))
        hart.first, hart.last = hart.first or first, last
        spent = integers(exits["duration_cycles"]) + integers(exits["observing_cycles"])
        asleep, guest = integers(exits["asleep_cycles"]), integers(exits["guest_cycles"])
        hart.cycles["hv"] += int(spent.sum())
        hart.cycles["asleep"] += int(asleep.sum())
        for owner in ("firmware", "payload", "unknown"):
            hart.cycles[owner] += int(guest[exits["guest"] == owner.encode()].sum())

        begins = exits["ns"].copy()  # of an exit that took too long for its record: no more than its end is known
        known = exits["start_ns"] != b""
        begins[known] = integers(exits["start_ns"][known])
        awake = spent / np.maximum(spent + asleep, 1)  # what it slept is not hv's: the rest is drawn as if it came at the exit's end
        begins = exits["ns"] - ((exits["ns"] - begins) * awake).astype(np.int64)
        inside = exits["ns"] // self.series.width == begins // self.series.width
        self.series.reach(int(begins.min()), int(exits["ns"].max()))
        self.series.add(f"hv {index}", exits["ns"][inside], (exits["ns"] - begins)[inside].astype(np.float64))
        for begin, end in zip(begins[~inside], exits["ns"][~inside]):
            self.series.spread(f"hv {index}", int(begin), int(end))

    def _take_kinds(self, hart: Hart, rows: Rows) -> None:
        """Counts the exits under their names; those by ecall under the function that the record of the return names."""
        rows = rows[np.isin(rows["event"], (b"exit", b"ecall", b"gap"))]
        is_exit = rows["event"] == b"exit"
        names = rows["name"].copy()
        is_call = is_exit & np.isin(names, CALLS)
        after_call = is_exit & before_each(rows["event"] == b"ecall", True)
        counted = is_exit.copy()
        for place in np.flatnonzero(is_call | after_call | ~is_exit):
            row = rows[place]
            if row["event"] == b"exit":
                counted[place], names[place] = self._take_exit(hart, row, bool(is_call[place]))
            elif row["event"] == b"ecall":
                self._take_return(hart, kind_of(row["name"]))
            else:
                self._take_loss(hart)
        self._count(hart, names[counted], rows["ns"][counted], integers(rows["duration_cycles"][counted]))
        self._count_answered(hart)

    def _take_exit(self, hart: Hart, row: np.void, is_call: bool) -> tuple[bool, bytes]:
        """Whether to count the exit now, and as what."""
        answer, hart.answer = hart.answer, None
        if is_call and answer is None and row["outcome"] == b"forwarded":
            self._take_loss(hart)
            hart.call = row["name"], int(row["ns"]), int(row["duration_cycles"])
            return False, b""
        return True, answer if is_call and answer is not None else row["name"]

    def _take_return(self, hart: Hart, kind: bytes) -> None:
        hart.answer = kind if hart.call is None else None
        if hart.call:
            hart.answered.append((kind, *hart.call[1:]))
        hart.call = None

    def _take_loss(self, hart: Hart) -> None:
        if hart.call:
            hart.answered.append(hart.call)
        hart.call = hart.answer = None

    def _count_answered(self, hart: Hart) -> None:
        if hart.answered:
            kinds, ns, durations = zip(*hart.answered)
            hart.answered.clear()
            self._count(hart, np.array(kinds), np.array(ns, np.int64), np.array(durations, np.int64))

    def _count(
        self, hart: Hart, names: npt.NDArray[np.bytes_], ns: npt.NDArray[np.int64], durations: npt.NDArray[np.int64]
    ) -> None:
        kinds, which = np.unique(names, return_inverse=True)
        order = np.argsort(which, kind="stable")
        borders = np.searchsorted(which[order], np.arange(len(kinds) + 1))
        for index, kind in enumerate(kinds):
            own = order[borders[index] : borders[index + 1]]
            name = kind.decode()
            hart.exits[name] += len(own)
            self.durations[name].add(durations[own])
            self.series.add(name, ns[own])
        self.series.add(ALL, ns)
