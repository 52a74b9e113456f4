"""Tests results_page.py. The page must contain every number of the results in the place where a reader expects it."""

import unittest
from typing import Any

from benchmarks import results_page


def result(benchmark: str, mode: str, figures: dict[str, float], **changes: Any) -> dict[str, Any]:
    """Returns a result with these figures."""
    listed = [{"name": name, "unit": "instructions", "value": value} for name, value in figures.items()]
    base = {"benchmark": benchmark, "mode": mode, "config": "qemu_virt", "harts": 2, "icount": True, "status": "ok",
            "command": f"bazel run //benchmarks:{benchmark} -- --out=x --harts=2", "versions": {"qemu": "10.0.2"}, "exits": None,
            "figures": listed}
    return {**base, **changes}


class Page(unittest.TestCase):
    def test_the_row_of_an_operation_shows_its_costs_its_limit_and_the_cost_on_the_peer(self) -> None:
        several = [
            {"name": "fence", "unit": "instructions", "value": value, "config": config}
            for config, value in (("qemu_virt_trace", 190.5), ("qemu_virt", 131.0), ("qemu_virt_counters", 160.0))
        ]
        micro = [{**result("micro_qemu", "hv", {}), "figures": several}, result("micro_qemu", "bare", {"fence": 1.0}, config=None)]
        text = results_page.page(micro)
        columns = "bare | qemu_virt | qemu_virt_counters | qemu_virt_trace | peer | at most | met | above 43"
        self.assertIn(f"| operation | {columns} |", text)
        self.assertIn("| `fence` | 1 | 131 | 160 | 190.500 | 280 | 140 | yes | 88 |", text)

    def test_a_short_table_shows_what_observing_costs(self) -> None:
        values = {"qemu_virt": 95.0, "qemu_virt_trace": 155.0, "qemu_virt_counters": 125.0}
        read = [{"name": "csr_read_mscratch", "unit": "instructions", "value": value, "config": config} for config, value in values.items()]
        micro = {**result("micro_qemu", "hv", {}), "figures": read}
        self.assertIn("| the firmware reads the CSR `mscratch` | 95 | 125 | 155 |", results_page.page([micro]))
        self.assertNotIn("What observing costs", results_page.page([{**micro, "figures": read[:2]}]))

    def test_an_operation_over_its_limit_is_marked_with_the_excess(self) -> None:
        self.assertIn("| `fence` | 324 | 280 | 140 | NO: qemu_virt +184 | 281 |", results_page.page([result("micro_qemu", "hv", {"fence": 324.0})]))

    def test_operations_that_cost_the_same_share_a_row(self) -> None:
        text = results_page.page([result("micro_qemu", "hv", {"csr_read_sepc": 120.0, "csr_read_stval": 120.0, "csr_read_mie": 120.0})])
        self.assertIn("| `csr_read_sepc`, `csr_read_stval` | 120 |", text)
        self.assertIn("| `csr_read_mie` | 120 | 364–366 |", text)

    def test_the_page_shows_the_exits_of_a_boot_by_cause(self) -> None:
        exits = {"total": 1234, "by_cause": {"illegal_instruction": 1234}, "by_hart": []}
        text = results_page.page([result("boot_qemu", "hv", {"hv_share": 0.0125, "boot_seconds": 2.5}, exits=exits)])
        self.assertIn("| `--harts=2` | qemu_virt | 2 | yes | ok | 2.500 | – | 1,234 | 1.25 % |", text)
        self.assertIn("| exits by cause | `--harts=2` |", text)
        self.assertIn("| `illegal_instruction` | 1,234 |", text)

    def test_a_board_is_beside_the_boots_of_the_same_build_in_qemu(self) -> None:
        exits = {"total": 900, "by_cause": {"illegal_instruction": 900}, "by_hart": []}
        on_board = result("board", "hv", {"boot_seconds": 1.5}, machine="board", build_id="a" * 40, exits=exits)
        same = result("boot_qemu", "hv", {"boot_seconds": 2.5}, machine="qemu", build_id="a" * 40, exits=exits | {"total": 800})
        text = results_page.page([on_board, same, {**same, "build_id": "b" * 40}])
        section = text.partition("(`//benchmarks:board`) beside QEMU")[2]
        self.assertIn("| board: `--harts=2` | qemu_virt | 2 | yes | ok | 1.500 | – | 900 | – |", section)
        self.assertEqual(section.count("| qemu: `--harts=2` | qemu_virt | 2 | yes | ok | 2.500 | – | 800 | – |"), 1)
        self.assertIn("| exits by cause | board: `--harts=2` | qemu: `--harts=2` |", section)

    def test_a_run_without_options_is_shown_as_no_options(self) -> None:
        plain = result("boot_qemu", "hv", {}, command="bazel run //benchmarks:boot_qemu -- --out=x")
        self.assertEqual(results_page.arguments(plain), "(no options)")
        self.assertEqual(results_page.arguments(result("boot_qemu", "hv", {})), "--harts=2")

    def test_the_figures_of_the_trace_have_their_own_section_with_verdicts(self) -> None:
        text = results_page.page([result("micro_qemu", "hv", {"trace_emit_on": 14.1, "trace_emit_off": 4.0, "trace_x": 2.0})])
        self.assertIn("| `trace_emit_on` | instructions | 14.100 | 16 | yes |", text)
        self.assertIn("| `trace_emit_off` | instructions | 4 | 3 | NO |", text)
        self.assertIn("| `trace_x` | instructions | 2 | – | – |", text)
        self.assertEqual(text.count("`trace_emit_on`"), 1)

    def test_conversions_are_shown_side_by_side_with_their_goals(self) -> None:
        figures = {"convert_slots_per_second": 2e7, "convert_bytes_per_slot": 25.5, "convert_slots_per_second_python": 3e4}
        command = "bazel run //benchmarks:convert_benchmark -- --out=x --size={}"
        runs = [
            result("convert", "bare", figures, command=command.format("256M"), versions={"qemu": "not used"}),
            result("convert", "bare", {**figures, "convert_slots_per_second": 9e6}, command=command.format("10G")),
        ]
        text = results_page.page(runs)
        self.assertIn("| figure | unit | `--size=256M` | `--size=10G` | goal | met |", text)
        self.assertIn("| `convert_slots_per_second` | instructions | 20,000,000 | 9,000,000 | at least 10,000,000 | yes, NO |", text)
        self.assertIn("| `convert_bytes_per_slot` | instructions | 25.500 | 25.500 | at most 24 | NO, NO |", text)
        self.assertIn("| `convert_slots_per_second_python` | instructions | 30,000 | 30,000 | – | – |", text)
        self.assertNotIn("not used", text)

    def test_the_gain_of_offload_is_shown_in_instructions_and_in_time(self) -> None:
        def ratio(name: str, value: float, *interval: float) -> dict[str, Any]:
            given = {"interval": list(interval)} if interval else {}
            return {"name": f"offload_gain_{name}", "unit": "ratio", "value": value, "deterministic": not interval, **given}

        count = {"name": "boot_1_total", "unit": "instructions", "value": 5, "deterministic": True}
        counted = [ratio("boot_1", 1.00103), ratio("pages_2", 0.9, 0.89, 0.91), ratio("timers_2_no_sstc", 1.0, 0.99, 1.01), count]
        timed = [ratio("pages_2", 0.97, 0.96, 0.98), ratio("pipes_8", 0.5, 0.4, 0.6)]
        runs = [{**result("offload_gain", "hv+offload", {}), "figures": figures} for figures in (counted, timed)]
        text = results_page.page(runs)
        self.assertIn("| boot | 1 | yes | 1.001 | 1.00103 | exact | NO | – | – | – |\n| pipes | 8 | yes | 0.95 | – |", text)
        self.assertIn("| pipes | 8 | yes | 0.95 | – | – | – | 0.500 | 0.400–0.600 | yes |", text)
        self.assertIn("| timers | 2 | no | 1.001 | 1.000 | 0.990–1.010 | open | – | – | – |", text)
        self.assertIn("| pages | 2 | yes | 0.95 | 0.900 | 0.890–0.910 | yes | 0.970 | 0.960–0.980 | NO |", text)

    def test_a_run_of_another_benchmark_is_listed_under_other_runs(self) -> None:
        command = "bazel run //benchmarks/oracle:boot -- --out=x --harts=4"
        text = results_page.page([result("oracle", "hv", {"oracle_exits": 302613, "oracle_left": 0}, command=command)])
        row = "| `bazel run //benchmarks/oracle:boot` | `--harts=4` | ok | oracle_exits | instructions | 302,613 |"
        self.assertIn(row, text)

    def test_the_page_lists_both_versions_of_a_program(self) -> None:
        runs = [result("micro_qemu", "hv", {}), result("micro_qemu", "bare", {}, versions={"qemu": "10.1.0"})]
        self.assertIn("| qemu | 10.0.2, 10.1.0 |", results_page.page(runs))


if __name__ == "__main__":
    unittest.main()
