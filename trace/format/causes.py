"""Names of the causes of traps, from abi/causes.def. The RISC-V privileged specification uses the same names."""

from __future__ import annotations

import re
from pathlib import Path

LIST, OLD_LIST = (Path(__file__).absolute().parents[2] / "abi" / name for name in ("causes.def", "old_causes.def"))

INTERRUPT = 0x80  # this bit of a cause is set for interrupts; the other bits are the code

CAUSE_COUNT = 32  # hv has 32 counters for exceptions, followed by 32 counters for interrupts

LINE = re.compile(r"^(?:CAUSE|CAUSE_HIDDEN|OLD_CAUSE)\((\d+), (\w+)\)$", re.MULTILINE)

NAMES = {int(number): name for number, name in LINE.findall(LIST.read_text(encoding="utf-8"))}

# The causes that exits from a guest can have.
SHOWN = {int(number): name for number, name in re.findall(r"^CAUSE\((\d+), (\w+)\)$", LIST.read_text(encoding="utf-8"), re.MULTILINE)}

# Maps each earlier name of a cause to its present name.
PRESENT = {name: NAMES[int(number)] for number, name in LINE.findall(OLD_LIST.read_text(encoding="utf-8"))}


def cause_name(index: int) -> str:
    """Returns the name of the cause that hv's counter @p index counts. Bits 0-4 are the code; bit 5 is set for interrupts."""
    code = index % CAUSE_COUNT
    if index >= CAUSE_COUNT:
        return NAMES.get(INTERRUPT | code, f"interrupt_{code}")
    return NAMES.get(code, f"exception_{code}")


def by_cause(counters: list[int]) -> dict[str, int]:
    """Maps the name of each cause to the value of its counter, with the greatest value first. Leaves out counters that are 0."""
    counts = {cause_name(index): count for index, count in enumerate(counters) if count}
    return dict(sorted(counts.items(), key=lambda item: (-item[1], item[0])))
