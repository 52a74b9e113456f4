"""Runs offload_gain with one hart, which is exact: what module offload answers must cost less than the firmware needs for it on the
bare machine, and nothing else may cost more."""

import contextlib
import io
import json
import os
import unittest
from pathlib import Path
from typing import Any

from benchmarks import offload_gain
from benchmarks.gain.goals import PAGES, PIPES, TIMERS
from cli.failure import EXIT_SUCCESS

DIRECTORY = Path(os.environ.get("TEST_UNDECLARED_OUTPUTS_DIR") or os.environ["TEST_TMPDIR"])
SCALE = 0.05
CONFIG = offload_gain.CONFIG


def measured(name: str, *arguments: str) -> dict[tuple[str, str], Any]:
    """Runs the benchmark with one hart. Returns the values of the figures by name and configuration."""
    out = DIRECTORY / name
    with contextlib.redirect_stdout(io.StringIO()) as shown:
        code = offload_gain.benchmark([f"--out={out}", "--harts=1", f"--scale={SCALE}", *arguments])
    print(shown.getvalue())
    assert code == EXIT_SUCCESS, code
    found = json.loads((out / "result.json").read_text())
    assert found["status"] == "ok" and (out / "offload_gain.png").stat().st_size > 0
    return {(figure["name"], figure["config"]): figure["value"] for figure in found["figures"]}


class OneHart(unittest.TestCase):
    """Compares counts of instructions, which repeat."""

    found: dict[tuple[str, str], Any]

    @classmethod
    def setUpClass(cls) -> None:
        cls.found = measured("both")

    def m_mode(self, name: str, config: str) -> int:
        """Returns how many instructions the firmware and hv execute."""
        return int(self.found[f"{name}_firmware", config] + self.found[f"{name}_hv", config])

    def test_with_sstc_the_workloads_execute_nothing_in_m_mode(self) -> None:
        for workload in (PIPES, TIMERS, PAGES):
            self.assertEqual([self.m_mode(f"{workload}_1", config) for config in ("bare", CONFIG)], [0, 0])
            self.assertEqual(self.found[f"offload_gain_{workload}_1", CONFIG], 1)

    def test_without_sstc_a_timer_costs_less_than_half_of_what_the_firmware_needs(self) -> None:
        bare, offloaded = (self.m_mode("timers_1_no_sstc", config) for config in ("bare", CONFIG))
        self.assertGreater(offloaded, 0)
        self.assertLess(offloaded, bare / 2)
        self.assertLess(self.found["offload_gain_timers_1_no_sstc", CONFIG], 0.98)

    def test_linux_makes_no_call_to_the_firmware_in_the_workloads(self) -> None:
        for setting in ("1", "1_no_sstc"):
            for workload in (PIPES, TIMERS, PAGES):
                self.assertEqual(self.found[f"{workload}_{setting}_firmware", CONFIG], 0)

    def test_a_boot_costs_at_most_a_few_instructions_of_1000_more(self) -> None:
        for setting in ("1", "1_no_sstc"):
            self.assertLess(self.found[f"offload_gain_boot_{setting}", CONFIG], 1.002)

    def test_the_counts_repeat(self) -> None:
        again = measured("again", "--sstc=off")
        self.assertGreater(len(again), 20)
        self.assertEqual(again, {key: self.found[key] for key in again})


if __name__ == "__main__":
    unittest.main()
