"""Explains why a figure grew. Finds the causes of exits and the operations that cost more than before."""

from __future__ import annotations

import re

from benchmarks.gating.baseline import Baseline, Exits, Key, Measured
from benchmarks.gating.compare import Row, Verdict

# Each pair contains a pattern for names of operations, and the cause of the exit of these operations. If an operation
# takes several exits, this is the cause of the first exit.
CAUSES = (
    (r"virtual_trap", "breakpoint"),
    (r"virtual_trap_ecall", "environment_call_from_u_mode"),
    (r"roundtrip_ecall|roundtrip_module_ecall|trap_entry_ecall|sbi_base.*|set_timer.*|ipi_.*|rfence_.*", "environment_call_from_s_mode"),
    (r"mprv_(f?l|c_f?l).*|clint_(load|l|c_l).*", "load_access_fault"),
    (r"mprv_.*|clint_.*", "store_amo_access_fault"),
    (r"interrupt_entry_timer.*|roundtrip_timer", "machine_timer_interrupt"),
    (r"interrupt_entry_.*", "machine_software_interrupt"),
    (r"csr.*|pmp.*|fence.*|rdtime.*|wfi.*|mret.*|roundtrip|roundtrip_module|trap_entry_illegal|read_time.*", "illegal_instruction"),
)

# A line names at most this many operations.
OPERATIONS_SHOWN = 6


def cause_of(name: str) -> str | None:
    """Returns the cause of the exit of an operation. Returns None if the figure is not the cost of an operation."""
    return next((cause for pattern, cause in CAUSES if re.fullmatch(pattern, name)), None)


def grown_operations(rows: list[Row], config: str, cause: str | None = None) -> list[Row]:
    """Returns the operations of a configuration whose cost grew. The operation with the greatest growth comes first. If
    @p cause is not None, only operations with this cause are returned."""
    found = [
        row
        for row in rows
        if row.key[0] == config and row.verdict is Verdict.WORSE and cause_of(row.key[1]) is not None
        and cause in (None, cause_of(row.key[1]))
    ]
    return sorted(found, key=lambda row: -(row.delta or 0))


def _operations(rows: list[Row]) -> str:
    shown = [f"{row.key[1]} {row.was:,.10g} → {row.now:,.10g}" for row in rows[:OPERATIONS_SHOWN]]
    return ", ".join(shown) + (f" and {len(rows) - OPERATIONS_SHOWN} more" if len(rows) > OPERATIONS_SHOWN else "")


def cause_lines(was: Exits, now: Exits, rows: list[Row], config: str) -> list[str]:
    """Returns a line for each cause in whose exits hv executes more instructions than before. The cause with the
    greatest growth comes first."""
    grown = []
    for cause, (exits, instructions) in now.items():
        before, spent = was.get(cause, (0, 0))
        if instructions > spent:
            each = f", {spent / before:,.1f} → {instructions / exits:,.1f} instructions each" if before and exits else ""
            operations = _operations(grown_operations(rows, config, cause))
            grown.append((instructions - spent, f"{cause}: {before:,} → {exits:,} exits{each}, {instructions - spent:+,} in all"
                          + (f" ({operations})" if operations else "")))
    return [line for _, line in sorted(grown, reverse=True)]


def explain(rows: list[Row], baseline: Baseline, measured: Measured) -> list[str]:
    """Returns lines about everything that grew: first the operations of each configuration by cause, and then the exits
    of each boot by cause."""
    lines = []
    for config in dict.fromkeys(row.key[0] for row in rows):
        worse = grown_operations(rows, config)
        for cause in dict.fromkeys(cause_of(row.key[1]) for row in worse):
            lines.append(f"{config}: {cause} costs more: {_operations([row for row in worse if cause_of(row.key[1]) == cause])}")
    for row in rows:
        if row.verdict is Verdict.WORSE and row.key in measured.exits:
            causes = cause_lines(baseline.exits.get(row.key, {}), measured.exits[row.key], rows, row.key[0])
            lines += [f"{'/'.join(row.key)}: {line}" for line in causes]
    return lines


def key_figures(name: str) -> bool:
    """Returns whether a figure is a key figure. Reports show key figures even if they are unchanged."""
    return re.fullmatch(KEY_FIGURES, name) is not None


KEY_FIGURES = (
    r"csr_(read|write)|csr_(read|write)_(mie|mstatus|satp)|pmp(addr|cfg)_write|clint_(load|store|msip)|fence|virtual_trap|mret_s"
    r"|roundtrip(_ecall)?|mprv_ld|sbi_base(_heavy)?|boot_.*|image_bytes|firmware_.*"
)
