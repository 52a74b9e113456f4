"""Runs the benchmark of several harts in real guests."""

import json
import subprocess
import sys
import unittest
from pathlib import Path
from tempfile import TemporaryDirectory

from cli.failure import EXIT_SUCCESS, EXIT_USAGE

PROGRAM = sys.argv[1]

OF_ONE_HART = {"calls_at_once", "timer_wake"}
OF_SEVERAL = {"fence_remote", "hart_start", "ipi_broadcast", "ipi_ring"}


def run(*words: str) -> subprocess.CompletedProcess[str]:
    """Runs the program."""
    return subprocess.run([PROGRAM, *words], capture_output=True, text=True)


class MultiHart(unittest.TestCase):
    def figures(self, *words: str) -> dict[str, dict[str, float]]:
        """Runs the program once in each mode. Returns the figures by the folder of their result."""
        with TemporaryDirectory() as folder:
            done = run("--repeat=1", f"--out={folder}", *words)
            self.assertEqual(done.returncode, EXIT_SUCCESS, done.stderr)
            results = {path.parent.name: json.loads(path.read_text()) for path in Path(folder).glob("*/result.json")}
        return {name: {each["name"]: each["samples"][0] for each in found["figures"]} for name, found in results.items()}

    def test_all_modes_have_all_figures_with_several_harts(self) -> None:
        found = self.figures("--harts=2,4")
        self.assertEqual(len(found), 10)
        for name, figures in found.items():
            self.assertEqual(set(figures), OF_ONE_HART | OF_SEVERAL, name)
            self.assertGreater(min(figures.values()), 0, name)

    def test_one_hart_has_no_figures_of_several(self) -> None:
        found = self.figures("--harts=1", "--modes=hv,bare")
        self.assertEqual({name: set(figures) for name, figures in found.items()}, {"hv_1": OF_ONE_HART, "bare_1": OF_ONE_HART})

    def test_all_figures_exist_without_sstc(self) -> None:
        for figures in self.figures("--harts=8", "--modes=bare,hv+offload", "--", "-cpu", "rv64,sstc=off").values():
            self.assertEqual(set(figures), OF_ONE_HART | OF_SEVERAL)

    def test_words_that_make_no_sense_are_refused(self) -> None:
        for words, said in (
            ("--modes=bare,fast", "'fast' is no mode: the modes are bare, hv, "),
            ("--harts=2,0", "'0' is not a number from 1"),
            ("--repeat=0", "'0' is not a number from 1 to 1000"),
        ):
            done = run(words)
            self.assertEqual(done.returncode, EXIT_USAGE, words)
            self.assertIn(said, done.stderr)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
