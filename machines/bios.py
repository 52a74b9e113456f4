"""The two files that QEMU loads hv and the firmware from, each at its address.

All harts start where -bios is entered. QEMU takes that from an ELF file (9.2 and later) and from nothing else, so that hv may
lie anywhere, and a bare run needs nothing in front of the firmware. But what -bios loads is not loaded again at a reset (QEMU
11), and hv has changed its memory by then: so that file has only the word that is entered first, which nobody writes, and all
else is in a file for QEMU's loader.
"""

from __future__ import annotations

from machines.elf import Segment, executable
from machines.firmware import Program
from machines.images import Image

# An instruction is no longer.
_WORD = 4


def _part(segment: Segment, start: int, end: int) -> Segment:
    """Returns the part of a segment from one offset to another."""
    return Segment(segment.address + start, segment.data[start:end], end - start)


def _cut(segments: list[Segment], entry: int) -> tuple[Segment, list[Segment]]:
    """Returns the word at an address, and all else."""
    word: Segment | None = None
    rest = []
    for segment in segments:
        at = entry - segment.address
        if word or not 0 <= at < len(segment.data):
            rest.append(segment)
            continue
        end = min(at + _WORD, len(segment.data))
        word = _part(segment, at, end)
        rest += [part for part in (_part(segment, 0, at), _part(segment, end, segment.size)) if part.size]
    assert word is not None, "a program has an entry point"
    return word, rest


def files(image: Image | None, firmware: Program) -> tuple[bytes, bytes]:
    """Returns the file for -bios, and the one with all else. image: hv, in its place; None for a bare run."""
    segments, entry = list(firmware.segments), firmware.entry
    if image:
        segments.append(Segment(image.start, image.loaded(firmware.entry), len(image.binary)))
        entry = image.start
    word, rest = _cut(segments, entry)
    return executable(entry, [word]), executable(entry, rest)
