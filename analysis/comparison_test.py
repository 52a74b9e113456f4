"""Tests comparison.py, and measures in a simulation how often its verdict is wrong."""

from __future__ import annotations

import unittest

import numpy as np
import numpy.typing as npt

from analysis.comparison import FASTER, LEAST_RUNS, MET, MISSED, NO_EVIDENCE, OPEN, SIGNIFICANCE, SLOWER, compare, interval_of_median

COMPARISONS = 500
RUNS = (5, 10, 20)
NOISES = (0.01, 0.05)

# At most this share of slowdowns of 5 % may be missed, by the number of runs of each series and the noise. With the greater noise,
# a slowdown is as large as the noise, and 10 runs miss most of them.
MOST_MISSED = {(5, 0.01): 0.3, (10, 0.01): 0.1, (20, 0.01): 0.01, (5, 0.05): 0.9, (10, 0.05): 0.75, (20, 0.05): 0.5}


def machine(random: np.random.Generator, slots: int, noise: float) -> npt.NDArray[np.float64]:
    """Returns how long equal runs take one after another on a machine like those of users. The times vary by @p noise, the machine
    becomes slower or faster while the runs take place, and one run in 20 is disturbed and takes up to twice as long."""
    drift = 1 + random.normal(0, noise) * np.linspace(0, 1, slots)
    disturbed = np.where(random.random(slots) < 0.05, random.uniform(1, 2, slots), 1)
    times: npt.NDArray[np.float64] = drift * random.lognormal(0, noise, slots) * disturbed
    return times


def verdicts(runs: int, noise: float, slowdown: float) -> dict[str, float]:
    """Returns the share of each verdict in many comparisons of two interleaved series, of which the second one takes @p slowdown
    times as long."""
    random = np.random.default_rng([20260101, runs, round(1000 * noise), round(1000 * slowdown)])
    found = {FASTER: 0, SLOWER: 0, NO_EVIDENCE: 0}
    for _ in range(COMPARISONS):
        times = machine(random, 2 * runs, noise)
        found[compare(times[::2], slowdown * times[1::2]).verdict] += 1
    return {verdict: count / COMPARISONS for verdict, count in found.items()}


class Simulation(unittest.TestCase):
    """Compares simulated runs, for which the right verdict is known."""

    def test_the_interval_of_a_median_contains_the_real_median_in_about_95_of_100_cases(self) -> None:
        random = np.random.default_rng(20260102)
        for runs in (10, 20, 50):
            intervals = [interval_of_median(random.lognormal(0, 0.1, runs)) for _ in range(COMPARISONS)]
            inside = sum(low <= 1 <= high for low, high in intervals) / COMPARISONS
            print(f"{runs} runs: the interval contains the median in {inside:.1%} of all cases")
            with self.subTest(runs=runs):
                self.assertGreaterEqual(inside, 0.9)
                self.assertLessEqual(inside, 0.99)

    def test_the_interval_of_equal_values_is_the_value_and_one_value_has_none(self) -> None:
        self.assertEqual(interval_of_median([3.0, 3.0, 3.0]), (3.0, 3.0))
        self.assertRaises(ValueError, interval_of_median, [3.0])

    def test_at_most_one_comparison_of_equal_things_in_20_finds_a_difference(self) -> None:
        for runs in RUNS:
            for noise in NOISES:
                rate = 1 - verdicts(runs, noise, 1.0)[NO_EVIDENCE]
                print(f"{runs} runs, noise {noise:.0%}: {rate:.1%} false alarms")
                with self.subTest(runs=runs, noise=noise):
                    self.assertLessEqual(rate, SIGNIFICANCE)

    def test_most_slowdowns_of_5_percent_are_found_and_none_is_called_faster(self) -> None:
        for (runs, noise), most in MOST_MISSED.items():
            found = verdicts(runs, noise, 1.05)
            print(f"{runs} runs, noise {noise:.0%}: {1 - found[SLOWER]:.1%} of the slowdowns are missed")
            with self.subTest(runs=runs, noise=noise):
                self.assertLessEqual(1 - found[SLOWER], most)
                self.assertLessEqual(found[FASTER], 0.005)


class Comparing(unittest.TestCase):
    """Compares lists of which everybody sees what they show."""

    BASE = [10.0, 10.2, 9.9, 10.1, 10.3, 9.8]

    def test_the_verdict_and_the_interval_say_which_series_takes_longer(self) -> None:
        slower = compare(self.BASE, [time * 1.5 for time in self.BASE])
        self.assertEqual(slower.verdict, SLOWER)
        self.assertAlmostEqual(slower.ratio, 1.5)
        self.assertTrue(1 < slower.low <= slower.ratio <= slower.high < 2)
        faster = compare(self.BASE, [time / 2 for time in self.BASE])
        self.assertEqual((faster.verdict, round(faster.ratio, 9)), (FASTER, 0.5))
        self.assertLess(faster.p, SIGNIFICANCE)

    def test_a_greater_rate_is_faster(self) -> None:
        self.assertEqual(compare(self.BASE, [rate * 1.5 for rate in self.BASE], lower_is_better=False).verdict, FASTER)

    def test_equal_series_are_no_evidence(self) -> None:
        same = compare(self.BASE, self.BASE)
        self.assertEqual((same.verdict, same.ratio), (NO_EVIDENCE, 1.0))
        self.assertTrue(same.low <= 1 <= same.high)

    def test_too_few_runs_are_no_evidence_however_large_the_difference(self) -> None:
        for runs in range(1, LEAST_RUNS):
            base = self.BASE[:runs]
            self.assertEqual(compare(base, [time * 9 for time in base]).verdict, NO_EVIDENCE)
        base = self.BASE[:LEAST_RUNS]
        self.assertEqual(compare(base, [time * 9 for time in base]).verdict, SLOWER)

    def test_one_run_of_each_has_an_interval_that_excludes_nothing(self) -> None:
        single = compare([1.0], [2.0])
        self.assertEqual((single.ratio, single.low, single.high), (2.0, 0.0, float("inf")))

    def test_one_disturbed_run_does_not_change_the_verdict(self) -> None:
        self.assertEqual(compare(self.BASE, [*self.BASE[:-1], 1000.0]).verdict, NO_EVIDENCE)

    def test_the_same_times_always_give_the_same_result(self) -> None:
        self.assertEqual(compare(self.BASE, self.BASE[::-1]), compare(self.BASE, self.BASE[::-1]))

    def test_a_goal_is_open_while_the_interval_contains_it(self) -> None:
        half = compare(self.BASE, [time / 2 for time in self.BASE])
        self.assertEqual([half.goal(most) for most in (0.6, 0.5, 0.4)], [MET, OPEN, MISSED])

    def test_times_that_cannot_be_right_are_refused(self) -> None:
        wrong: list[tuple[list[float], list[float]]] = [([], [1]), ([1], []), ([1, 0], [1]), ([1], [float("nan")]), ([1], [-1])]
        for first, second in wrong:
            with self.assertRaises(ValueError):
                compare(first, second)


if __name__ == "__main__":
    unittest.main()
