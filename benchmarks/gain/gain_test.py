"""Tests how offload_gain interleaves its runs, and what it concludes from them. offload_gain_test.py runs the guests."""

from __future__ import annotations

import contextlib
import io
import tempfile
import unittest
from pathlib import Path
from unittest import mock

import jsonschema

from analysis.comparison import FASTER, MET, MISSED, NO_EVIDENCE, SLOWER
from benchmarks import offload_gain
from benchmarks.cost.bench import Bench
from benchmarks.gain import gain_figure
from benchmarks.gain.gain import EQUAL, CountedGain, Gain, TimedGain, figures, tables
from benchmarks.gain.goals import BOOT, PAGES, PIPES, TIMERS, WORKLOADS, goal_of, parse_ratio_name, ratio_name
from benchmarks.gain.workloads import REPETITIONS, Setting, archive
from benchmarks.results import result
from cli.failure import Failure
from machines.instruction_count import Count

ONE, TWO = Setting(1, True), Setting(2, False)
CONFIG = "qemu_virt_offload"
SECONDS = (1.0, 1.01, 0.99, 1.02, 0.98, 1.03)
HALF = tuple(second / 2 for second in SECONDS)

BARE_COUNT = Count(1_000_000, 0, firmware=10_000)
COUNTED = CountedGain(BOOT, ONE, (BARE_COUNT,), (Count(1_200_000, 3_000, firmware=9_000),))
TIMED = TimedGain(PIPES, TWO, SECONDS, HALF)


class Ratios(unittest.TestCase):
    def test_what_linux_does_differently_is_neither_gain_nor_loss(self) -> None:
        self.assertAlmostEqual(COUNTED.ratio, 1.002)
        self.assertAlmostEqual(COUNTED.ratio_of_totals, 1.2)
        self.assertEqual(COUNTED.reached, MISSED)

    def test_a_counted_gain_below_the_goal_is_met(self) -> None:
        fewer = CountedGain(BOOT, ONE, COUNTED.bare, (Count(1_200_000, 3_000, firmware=7_999),))
        self.assertEqual((round(fewer.ratio, 6), fewer.reached), (1.000999, MET))

    def test_counts_of_several_harts_have_an_interval_because_they_do_not_repeat(self) -> None:
        noise = range(0, 700, 100)
        bare = tuple(Count(1_000_000 + 77 * each, 0, firmware=100_000 + each) for each in noise)
        fewer = CountedGain(PIPES, TWO, bare, tuple(Count(1_200_000, 3_000, firmware=each) for each in noise))
        self.assertAlmostEqual(fewer.ratio, (fewer.bare[3].total - 97_000) / fewer.bare[3].total, 3)
        self.assertTrue(fewer.interval and fewer.interval[0] < fewer.ratio < fewer.interval[1])
        self.assertEqual((fewer.verdict, fewer.reached), (FASTER, MET))

    def test_an_exact_count_says_which_machine_executes_more(self) -> None:
        same, fewer = (CountedGain(BOOT, ONE, COUNTED.bare, (Count(1, 0, firmware=firmware),)) for firmware in (10_000, 9_999))
        self.assertEqual([gain.verdict for gain in (COUNTED, same, fewer)], [SLOWER, EQUAL, FASTER])
        self.assertIsNone(COUNTED.interval)

    def test_only_workloads_that_call_other_harts_have_to_be_faster(self) -> None:
        goals = {workload: [goal_of(workload, harts) for harts in (1, 2, 8)] for workload in WORKLOADS}
        as_bare, faster = [1.001] * 3, [1.001, 0.95, 0.95]
        self.assertEqual(goals, {BOOT: as_bare, PIPES: faster, TIMERS: as_bare, PAGES: faster})

    def test_the_name_of_a_ratio_names_workload_and_setting(self) -> None:
        for setting in (ONE, TWO):
            self.assertEqual(parse_ratio_name(ratio_name(PAGES, setting.name)), (PAGES, setting.harts, setting.sstc))
        self.assertEqual([parse_ratio_name(name) for name in ("offload_gain_boot_1_total", "boot_1", "offload_gain_x_1")], [None] * 3)

    def test_the_times_of_the_runs_are_compared(self) -> None:
        self.assertEqual((TIMED.comparison.verdict, TIMED.comparison.goal(TIMED.goal)), (FASTER, MET))
        equal = TimedGain(PIPES, TWO, SECONDS, SECONDS)
        self.assertEqual((equal.comparison.verdict, equal.comparison.goal(equal.goal)), (NO_EVIDENCE, MISSED))


