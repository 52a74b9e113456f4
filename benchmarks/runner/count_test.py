"""Tests of count.py, budgets.py and the cost lines of console.py, with what the plugin and the guests really print."""

import tempfile
import unittest
from pathlib import Path

from benchmarks.runner import budgets, count, result
from benchmarks.runner.console import Console
from benchmarks.runner.failure import Failure

COUNTS = """\
mark1 0 664284062 33205378
mark1 1 560856002 2908854
end 0 676848989 33207535
end 1 561086381 2910321
"""


class Counting(unittest.TestCase):
    def read(self, text: str, phase: str) -> count.Count:
        with tempfile.TemporaryDirectory() as directory:
            path = Path(directory, "counts")
            path.write_text(text)
            return count.read(path, phase)

    def test_all_harts_until_the_mark_are_summed_and_nothing_after_it(self) -> None:
        self.assertEqual(self.read(COUNTS, "init"), count.Count(664284062 + 560856002, 33205378 + 2908854))

    def test_a_mark_that_was_not_reached_is_an_error(self) -> None:
        with self.assertRaisesRegex(Failure, "did not reach phase shutdown"):
            self.read(COUNTS, "shutdown")


class Costs(unittest.TestCase):
    def test_a_cost_line_is_divided_by_its_repetitions(self) -> None:
        console = Console()
        console.feed(b"hartscope: cost csr_write 96000 1000\nhartscope: cost odd 1500 1000\n")
        self.assertEqual([(cost.name, cost.each) for cost in console.costs], [("csr_write", 96.0), ("odd", 1.5)])

    def test_half_a_cost_line_is_no_cost(self) -> None:
        console = Console()
        console.feed(b"hartscope: cost csr_write 96\nhartscope: cost csr_write x 1000\n")
        self.assertEqual(console.costs, [])


class Table(unittest.TestCase):
    def verdict(self, value: float) -> str:
        figures = [result.figure("csr_write", "instructions", value)]
        return budgets.table(figures, {"csr_write": 130}, {"csr_write": 120}).splitlines()[-1]

    def test_a_figure_within_its_budget_is_ok(self) -> None:
        self.assertEqual(self.verdict(120).split(), ["csr_write", "instructions", "130", "120", "120", "ok"])

    def test_a_figure_over_its_budget_says_by_how_much(self) -> None:
        self.assertTrue(self.verdict(132).endswith("over by 12"))

    def test_a_figure_without_a_budget_has_no_verdict(self) -> None:
        figures = [result.figure("csr_read", "instructions", 1)]
        self.assertTrue(budgets.table(figures, {}, {}).splitlines()[-1].endswith("-"))


if __name__ == "__main__":
    unittest.main()
