"""The names of the causes of traps, as causes.def lists them: those of the RISC-V privileged specification."""

from __future__ import annotations

import re
from pathlib import Path

LIST = Path(__file__).with_name("causes.def")

INTERRUPT = 0x80  # set in a cause of the list that is an interrupt; the rest is its code

CAUSE_COUNT = 32  # of hv's counters: indexes of exceptions, and as many of interrupts behind them

NAMES = {int(number): name for number, name in re.findall(r"^CAUSE\((\d+), (\w+)\)$", LIST.read_text(encoding="utf-8"), re.MULTILINE)}


def cause_name(index: int) -> str:
    """Returns the name of a counter's index: the cause in the low five bits, bit 5 for interrupts."""
    code = index % CAUSE_COUNT
    if index >= CAUSE_COUNT:
        return NAMES.get(INTERRUPT | code, f"interrupt_{code}")
    return NAMES.get(code, f"exception_{code}")


def by_cause(counters: list[int]) -> dict[str, int]:
    """Returns the counts that are not zero, by name, greatest first."""
    counts = {cause_name(index): count for index, count in enumerate(counters) if count}
    return dict(sorted(counts.items(), key=lambda item: (-item[1], item[0])))
