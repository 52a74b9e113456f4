"""Tests the history. The program must turn a repository with three versions of a baseline into a page with a plot for
each figure."""

import re
import subprocess
import tempfile
import unittest
from pathlib import Path

from benchmarks import history
from benchmarks.history_page import Commit, Plot, page, scale, steps
from benchmarks.gating import baseline
from cli.failure import Failure

FENCE, READ, TRACED = ("qemu_virt", "fence"), ("qemu_virt", "csr_read_mie"), ("qemu_virt_trace", "fence")
FILE = "benchmarks/baseline.json"
EVERYTHING = re.compile(".*")


class Repository(unittest.TestCase):
    def setUp(self) -> None:
        directory = tempfile.TemporaryDirectory()
        self.addCleanup(directory.cleanup)
        self.root = Path(directory.name)
        self.git("init", "--quiet")
        self.commit("first figures", {FENCE: 324, READ: 407, TRACED: 440})
        self.commit("fences: take the first tier", {FENCE: 130, READ: 407, TRACED: 190})
        self.commit("csr: read <mie> by a table", {FENCE: 130, READ: 118, TRACED: 190})

    def git(self, *words: str) -> None:
        identity = ["-c", "user.name=Test", "-c", "user.email=test@example.org"]
        subprocess.run(["git", "-C", str(self.root), *identity, *words], check=True, capture_output=True)

    def commit(self, subject: str, values: dict[baseline.Key, float]) -> None:
        path = self.root / FILE
        path.parent.mkdir(exist_ok=True)
        baseline.write(path, baseline.Baseline({}, values))
        self.git("add", FILE)
        self.git("commit", "--quiet", "-m", subject)

    def test_every_commit_of_the_baseline_gives_a_value(self) -> None:
        found = history.read(self.root, FILE)
        self.assertEqual([commit.subject for commit in found.commits][1], "fences: take the first tier")
        self.assertEqual(found.values["fence"], {"qemu_virt": {0: 324, 1: 130, 2: 130}, "qemu_virt_trace": {0: 440, 1: 190, 2: 190}})

    def test_a_commit_with_an_unreadable_baseline_gives_no_values(self) -> None:
        (self.root / FILE).write_text("{")
        self.git("commit", "--quiet", "-am", "broken")
        self.assertEqual(history.read(self.root, FILE).values["fence"]["qemu_virt"], {0: 324, 1: 130, 2: 130})

    def test_the_page_has_a_plot_for_each_figure_and_names_the_commits(self) -> None:
        found = history.read(self.root, FILE)
        text = page(found.commits, history.plots(found, EVERYTHING))
        self.assertEqual(text.count("<svg"), 2)
        self.assertIn("fences: take the first tier", text)
        self.assertIn("csr: read &lt;mie&gt; by a table", text)
        self.assertIn("instructions (at most 140)", text)
        self.assertNotIn("http", text)

    def test_only_figures_that_match_the_pattern_are_drawn(self) -> None:
        found = history.read(self.root, FILE)
        self.assertEqual([plot.name for plot in history.plots(found, re.compile("csr_.*"))], ["csr_read_mie"])

    def test_a_folder_that_is_not_a_git_checkout_is_an_error(self) -> None:
        with tempfile.TemporaryDirectory() as nowhere, self.assertRaisesRegex(Failure, "git log failed"):
            history.read(Path(nowhere), FILE)


class Drawing(unittest.TestCase):
    def test_a_line_stays_level_until_its_figure_changes(self) -> None:
        plot = Plot("fence", "instructions", {"qemu_virt": {0: 300, 1: 100}}, None)
        first, corner, last = steps(plot.series["qemu_virt"], scale(plot, 2)).split()
        self.assertEqual(first.split(",")[1], corner.split(",")[1])
        self.assertEqual(corner.split(",")[0], last.split(",")[0])
        self.assertLess(float(corner.split(",")[1]), float(last.split(",")[1]))

    def test_a_single_commit_can_be_drawn(self) -> None:
        plot = Plot("fence", "instructions", {"qemu_virt": {0: 300}}, 140)
        self.assertIn("<circle", page([Commit("abc", "2026-11-30", "first")], [plot]))

    def test_a_limit_far_above_the_values_does_not_flatten_their_line(self) -> None:
        plot = Plot("boot", "instructions", {"qemu_virt": {0: 100, 1: 110}}, 1_000_000)
        self.assertLess(scale(plot, 2).most, 120)


if __name__ == "__main__":
    unittest.main()
