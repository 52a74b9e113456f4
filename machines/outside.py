"""Defines what a machine can record about its guest from outside. The guest executes no instructions for these
recordings."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from machines.images import Image

# The names of hv's trap vectors begin with this text. Each exit starts at one of these vectors.
VECTORS = "trap_entry_"


@dataclass(frozen=True)
class Code:
    """hv's code, at the addresses [start, end), and the addresses of its trap vectors."""

    start: int
    end: int
    vectors: tuple[int, ...]


def code_of(image: Image) -> Code:
    """Returns the addresses of hv's code in memory. They are computed from hv's ELF file and the address that was
    chosen for hv."""
    start, end = (address + image.offset for address in image.elf.code_range)
    vectors = tuple(image.symbol(name) for name in sorted(image.elf.symbols) if name.startswith(VECTORS))
    return Code(start, end, vectors)


@dataclass(frozen=True)
class InstructionCount:
    """A request for a file with counts of executed instructions, which instruction_count.py reads.

    hv: hv's code, whose instructions are counted separately and by cause of the exit. None on the bare machine. entry:
    the address of the firmware's first instruction, if the counts up to this instruction are needed. end: the end of
    the firmware's memory, if the instructions in this memory are to be counted.
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
