"""Measures an hv that executes six more instructions in one kind of exit. The gate must be red, and must name exactly
this kind of exit.

planted_test.py IMAGE.elf IMAGE.bin COSTLIER.elf COSTLIER.bin: The first two files are hv without a change, and the
other two are hv with costlier.patch. Both are built by the rule that builds hv with planted faults.
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
    """Returns the image of the configuration qemu_virt with this ELF file and this binary."""
    files = {Path(path).suffix: Path(path) for path in paths}
    elf = files[".elf"]
    return images.Image(images.image("qemu_virt").config, files[".bin"].read_bytes(), Elf(elf.read_bytes(), elf.name), elf)


def measured(of: images.Image) -> Measured:
    """Measures the operations of a firmware under the image @p of."""
    found = Measured(dict(VERSIONS))
    for each in figures.operations(Bench(of, TIMEOUT)):
        take(found, each, None)
    return found


class Planted(unittest.TestCase):
    def test_a_more_expensive_write_of_medeleg_is_red_and_the_report_names_it(self) -> None:
        before, after = measured(image(PATHS[:2])), measured(image(PATHS[2:]))
        baseline = Baseline(before.versions, before.values)
        rows = compare.rows(baseline, after, list(before.values), {})
        worse = {row.key[1] for row in rows if row.verdict is Verdict.WORSE}
        self.assertEqual(worse, {f"csr_{form}_medeleg" for form in ("write", "swap", "set", "clear")})
        self.assertIs(compare.colour(rows), Colour.RED)
        self.assertRegex(why.explain(rows, baseline, after)[0], "qemu_virt: illegal_instruction costs more: csr_.*_medeleg")

    def test_an_unchanged_image_is_green(self) -> None:
        before = measured(image(PATHS[:2]))
        rows = compare.rows(Baseline(before.versions, before.values), measured(image(PATHS[:2])), list(before.values), {})
        self.assertEqual({row.verdict for row in rows}, {Verdict.SAME})
        self.assertIs(compare.colour(rows), Colour.GREEN)


if __name__ == "__main__":
    PATHS = sys.argv[1:]
    unittest.main(argv=sys.argv[:1])
