"""A file that stands for a guest's memory, for tests of hstrace live. It contains a directory and rings, as hv writes them."""

from __future__ import annotations

import mmap
import struct
from pathlib import Path

from trace.format.events import EVENTS, record_slots

BASE = 0x80000000
SIZE = 1 << 20  # the least size of the memory
DIRECTORY, RINGS, SLOTS = 0x5000, 0x6000, 0x8000
COUNT = 256
HARTS = 2
RUNNING, SHUT_DOWN = 1, 2
STATE = DIRECTORY + 8 + 8 + 24 + 8 + 8 + 7 * 8
OVERWRITE, DISCARD = 0, 1
ALL_EVENTS = 0x3FFE
MARK = EVENTS["mark"].id


class Guest:
    """A file that stands for the memory of a guest."""

    def __init__(self, folder: Path, mode: int = OVERWRITE, count: int = COUNT, timebase_hz: int = 10_000_000) -> None:
        """@p count is the number of slots of each ring, a power of two."""
        self.count, self.timebase_hz = count, timebase_hz
        self.path = folder / "ram"
        self.path.write_bytes(bytes(max(SIZE, SLOTS + HARTS * count * 16)))
        with self.path.open("r+b") as file:
            self.memory = mmap.mmap(file.fileno(), 0)
        self.mode, self.clock = mode, 1000
        self.make_rings()

    def make_rings(self) -> None:
        """Makes all rings empty and clears their slots."""
        self.heads = [0] * HARTS
        for hart in range(HARTS):
            slots = BASE + SLOTS + hart * self.count * 16
            self.put(RINGS + hart * 0x100, 0, ALL_EVENTS, 0, slots, self.count, self.mode, 0, 0, 0)
            self.memory[slots - BASE : slots - BASE + self.count * 16] = bytes(self.count * 16)

    def put(self, offset: int, *words: int) -> None:
        self.memory[offset : offset + 8 * len(words)] = struct.pack(f"<{len(words)}Q", *words)

    def word(self, offset: int) -> int:
        return int.from_bytes(self.memory[offset : offset + 8], "little")

    def disappear(self) -> None:
        """Changes the memory as a reset of the machine in QEMU does. hv's memory then has the contents with which hv was loaded."""
        self.memory[DIRECTORY : DIRECTORY + 8] = bytes(8)
        self.clock += 1_000_000
        self.make_rings()

    def appear(self, boot: int | None = None) -> None:
        """Writes the directory. Its magic number is written last. Without `boot`, the directory looks like the directory of an older
        hv, which does not number its boots."""
        ids = BASE + 0x100
        fields = [ids, 8, 0, 0, 0, 0, 0, RUNNING, BASE, 0x200000, 0, 0, BASE + RINGS, 0x100]
        fields += [] if boot is None else [0, boot]
        head = struct.pack("<II24sQII", 8 + 8 + 24 + 16 + 8 * len(fields), 2, bytes(24), self.timebase_hz, HARTS, 64)
        self.memory[DIRECTORY + 8 : DIRECTORY + 8 + len(head)] = head
        self.put(DIRECTORY + 8 + len(head), *fields)
        self.memory[DIRECTORY : DIRECTORY + 8] = b"hrtscope"

    def write(self, hart: int, slots: list[tuple[int, int]]) -> None:
        """Writes a record to the hart's ring. @p slots are pairs (tag, payload)."""
        head = self.heads[hart]
        for place, (tag, payload) in enumerate(slots):
            self.put(SLOTS + (hart * self.count + (head + place) % self.count) * 16, tag, payload)
        self.heads[hart] = head + len(slots)
        self.put(RINGS + hart * 0x100, 16 * self.heads[hart])

    def emit(self, hart: int, count: int, event: int = MARK) -> None:
        for _ in range(count):
            head = self.heads[hart]
            self.write(hart, record_slots(self.clock + head, event, [head if event == MARK else 0]))

    def set_state(self, state: int) -> None:
        self.put(STATE, state)
