"""Checks README's table of costs, which results_page makes from the gate's baseline."""

import unittest
from pathlib import Path

from benchmarks import results_page
from benchmarks.gating import baseline
from cli.failure import Failure
from docs.tables import table


class Costs(unittest.TestCase):
    accepted = baseline.read(Path("benchmarks/baseline.json"))

    def test_readme_has_the_table_that_belongs_to_the_baseline(self) -> None:
        text = Path("README.md").read_text()
        self.assertEqual(len(table("README.md", "costs")), len(results_page.README_ROWS))
        self.assertEqual(text, results_page.with_readme_table(text, self.accepted), "run bazel run //benchmarks:results_page -- --readme")

    def test_each_row_has_the_figures_of_all_configurations_and_the_peer(self) -> None:
        values = {(config, "fence"): 100.4 + number for number, config in enumerate(results_page.README_COLUMNS)}
        values.pop(("qemu_virt_counters", "fence"))
        made = results_page.readme_table(baseline.Baseline(self.accepted.versions, values))
        self.assertIn("| the firmware executes `sfence.vma` | 100 | 101 | 102 | – | 104 | 280 |", made)

    def test_each_row_and_column_exists_in_the_baseline(self) -> None:
        for name in results_page.README_ROWS:
            self.assertTrue(any(name == found for _, found in self.accepted.values), name)
        for config in results_page.README_COLUMNS:
            self.assertTrue(any(config == found for found, _ in self.accepted.values), config)

    def test_a_readme_without_a_place_for_the_table_is_refused(self) -> None:
        for text in ("", results_page.README_BEGIN, results_page.README_END):
            with self.assertRaises(Failure):
                results_page.with_readme_table(text, self.accepted)


if __name__ == "__main__":
    unittest.main()
