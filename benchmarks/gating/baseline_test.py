"""Tests the baseline file: which figures an update records, which figures an update does not change, and how the file
changes."""

import tempfile
import unittest
from pathlib import Path

from benchmarks.gating import baseline
from benchmarks.gating.baseline import Baseline, Measured
from cli.failure import Failure

VERSIONS = {"qemu": "10.0.2", "compiler": "gcc 12.2.0"}
FENCE, READ, TRACED = ("qemu_virt", "fence"), ("qemu_virt", "csr_read"), ("qemu_virt_trace", "fence")


def recorded() -> Baseline:
    """Returns a baseline with three figures. For one of them the baseline contains exits, and for another one a reason
    why it is over its limit."""
    return Baseline(
        dict(VERSIONS),
        {FENCE: 130, READ: 99.5, TRACED: 190},
        {FENCE: {"illegal_instruction": (10, 1300)}},
        [{"figures": ["all"], "because": "first"}],
        {TRACED: "a reason"},
    )


def measured() -> Measured:
    """Returns a run that measured the same figures, with other values."""
    return Measured(dict(VERSIONS), {FENCE: 120, READ: 90, TRACED: 180}, {FENCE: {"illegal_instruction": (11, 1320)}})


class File(unittest.TestCase):
    def setUp(self) -> None:
        self.directory = tempfile.TemporaryDirectory()
        self.addCleanup(self.directory.cleanup)
        self.path = Path(self.directory.name, "baseline.json")

    def test_reading_a_written_file_gives_the_same_baseline(self) -> None:
        baseline.write(self.path, recorded())
        self.assertEqual(baseline.read(self.path), recorded())

    def test_a_missing_file_is_an_empty_baseline(self) -> None:
        self.assertEqual(baseline.read(self.path), Baseline())

    def test_a_change_of_one_figure_changes_one_line_of_the_file(self) -> None:
        baseline.write(self.path, recorded())
        before = self.path.read_text().splitlines()
        changed = recorded()
        changed.values[FENCE] = 131
        baseline.write(self.path, changed)
        after = self.path.read_text().splitlines()
        self.assertEqual(len(before), len(after))
        self.assertEqual([new for old, new in zip(before, after) if old != new], ['   "fence": 131'])

    def test_the_exits_of_each_cause_are_one_line_of_the_file(self) -> None:
        baseline.write(self.path, recorded())
        self.assertIn('    "illegal_instruction": [10, 1300]', self.path.read_text().splitlines())

    def test_a_file_that_is_not_a_baseline_is_refused_and_the_message_names_it(self) -> None:
        for text in ("{", "[]", '{"schema": 1}', '{"schema": 2}'):
            self.path.write_text(text)
            with self.assertRaisesRegex(Failure, "baseline.json"):
                baseline.read(self.path)


class Update(unittest.TestCase):
    def test_an_update_records_only_the_named_figures_and_the_reason(self) -> None:
        new = baseline.update(recorded(), measured(), [], ["qemu_virt/fence"], "a table")
        self.assertEqual(new.values, {FENCE: 120, READ: 99.5, TRACED: 190})
        self.assertEqual(new.exits[FENCE], {"illegal_instruction": (11, 1320)})
        self.assertEqual(new.updates[-1], {"figures": ["qemu_virt/fence"], "because": "a table"})

    def test_a_name_without_a_configuration_selects_the_figure_in_all_configurations(self) -> None:
        self.assertEqual(baseline.update(recorded(), measured(), [], ["fence"], "why").values, {FENCE: 120, READ: 99.5, TRACED: 180})

    def test_an_asterisk_matches_any_text(self) -> None:
        new = baseline.update(recorded(), measured(), [], ["qemu_virt/*"], "why")
        self.assertEqual(new.values, {FENCE: 120, READ: 90, TRACED: 190})

    def test_naming_a_figure_that_was_not_measured_is_an_error(self) -> None:
        with self.assertRaisesRegex(Failure, "fences"):
            baseline.update(recorded(), measured(), [], ["fences"], "why")

    def test_figures_of_new_versions_can_only_be_recorded_all_together(self) -> None:
        other = measured()
        other.versions = {**VERSIONS, "qemu": "10.1.0"}
        with self.assertRaisesRegex(Failure, "--update all"):
            baseline.update(recorded(), other, [], ["fence"], "why")
        self.assertEqual(baseline.update(recorded(), other, [], ["all"], "why").versions["qemu"], "10.1.0")

    def test_figures_of_new_versions_are_refused_if_figures_of_old_versions_would_remain(self) -> None:
        other = measured()
        other.versions = {**VERSIONS, "qemu": "10.1.0"}
        del other.values[TRACED]
        with self.assertRaisesRegex(Failure, "1 figures .* qemu_virt_trace/fence.*--long"):
            baseline.update(recorded(), other, [FENCE, READ], ["all"], "why")
        gone = baseline.update(recorded(), other, [FENCE, READ, TRACED], ["all"], "why")
        self.assertNotIn(TRACED, gone.values, "the run should have measured this figure, so it no longer exists")

    def test_an_update_by_a_short_run_keeps_the_versions_of_the_long_set(self) -> None:
        old = recorded()
        old.versions["opensbi_sid"] = "1.9-1"
        self.assertEqual(baseline.update(old, measured(), [], ["fence"], "why").versions["opensbi_sid"], "1.9-1")

    def test_a_figure_that_no_longer_exists_remains_until_an_update_names_it(self) -> None:
        now = measured()
        del now.values[FENCE]
        self.assertIn(FENCE, baseline.update(recorded(), now, [FENCE, READ], ["csr_read"], "why").values)
        new = baseline.update(recorded(), now, [FENCE, READ], ["qemu_virt/fence"], "no such instruction")
        self.assertNotIn(FENCE, new.values)
        self.assertNotIn(FENCE, new.exits)

    def test_a_timed_figure_is_never_recorded(self) -> None:
        timed = measured()
        timed.timed.add(FENCE)
        self.assertEqual(baseline.update(recorded(), timed, [], ["all"], "why").values[FENCE], 130)


if __name__ == "__main__":
    unittest.main()
