"""Measures the costs of exits on the bare machine and under hv. This test checks that the measurement works. The gate
checks the limits."""

import contextlib
import io
import json
import re
import tempfile
import unittest
from pathlib import Path

from benchmarks import micro_qemu
from benchmarks.cost import table

# For every source file of the guest, and for every kind of figure, the list contains at least one figure.
SOME = {
    "csr_write", "csr_read", "csr_read_mie", "csr_write_pmpaddr", "csr_write_pmpaddr_least", "csrrsi_mstatus", "csr_swap_minstret",
    "csr_read_mscratch_rd_most", "clint_load_rd_least", "pmpcfg_write_changed", "fence_address_asid", "rdtime_scounteren_off",
    "wfi_pending", "clint_store", "clint_amoor_msip", "clint_c_lw_msip", "mprv_lb", "mprv_c_sd", "mprv_fld", "mprv_ld_paged",
    "mprv_sd_misaligned", "virtual_trap", "mret_m", "mret_s", "trap_entry_illegal", "interrupt_entry_timer", "roundtrip",
    "roundtrip_ecall", "sbi_base_heavy", "mret_s_first_view", "clint_load_locked", "clint_msip_other",
}

TRACE_NAMES = {"trace_emit_on", "trace_emit_off", "trace_exit_off", "trace_exit_record", "trace_exit_record_full"}

# On the bare machine, most operations take exactly one instruction. These operations take another number of
# instructions.
BARE = {"virtual_trap": 5, "virtual_trap_locked": 5, "virtual_trap_ecall": 5, "roundtrip": 4, "roundtrip_ecall": 5,
        "sbi_base_heavy": 60, "wfi_pending": 3, "trap_entry_illegal": 0, "interrupt_entry_timer": 0}

Values = dict[str, dict[str, float]]

LISTING = Path("configs/qemu_virt_trace_only.lst")


FUNCTION = re.compile(r"^[0-9a-f]+ <(fast_observe_\w+)>:\n((?:.+\n)+)", re.MULTILINE)
INSTRUCTION = re.compile(r"^ *[0-9a-f]+:\s+([a-z.]+)\s+(.*)$", re.MULTILINE)
NEAR = 4  # the check must begin within this many instructions, because the compiler may place other instructions first


def is_checked(body: str) -> bool:
    """Returns whether a function begins with a check: it loads a byte of the structure to which a0 points (the vcpu),
    and the next instruction branches on that byte."""
    first = INSTRUCTION.findall(body)[:NEAR]
    pairs = [
        (operands, after)
        for (name, operands), (branch, after) in zip(first, first[1:])
        if name == "lbu" and operands.endswith("(a0)") and branch in ("beqz", "bnez")
    ]
    return any(operands.split(",")[0] == after.split(",")[0] for operands, after in pairs)


def measure(*arguments: str) -> Values:
    """Runs micro_qemu without the Linux boots. Returns the measured figures by configuration and name."""
    with tempfile.TemporaryDirectory() as directory, contextlib.redirect_stdout(io.StringIO()):
        code = micro_qemu.benchmark(["--no-boot", f"--out={directory}", *arguments])
        assert code == 0, f"exit code {code}"
        result = json.loads(Path(directory, "result.json").read_text())
    return table.by_config(result["figures"], "")


class Micro(unittest.TestCase):
    def test_without_hv_most_operations_cost_exactly_one_instruction(self) -> None:
        figures = measure("--bare", "--operations")["bare"]
        self.assertLessEqual(SOME, set(figures))
        for name, value in figures.items():
            self.assertEqual(value, BARE.get(name, 1), name)

    def test_checking_whether_an_event_is_on_takes_one_load_and_one_branch(self) -> None:
        observers = FUNCTION.findall(LISTING.read_text())
        self.assertTrue(observers)
        for name, body in observers:
            self.assertTrue(is_checked(body), f"{name}: {INSTRUCTION.findall(body)[:NEAR]}")

    def test_under_hv_a_second_run_gives_exactly_the_same_figures(self) -> None:
        first = measure("--config=qemu_virt")
        self.assertEqual(first, measure("--config=qemu_virt"))
        self.assertEqual(set(first["qemu_virt_trace_only"]), TRACE_NAMES)
        self.assertLessEqual(SOME | {"image_bytes", "sbi_base"}, set(first["qemu_virt"]))
        for name in SOME:
            self.assertGreater(first["qemu_virt"][name], 10, name)

    def test_one_guest_measures_configurations_with_different_memory_layouts(self) -> None:
        figures = measure("--operations", "--config=qemu_virt", "--config=qemu_virt_trace")
        self.assertEqual(set(figures["qemu_virt"]), set(figures["qemu_virt_trace"]))
        for name, value in figures["qemu_virt"].items():
            self.assertLessEqual(value, figures["qemu_virt_trace"][name], name)


if __name__ == "__main__":
    unittest.main()
