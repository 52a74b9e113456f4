"""Durations of exits as log-linear histograms: the bins of trace/stat/histogram.h, so that figures and `hstrace stat` agree.

Used by the summary of a trace. Knows nothing of what is measured.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

BITS = 7  # of a value below its highest one: values are known to 1/128
LINEAR = 1 << BITS
BINS = (32 - BITS + 1) * LINEAR  # for values of 32 bits

Integers = npt.NDArray[np.int64]


def bins_of(values: Integers) -> Integers:
    """The bin of each value, which must be below 2^32."""
    octave = np.maximum(np.frexp(values.astype(np.float64))[1].astype(np.int64) - 1 - BITS, 0)
    found: Integers = (octave << BITS) + (values >> octave)
    return found


def lows() -> Integers:
    """The least value of each bin, and behind the last the value that no bin has."""
    place = np.arange(BINS + 1, dtype=np.int64)
    octave = np.maximum((place >> BITS) - 1, 0)
    found: Integers = (place - (octave << BITS)) << octave
    return found


class Histogram:
    """Counts of values; count, total, least and most are exact."""

    def __init__(self) -> None:
        self.bins: Integers = np.zeros(BINS, np.int64)
        self.count = self.total = self.most = 0
        self.least = 1 << 32

    def add(self, values: Integers) -> None:
        """Counts values below 2^32."""
        if not len(values):
            return
        self.bins += np.bincount(bins_of(values), minlength=BINS)
        self.count += len(values)
        self.total += int(values.sum())
        self.least = min(self.least, int(values.min()))
        self.most = max(self.most, int(values.max()))

    def quantile(self, fraction: float) -> int:
        """The value that this part of all values (0 to 1) does not exceed, right to 1/256 of it; 0 without values."""
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
        """Adds all values of another."""
        self.bins += other.bins
        self.count += other.count
        self.total += other.total
        self.least = min(self.least, other.least)
        self.most = max(self.most, other.most)
