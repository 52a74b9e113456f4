"""Counts the durations of exits in log-linear histograms. The bins are the same as in trace/stat/histogram.h, so that
the figures and `hstrace stat` show the same numbers.

trace_summary.py uses these histograms. This file does not know what the values measure.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

BITS = 7  # this many bits after a value's highest set bit select the bin, so a bin is at most 1/128 as wide as its values
LINEAR = 1 << BITS
BINS = (32 - BITS + 1) * LINEAR  # enough bins for all values of 32 bits

Integers = npt.NDArray[np.int64]


def bins_of(values: Integers) -> Integers:
    """Returns the bin of each value; values must be below 2^32."""
    octave = np.maximum(np.frexp(values.astype(np.float64))[1].astype(np.int64) - 1 - BITS, 0)
    found: Integers = (octave << BITS) + (values >> octave)
    return found


def lows() -> Integers:
    """Returns the lowest value of each bin. The last element of the result is the first value that is too large for any
    bin."""
    place = np.arange(BINS + 1, dtype=np.int64)
    octave = np.maximum((place >> BITS) - 1, 0)
    found: Integers = (place - (octave << BITS)) << octave
    return found


class Histogram:
    """Counts how many values lie in each bin. Count, total, minimum (`least`) and maximum (`most`) are exact. Quantiles
    are approximate."""

    def __init__(self) -> None:
        self.bins: Integers = np.zeros(BINS, np.int64)
        self.count = self.total = self.most = 0
        self.least = 1 << 32

    def add(self, values: Integers) -> None:
        """Adds values, which must be below 2^32."""
        if not len(values):
            return
        self.bins += np.bincount(bins_of(values), minlength=BINS)
        self.count += len(values)
        self.total += int(values.sum())
        self.least = min(self.least, int(values.min()))
        self.most = max(self.most, int(values.max()))

    def quantile(self, fraction: float) -> int:
        """Returns a quantile: the part @p fraction (0 to 1) of all values is not above it. The relative error is at
        most 1/256. Returns 0 if there are no values."""
        if not self.count:
            return 0
        wanted = max(int(np.ceil(fraction * self.count)), 1)
        if wanted >= self.count:
            return self.most
        place = int(np.searchsorted(np.cumsum(self.bins), wanted))
        borders = lows()
        middle = int(borders[place] + (borders[place + 1] - borders[place] - 1) // 2)
        return min(max(middle, self.least), self.most)

    def merge(self, other: Histogram) -> None:
        """Adds all values of another histogram."""
        self.bins += other.bins
        self.count += other.count
        self.total += other.total
        self.least = min(self.least, other.least)
        self.most = max(self.most, other.most)
