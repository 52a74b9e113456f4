"""Instructions counted from outside the guest, by the QEMU plugin of benchmarks/plugin.

Under icount QEMU 10.0.2 attributes a block that harts share to the hart that translated it: only sums over harts hold.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from benchmarks.runner.elf import Elf
from benchmarks.runner.failure import EXIT_GUEST_FAILED, Failure
from benchmarks.runner.workspace import workspace_file

PLUGIN = "benchmarks/plugin/instruction_count.so"

# As payloads/linux/mark.c executes them.
MARKS = {"init": "mark1", "workload": "mark2", "shutdown": "mark3"}


@dataclass(frozen=True)
class Count:
    """Instructions of all harts: everywhere, and in hv's text."""

    total: int
    hv: int


def plugin_option(out: Path, elf: Elf | None) -> str:
    """Returns the value of QEMU's -plugin."""
    option = f"{workspace_file(PLUGIN).resolve()},out={out}"
    if elf is None:
        return option
    start, end = elf.code_range
    return f"{option},text={start:#x}:{end:#x}"


def read(out: Path, phase: str) -> Count:
    """Returns what was counted until a phase began."""
    mark = MARKS[phase]
    rows = [line.split() for line in out.read_text().splitlines()]
    counts = [Count(int(total), int(hv)) for when, _, total, hv in rows if when == mark]
    if not counts:
        raise Failure(f"the guest did not reach phase {phase}: no count of instructions", EXIT_GUEST_FAILED)
    return Count(sum(count.total for count in counts), sum(count.hv for count in counts))
