"""Makes two ELF files. From these files, QEMU loads hv and the firmware at their addresses.

All harts start at the entry point of the -bios file, if that is an ELF file (QEMU 9.2 and later). So hv can be at any
address, and a run on the bare machine needs no code before the firmware. But at a reset, QEMU 11 does not load the
-bios file again, although hv has changed its own memory since the start. Therefore the -bios file contains only the
first word that the harts execute. Nobody overwrites this word. Everything else is in a second file. QEMU's loader
device loads the second file again at each reset.
"""

from __future__ import annotations

import struct

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


# auipc a2, 0; addi a2, a2, 16; ld t0, 48(a2); jr t0. The struct fw_dynamic_info follows: OpenSBI's magic number and version,
# where the payload begins, its mode (S), options and the boot hart. At the end is the address at which hv begins.
_ENTRY_STUB = struct.Struct("<4I7Q")
_ENTRY_CODE = (0x00000617, 0x01060613, 0x03063283, 0x00028067)
_INFO_MAGIC, _INFO_VERSION, _MODE_S = 0x4942534F, 2, 1

ENTRY_BYTES = _ENTRY_STUB.size


def entry_stub(image: Image, payload: Program | None, address: int) -> Segment:
    """Returns code that enters hv with a copy of QEMU's struct fw_dynamic_info in a2. QEMU's own is in a ROM, and names hart 0 as
    the boot hart. On a board on which hv leaves out hart 0, hv must be able to write another hart into the struct: OpenSBI would
    wait for hart 0."""
    information = (_INFO_MAGIC, _INFO_VERSION, payload.entry if payload else 0, _MODE_S, 0, 0)
    stub = _ENTRY_STUB.pack(*_ENTRY_CODE, *information, image.start)
    return Segment(address, stub, len(stub))


# auipc t0, 0; ld t0, 16(t0); jr t0; nop. The address to which it jumps follows.
_JUMP_STUB = struct.Struct("<4IQ")
_JUMP_CODE = (0x00000297, 0x0102B283, 0x00028067, 0x00000013)


def files(image: Image | None, firmware: Program, stub: Segment | None = None, start: int | None = None) -> tuple[bytes, bytes]:
    """Returns the -bios file, and the file with everything else. @p image is hv, after its address has been chosen, or
    None for the bare machine. @p stub is what the harts execute first, if it is not hv or the firmware. @p start is where the
    board enters memory, if QEMU cannot enter an ELF file there: the -bios file is then a raw file for this address."""
    segments, entry = list(firmware.segments), firmware.entry
    if image:
        segments.append(Segment(image.start, image.loaded(firmware.entry), len(image.binary)))
        entry = image.start
    if stub:
        segments.append(stub)
        entry = stub.address
    if start not in (None, entry):
        return _JUMP_STUB.pack(*_JUMP_CODE, entry), executable(entry, segments)
    word, rest = _cut(segments, entry)
    return executable(entry, [word]) if start is None else word.data, executable(entry, rest)
