"""Chooses the address of hv in the memory that a guest leaves free. This file only computes with ranges of addresses,
and knows nothing about a machine.

hv and the rings of its trace occupy one block of memory. The size of the block is a power of two, and the address of
the block is a multiple of the size, so that one PMP entry covers the block. If the guest leaves the start of memory
free, the block is placed there. For example, a firmware that is linked at 0x80200000 leaves it free. If the firmware
itself is linked at the start of memory, hv gets the highest block that nothing else needs.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import combinations

from cli.failure import Failure


@dataclass(frozen=True)
class Range:
    """The addresses from start up to, but not including, end. what: a description of the contents, for messages."""

    what: str
    start: int
    end: int

    def overlaps(self, other: Range) -> bool:
        """Returns whether the two ranges have an address in common."""
        return max(self.start, other.start) < min(self.end, other.end)

    def contains(self, other: Range) -> bool:
        """Returns whether this range contains all addresses of the other."""
        return self.start <= other.start and other.end <= self.end

    def __str__(self) -> str:
        return f"{self.what}, {self.start:#x}-{self.end:#x}"


def check(ranges: Sequence[Range], ram: Range) -> None:
    """Raises Failure if a range is not in memory, or if two ranges overlap."""
    for each in ranges:
        if not ram.contains(each):
            raise Failure(f"{each}, is not in {ram}")
    for one, other in combinations(ranges, 2):
        if one.overlaps(other):
            raise Failure(f"{one}, overlaps {other}")


def _blocks_from_the_top(size: int, ram: Range, taken: Iterable[Range]) -> int | None:
    """Returns the start of the highest free block of @p size bytes. Returns None if there is no free block."""
    start = (ram.end - size) // size * size
    while start >= ram.start:
        block = Range("", start, start + size)
        blocking = [each.start for each in taken if each.overlaps(block)]
        if not blocking:
            return start
        start = (min(blocking) - size) // size * size
    return None


def place(size: int, ram: Range, taken: Sequence[Range]) -> int | None:
    """Returns the start of a free block, or None if there is no free block. @p size is the size of the block in bytes,
    which must be a power of two. @p taken contains the ranges that are not free."""
    lowest = Range("", ram.start, ram.start + size)
    if ram.start % size == 0 and ram.contains(lowest) and not any(each.overlaps(lowest) for each in taken):
        return ram.start
    return _blocks_from_the_top(size, ram, taken)
