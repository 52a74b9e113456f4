"""A program as it lies in memory: a raw file at an address that someone chooses, an ELF file where it is linked."""

from __future__ import annotations

import struct
from dataclasses import dataclass, replace
from pathlib import Path

from cli.failure import Failure
from machines.elf import MAGIC, Elf, Segment
from machines.layout import Range

# How a Linux Image begins: the bytes that it takes with its .bss at 16, and its magic at 56.
_LINUX = struct.Struct("<16xQ32x4s")
_LINUX_MAGIC = b"RSC\x05"


@dataclass(frozen=True)
class Program:
    """A program: the parts that are loaded, and where it is entered. symbols: the ELF file for the debugger, linked
    symbols_offset lower."""

    name: str
    segments: tuple[Segment, ...]
    entry: int
    symbols: Path | None = None
    symbols_offset: int = 0

    @property
    def needed(self) -> list[Segment]:
        """Returns the parts that it uses."""
        return [segment for segment in self.segments if not segment.is_headers]

    @property
    def address(self) -> int:
        """Returns its lowest address."""
        return min(segment.address for segment in self.needed)

    @property
    def end(self) -> int:
        """Returns the address after its last byte."""
        return max(segment.end for segment in self.needed)

    def ranges(self, what: str) -> list[Range]:
        """Returns the addresses that it uses. what: it is, for messages."""
        return [Range(f"{what} {self.name}", segment.address, segment.end) for segment in self.needed]

    def without_headers(self) -> Program:
        """Returns it without what it does not use."""
        return replace(self, segments=tuple(self.needed))

    def used_bytes(self) -> int:
        """Returns the bytes that it takes from its lowest address on, as far as the file says."""
        first = min(self.needed, key=lambda segment: segment.address)
        if len(first.data) >= _LINUX.size:
            size, magic = _LINUX.unpack_from(first.data)
            if magic == _LINUX_MAGIC:
                return max(int(size), self.end - self.address)
        return self.end - self.address


def raw(name: str, address: int, data: bytes, symbols: Path | None = None, symbols_offset: int = 0) -> Program:
    """Returns a program that is entered at its first byte."""
    return Program(name, (Segment(address, data, len(data)),), address, symbols, symbols_offset)


def from_elf(elf: Elf, symbols: Path | None = None, address: int = 0) -> Program:
    """Returns a program that lies where it is linked. address: of one that is position-independent and linked at 0."""
    is_movable = not elf.is_executable and min((part.address for part in elf.parts), default=address) == 0
    offset = address if is_movable else 0
    parts = tuple(replace(part, address=part.address + offset) for part in elf.parts)
    program = Program(Path(elf.name).name, parts, elf.entry + offset, symbols, offset)
    if not program.needed:
        raise Failure(f"{elf.name}: no load segment")
    if not any(segment.address <= program.entry < segment.address + len(segment.data) for segment in program.needed):
        raise Failure(f"{elf.name}: there is nothing at its entry point {elf.entry:#x}")
    return program


def load(path: Path, address: int) -> Program:
    """Reads a program, raw or ELF. address: of one that is no ELF file."""
    data = path.read_bytes()
    if not data:
        raise Failure(f"{path}: the file is empty")
    if data.startswith(MAGIC):
        return from_elf(Elf(data, str(path)), path, address)
    return raw(path.name, address, data)
