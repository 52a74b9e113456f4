"""Tests that hstrace convert stays within its limits of memory and bytes per slot with a dump of 256 MB. This test does
not check the speed."""

import json
import os
import tempfile
import unittest
from pathlib import Path

from benchmarks.convert import convert_benchmark


class Convert(unittest.TestCase):
    def test_memory_and_bytes_per_slot_are_within_their_limits(self) -> None:
        with tempfile.TemporaryDirectory(dir=os.environ.get("TEST_TMPDIR")) as name:
            directory = Path(name)
            self.assertEqual(convert_benchmark.measure(directory, 256 << 20, 1), [])
            found = json.loads((directory / "result.json").read_text())["figures"]
        figures = {figure["name"]: figure["value"] for figure in found}
        self.assertGreater(figures["convert_slots_per_second"], figures["convert_slots_per_second_python"])

    def test_sizes_may_have_a_unit_and_a_fraction(self) -> None:
        self.assertEqual(convert_benchmark.size("10G"), 10 << 30)
        self.assertEqual(convert_benchmark.size("1.5k"), 1536)
        self.assertEqual(convert_benchmark.size("77"), 77)


if __name__ == "__main__":
    unittest.main()
