"""Counts events over time in a fixed amount of memory. All intervals of time have the same width. The width doubles
when there would be too many intervals.

trace_summary.py uses this file. The file does not know which events it counts.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

BINS = 4096
NARROWEST = 1 << 10  # nanoseconds

Integers = npt.NDArray[np.int64]


class TimeBins:
    """Several rows of counts. All rows use the same intervals of time."""

    def __init__(self) -> None:
        self.width = NARROWEST  # width of each interval, ns
        self._first = 0  # index of the first interval; interval 0 begins at time 0
        self._rows: dict[str, npt.NDArray[np.float64]] = {}
        self._span: tuple[int, int] | None = None  # earliest and latest ns seen

    def reach(self, begin: int, end: int) -> None:
        """Makes room for times from @p begin to @p end (ns). If there would be too many intervals, joins each pair of
        neighbouring intervals."""
        if self._span is not None:
            begin, end = min(begin, self._span[0]), max(end, self._span[1])
        if self._span == (begin, end):
            return
        width = self.width
        while end // width - begin // width >= BINS:
            width *= 2
        first, step = begin // width, width // self.width
        if self._span is None:
            self._first = first
        for name, row in self._rows.items():
            used = np.flatnonzero(row)
            moved = np.zeros(BINS)
            np.add.at(moved, (used + self._first) // step - first, row[used])
            self._rows[name] = moved
        self.width, self._first, self._span = width, first, (begin, end)

    def add(self, name: str, ns: Integers, weights: npt.NDArray[np.float64] | None = None) -> None:
        """Adds events to the row @p name. @p ns contains the time of each event. An event counts 1, or its weight if
        there are @p weights. The caller must have called reach() for these times."""
        if name not in self._rows:
            self._rows[name] = np.zeros(BINS)
        if len(ns):
            self._rows[name] += np.bincount(ns // self.width - self._first, weights, minlength=BINS)

    def spread(self, name: str, begin: int, end: int) -> None:
        """Divides the time from @p begin to @p end (ns) among the intervals that it overlaps, and adds each part to its
        interval."""
        edges = np.arange(begin // self.width, end // self.width + 2, dtype=np.int64) * self.width
        cut = np.clip(edges, begin, end)
        self.add(name, edges[:-1], np.diff(cut).astype(np.float64))

    def used(self) -> int:
        """Returns how many intervals lie between the earliest and the latest time."""
        return 0 if self._span is None else self._span[1] // self.width - self._first + 1

    def begin(self) -> int:
        """Returns the time (ns) at which the first interval begins."""
        return self._first * self.width

    def row(self, name: str, intervals: int) -> npt.NDArray[np.float64]:
        """Returns the row @p name with at most @p intervals values. Each value is the sum of several neighbouring
        intervals, and joined() returns the number of these intervals."""
        joined = self.joined(intervals)
        count = -(-self.used() // joined)
        counts = self._rows.get(name, np.zeros(BINS))
        padded = np.zeros(count * joined)
        padded[: self.used()] = counts[: self.used()]
        summed: npt.NDArray[np.float64] = padded.reshape(count, joined).sum(axis=1)
        return summed

    def joined(self, intervals: int) -> int:
        """Returns the number of neighbouring intervals that row() adds up to one value."""
        return max(-(-self.used() // intervals), 1)
