"""A firmware as bytes that lie at one address: a raw file as it is, an ELF file flattened and checked."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from benchmarks.runner.elf import MAGIC, Elf
from benchmarks.runner.failure import Failure


@dataclass(frozen=True)
class Region:
    """Where a program must lie: addresses [start, end)."""

    start: int
    end: int

    def __str__(self) -> str:
        return f"{self.start:#x}-{self.end:#x}"


@dataclass(frozen=True)
class Program:
    """A program to be put at an address. symbols: the ELF file for the debugger, linked symbols_offset lower."""

    name: str
    address: int
    data: bytes
    symbols: Path | None = None
    symbols_offset: int = 0

    @property
    def end(self) -> int:
        return self.address + len(self.data)


def flatten(elf: Elf, region: Region) -> bytes:
    """Returns the memory image of an ELF file from the region's start on; fails if it does not belong there."""
    if not elf.segments:
        raise Failure(f"{elf.name}: no load segment")
    for segment in elf.segments:
        if segment.address < region.start or segment.end > region.end:
            raise Failure(
                f"{elf.name}: its segment {segment.address:#x}-{segment.end:#x} is outside the region {region}; "
                "link it there, or give a raw file of position-independent code"
            )
    if elf.entry != region.start:
        raise Failure(f"{elf.name}: its entry point is {elf.entry:#x}, but harts enter at {region.start:#x}")
    image = bytearray(elf.segments[-1].end - region.start)
    for segment in elf.segments:
        begin = segment.address - region.start
        image[begin : begin + len(segment.data)] = segment.data
    return bytes(image)


def load(path: Path, region: Region) -> Program:
    """Reads a firmware, raw or ELF."""
    data = path.read_bytes()
    if not data:
        raise Failure(f"{path}: the file is empty")
    if data.startswith(MAGIC):
        return Program(path.name, region.start, flatten(Elf(data, str(path)), region), path)
    if region.start + len(data) > region.end:
        raise Failure(f"{path}: {len(data)} bytes do not fit into the region {region}")
    return Program(path.name, region.start, data)
