"""What an exit may cost, and the table that compares it with what it does cost."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from benchmarks.runner.table import Cell, render

# Instructions of one operation (image_bytes: bytes), each in the configuration that it is measured in.
BUDGETS: dict[str, float] = {
    "csr_write": 120,
    "roundtrip": 850,
    "clint_store": 130,
    "pmpcfg_write": 200,
    "sbi_base": 2500,
    "trace_emit_on": 16,
    "trace_emit_off": 3,
    "trace_exit_record": 26,
    "trace_exit_record_full": 34,
    "trace_boot_overhead": 0.5,
    "boot_hv_instructions": 5_000_000,
    "image_bytes": 32768,
}


def _number(value: float | None) -> Cell:
    return int(value) if value is not None and value == int(value) else value


def _verdict(value: float, budget: float | None) -> str:
    if budget is None:
        return ""
    return "ok" if value <= budget else f"over by {value - budget:,.0f}"


def table(figures: Sequence[Mapping[str, Any]], was: Mapping[str, float], budgets: Mapping[str, float]) -> str:
    """Returns the table: each figure with its last value, its budget and a verdict."""
    rows: list[list[Cell]] = [
        [
            figure["name"],
            figure["unit"],
            _number(was.get(figure["name"])),
            _number(figure["value"]),
            _number(budgets.get(figure["name"])),
            _verdict(figure["value"], budgets.get(figure["name"])),
        ]
        for figure in figures
    ]
    return render("cost of one exit", ["figure", "unit", "was", "is", "budget", "verdict"], rows)
