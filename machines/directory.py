"""Reads hv's directory, phases and counters from the guest's memory while it runs (struct hartscope_directory of abi/hartscope.h).

No other Python file decodes that structure. The guest's RAM is a file that the machine shares with this process. The
code in this file only reads the RAM.
"""

from __future__ import annotations

import mmap
import struct
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from cli.failure import EXIT_MONITOR_FAILED, Failure
from machines.qemu_memory import RAM_START

MAGIC = int.from_bytes(b"hrtscope", "little")
VERSION = 2
PAGE = 4096
STATES = ("booting", "running", "shut down", "boot error", "panic", "module_fatal")
PHASE_NAMES = ("hv", "firmware", "kernel")

_DIRECTORY = struct.Struct("<QII20s4xQII12Q")
_OWNERS = 4
_COUNTERS = struct.Struct("<4Q128Q")
_PHASES = struct.Struct("<Q9Q")
_ID = struct.Struct("<Q")
_CAUSES = 64


@dataclass(frozen=True)
class Cycles:
    """The number of cycles that a hart spent in hv, in the firmware, in the payload, and asleep in a wfi of the
    firmware (enum hartscope_owner)."""

    hv: int
    firmware: int
    payload: int
    asleep: int


@dataclass(frozen=True)
class HartCounters:
    """The counters of one hart. `exits` contains the number of exits from firmware and payload together, by the index
    of the cause. `cycles` says how the hart spent its time."""

    hart: int
    exits: list[int]
    cycles: Cycles


@dataclass(frozen=True)
class PhaseStamp:
    """A phase that has begun. If hv recorded the phase, the stamp also contains the start in ticks of mtime, and the
    number of exits before the start."""

    name: str
    mtime: int | None
    exits: int | None = None


@dataclass(frozen=True)
class Directory:
    """The fields of hv's directory. All addresses are physical. The address of a structure is 0 if the module that
    fills this structure is not enabled."""

    build_id: str
    timebase_hz: int
    hart_count: int
    max_harts: int
    hart_ids: int
    hart_ids_stride: int
    counters: int
    counters_stride: int
    phases: int
    categories: int
    categories_stride: int
    state: int
    hv_base: int
    hv_size: int
    text_start: int
    text_end: int

    @property
    def state_name(self) -> str:
        return STATES[self.state] if self.state < len(STATES) else f"unknown ({self.state})"


class GuestMemory:
    """The guest's RAM, which can be read by physical address."""

    def __init__(self, data: bytes | mmap.mmap, name: str) -> None:
        self._data = data
        self.name = name

    @classmethod
    def open(cls, path: Path) -> GuestMemory:
        """Maps QEMU's memory file for reading."""
        with path.open("rb") as file:
            return cls(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ), str(path))

    def unpack(self, layout: struct.Struct, address: int) -> tuple[int, ...]:
        """Returns the fields of a structure at a physical address. Raises Failure if the structure is not in RAM."""
        offset = address - RAM_START
        if offset < 0 or offset + layout.size > len(self._data):
            raise Failure(f"hv's directory points outside the guest's RAM: {address:#x}", EXIT_MONITOR_FAILED)
        return layout.unpack_from(self._data, offset)

    def read(self, address: int, size: int) -> bytes:
        """Returns @p size bytes from a physical address on. Returns fewer bytes if RAM ends before."""
        offset = address - RAM_START
        return bytes(self._data[max(offset, 0) : max(offset + size, 0)])

    def find_directory(self, begin: int, end: int) -> int | None:
        """Searches for hv's directory between two addresses. Returns the first multiple of 4 KiB at which memory
        contains the directory's magic number. Returns None if there is no such address."""
        magic = MAGIC.to_bytes(8, "little")
        last = min(end - RAM_START, len(self._data))
        for offset in range(begin - RAM_START, last, PAGE):
            if self._data[offset : offset + 8] == magic:
                return RAM_START + offset
        return None


def read_directory(memory: GuestMemory, address: int) -> Directory | None:
    """Returns the directory at an address. Returns None as long as hv has not been loaded."""
    magic, length, version, build_id, *numbers = memory.unpack(_DIRECTORY, address)
    if magic != MAGIC:
        return None
    if version != VERSION or length < _DIRECTORY.size:
        raise Failure(
            f"hv's directory has version {version} and {length} bytes, but this runner reads version {VERSION}",
            EXIT_MONITOR_FAILED,
        )
    return Directory(bytes(build_id).hex(), *numbers)


def read_counters(memory: GuestMemory, directory: Directory) -> list[HartCounters] | None:
    """Returns the counters of each hart. Returns None if the image has no module that counts."""
    if directory.counters == 0:
        return None
    harts = []
    for index in range(directory.hart_count):
        (hart,) = memory.unpack(_ID, directory.hart_ids + index * directory.hart_ids_stride)
        values = memory.unpack(_COUNTERS, directory.counters + index * directory.counters_stride)
        cycles, exits = values[:_OWNERS], values[_OWNERS:]
        by_cause = [sum(pair) for pair in zip(exits[:_CAUSES], exits[_CAUSES:])]
        harts.append(HartCounters(hart, by_cause, Cycles(*cycles)))
    return harts


def read_phases(memory: GuestMemory, directory: Directory) -> list[PhaseStamp]:
    """Returns the phases that have begun. If the image lacks the module boot_counter, the phases are derived from hv's
    state and have no times."""
    if directory.phases == 0:
        names = PHASE_NAMES[: 1 if directory.state == 0 else 2]
        return [PhaseStamp(name, None) for name in names]
    count, *stamps = memory.unpack(_PHASES, directory.phases)
    names = PHASE_NAMES[: min(count, len(PHASE_NAMES))]
    counted = directory.counters != 0
    return [PhaseStamp(name, stamps[3 * i], stamps[3 * i + 2] if counted else None) for i, name in enumerate(names)]


class Monitor(Protocol):
    """Reads the information that hv provides while a guest runs. There is no information before hv has been loaded, and
    none on the bare machine."""

    def directory(self) -> Directory | None:
        """Returns hv's directory, or None if hv provides no information."""

    def phases(self) -> list[PhaseStamp]:
        """Returns the phases that have begun."""

    def counters(self) -> list[HartCounters] | None:
        """Returns the counters of each hart. Returns None if hv provides no information, or has no module that
        counts."""


class MemoryMonitor:
    """A Monitor that reads the guest's memory from a file.

    Args:
      memory_file: the file with the guest's RAM, which need not exist yet
      address: the physical address of hv's directory; None in a bare run
    """

    def __init__(self, memory_file: Path, address: int | None) -> None:
        self._path = memory_file
        self._address = address
        self._memory: GuestMemory | None = None

    def _found(self) -> tuple[GuestMemory, Directory] | None:
        if self._address is None:
            return None
        if self._memory is None:
            if not self._path.exists() or self._path.stat().st_size == 0:
                return None
            self._memory = GuestMemory.open(self._path)
        found = read_directory(self._memory, self._address)
        return (self._memory, found) if found else None

    def directory(self) -> Directory | None:
        found = self._found()
        return found[1] if found else None

    def phases(self) -> list[PhaseStamp]:
        found = self._found()
        return read_phases(*found) if found else []

    def counters(self) -> list[HartCounters] | None:
        found = self._found()
        return read_counters(*found) if found else None
