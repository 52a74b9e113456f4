"""Tests that the image has the barriers that a run under QEMU cannot test, in the right order."""

from __future__ import annotations

import unittest

from configs.image_test.barriers import problems
from hv.config.listing import read


class Barriers(unittest.TestCase):
    """Tests of the image without modules. payloads/mutations contains changes of hv at which this test must fail."""

    def setUp(self) -> None:
        self.problems = problems(read("configs/qemu_virt.lst"))

    def about(self, word: str) -> list[str]:
        return [problem for problem in self.problems if word in problem]

    def test_s07_a_request_is_sent_and_taken_in_order(self) -> None:
        self.assertEqual(self.about(" fence "), [])

    def test_s15_a_write_of_pmp_is_followed_by_fences(self) -> None:
        self.assertEqual(self.about("pmpcfg"), [])

    def test_s29_sfence_vma_keeps_its_operands(self) -> None:
        self.assertEqual(self.about("no sfence.vma"), [])

    def test_the_image_has_no_other_problem_with_barriers(self) -> None:
        self.assertEqual(self.problems, [])


if __name__ == "__main__":
    unittest.main()
