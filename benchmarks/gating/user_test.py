"""Tests of user.py: which figures of a firmware's baseline a run has to have."""

import argparse
import unittest

from benchmarks.gating import gate
from benchmarks.gating.baseline import Baseline, Key, Measured

ONE, TWO = ("mine", "firmware_exits"), ("mine", "firmware_exits_2")
SIZE, OTHER = ("mine", "image_bytes"), ("qemu_virt", "firmware_exits")


class Wanted(unittest.TestCase):
    def wanted(self, harts: int) -> list[Key]:
        """The figures that a run of configuration `mine` has to have."""
        parsed = argparse.Namespace(firmware="fw.bin", harts=harts, long=False)
        baseline = Baseline(values=dict.fromkeys((ONE, TWO, SIZE, OTHER), 1.0))
        return gate.wanted(baseline, Measured({}, {SIZE: 1.0}), parsed)

    def test_a_run_need_not_have_what_another_number_of_harts_or_another_configuration_has(self) -> None:
        self.assertEqual(self.wanted(1), [ONE, SIZE])
        self.assertEqual(self.wanted(2), [TWO, SIZE])
        self.assertEqual(self.wanted(4), [SIZE])


if __name__ == "__main__":
    unittest.main()
