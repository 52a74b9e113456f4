"""Tests of gate.py: which figures of a firmware's baseline a run has to have, and which excuses stay."""

import argparse
import tempfile
import unittest
from pathlib import Path

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


class Excuses(unittest.TestCase):
    def test_an_excuse_goes_when_it_is_not_needed_unless_the_figure_is_another_with_each_image(self) -> None:
        boot, fence = ("qemu_virt", "boot_hv_instructions"), ("qemu_virt", "fence")
        values = {boot: 1e6, fence: 100.0}
        old = Baseline(values=dict(values), over_limit={boot: "it varies", fence: "too dear"})
        parsed = argparse.Namespace(firmware=None, long=False, update=["all"], over_limit=[], because="better")
        with tempfile.TemporaryDirectory() as directory:
            new = gate.record(Path(directory, "baseline.json"), old, Measured({}, values), parsed, [])
        self.assertEqual(new.over_limit, {boot: "it varies"})


if __name__ == "__main__":
    unittest.main()
