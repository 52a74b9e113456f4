"""What a machine can be asked to record of its guest from outside, without an instruction of its own in the guest."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from machines.images import Image

# hv's trap vectors, where its exits start, have this in front of their names.
VECTORS = "trap_entry_"


@dataclass(frozen=True)
class Code:
    """hv's code at addresses [start, end), and its trap vectors."""

    start: int
    end: int
    vectors: tuple[int, ...]


def code_of(image: Image) -> Code:
    """Returns where hv's code is: by its ELF file, and its place in memory."""
    start, end = (address + image.offset for address in image.elf.code_range)
    vectors = tuple(image.symbol(name) for name in sorted(image.elf.symbols) if name.startswith(VECTORS))
    return Code(start, end, vectors)


@dataclass(frozen=True)
class InstructionCount:
    """Counts of executed instructions, as instruction_count.py reads them.

    hv: its instructions are counted apart, and its exits by cause; None in a bare run. entry: the firmware's first instruction,
    where counts are wanted too. end: where the firmware's memory ends, if its instructions are to be counted.
    """

    out: Path
    hv: Code | None
    entry: int | None = None
    end: int | None = None


@dataclass(frozen=True)
class TrapLog:
    """A line for each trap of each hart, and for each entry to hv and return from it, as benchmarks/oracle reads them."""

    out: Path
    hv: Code
