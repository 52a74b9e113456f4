"""Makes two ELF files. From these files, QEMU loads hv and the firmware at their addresses.

All harts start at the entry point of the -bios file, if that is an ELF file (QEMU 9.2 and later). So hv can be at any
address, and a run on the bare machine needs no code before the firmware. But at a reset, QEMU 11 does not load the
-bios file again, although hv has changed its own memory since the start. Therefore the -bios file contains only the
first word that the harts execute. Nobody overwrites this word. Everything else is in a second file. QEMU's loader
device loads the second file again at each reset.
"""

from __future__ import annotations

from machines.elf import Segment, executable
from machines.firmware import Program
from machines.images import Image

# The length of the longest instruction.
_WORD = 4


def _part(segment: Segment, start: int, end: int) -> Segment:
    """Returns the part of a segment from the offset @p start up to the offset @p end."""
    return Segment(segment.address + start, segment.data[start:end], end - start)


def _cut(segments: list[Segment], entry: int) -> tuple[Segment, list[Segment]]:
    """Splits the contents of memory into the word at address @p entry and everything else. Returns both parts."""
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
    """Returns the -bios file, and the file with everything else. @p image is hv, after its address has been chosen, or
    None for the bare machine."""
    segments, entry = list(firmware.segments), firmware.entry
    if image:
        segments.append(Segment(image.start, image.loaded(firmware.entry), len(image.binary)))
        entry = image.start
    word, rest = _cut(segments, entry)
    return executable(entry, [word]), executable(entry, rest)
