"""Describes a program in memory. The caller chooses the address of a raw file. An ELF file is at the address at which
it is linked."""

from __future__ import annotations

import struct
from dataclasses import dataclass, replace
from pathlib import Path

from cli.failure import Failure
from machines.elf import MAGIC, Elf, Segment
from machines.layout import Range

# The header of a Linux Image. At offset 16 is the size of the kernel in memory, including .bss, and at offset 56 the
# magic number.
_LINUX = struct.Struct("<16xQ32x4s")
_LINUX_MAGIC = b"RSC\x05"


@dataclass(frozen=True)
class Program:
    """A program: the parts that are loaded, and the address at which it is entered.

    symbols: the ELF file for the debugger. symbols_offset: an address in memory minus the same address in this ELF
    file. is_raw: whether the program comes from a raw file, which has one part.
    """

    name: str
    segments: tuple[Segment, ...]
    entry: int
    symbols: Path | None = None
    symbols_offset: int = 0
    is_raw: bool = False

    @property
    def needed(self) -> list[Segment]:
        """Returns the parts that the program uses. These are all parts except headers."""
        return [segment for segment in self.segments if not segment.is_headers]

    @property
    def address(self) -> int:
        """Returns the lowest address of the program."""
        return min(segment.address for segment in self.needed)

    @property
    def end(self) -> int:
        """Returns the address after the last byte of the program."""
        return max(segment.end for segment in self.needed)

    def ranges(self, what: str) -> list[Range]:
        """Returns the ranges of addresses that the program uses. @p what is the role of the program, for messages."""
        return [Range(f"{what} {self.name}", segment.address, segment.end) for segment in self.needed]


def _size_in_memory(data: bytes) -> int:
    """Returns the size in memory of a raw file. For a Linux Image, the size includes .bss, because the header of the
    Image contains the size with .bss."""
    if len(data) >= _LINUX.size:
        size, magic = _LINUX.unpack_from(data)
        if magic == _LINUX_MAGIC:
            return max(int(size), len(data))
    return len(data)


def raw(name: str, address: int, data: bytes, symbols: Path | None = None, symbols_offset: int = 0) -> Program:
    """Returns a program that is entered at its first byte."""
    return Program(name, (Segment(address, data, _size_in_memory(data)),), address, symbols, symbols_offset, True)


def from_elf(elf: Elf, symbols: Path | None = None, address: int = 0) -> Program:
    """Returns a program at the address at which it is linked. A position-independent program, which is linked at
    address 0, is placed at @p address."""
    is_movable = not elf.is_executable and min((part.address for part in elf.parts), default=address) == 0
    offset = address if is_movable else 0
    parts = tuple(replace(part, address=part.address + offset) for part in elf.parts)
    program = Program(Path(elf.name).name, parts, elf.entry + offset, symbols, offset)
    if not program.needed:
        raise Failure(f"{elf.name}: the ELF file has no load segment")
    if not any(segment.address <= program.entry < segment.address + len(segment.data) for segment in program.needed):
        raise Failure(f"{elf.name}: no load segment contains the entry point {elf.entry:#x}")
    return program


def load(path: Path, address: int) -> Program:
    """Reads a program from a raw file or an ELF file. A raw file is placed at @p address."""
    data = path.read_bytes()
    if not data:
        raise Failure(f"{path}: the file is empty")
    if data.startswith(MAGIC):
        return from_elf(Elf(data, str(path)), path, address)
    return raw(path.name, address, data)
