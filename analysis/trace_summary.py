"""Gathers the numbers of a trace's figures from its records in one pass. The memory that this needs does not grow with the trace.

trace_figures uses this file. The file neither reads files nor draws. Exits are named by their cause and detail, as in
`hstrace stat`.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from analysis.histogram import Histogram
from analysis.ipis import Ipis
from analysis.time_bins import TimeBins
from analysis.trace_rows import Rows, integers
from trace.format import causes

OWNERS = ("hv", "firmware", "payload", "asleep", "unknown")
CALLS = tuple(causes.NAMES[number].encode() for number in (8, 9, 10))  # from U-, S- and VS-mode
CYCLE_COUNTERS = b"cycles_"
ALL = "all"

Flags = npt.NDArray[np.bool_]


@dataclass
class Hart:
    """The sums for one hart, and the state that is needed when the next records of this hart are read."""

    exits: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    cycles: dict[str, int] = field(default_factory=lambda: dict.fromkeys(OWNERS, 0))
    counters: dict[str, tuple[int, int]] = field(default_factory=dict)  # first and last value of each of hv's own cycle counters
    whole: bool | None = None  # whether the first record that the hart wrote has been read; None if none has been read
    call: tuple[bytes, int, int] | None = None  # cause, start (ns) and duration of an ecall that has not returned
    answer: bytes | None = None  # the detail of the ecall that returns in the next exit
    answered: list[tuple[bytes, int, int]] = field(default_factory=list)  # name, ns, duration of ecalls to be counted
    first: tuple[int, int] | None = None  # cycles and ns of the first exit
    last: tuple[int, int] = (0, 0)  # cycles and ns of the last exit

    def shares(self) -> dict[str, int]:
        """Returns how many cycles the hart spent in hv, in each world and asleep. If the trace contains hv's counters,
        the result comes from these counters. Otherwise it comes from the records of exits. hv counts from the start of
        the hart. So if the dump lacks the first records, only the growth of the counters after the first counter
        records in the dump is used."""
        counted = {owner: last - (0 if self.whole else first) for owner, (first, last) in self.counters.items()}
        return {**self.cycles, **counted, "unknown": 0} if any(counted.values()) else self.cycles


def detail_of(call: bytes) -> bytes:
    """Returns the detail of an exit that called the SBI function @p call. All functions that only have numbers, and no
    name, share one detail, as in `hstrace stat`."""
    return b"sbi other" if call.count(b" ") > 1 else call


def names_of(causes_: npt.NDArray[np.bytes_], details: npt.NDArray[np.bytes_]) -> npt.NDArray[np.bytes_]:
    """Returns the names of exits. A name is "CAUSE: DETAIL", or only the cause if the exit has no detail."""
    both = np.char.add(np.char.add(causes_, b": "), details)
    return np.where(details == b"", causes_.astype(both.dtype), both)


def before_each(flags: Flags, first: bool) -> Flags:
    """Returns the flags shifted by one place to the right. The first element of the result is @p first."""
    return np.concatenate((np.full(1, first), flags[:-1])) if len(flags) else flags


class Summary:
    """Adds up all records that are passed to take(). The sums are exits by cause and hart, durations, how each hart's
    time was spent, counts over time, and latencies of interrupts from hart to hart."""

    def __init__(self, harts: int) -> None:
        self.harts = [Hart() for _ in range(harts)]
        self.durations: dict[str, Histogram] = defaultdict(Histogram)
        self.series = TimeBins()
        self.ipis = Ipis()
        self.gaps: list[tuple[int, int, int]] = []  # start (ns), end (ns) and number of lost slots of each gap
        self.lost = 0

    @property
    def exits(self) -> int:
        """The number of exits in all records."""
        return sum(histogram.count for histogram in self.durations.values())

    def ns_per_cycle(self) -> float | None:
        """Returns the duration of a cycle in ns, measured between the first and the last exit of each hart. Returns
        None if there are too few exits."""
        cycles = sum(hart.last[0] - hart.first[0] for hart in self.harts if hart.first)
        ns = sum(hart.last[1] - hart.first[1] for hart in self.harts if hart.first)
        return ns / cycles if cycles > 0 and ns > 0 else None

    def take(self, rows: Rows) -> None:
        """Adds more records. The records of each hart must come in order."""
        self.series.reach(int(rows["ns"].min()), int(rows["ns"].max()))
        self.ipis.take(rows)
        for index, hart in enumerate(self.harts):
            own = rows[rows["hart"] == index]
            if len(own):
                self._take_counters(hart, own)
                self._take_gaps(own)
                self._take_time(index, hart, own)
                self._take_kinds(hart, own)

    def finish(self) -> None:
        """Counts the ecalls that never returned, under the name of their cause. Must be called once at the end of the
        trace."""
        for hart in self.harts:
            self._take_loss(hart)
            self._count_answered(hart)
        self.ipis.finish()

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
        """Adds up the cycles that the hart spent in hv, in each world, and asleep in wfi, and the cycles that cannot be
        attributed. The rules are the same as in hstrace."""
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

        begins = exits["ns"].copy()  # if a duration is too long for the field of the record, only the end of the exit is known
        known = exits["start_ns"] != b""
        begins[known] = integers(exits["start_ns"][known])
        # The time that a hart sleeps in an exit is not hv's time. The trace does not record when the hart slept within
        # the exit, so hv's time is drawn at the end of the exit.
        awake = spent / np.maximum(spent + asleep, 1)
        begins = exits["ns"] - ((exits["ns"] - begins) * awake).astype(np.int64)
        inside = exits["ns"] // self.series.width == begins // self.series.width
        self.series.reach(int(begins.min()), int(exits["ns"].max()))
        self.series.add(f"hv {index}", exits["ns"][inside], (exits["ns"] - begins)[inside].astype(np.float64))
        for begin, end in zip(begins[~inside], exits["ns"][~inside]):
            self.series.spread(f"hv {index}", int(begin), int(end))

    def _take_kinds(self, hart: Hart, rows: Rows) -> None:
        """Counts the exits by name. An exit that is an ecall is named after the SBI function. The record of the return
        from the ecall contains that function."""
        rows = rows[np.isin(rows["event"], (b"exit", b"ecall", b"gap"))]
        is_exit = rows["event"] == b"exit"
        names = names_of(rows["cause"], rows["detail"])
        is_call = is_exit & np.isin(rows["cause"], CALLS)
        after_call = is_exit & before_each(rows["event"] == b"ecall", True)
        counted = is_exit.copy()
        for place in np.flatnonzero(is_call | after_call | ~is_exit):
            row = rows[place]
            if row["event"] == b"exit":
                counted[place], names[place] = self._take_exit(hart, row, names[place], bool(is_call[place]))
            elif row["event"] == b"ecall":
                self._take_return(hart, detail_of(row["detail"]))
            else:
                self._take_loss(hart)
        self._count(hart, names[counted], rows["ns"][counted], integers(rows["duration_cycles"][counted]))
        self._count_answered(hart)

    def _take_exit(self, hart: Hart, row: np.void, name: bytes, is_call: bool) -> tuple[bool, bytes]:
        """Returns whether to count the exit now, and the name of the exit. An ecall that has not returned is counted
        later."""
        answer, hart.answer = hart.answer, None
        if is_call and answer is None and row["outcome"] == b"forwarded":
            self._take_loss(hart)
            hart.call = row["cause"], int(row["ns"]), int(row["duration_cycles"])
            return False, b""
        return True, row["cause"] + b": " + answer if is_call and answer is not None else name

    def _take_return(self, hart: Hart, detail: bytes) -> None:
        hart.answer = detail if hart.call is None else None
        if hart.call:
            hart.answered.append((hart.call[0] + b": " + detail, *hart.call[1:]))
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
