"""Reads the file with the number of instructions that a guest has executed. The machine counts the instructions from
outside, without running code in the guest (InstructionCount in outside.py).

Under icount, QEMU 10.0.2 attributes a block of code that several harts execute to the hart that translated it. So only
the sum over all harts is meaningful.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from cli.failure import EXIT_GUEST_FAILED, Failure
from trace.format.causes import cause_name

# The marks that payloads/linux/mark.c executes at the start of each phase.
MARKS = {"init": "mark1", "workload": "mark2", "command": "mark2", "shell": "mark2", "shutdown": "mark3"}

# In the plugin's file, this number in place of a cause stands for hv's instructions outside of exits.
BESIDE_EXITS = 64
BOOT = "boot"


@dataclass(frozen=True)
class ByCause:
    """The number of exits of one cause, and the number of instructions that hv executed in these exits."""

    exits: int
    instructions: int


@dataclass(frozen=True)
class Count:
    """Instructions of all harts: in total, in hv's text, and in the firmware's memory.

    by_cause: hv's instructions by the cause of the exit. The key "boot" stands for instructions outside of exits. open:
    the number of hv's instructions in an exit that had not ended.
    """

    total: int
    hv: int
    by_cause: dict[str, ByCause] = field(default_factory=dict)
    firmware: int = 0
    open: int = 0


def read_at(out: Path, when: str) -> Count | None:
    """Returns the counts up to a mark of the guest, or up to the entry of a hart to the firmware. @p when is the name
    of this moment in the plugin's file. Returns None if the guest did not get that far."""
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
    """Returns the counts up to the start of a phase. Raises Failure if the guest did not reach this phase."""
    found = read_at(out, MARKS[phase])
    if found is None:
        raise Failure(f"the guest did not reach phase {phase}, so its instructions were not counted", EXIT_GUEST_FAILED)
    return found


def read_entry(out: Path, harts: int) -> Count:
    """Returns the counts up to the moment when the last of @p harts harts entered the firmware. Raises Failure if one
    of the harts did not."""
    found = read_at(out, f"entry{harts}")
    if found is None:
        raise Failure(f"not all of {harts} harts entered the firmware, so their instructions were not counted", EXIT_GUEST_FAILED)
    return found
