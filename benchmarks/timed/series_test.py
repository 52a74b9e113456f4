"""Tests of series.py with samples that no machine measured."""

import argparse
import io
import json
import unittest
from contextlib import redirect_stderr

import jsonschema

from benchmarks.results import result
from benchmarks.timed import series
from benchmarks.timed.series import Series
from machines import options

FAST = [1.00, 1.01, 0.99, 1.02, 1.00, 0.98]


def filled(mode: str, seconds: list[float], rates: list[float], harts: int = 2) -> Series:
    """Returns a series with a time and a rate."""
    made = Series(mode, None, harts)
    for value in seconds:
        made.add("copy", "seconds", value)
    for value in rates:
        made.add("requests", "requests_per_second", value)
    return made


class Tables(unittest.TestCase):
    def test_a_time_is_better_if_it_is_less_and_a_rate_if_it_is_greater(self) -> None:
        first = filled("bare", FAST, FAST)
        second = filled("hv", [value / 2 for value in FAST], [value / 2 for value in FAST])
        text = series.tables([first, second], len(FAST))
        self.assertRegex(text, r"copy +seconds +1\.00 +0\.5\d\d? \(0\.4\d\d–0\.5\d\d\) faster")
        self.assertRegex(text, r"requests +requests per second +1\.00 +0\.5\d\d? \(0\.4\d\d–0\.5\d\d\) slower")
        self.assertIn(series.NOTE, text)

    def test_equal_samples_are_no_evidence(self) -> None:
        text = series.tables([filled("bare", FAST, FAST), filled("hv", FAST, FAST)], len(FAST))
        self.assertEqual(text.count("no evidence"), 2)

    def test_each_number_of_harts_has_a_table(self) -> None:
        text = series.tables([filled("bare", FAST, [], 1), filled("hv", FAST, [], 1), filled("bare", FAST, [], 4)], len(FAST))
        self.assertIn("1 hart: the median of 6 runs in mode bare, and the ratio", text)
        self.assertRegex(text, r"4 harts: the median of 6 runs in mode bare\n")

    def test_a_figure_that_one_mode_lacks_reads_as_failed(self) -> None:
        rows = list(series.rows([filled("bare", FAST, []), filled("hv", FAST, FAST)]))
        self.assertEqual(rows[1][2:], [series.FAILED, series.FAILED])

    def test_a_time_of_0_and_a_single_run_get_no_verdict(self) -> None:
        (row,) = series.rows([filled("bare", [0.0, 1.0], []), filled("hv", [1.0, 1.0], [])])
        self.assertEqual(row[3], "too short to compare")
        (row,) = series.rows([filled("bare", [2.0], []), filled("hv", [1.0], [])])
        self.assertEqual(row[3], "0.500")


class Runs(unittest.TestCase):
    def test_the_series_alternate_and_stderr_shows_what_runs_and_what_is_left(self) -> None:
        all_series, ran, errors = [Series("bare", None, 1), Series("hv", None, 2)], [], io.StringIO()
        with redirect_stderr(errors):
            series.alternate(all_series, 2, lambda each: ran.append(each.name))
        self.assertEqual(ran, ["bare_1", "hv_2", "bare_1", "hv_2"])
        lines = errors.getvalue().splitlines()
        self.assertEqual(lines[0], "[1/4] bare, 1 hart, run 1")
        self.assertRegex(lines[3], r"^\[4/4\] hv, 2 harts, run 2, about 0\.0 min left$")

    def test_a_result_obeys_the_schema_and_has_all_samples(self) -> None:
        made = filled("bare", FAST, FAST)
        made.failed.append("redis")
        described = json.loads(json.dumps(made.described("workloads_qemu", [], {"qemu": "10"})))
        jsonschema.validate(described, result.schema())
        self.assertEqual([(each["samples"], each["better"]) for each in described["figures"]], [(FAST, "lower"), (FAST, "higher")])
        self.assertEqual(described["status"], "failed")
        self.assertEqual(series.failures([made]), ["redis in mode bare with 2 harts"])


class Words(unittest.TestCase):
    def test_lists_are_parsed_without_repetitions_and_wrong_words_are_refused(self) -> None:
        self.assertEqual(options.hart_list("1,4,4,2"), [1, 4, 2])
        self.assertEqual(series.mode_list("bare,hv,bare"), ["bare", "hv"])
        for parse, text in ((options.hart_list, "1,,2"), (options.hart_list, "0"), (series.mode_list, "fast"), (series.runs, "0"), (series.runs, "x")):
            with self.assertRaises(argparse.ArgumentTypeError):
                parse(text)


if __name__ == "__main__":
    unittest.main()
