"""Measures exit costs bare and under hv: the method itself, not the budgets, which no test run may fail on."""

import contextlib
import io
import json
import tempfile
import unittest
from pathlib import Path

from benchmarks import micro_qemu

NAMES = {"csr_write", "csr_read", "clint_store", "pmpcfg_write", "pmpcfg_write_changed", "roundtrip", "sbi_base"}

TRACE_NAMES = {"trace_emit_on", "trace_exit_record", "trace_exit_record_full"}


def measure(*arguments: str) -> dict[str, float]:
    """Runs micro_qemu without the Linux boot; returns its figures."""
    with tempfile.TemporaryDirectory() as directory, contextlib.redirect_stdout(io.StringIO()):
        code = micro_qemu.benchmark(["--no-boot", f"--out={directory}", *arguments])
        assert code == 0, f"exit code {code}"
        result = json.loads(Path(directory, "result.json").read_text())
    return {figure["name"]: figure["value"] for figure in result["figures"]}


class Micro(unittest.TestCase):
    def test_bare_an_operation_costs_itself_and_a_round_trip_four(self) -> None:
        figures = measure("--bare")
        self.assertEqual(set(figures), NAMES)
        for name in NAMES - {"roundtrip", "sbi_base"}:
            self.assertEqual(figures[name], 1, name)
        self.assertEqual(figures["roundtrip"], 4)

    def test_under_hv_every_figure_is_exact_and_repeats(self) -> None:
        first = measure()
        self.assertEqual(set(first), NAMES | TRACE_NAMES | {"image_bytes"})
        self.assertEqual(first, measure())
        for name in NAMES:
            self.assertGreater(first[name], 10, name)


if __name__ == "__main__":
    unittest.main()
