"""Compares two lists of times from interleaved runs (A B A B ...), and says whether the second list is faster or slower.

All benchmarks that compare times use this file. It knows nothing about where the times come from.

A difference counts only if two methods agree: the Mann-Whitney test rejects that both lists come from the same distribution, and the
bootstrap interval of the ratio of the medians does not contain 1. The test alone makes at most 5 % false alarms. It assumes nothing
about how the times are distributed, so a few runs that were disturbed do not matter. comparison_test.py measures how often both
methods together are wrong.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import stats

# One of 20 comparisons of equal things may find a difference.
SIGNIFICANCE = 0.05
CONFIDENCE = 1 - SIGNIFICANCE

# With fewer runs of each, the Mann-Whitney test can never reach SIGNIFICANCE.
LEAST_RUNS = 4

# The bootstrap draws this many samples. It always draws the same ones, so that the same times give the same interval.
RESAMPLES = 2000
SEED = 1

FASTER = "faster"
SLOWER = "slower"
NO_EVIDENCE = "no evidence"

MET = "met"
MISSED = "missed"
OPEN = "open"

Times = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Comparison:
    """What two lists of times show.

    ratio: the median of the second list, divided by the median of the first one. low, high: the bootstrap interval of the ratio, with
    a confidence of 95 %. p: the result of the Mann-Whitney test. verdict: FASTER or SLOWER, if the second list is, or NO_EVIDENCE
    """

    ratio: float
    low: float
    high: float
    p: float
    verdict: str

    def goal(self, most: float) -> str:
        """Returns whether the ratio is at most @p most: MET or MISSED if the whole interval is on one side, and otherwise OPEN."""
        return MET if self.high <= most else MISSED if self.low > most else OPEN


def _ratio_of_medians(first: Times, second: Times, axis: int = -1) -> Times:
    ratio: Times = np.median(second, axis=axis) / np.median(first, axis=axis)
    return ratio


def _interval(first: Times, second: Times) -> tuple[float, float]:
    """Returns the bootstrap interval of the ratio of the medians. With one run of each, nothing is known."""
    if min(len(first), len(second)) < 2:
        return 0.0, float("inf")
    found = stats.bootstrap(
        (first, second), _ratio_of_medians, n_resamples=RESAMPLES, vectorized=True, confidence_level=CONFIDENCE,
        method="percentile", random_state=np.random.default_rng(SEED),
    ).confidence_interval
    return float(found.low), float(found.high)


def interval_of_median(values: npt.ArrayLike) -> tuple[float, float]:
    """Returns the bootstrap interval in which the median lies with a confidence of 95 %. Raises ValueError if there are fewer than two
    values."""
    numbers = np.asarray(values, float)
    if len(numbers) < 2:
        raise ValueError("an interval needs at least two values")
    if numbers.min() == numbers.max():
        return float(numbers[0]), float(numbers[0])
    found = stats.bootstrap(
        (numbers,), np.median, n_resamples=RESAMPLES, vectorized=True, confidence_level=CONFIDENCE, method="percentile",
        random_state=np.random.default_rng(SEED),
    ).confidence_interval
    return float(found.low), float(found.high)


def compare(first: npt.ArrayLike, second: npt.ArrayLike, lower_is_better: bool = True) -> Comparison:
    """Compares the times of two interleaved series of runs. Raises ValueError if a list is empty or a time is not above 0.

    lower_is_better: false for rates, for which a greater value is "faster"
    """
    before, after = np.asarray(first, float), np.asarray(second, float)
    if not len(before) or not len(after) or not (np.isfinite([*before, *after]).all() and min(before.min(), after.min()) > 0):
        raise ValueError("a comparison needs at least one time of each series, and all times have to be above 0")
    low, high = _interval(before, after)
    p = float(stats.mannwhitneyu(before, after, alternative="two-sided").pvalue)
    verdict = NO_EVIDENCE
    if p < SIGNIFICANCE and not low <= 1 <= high:
        verdict = FASTER if (high < 1) == lower_is_better else SLOWER
    return Comparison(float(_ratio_of_medians(before, after)), low, high, p, verdict)
