"""Tests which of several boots counts."""

import unittest

from benchmarks.cost.boots import fewest_exits
from machines.instruction_count import ByCause, Count


def count(hv: int, **exits: int) -> Count:
    return Count(10 * hv, hv, {cause: ByCause(number, 100 * number) for cause, number in exits.items()})


class FewestExits(unittest.TestCase):
    def test_the_boot_with_the_fewest_exits_of_all_causes_counts(self) -> None:
        boots = [count(500, ecall=3, timer=4), count(900, ecall=6), count(400, ecall=1, timer=6)]
        for turn in range(3):
            self.assertEqual(fewest_exits(boots[turn:] + boots[:turn]).hv, 900)

    def test_of_equal_boots_the_first_counts(self) -> None:
        self.assertEqual(fewest_exits([count(2, ecall=3), count(1, timer=3)]).hv, 2)


if __name__ == "__main__":
    unittest.main()