class Results(unittest.TestCase):
    """Checks what is left of a measurement: figures, tables and the picture."""

    GAINS: list[Gain] = [COUNTED, TIMED, TimedGain(PAGES, TWO, (1.0,), (2.0,))]

    def test_the_figures_have_the_schema_of_results_and_distinct_names(self) -> None:
        found = figures(self.GAINS, CONFIG)
        for each in found:
            jsonschema.validate(each, {**result.schema()["definitions"]["figure"], "definitions": result.schema()["definitions"]})
        self.assertEqual(len({(each["name"], each["config"]) for each in found}), len(found))
        by_name = {(each["name"], each["config"]): each for each in found}
        self.assertEqual(by_name["pipes_2_no_sstc", "bare"]["samples"], list(SECONDS))
        ratio = by_name["offload_gain_pipes_2_no_sstc", CONFIG]
        self.assertTrue(ratio["interval"][0] <= ratio["value"] == 0.5 <= ratio["interval"][1])
        self.assertNotIn("interval", by_name["offload_gain_pages_2_no_sstc", CONFIG])
        self.assertEqual(by_name["boot_1_firmware", "bare"]["value"], 10_000)

    def test_the_tables_show_both_kinds_of_measurements(self) -> None:
        text = tables(self.GAINS)
        self.assertRegex(text, r"boot +1 +yes +1,000,000 +10,000 +9,000 +3,000 +1\.00200 +exact +1\.2000 +slower +1\.001 +missed")
        self.assertRegex(text, r"pipes +2 +no +1\.005 +0\.502 +0\.5000 +0\.4\d+–0\.5\d+ +faster +0\.95 +met")
        self.assertRegex(text, r"pages +2 +no +1\.000 +2\.000 +2\.0000 +- +no evidence +0\.95 +open")

    def test_the_picture_is_the_same_for_the_same_measurements(self) -> None:
        with tempfile.TemporaryDirectory() as first, tempfile.TemporaryDirectory() as second:
            drawn = [[path.read_bytes() for path in gain_figure.draw(self.GAINS, CONFIG, Path(each))] for each in (first, second)]
        self.assertEqual(drawn[0], drawn[1])
        self.assertEqual(len(drawn[0]), len(gain_figure.FORMATS))


class Runs(unittest.TestCase):
    """Runs the benchmark with a guest that does nothing."""

    BENCHES = {"bare": Bench(None, 1), CONFIG: Bench(None, 1)}

    def measure(self, settings: list[Setting], runs: int, **replaced: mock.Mock) -> tuple[offload_gain.Measured, str]:
        """Does all runs. Returns what they measure, and the progress that was shown."""
        measured, said = offload_gain.Measured(), io.StringIO()
        jobs = list(offload_gain.jobs_of(settings, self.BENCHES, runs))
        with mock.patch.multiple(offload_gain, **replaced), contextlib.redirect_stderr(said):
            list(offload_gain.measure_all(jobs, 1.0, measured))
        return measured, said.getvalue()

    def test_runs_alternate_between_bare_and_hv_and_one_hart_runs_once(self) -> None:
        jobs = list(offload_gain.jobs_of([ONE, TWO], self.BENCHES, 3))
        self.assertEqual([job.config for job in jobs], ["bare", CONFIG] * 4)
        self.assertEqual([job.setting for job in jobs], [ONE] * 2 + [TWO] * 6)
        self.assertEqual([job.counts for job in jobs], [True] * 2 + [False] * 6)
        self.assertTrue(all(job.counts for job in offload_gain.jobs_of([ONE, TWO], self.BENCHES, 3, counts=True)))

    def test_a_failed_run_does_not_lose_the_others(self) -> None:
        good = {workload: 1.0 for workload in WORKLOADS}
        timed = mock.Mock(side_effect=[good, good, Failure("the guest hangs"), good])
        measured, said = self.measure([TWO], 2, timed=timed)
        self.assertEqual(measured.failures, 1)
        self.assertIn("[3/4] 2 harts, without Sstc, bare\n    FAILED: the guest hangs; about 0 min left\n", said)
        gains = measured.gains([TWO], CONFIG)
        self.assertEqual([(gain.bare, gain.hv) for gain in gains if isinstance(gain, TimedGain)], [((1.0,), (1.0, 1.0))] * 4)

    def test_a_setting_without_a_complete_pair_has_no_row(self) -> None:
        counted = mock.Mock(side_effect=Failure("the guest hangs"))
        measured, _ = self.measure([ONE], 1, counted=counted)
        self.assertEqual((measured.failures, measured.gains([ONE], CONFIG)), (2, []))

    def test_the_guest_gets_the_repetitions_times_the_scale(self) -> None:
        with tempfile.TemporaryDirectory() as directory:
            program = Path(directory, "program")
            program.write_bytes(b"program")
            with mock.patch("benchmarks.gain.workloads.workspace_file", return_value=program):
                self.assertIn(f"sbi_workload {' '.join(str(2 * count) for count in REPETITIONS.values())}\n".encode(), archive(2))
                self.assertIn(b"sbi_workload 1 1 1\n", archive(1e-9))

    def test_wrong_options_are_refused(self) -> None:
        for wrong in (["--harts=0"], ["--harts=2,x"], ["--scale=0"], ["--sstc=maybe"]):
            with self.subTest(wrong=wrong), contextlib.redirect_stderr(io.StringIO()), self.assertRaises(SystemExit):
                offload_gain.parse(wrong)
        with self.assertRaises(Failure):
            offload_gain.parse(["--runs=0"])
        self.assertEqual(offload_gain.settings_of(offload_gain.parse(["--harts=4,2,4", "--sstc=on"])), [Setting(2, True), Setting(4, True)])


if __name__ == "__main__":
    unittest.main()
