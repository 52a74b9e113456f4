"""Tests of results_page.py: every number of the results is on the page, where a reader looks for it."""

import unittest
from typing import Any

from analysis import results_page


def result(benchmark: str, mode: str, figures: dict[str, float], **changes: Any) -> dict[str, Any]:
    """Returns a result with these figures."""
    listed = [{"name": name, "unit": "instructions", "value": value} for name, value in figures.items()]
    base = {"benchmark": benchmark, "mode": mode, "config": "qemu_virt", "harts": 2, "icount": True, "status": "ok",
            "command": f"bazel run //benchmarks:{benchmark} -- --out=x --harts=2", "versions": {"qemu": "10.0.2"}, "exits": None,
            "figures": listed}
    return {**base, **changes}


class Page(unittest.TestCase):
    def test_a_micro_figure_stands_beside_bare_and_budget(self) -> None:
        micro = [result("micro_qemu", "hv", {"csr_write": 96.0}), result("micro_qemu", "bare", {"csr_write": 1.0})]
        self.assertIn("| `csr_write` | instructions | 1 | 96 | 120 |", results_page.page(micro))

    def test_a_boot_has_its_exits_by_cause(self) -> None:
        exits = {"total": 1234, "by_cause": {"illegal_instruction": 1234}, "by_hart": []}
        text = results_page.page([result("boot_qemu", "hv", {"hv_share": 0.0125, "boot_seconds": 2.5}, exits=exits)])
        self.assertIn("| `--harts=2` | qemu_virt | 2 | yes | ok | 2.500 | – | 1,234 | 1.25 % |", text)
        self.assertIn("| exits by cause | `--harts=2` |", text)
        self.assertIn("| `illegal_instruction` | 1,234 |", text)

    def test_a_run_without_options_is_called_so(self) -> None:
        plain = result("boot_qemu", "hv", {}, command="bazel run //benchmarks:boot_qemu -- --out=x")
        self.assertEqual(results_page.arguments(plain), "(no options)")
        self.assertEqual(results_page.arguments(result("boot_qemu", "hv", {})), "--harts=2")

    def test_two_versions_of_one_program_are_both_named(self) -> None:
        runs = [result("micro_qemu", "hv", {}), result("micro_qemu", "bare", {}, versions={"qemu": "10.1.0"})]
        self.assertIn("| qemu | 10.0.2, 10.1.0 |", results_page.page(runs))


if __name__ == "__main__":
    unittest.main()
