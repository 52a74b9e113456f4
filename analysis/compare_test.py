"""Tests compare.py with results of runs that the test writes."""

from __future__ import annotations

import contextlib
import io
import json
import tempfile
import unittest
from pathlib import Path
from typing import Any

from analysis import compare
from cli.failure import Failure

SECONDS = [1.0, 1.02, 0.98, 1.01, 0.99, 1.03]


def figure(name: str, exact: bool = False, better: str = "lower", **value: Any) -> dict[str, Any]:
    return {"name": name, "unit": "seconds", "better": better, "deterministic": exact, **value}


class Comparing(unittest.TestCase):
    def setUp(self) -> None:
        self.directory = Path(self.enterContext(tempfile.TemporaryDirectory()))

    def run_of(self, place: str, *figures: dict[str, Any], status: str = "ok") -> None:
        """Writes the result of one run."""
        path = self.directory / place / "result.json"
        path.parent.mkdir(parents=True)
        path.write_text(json.dumps({"status": status, "figures": figures}))

    def group(self, name: str, times: list[float], **changes: Any) -> None:
        """Writes one run for each time."""
        for number, time in enumerate(times):
            self.run_of(f"{name}/{number}", figure("boot", value=time, **changes))

    def compared(self, *groups: str) -> str:
        """Returns the tables."""
        with contextlib.redirect_stdout(io.StringIO()) as shown:
            self.assertEqual(compare.run([str(self.directory / group) for group in groups]), 0)
        return shown.getvalue()

    def test_each_group_is_compared_with_the_first_one(self) -> None:
        self.group("a", SECONDS)
        self.group("b", [time * 2 for time in SECONDS])
        self.group("c", SECONDS[::-1])
        text = self.compared("a", "b", "c")
        self.assertRegex(text, r"boot +seconds +6, 6 +1\.005 +2\.010 +2\.000 +1\.9\d\d–2\.0\d\d +slower")
        self.assertRegex(text, r"boot +seconds +6, 6 +1\.005 +1\.005 +1\.000 +0\.9\d\d–1\.0\d\d +no evidence")

    def test_a_greater_rate_is_faster(self) -> None:
        self.group("a", SECONDS, better="higher")
        self.group("b", [time * 2 for time in SECONDS], better="higher")
        self.assertRegex(self.compared("a", "b"), r"2\.000 +1\.9\d\d–2\.0\d\d +faster")

    def test_figures_that_repeat_exactly_need_only_one_run(self) -> None:
        self.run_of("a", figure("count", exact=True, value=100), figure("same", exact=True, value=7))
        self.run_of("b", figure("count", exact=True, value=99), figure("same", exact=True, value=7))
        text = self.compared("a", "b")
        self.assertRegex(text, r"count +seconds +1, 1 +100\.000 +99\.000 +0\.990 +exact +faster")
        self.assertRegex(text, r"same +seconds +1, 1 +7\.000 +7\.000 +1\.000 +exact +equal")

    def test_a_figure_that_was_called_exact_but_does_not_repeat_is_compared_as_a_time(self) -> None:
        self.group("a", [100, 101, 102, 103], exact=True)
        self.group("b", [100.5, 101.5, 102.5, 103.5], exact=True)
        self.assertIn("no evidence", self.compared("a", "b"))

    def test_samples_and_configurations_of_one_result_are_used(self) -> None:
        for name, factor in (("a", 1), ("b", 0.5)):
            samples = [time * factor for time in SECONDS]
            self.run_of(name, figure("pipes", samples=SECONDS, config="bare"), figure("pipes", samples=samples, config="qemu_virt"))
        text = self.compared("a", "b")
        self.assertRegex(text, r"pipes +bare +seconds +6, 6 .*no evidence")
        self.assertRegex(text, r"pipes +qemu_virt +seconds +6, 6 .*faster")

    def test_a_figure_of_zero_has_no_ratio(self) -> None:
        self.group("a", [0.0] * 5)
        self.group("b", [0.0] * 5)
        self.assertRegex(self.compared("a", "b"), r"0\.000 +0\.000 +- +- +equal")

    def test_runs_that_cannot_be_compared_are_refused(self) -> None:
        self.group("a", SECONDS)
        self.run_of("failed", figure("boot", value=1.0), status="failed")
        self.run_of("other", figure("pipes", value=1.0))
        (self.directory / "empty").mkdir()
        (self.directory / "text").write_text("no JSON")
        for group, message in (
            ("failed", "this run failed"), ("other", "no figure in common"), ("empty", "nor a directory with runs"), ("text", "not the result.json"),
            ("missing", "nor a directory with runs"),
        ):
            with self.subTest(group=group), self.assertRaisesRegex(Failure, message):
                compare.run([str(self.directory / "a"), str(self.directory / group)])


if __name__ == "__main__":
    unittest.main()
