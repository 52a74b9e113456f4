"""Tests which of several runs counts."""

import unittest

from benchmarks.cost.courses import COURSES, command_lines, fewest_exits
from machines.instruction_count import ByCause, Count


def count(hv: int, **exits: int) -> Count:
    return Count(10 * hv, hv, {cause: ByCause(number, 100 * number) for cause, number in exits.items()})


class Courses(unittest.TestCase):
    def chosen(self, counts: list[Count], append: str | None = "quiet", harts: int = 2) -> int:
        """Returns hv's instructions in the run that counts. All runs must have been made."""
        left = list(counts)
        found = fewest_exits(append, harts, lambda _: left.pop(0), lambda each: each)
        self.assertEqual(left, [])
        return found.hv

    def test_the_run_with_the_fewest_exits_of_all_causes_counts(self) -> None:
        runs = [count(500, ecall=3, timer=4), count(900, ecall=6), count(400, ecall=1, timer=6)]
        for turn in range(COURSES):
            self.assertEqual(self.chosen(runs[turn:] + runs[:turn]), 900)

    def test_of_equal_runs_the_first_counts(self) -> None:
        self.assertEqual(self.chosen([count(2, ecall=3), count(1, timer=3), count(3, timer=3)]), 2)

    def test_one_hart_or_a_guest_without_a_command_line_runs_once(self) -> None:
        self.assertEqual(self.chosen([count(2, ecall=3)], harts=1), 2)
        self.assertEqual(self.chosen([count(2, ecall=3)], append=None), 2)

    def test_all_command_lines_have_different_lengths_and_begin_with_the_users(self) -> None:
        lines = command_lines("quiet", 2)
        self.assertEqual(lines[0], "quiet")
        self.assertEqual(len({len(line or "") for line in lines}), COURSES)
        self.assertTrue(all((line or "").startswith("quiet") for line in lines))


if __name__ == "__main__":
    unittest.main()
