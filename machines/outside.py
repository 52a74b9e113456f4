"""What a machine can record of its guest from outside, without executing any instruction in the guest."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from machines.images import Image

# The start of the names of hv's trap vectors, at which its exits start.
VECTORS = "trap_entry_"


@dataclass(frozen=True)
class Code:
    """hv's code, at the addresses [start, end), and the addresses of its trap vectors."""

    start: int
    end: int
    vectors: tuple[int, ...]


def code_of(image: Image) -> Code:
    """Returns where hv's code lies in memory, computed from its ELF file and its place."""
    start, end = (address + image.offset for address in image.elf.code_range)
    vectors = tuple(image.symbol(name) for name in sorted(image.elf.symbols) if name.startswith(VECTORS))
    return Code(start, end, vectors)


@dataclass(frozen=True)
class InstructionCount:
    """A request for a file with counts of executed instructions, which instruction_count.py reads.

    hv: the code to count separately, with its exits by cause; None in a bare run. entry: the address of the firmware's first
    instruction, if counts up to it are needed. end: the end of the firmware's memory, if its instructions are to be counted.
    """

    out: Path
    hv: Code | None
    entry: int | None = None
    end: int | None = None


@dataclass(frozen=True)
class TrapLog:
    """A request for a file with a line for each trap of each hart, each entry to hv and each return from hv. benchmarks/oracle
    reads it."""

    out: Path
    hv: Code
