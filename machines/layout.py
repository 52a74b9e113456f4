"""Where hv lies beside a guest: arithmetic on ranges of addresses, without a machine.

hv and its rings are one block: a power of two, at a multiple of itself, so that one PMP entry covers it. It lies at the start of
memory where the guest leaves that free, as a firmware linked at 0x80200000 does. A firmware that is linked at the start of memory
itself has hv above it, in the highest block that nothing else needs.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import combinations

from cli.failure import Failure


@dataclass(frozen=True)
class Range:
    """Addresses from start to before end, and what is there, as messages name it."""

    what: str
    start: int
    end: int

    def overlaps(self, other: Range) -> bool:
        """Whether the two have an address in common."""
        return max(self.start, other.start) < min(self.end, other.end)

    def contains(self, other: Range) -> bool:
        """Whether all addresses of the other are among these."""
        return self.start <= other.start and other.end <= self.end

    def __str__(self) -> str:
        return f"{self.what}, {self.start:#x}-{self.end:#x}"


def check(ranges: Sequence[Range], ram: Range) -> None:
    """Raises Failure for the first range that is not in memory, or the first two that overlap."""
    for each in ranges:
        if not ram.contains(each):
            raise Failure(f"{each}, is not in {ram}")
    for one, other in combinations(ranges, 2):
        if one.overlaps(other):
            raise Failure(f"{one}, overlaps {other}")


def _blocks_from_the_top(size: int, ram: Range, taken: Iterable[Range]) -> int | None:
    """Returns the start of the highest free block; None if there is none."""
    start = (ram.end - size) // size * size
    while start >= ram.start:
        block = Range("", start, start + size)
        blocking = [each.start for each in taken if each.overlaps(block)]
        if not blocking:
            return start
        start = (min(blocking) - size) // size * size
    return None


def place(size: int, ram: Range, taken: Sequence[Range]) -> int | None:
    """Returns where a block of `size` bytes, a power of two, lies among what is taken; None if it fits nowhere."""
    lowest = Range("", ram.start, ram.start + size)
    if ram.start % size == 0 and ram.contains(lowest) and not any(each.overlaps(lowest) for each in taken):
        return ram.start
    return _blocks_from_the_top(size, ram, taken)
