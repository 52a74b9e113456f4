"""Checks that the committed docs/fidelity.md is equal to the page that docs/fidelity.py generates from the tree."""

import unittest

from docs import fidelity


class Page(unittest.TestCase):
    def test_the_page_fidelity_is_up_to_date(self) -> None:
        committed = fidelity.PAGE.read_text(encoding="utf-8")
        self.assertEqual(committed, fidelity.page(), "bazel run //docs:fidelity writes it anew")

    def test_each_of_the_34_points_has_a_test_and_a_fault(self) -> None:
        tested = {int(name[1:3]) for name in fidelity.tests()}
        self.assertEqual(set(range(1, 35)) - tested, set())
        self.assertEqual(set(range(1, 35)) - {fault.point for fault in fidelity.mutations()}, set())

    def test_each_fault_has_made_a_test_fail(self) -> None:
        self.assertEqual([fault.name for fault in fidelity.mutations() if "not yet" in fault.seen], [])


if __name__ == "__main__":
    unittest.main()
