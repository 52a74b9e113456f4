"""Builds hv with six instructions more in one exit, and expects the gate to turn red and to name that exit, and no other.

planted_test.py IMAGE.elf IMAGE.bin COSTLIER.elf COSTLIER.bin: hv as it is, and hv with the patch, both by the build of mutants
"""

import sys
import unittest
from pathlib import Path

from benchmarks.cost import figures
from benchmarks.cost.bench import Bench
from benchmarks.gating import compare, why
from benchmarks.gating.baseline import Baseline, Measured
from benchmarks.gating.compare import Colour, Verdict
from benchmarks.gating.measure import take
from machines import images
from machines.elf import Elf

TIMEOUT = 120
VERSIONS = {"qemu": "here", "compiler": "here"}


def image(paths: list[str]) -> images.Image:
    """Returns an image of the configuration qemu_virt, from its ELF file and its binary."""
    files = {Path(path).suffix: Path(path) for path in paths}
    elf = files[".elf"]
    return images.Image(images.image("qemu_virt").config, files[".bin"].read_bytes(), Elf(elf.read_bytes(), elf.name), elf)


def measured(of: images.Image) -> Measured:
    """Measures the operations of the firmware."""
    found = Measured(dict(VERSIONS))
    for each in figures.operations(Bench(of, TIMEOUT)):
        take(found, each, None)
    return found


class Planted(unittest.TestCase):
    def test_a_dearer_write_of_medeleg_is_red_and_named(self) -> None:
        before, after = measured(image(PATHS[:2])), measured(image(PATHS[2:]))
        baseline = Baseline(before.versions, before.values)
        rows = compare.rows(baseline, after, list(before.values), {})
        worse = {row.key[1] for row in rows if row.verdict is Verdict.WORSE}
        self.assertEqual(worse, {f"csr_{form}_medeleg" for form in ("write", "swap", "set", "clear")})
        self.assertIs(compare.colour(rows), Colour.RED)
        self.assertRegex(why.explain(rows, baseline, after)[0], "qemu_virt: illegal_instruction costs more: csr_.*_medeleg")

    def test_the_same_image_is_green(self) -> None:
        before = measured(image(PATHS[:2]))
        rows = compare.rows(Baseline(before.versions, before.values), measured(image(PATHS[:2])), list(before.values), {})
        self.assertEqual({row.verdict for row in rows}, {Verdict.SAME})
        self.assertIs(compare.colour(rows), Colour.GREEN)


if __name__ == "__main__":
    PATHS = sys.argv[1:]
    unittest.main(argv=sys.argv[:1])
