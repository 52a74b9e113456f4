"""Measures exit costs bare and under hv: the method itself, not the budgets, which no test run may fail on."""

import contextlib
import io
import json
import re
import tempfile
import unittest
from pathlib import Path

from benchmarks import micro_qemu

NAMES = {"csr_write", "csr_read", "clint_store", "pmpcfg_write", "pmpcfg_write_changed", "roundtrip", "sbi_base"}

TRACE_NAMES = {"trace_emit_on", "trace_emit_off", "trace_exit_off", "trace_exit_record", "trace_exit_record_full"}

LISTING = Path("configs/qemu_virt_trace_only.lst")


INSTRUCTION = re.compile(r"^ *[0-9a-f]+:\s+(?:[0-9a-f]{4,8}\s+)?([a-z.]+)\s+(.*)$", re.MULTILINE)
NEAR = 8  # instructions, among which the compiler puts others


def is_checked(instructions: list[tuple[str, str]]) -> bool:
    """Whether a byte of the vcpu (in a0) is loaded and branched upon, with no other use of it."""
    loaded = [operands.split(",")[0] for name, operands in instructions if name == "lbu" and operands.endswith("(a0)")]
    if not loaded:
        return False
    uses = [name for name, operands in instructions if loaded[-1] in re.split(r"[ ,()]", operands)]
    return uses[-2:] in (["lbu", "beqz"], ["lbu", "bnez"])


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

    def test_whether_an_event_is_on_takes_a_load_and_a_branch(self) -> None:
        before: list[tuple[str, str]] = []
        seen = 0
        for match in INSTRUCTION.finditer(LISTING.read_text()):
            name, operands = match.groups()
            if name == "j" and "<fast_record>" in operands:
                seen += 1
                self.assertTrue(is_checked(before[-NEAR:]), f"{before[-NEAR:]} before {operands}")
            before.append((name, operands))
        self.assertGreater(seen, 3)

    def test_under_hv_every_figure_is_exact_and_repeats(self) -> None:
        first = measure()
        self.assertEqual(set(first), NAMES | TRACE_NAMES | {"image_bytes"})
        self.assertEqual(first, measure())
        for name in NAMES:
            self.assertGreater(first[name], 10, name)


if __name__ == "__main__":
    unittest.main()
