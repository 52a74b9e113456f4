"""Reads counts of instructions that a machine has made from outside the guest: InstructionCount of outside.py.

Under icount QEMU 10.0.2 attributes a block that harts share to the hart that translated it: only sums over harts hold.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from cli.failure import EXIT_GUEST_FAILED, Failure
from trace.format.causes import cause_name

# As payloads/linux/mark.c executes them.
MARKS = {"init": "mark1", "workload": "mark2", "command": "mark2", "shell": "mark2", "shutdown": "mark3"}

# What hv executes beside exits, by the plugin's number for it.
BESIDE_EXITS = 64
BOOT = "boot"


@dataclass(frozen=True)
class ByCause:
    """The exits of one cause, and the instructions that hv executed in them."""

    exits: int
    instructions: int


@dataclass(frozen=True)
class Count:
    """Instructions of all harts: everywhere, in hv's text, and in the firmware's memory. by_cause: hv's, with "boot" for what belongs
    to no exit. open: of hv's, those of an exit that had not ended."""

    total: int
    hv: int
    by_cause: dict[str, ByCause] = field(default_factory=dict)
    firmware: int = 0
    open: int = 0


def read_at(out: Path, when: str) -> Count | None:
    """Returns what was counted until a mark or an entry, by its name in the plugin's file; None if it was not reached."""
    rows = [line.split()[1:] for line in out.read_text().splitlines() if line.split()[0] == when]
    harts = [[int(word) for word in row] for row in rows if row[0] not in ("cause", "open")]
    if not harts:
        return None
    open_ = next(int(row[1]) for row in rows if row[0] == "open")
    by_cause = {
        BOOT if int(number) == BESIDE_EXITS else cause_name(int(number)): ByCause(int(exits), int(instructions))
        for _, number, exits, instructions in (row for row in rows if row[0] == "cause")
    }
    _, total, hv, firmware = (sum(column) for column in zip(*harts))
    return Count(total, hv, by_cause, firmware, open_)


def read(out: Path, phase: str) -> Count:
    """Returns what was counted until a phase began."""
    found = read_at(out, MARKS[phase])
    if found is None:
        raise Failure(f"the guest did not reach phase {phase}: no count of instructions", EXIT_GUEST_FAILED)
    return found


def read_entry(out: Path, harts: int) -> Count:
    """Returns what was counted until the last of so many harts had entered the firmware."""
    found = read_at(out, f"entry{harts}")
    if found is None:
        raise Failure(f"not all of {harts} harts entered the firmware: no count of instructions", EXIT_GUEST_FAILED)
    return found
