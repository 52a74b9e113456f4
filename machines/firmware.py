"""A firmware as bytes that lie at one address: a raw file as it is, an ELF file flattened and checked."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from machines.bios import RAM_START
from machines.elf import MAGIC, Elf, Segment
from cli.failure import Failure


@dataclass(frozen=True)
class Region:
    """Where a program must lie: addresses [start, end). before: whose the memory is from `below` on; limit: what is at `end`."""

    start: int
    end: int
    below: int = RAM_START
    before: str = "hv's memory"
    limit: str = "the payload's memory begins"

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


def _misplaced(elf: Elf, begin: int, end: int, region: Region) -> Failure:
    """Returns the error for a part of a segment, at [begin, end), that is outside of the region."""
    what = f"{elf.name}: its segment {begin:#x}-{end:#x}"
    remedy = f"link it at {region.start:#x} (-Wl,-Ttext={region.start:#x} or a linker script)"
    if end <= region.below or begin >= region.end:
        return Failure(f"{what} is outside the region {region}: {remedy}")
    if begin < region.start:
        return Failure(f"{what} overlaps {region.before}, {region.below:#x}-{region.start:#x}: {remedy}")
    return Failure(f"{what} reaches past {region.end:#x}, where {region.limit}: make it smaller, or move [memory] payload of --config")


def _placed(elf: Elf, segment: Segment, region: Region) -> Segment | None:
    """Returns what of a segment is to be loaded; None if it holds only headers. Raises Failure if it does not fit."""
    outside = min(max(region.start - segment.address, 0), segment.size)
    if outside and elf.is_only_headers(segment, outside):
        rest = segment.size - outside
        segment = Segment(segment.address + outside, segment.data[outside:], rest, segment.offset + outside)
        if rest == 0:
            return None
    if segment.address < region.start or segment.end > region.end:
        raise _misplaced(elf, segment.address, segment.end, region)
    return segment


def flatten(elf: Elf, region: Region) -> bytes:
    """Returns the memory image of an ELF file from the region's start on; fails if it does not belong there."""
    if not elf.segments:
        raise Failure(f"{elf.name}: no load segment")
    segments = [segment for segment in (_placed(elf, each, region) for each in elf.segments) if segment]
    if elf.entry != region.start:
        raise Failure(f"{elf.name}: its entry point is {elf.entry:#x}, but harts enter at {region.start:#x}")
    image = bytearray(max((segment.end for segment in segments), default=region.start) - region.start)
    for segment in segments:
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
