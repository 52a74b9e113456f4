"""Tests the history. The program must turn a repository with three versions of a baseline into a page with a plot for
each figure."""

import itertools
import os
import re
import subprocess
import tempfile
import unittest
from pathlib import Path
from typing import Any

from benchmarks import history
from benchmarks.history_page import Commit, Plot, changes, page, reasons, scale, steps
from benchmarks.gating import baseline
from cli.failure import Failure
from trace.perfetto.chromium import Chromium

FENCE, READ, TRACED = ("qemu_virt", "fence"), ("qemu_virt", "csr_read_mie"), ("qemu_virt_trace", "fence")
FILE = "benchmarks/baseline.json"
EVERYTHING = re.compile(".*")
OUTPUTS = Path(os.environ.get("TEST_UNDECLARED_OUTPUTS_DIR") or os.environ["TEST_TMPDIR"])


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

    def commit(self, subject: str, values: dict[baseline.Key, float], updates: list[dict[str, Any]] | None = None) -> None:
        path = self.root / FILE
        path.parent.mkdir(exist_ok=True)
        baseline.write(path, baseline.Baseline({}, values, updates=updates or []))
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

    def test_each_change_has_the_reasons_that_the_baseline_got_with_it(self) -> None:
        first, second, third = ({"figures": [name], "because": why} for name, why in
                                (("fence", "<all> registers"), ("qemu_virt_trace/*", "one slot more"), ("csr_*", "no table")))
        self.commit("a", {FENCE: 140, READ: 118, TRACED: 190}, [first])
        self.commit("b", {FENCE: 140, READ: 118, TRACED: 200}, [first, second])
        self.commit("c", {FENCE: 140, READ: 130, TRACED: 200}, [second, third])
        self.git("commit", "--quiet", "--allow-empty", "-m", "nothing")
        found = history.read(self.root, FILE)
        self.assertEqual([[update.because for update in commit.updates] for commit in found.commits[3:]],
                         [["<all> registers"], ["one slot more"], ["no table"]])
        read, fence = sorted(history.plots(found, EVERYTHING), key=lambda plot: plot.name)
        self.assertEqual(list(changes(fence, found.commits)), [4, 3, 1, 0])
        self.assertEqual(changes(fence, found.commits)[3], ["qemu_virt 130 → 140"])
        self.assertEqual([reasons(fence, commit) for commit in found.commits[3:]], [["<all> registers"], ["one slot more"], []])
        self.assertEqual([reasons(read, commit) for commit in found.commits[3:]], [[], [], ["no table"]])
        text = page(found.commits, [read, fence])
        self.assertIn("&lt;all&gt; registers", text)
        self.assertIn("4 changes, with reasons", text)

    def test_people_can_read_and_filter_the_page_in_a_browser(self) -> None:
        found = history.read(self.root, FILE)
        path = self.root / "page.html"
        path.write_text(page(found.commits, history.plots(found, EVERYTHING)))
        shown = "[...document.querySelectorAll('section')].filter(each => each.getBoundingClientRect().height > 0).map(each => each.id)"
        for width, scheme in itertools.product((360, 1400), ("light", "dark")):
            with self.subTest(width=width, scheme=scheme), Chromium(width, 900) as browser:
                browser.call("Emulation.setDeviceMetricsOverride", {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": False})
                browser.call("Emulation.setEmulatedMedia", {"features": [{"name": "prefers-color-scheme", "value": scheme}]})
                browser.open(path.as_uri())
                browser.wait("document.readyState === 'complete' && document.querySelector('main')")
                self.assertLessEqual(browser.run("document.documentElement.scrollWidth"), width)
                self.assertEqual(browser.run("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)", scheme == "light")
                self.assertEqual(sorted(browser.run(shown)), ["csr_read_mie", "fence"])
                browser.run("(document.querySelector('input').value = 'csr', document.querySelector('input').dispatchEvent(new Event('input')))")
                self.assertEqual(browser.run(shown), ["csr_read_mie"])
                self.assertEqual(browser.errors(), [])
                (OUTPUTS / f"history_{width}_{scheme}.png").write_bytes(browser.screenshot())

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
